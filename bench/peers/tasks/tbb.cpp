// P2 with oneTBB: it has no tasks that give results; a task_group of one task, or of a batch, is
// waited for.

#include "../tbb_program.hpp"
#include "workload.hpp"

#include <array>

#include <oneapi/tbb/task_group.h>

namespace {

using namespace bench::tasks;

long run(long n) {
  long sum = 0;
  tbb::task_group group;
  for (long i = 0; i < n; ++i) {
    group.run([&sum, i] { sum += i; });
    group.wait();
  }
  return sum;
}

long batch(long n) {
  long sum = 0;
  std::array<long, batch_size> results{};
  tbb::task_group group;
  for (long first = 0; first < n; first += batch_size) {
    for (long i = 0; i < batch_size; ++i) {
      group.run([&result = results[static_cast<std::size_t>(i)], i = first + i] { result = i; });
    }
    group.wait();
    for (const long x : results) {
      sum += x;
    }
  }
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run_tbb(argc, argv, {{"P2/run", measured<run>}, {"P2/batch", measured<batch>}});
}
