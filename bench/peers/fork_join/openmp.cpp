// P1 with OpenMP tasks.

#include "workload.hpp"

#include <omp.h>

namespace {

using namespace bench::fork_join;

long fib_of(long n) {
  if (n < 2) {
    return n;
  }
  long a = 0;
  long b = 0;
#pragma omp task untied shared(a)
  a = fib_of(n - 1);
  b = fib_of(n - 2);
#pragma omp taskwait
  return a + b;
}

long skynet_of(long first, long leaves) {
  if (leaves == 1) {
    return first;
  }
  std::array<long, skynet_children> results;
  for (std::size_t i = 0; i < skynet_children; ++i) {
#pragma omp task untied shared(results)
    results[i] = skynet_of(first + static_cast<long>(i) * (leaves / 10), leaves / 10);
  }
#pragma omp taskwait
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
  for (int column = 0; column < static_cast<int>(N); ++column) {
    if (is_safe(queens, rows, column)) {
      queens[static_cast<std::size_t>(rows)] = static_cast<char>(column);
      long* const result = &results[children++];
#pragma omp task untied firstprivate(queens, rows, result)
      *result = queens_of<N>(queens, rows + 1);
    }
  }
#pragma omp taskwait
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
    for (int row = 0; row < 2; ++row) {
      for (int column = 0; column < 2; ++column) {
#pragma omp task untied
        product(a.quarter(row, step, half), b.quarter(step, column, half),
                c.quarter(row, column, half), half);
      }
    }
#pragma omp taskwait
  }
}

/// `f` as the first task of all threads.
template <class F>
auto in_parallel(F f) {
  decltype(f()) result{};
#pragma omp parallel
#pragma omp single
  result = f();
  return result;
}

struct with_openmp {
  static long fib(long n) {
    return in_parallel([n] { return fib_of(n); });
  }
  static long skynet(long depth) {
    return in_parallel([depth] { return skynet_of(0, skynet_leaves(depth)); });
  }
  template <std::size_t N>
  static long queens() {
    return in_parallel([] { return queens_of<N>({}, 0); });
  }
  static void matmul(matrices& m) {
    in_parallel([&m] {
      product(m.whole(m.a), m.whole(m.b), m.whole(m.c), m.size);
      return 0;
    });
  }
};

template <bench::outcome (*Row)(bench::request)>
bench::outcome limited(bench::request asked) {
  omp_set_num_threads(asked.threads);
  return Row(asked);
}

}  // namespace

int main(int argc, char** argv) {
  using r = rows<with_openmp>;
  return bench::run(argc, argv,
                    {{"P1/fib", limited<r::fib>},
                     {"P1/skynet", limited<r::skynet>},
                     {"P1/nqueens", limited<r::queens>},
                     {"P1/matmul", limited<r::matmul>}});
}
