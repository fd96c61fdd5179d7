// P5 with Boost.Asio's experimental concurrent_channel. Closing it drops what it holds (1.81), so
// each consumer is sent an end. It has no unbounded one: a large one that is filled by try_send
// while it has room. It has no lock for coroutines: a strand, which is how Asio's programs take
// turns.

#include "../asio_program.hpp"
#include "workload.hpp"

#include <future>
#include <vector>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_future.hpp>

namespace {

using namespace bench::channels;
using bench::asio::awaitable;
using bench::asio::pool;
using boost::asio::thread_pool;
using boost::system::error_code;
using token = boost::asio::use_awaitable_t<thread_pool::executor_type>;
using channel_type = boost::asio::experimental::concurrent_channel<thread_pool::executor_type,
                                                                   void(error_code, long)>;
constexpr std::size_t room = 1 << 16;

awaitable<> produce(channel_type& out, share numbers) {
  for (long i = numbers.first; i < numbers.end; ++i) {
    if (!out.try_send(error_code(), i)) {
      co_await out.async_send(error_code(), i, token());
    }
  }
}
awaitable<seen> consume(channel_type& in) {
  seen s;
  bool open = true;
  while (open) {
    while (in.try_receive([&](error_code error, long item) {
      open = !error;
      s += error ? seen{} : seen{1, item};
    }) && open) {
    }
    if (open) {
      error_code error;
      const long item = co_await in.async_receive(boost::asio::redirect_error(token(), error));
      open = !error;
      s += error ? seen{} : seen{1, item};
    }
  }
  co_return s;
}

seen channel(long n, long pairs) {
  channel_type c(pool().get_executor(), room);
  std::vector<std::future<seen>> consumers;
  std::vector<std::future<void>> producers;
  for (long i = 0; i < pairs; ++i) {
    consumers.push_back(boost::asio::co_spawn(pool(), consume(c), boost::asio::use_future));
    producers.push_back(
        boost::asio::co_spawn(pool(), produce(c, share_of(n, pairs, i)), boost::asio::use_future));
  }
  for (auto& p : producers) {
    p.get();
  }
  for (long i = 0; i < pairs; ++i) {
    c.async_send(boost::asio::error::eof, 0, boost::asio::use_future).get();
  }
  seen all;
  for (auto& f : consumers) {
    all += f.get();
  }
  return all;
}

using strand = boost::asio::strand<thread_pool::executor_type>;

awaitable<> take_turns(strand& s, long& count, long n) {
  for (long i = 0; i < n; ++i) {
    co_await boost::asio::post(boost::asio::bind_executor(s, token()));
    ++count;
    co_await boost::asio::post(pool().get_executor(), token());
  }
}
long lock(long n) {
  strand s(pool().get_executor());
  long count = 0;
  std::vector<std::future<void>> tasks;
  for (long i = 0; i < lockers; ++i) {
    tasks.push_back(
        boost::asio::co_spawn(pool(), take_turns(s, count, n / lockers), boost::asio::use_future));
  }
  for (auto& t : tasks) {
    t.get();
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::asio::run(argc, argv,
                          {{"P5/channel11", measured_channel<channel, 1>},
                           {"P5/channel44", measured_channel<channel, 4>},
                           {"P5/mutex", measured_lock<lock>}});
}
