// P2 with Boost.Asio's awaitable and co_spawn.

#include "../asio_program.hpp"
#include "workload.hpp"

#include <boost/asio/use_future.hpp>

namespace {

using namespace bench::tasks;
using bench::asio::awaitable;
using bench::asio::pool;
using boost::asio::co_spawn;
using boost::asio::use_future;
using token = boost::asio::use_awaitable_t<boost::asio::thread_pool::executor_type>;

awaitable<long> one(long i) {
  co_return i;
}

awaitable<long> hot_inside(long n) {
  long sum = 0;
  for (long i = 0; i < n; ++i) {
    sum += co_await one(i);
  }
  co_return sum;
}
long hot(long n) {
  return co_spawn(pool(), hot_inside(n), use_future).get();
}

awaitable<long> run_inside(long n) {
  long sum = 0;
  for (long i = 0; i < n; ++i) {
    sum += co_await co_spawn(pool(), one(i), token());
  }
  co_return sum;
}
long run(long n) {
  return co_spawn(pool(), run_inside(n), use_future).get();
}

long outside(long n) {
  long sum = 0;
  for (long i = 0; i < n; ++i) {
    sum += co_spawn(pool(), one(i), use_future).get();
  }
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::asio::run(
      argc, argv,
      {{"P2/hot", measured<hot>}, {"P2/run", measured<run>}, {"P2/outside", measured<outside>}});
}
