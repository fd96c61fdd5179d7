// P3 with Boost.Asio's awaitable.

#include "../asio_program.hpp"
#include "workload.hpp"

#include <boost/asio/use_future.hpp>

namespace {

using namespace bench::await_chain;
using bench::asio::awaitable;
using bench::asio::pool;

[[gnu::noinline]] awaitable<long> level(long depth) {
  if (depth == 1) {
    co_return 1;
  }
  co_return co_await level(depth - 1) + 1;
}
awaitable<long> chains_inside(long chains, long depth) {
  long sum = 0;
  for (long i = 0; i < chains; ++i) {
    sum += co_await level(depth);
  }
  co_return sum;
}
long chain(long chains, long depth) {
  return boost::asio::co_spawn(pool(), chains_inside(chains, depth), boost::asio::use_future).get();
}

}  // namespace

int main(int argc, char** argv) {
  return bench::asio::run(argc, argv,
                          {{"P3/chain", measured<chain>}, {"P3/task_chain", measured<chain>}});
}
