// P6 with Boost.Asio's steady_timer.

#include "../asio_program.hpp"
#include "workload.hpp"

#include <future>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>

namespace {

using namespace bench::timers;
using bench::asio::awaitable;
using bench::asio::pool;
using boost::asio::thread_pool;
using token = boost::asio::use_awaitable_t<thread_pool::executor_type>;
using timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                boost::asio::wait_traits<std::chrono::steady_clock>,
                                                thread_pool::executor_type>;

awaitable<> one_delay(long i, std::atomic<long>& left, std::promise<void>& all) {
  timer t(pool().get_executor(), delay_of(i));
  co_await t.async_wait(token());
  if (left.fetch_sub(1) == 1) {
    all.set_value();
  }
}
long delays(long n) {
  std::atomic<long> left{n};
  std::promise<void> all;
  for (long i = 0; i < n; ++i) {
    boost::asio::co_spawn(pool(), one_delay(i, left, all), boost::asio::detached);
  }
  all.get_future().get();
  return n;
}

awaitable<long> insert_cancel_inside(long n) {
  for (long i = 0; i < n; ++i) {
    timer t(pool().get_executor(), far_away);
    t.async_wait([](boost::system::error_code) {});
  }
  co_return n;
}
long insert_cancel(long n) {
  return boost::asio::co_spawn(pool(), insert_cancel_inside(n), boost::asio::use_future).get();
}

}  // namespace

int main(int argc, char** argv) {
  return bench::asio::run(
      argc, argv, {{"P6/delays", measured<delays>}, {"P6/insertcancel", measured<insert_cancel>}});
}
