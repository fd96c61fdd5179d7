// P3 with lazy, task and value_task.

#include <weft/task.hpp>

#include "../weft_program.hpp"
#include "workload.hpp"

namespace {

using namespace bench::await_chain;
using weft::lazy;
using weft::task;
using weft::value_task;

const auto cache = filled_cache();

[[gnu::noinline]] lazy<long> level(long depth) {
  if (depth == 1) {
    co_return 1;
  }
  co_return co_await level(depth - 1) + 1;
}
task<long> chains_of_lazies(long chains, long depth) {
  long sum = 0;
  for (long i = 0; i < chains; ++i) {
    sum += co_await level(depth);
  }
  co_return sum;
}
long chain(long chains, long depth) {
  return weft::run([=] { return chains_of_lazies(chains, depth); }).result();
}

[[gnu::noinline]] task<long> task_level(long depth) {
  if (depth == 1) {
    co_return 1;
  }
  co_return co_await task_level(depth - 1) + 1;
}
task<long> chains_of_tasks(long chains, long depth) {
  long sum = 0;
  for (long i = 0; i < chains; ++i) {
    sum += co_await task_level(depth);
  }
  co_return sum;
}
long task_chain(long chains, long depth) {
  return weft::run([=] { return chains_of_tasks(chains, depth); }).result();
}

[[gnu::noinline]] value_task<long> look_up(std::size_t key) {
  return cache[key % cached];
}
[[gnu::noinline]] value_task<long> look_up_coroutine(std::size_t key) {
  co_return cache[key % cached];
}

template <value_task<long> (*LookUp)(std::size_t)>
task<long> hits_inside(long n) {
  long sum = 0;
  for (long i = 0; i < n; ++i) {
    sum += co_await LookUp(static_cast<std::size_t>(i));
  }
  co_return sum;
}
template <value_task<long> (*LookUp)(std::size_t)>
long hits(long n) {
  return weft::run([n] { return hits_inside<LookUp>(n); }).result();
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_weft(argc, argv,
                         {{"P3/chain", measured<chain>},
                          {"P3/task_chain", measured<task_chain>},
                          {"P3/hit", measured_hits<hits<look_up>>},
                          {"P3/hit_coroutine", measured_hits<hits<look_up_coroutine>>}});
}
