// P3's limit: calls.

#include "workload.hpp"

namespace {

using namespace bench::await_chain;

const auto cache = filled_cache();

[[gnu::noinline]] long level(long depth) {
  bench::keep(depth);
  return depth == 1 ? 1 : level(depth - 1) + 1;
}
long chain(long chains, long depth) {
  long sum = 0;
  for (long i = 0; i < chains; ++i) {
    sum += level(depth);
  }
  return sum;
}

[[gnu::noinline]] long look_up(std::size_t key) {
  return cache[key % cached];
}
long hits(long n) {
  long sum = 0;
  for (long i = 0; i < n; ++i) {
    sum += look_up(static_cast<std::size_t>(i));
  }
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv,
                    {{"P3/chain", measured<chain>},
                     {"P3/task_chain", measured<chain>},
                     {"P3/hit", measured_hits<hits>},
                     {"P3/hit_coroutine", measured_hits<hits>}});
}
