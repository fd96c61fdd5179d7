// P4 with Boost.Asio's post and experimental channels.

#include "../asio_program.hpp"
#include "workload.hpp"

#include <string_view>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/experimental/concurrent_channel.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

namespace {

using namespace bench::hand_over;
using bench::asio::awaitable;
using bench::asio::pool;
using boost::asio::thread_pool;
using token = boost::asio::use_awaitable_t<thread_pool::executor_type>;
using channel =
    boost::asio::experimental::concurrent_channel<thread_pool::executor_type,
                                                  void(boost::system::error_code, long)>;

awaitable<long> yields(long n) {
  long done = 0;
  for (; done < n; ++done) {
    co_await boost::asio::post(pool().get_executor(), token());
  }
  co_return done;
}
long yield(long n) {
  return boost::asio::co_spawn(pool(), yields(n), boost::asio::use_future).get();
}

awaitable<long> ping(channel& out, channel& in, long n) {
  long done = 0;
  for (; done < n; ++done) {
    co_await out.async_send({}, done, token());
    static_cast<void>(co_await in.async_receive(token()));
  }
  co_return done;
}
awaitable<long> pong(channel& out, channel& in, long n) {
  for (long i = 0; i < n; ++i) {
    const long item = co_await in.async_receive(token());
    co_await out.async_send({}, item, token());
  }
  co_return n;
}
long pingpong(long n) {
  channel there(pool().get_executor(), 16);
  channel back(pool().get_executor(), 16);
  auto answering = boost::asio::co_spawn(pool(), pong(back, there, n), boost::asio::use_future);
  auto asking = boost::asio::co_spawn(pool(), ping(there, back, n), boost::asio::use_future);
  answering.get();
  return asking.get();
}

awaitable<long> hops(thread_pool& one, thread_pool& other, long n) {
  long done = 0;
  for (; done < n; ++done) {
    co_await boost::asio::post(
        boost::asio::bind_executor((done % 2 == 0 ? other : one).get_executor(), token()));
  }
  co_return done;
}
long wake(long n) {
  static thread_pool one(1);
  static thread_pool other(1);
  return boost::asio::co_spawn(one, hops(one, other, n), boost::asio::use_future).get();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "P4/yield") {
    static char one[] = "1";
    argv[3] = one;
  }
  return bench::asio::run(argc, argv,
                          {{"P4/yield", measured<yield>},
                           {"P4/pingpong", measured<pingpong>},
                           {"P4/wake", measured<wake>}});
}
