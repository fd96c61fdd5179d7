// P1 by plain recursion on one thread: the limit.

#include "workload.hpp"

namespace {

using namespace bench::fork_join;

long fib_of(long n) {
  return n < 2 ? n : fib_of(n - 1) + fib_of(n - 2);
}

long skynet_of(long first, long leaves) {
  if (leaves == 1) {
    return first;
  }
  long sum = 0;
  for (std::size_t i = 0; i < skynet_children; ++i) {
    sum += skynet_of(first + static_cast<long>(i) * (leaves / 10), leaves / 10);
  }
  return sum;
}

template <std::size_t N>
long queens_of(board<N> queens, int rows) {
  if (rows == N) {
    return 1;
  }
  long solutions = 0;
  for (int column = 0; column < static_cast<int>(N); ++column) {
    if (is_safe(queens, rows, column)) {
      queens[static_cast<std::size_t>(rows)] = static_cast<char>(column);
      solutions += queens_of(queens, rows + 1);
    }
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
        product(a.quarter(row, step, half), b.quarter(step, column, half),
                c.quarter(row, column, half), half);
      }
    }
  }
}

struct serial {
  static long fib(long n) {
    bench::keep(n);
    return fib_of(n);
  }
  static long skynet(long depth) {
    bench::keep(depth);
    return skynet_of(0, skynet_leaves(depth));
  }
  template <std::size_t N>
  static long queens() {
    board<N> none{};
    bench::keep(none);
    return queens_of<N>(none, 0);
  }
  static void matmul(matrices& m) { product(m.whole(m.a), m.whole(m.b), m.whole(m.c), m.size); }
};

}  // namespace

int main(int argc, char** argv) {
  using r = rows<serial>;
  return bench::run(argc, argv,
                    {{"P1/fib", r::fib},
                     {"P1/skynet", r::skynet},
                     {"P1/nqueens", r::queens},
                     {"P1/matmul", r::matmul}});
}
