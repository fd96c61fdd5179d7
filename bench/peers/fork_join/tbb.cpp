// P1 with oneTBB's task_group; one call of a fork on the calling thread, as its documentation
// advises.

#include "workload.hpp"

#include <memory>

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

namespace {

using namespace bench::fork_join;
using tbb::task_group;

long fib_of(long n) {
  if (n < 2) {
    return n;
  }
  long a = 0;
  task_group group;
  group.run([&a, n] { a = fib_of(n - 1); });
  const long b = fib_of(n - 2);
  group.wait();
  return a + b;
}

long skynet_of(long first, long leaves) {
  if (leaves == 1) {
    return first;
  }
  std::array<long, skynet_children> results;
  const auto child = [&](std::size_t i) {
    results[i] = skynet_of(first + static_cast<long>(i) * (leaves / 10), leaves / 10);
  };
  task_group group;
  for (std::size_t i = 1; i < skynet_children; ++i) {
    group.run([&child, i] { child(i); });
  }
  child(0);
  group.wait();
  long sum = 0;
  for (const long x : results) {
    sum += x;
  }
  return sum;
}

template <std::size_t N>
long queens_of(board<N> queens, int rows) {
  if (rows == N) {
    return 1;
  }
  std::array<long, N> results{};
  std::size_t children = 0;
  task_group group;
  for (int column = 0; column < static_cast<int>(N); ++column) {
    if (is_safe(queens, rows, column)) {
      queens[static_cast<std::size_t>(rows)] = static_cast<char>(column);
      group.run(
          [&result = results[children++], queens, rows] { result = queens_of(queens, rows + 1); });
    }
  }
  group.wait();
  long solutions = 0;
  for (const long x : results) {
    solutions += x;
  }
  return solutions;
}

void product(part a, part b, part c, int size) {
  if (size <= small_matrix) {
    multiply_small(a, b, c, size);
    return;
  }
  const int half = size / 2;
  for (int step = 0; step < 2; ++step) {
    const auto quarter = [&](int row, int column) {
      product(a.quarter(row, step, half), b.quarter(step, column, half),
              c.quarter(row, column, half), half);
    };
    task_group group;
    group.run([&] { quarter(0, 0); });
    group.run([&] { quarter(0, 1); });
    group.run([&] { quarter(1, 0); });
    quarter(1, 1);
    group.wait();
  }
}

struct with_tbb {
  static long fib(long n) { return fib_of(n); }
  static long skynet(long depth) { return skynet_of(0, skynet_leaves(depth)); }
  template <std::size_t N>
  static long queens() {
    return queens_of<N>({}, 0);
  }
  static void matmul(matrices& m) { product(m.whole(m.a), m.whole(m.b), m.whole(m.c), m.size); }
};

template <bench::outcome (*Row)(bench::request)>
bench::outcome limited(bench::request asked) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                  static_cast<std::size_t>(asked.threads));
  return Row(asked);
}

}  // namespace

int main(int argc, char** argv) {
  using r = rows<with_tbb>;
  return bench::run(argc, argv,
                    {{"P1/fib", limited<r::fib>},
                     {"P1/skynet", limited<r::skynet>},
                     {"P1/nqueens", limited<r::queens>},
                     {"P1/matmul", limited<r::matmul>}});
}
