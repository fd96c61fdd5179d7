// P1 with fork_join of lazies.

#include <weft/task.hpp>

#include "../weft_program.hpp"
#include "workload.hpp"

#include <array>

namespace {

using namespace bench::fork_join;
using weft::lazy;

lazy<long> fib_of(long n) {
  if (n < 2) {
    co_return n;
  }
  auto [a, b] = co_await weft::fork_join(fib_of(n - 1), fib_of(n - 2));
  co_return a + b;
}

lazy<long> skynet_of(long first, long leaves) {
  if (leaves == 1) {
    co_return first;
  }
  std::array<lazy<long>, skynet_children> children;
  for (std::size_t i = 0; i < skynet_children; ++i) {
    children[i] = skynet_of(first + static_cast<long>(i) * (leaves / 10), leaves / 10);
  }
  long sum = 0;
  for (const long x : co_await weft::fork_join(std::move(children))) {
    sum += x;
  }
  co_return sum;
}

template <std::size_t N>
lazy<long> queens_of(board<N> queens, int rows) {
  if (rows == N) {
    co_return 1;
  }
  weft::inplace_vector<lazy<long>, N> children;
  for (int column = 0; column < static_cast<int>(N); ++column) {
    if (is_safe(queens, rows, column)) {
      queens[static_cast<std::size_t>(rows)] = static_cast<char>(column);
      children.push_back(queens_of<N>(queens, rows + 1));
    }
  }
  long solutions = 0;
  for (const long x : co_await weft::fork_join<N>(children)) {
    solutions += x;
  }
  co_return solutions;
}

lazy<> product(part a, part b, part c, int size) {
  if (size <= small_matrix) {
    multiply_small(a, b, c, size);
    co_return;
  }
  const int half = size / 2;
  for (int step = 0; step < 2; ++step) {
    const auto quarter = [&](int row, int column) {
      return product(a.quarter(row, step, half), b.quarter(step, column, half),
                     c.quarter(row, column, half), half);
    };
    co_await weft::fork_join(quarter(0, 0), quarter(0, 1), quarter(1, 0), quarter(1, 1));
  }
}

struct with_weft {
  static long fib(long n) {
    return weft::block_on(weft::run([n] { return fib_of(n); }));
  }
  static long skynet(long depth) {
    return weft::block_on(weft::run([depth] { return skynet_of(0, skynet_leaves(depth)); }));
  }
  template <std::size_t N>
  static long queens() {
    return weft::block_on(weft::run([] { return queens_of<N>({}, 0); }));
  }
  static void matmul(matrices& m) {
    weft::block_on(
        weft::run([&m] { return product(m.whole(m.a), m.whole(m.b), m.whole(m.c), m.size); }));
  }
};

}  // namespace

int main(int argc, char** argv) {
  using r = rows<with_weft>;
  return bench::run_weft(argc, argv,
                         {{"P1/fib", r::fib},
                          {"P1/skynet", r::skynet},
                          {"P1/nqueens", r::queens},
                          {"P1/matmul", r::matmul}});
}
