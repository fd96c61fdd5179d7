#pragma once
/// P1: the four workloads of tzcnt/runtime-benchmarks with its parameters: fib(39), skynet of 10^8,
/// 14 queens, a product of matrices of 2048. Each program forks at every level, without a limit
/// below which it goes on serially, because the cost of a fork is what fib and skynet measure.

#include "../program.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace bench::fork_join {

// fib: forks two, adds the results. The parameter is n; the warm-up is fib(30) or less.
inline constexpr long fib_warm_up = 30;
[[nodiscard]] constexpr long fib_result(long n) {
  long before = 0;
  long now = 1;
  for (long i = 0; i < n; ++i) {
    before = std::exchange(now, before + now);
  }
  return before;
}

// skynet: a tree with ten children a node whose leaves give their numbers. The parameter is its
// depth.
inline constexpr std::size_t skynet_children = 10;
[[nodiscard]] constexpr long skynet_leaves(long depth) {
  long leaves = 1;
  for (long i = 0; i < depth; ++i) {
    leaves *= 10;
  }
  return leaves;
}
[[nodiscard]] constexpr long skynet_result(long depth) {
  return skynet_leaves(depth) * (skynet_leaves(depth) - 1) / 2;
}

// Queens: every placement of one more queen that the others do not attack is a child. The parameter
// is the number of queens; the board is as large as it can be, so that the size is known to the
// compiler.
template <std::size_t N>
using board = std::array<char, N>;

/// Whether a queen in `column` of the row after the first `rows` ones is safe.
template <std::size_t N>
[[nodiscard]] constexpr bool is_safe(const board<N>& queens, int rows, int column) {
  for (int row = 0; row < rows; ++row) {
    const int distance = rows - row;
    const int other = queens[static_cast<std::size_t>(row)];
    if (other == column || other == column - distance || other == column + distance) {
      return false;
    }
  }
  return true;
}
[[nodiscard]] constexpr long queens_result(std::size_t n) {
  constexpr std::array<long, 15> solutions{1,  1,   0,   0,    2,     10,    4,     40,
                                           92, 352, 724, 2680, 14200, 73712, 365596};
  return solutions.at(n);
}
/// Calls `f` with the number of queens as a constant.
template <class F>
auto with_queens(long n, F f) {
  switch (n) {
    case 8:
      return f(std::integral_constant<std::size_t, 8>());
    case 10:
      return f(std::integral_constant<std::size_t, 10>());
    case 12:
      return f(std::integral_constant<std::size_t, 12>());
    case 14:
      return f(std::integral_constant<std::size_t, 14>());
    default:
      throw std::runtime_error("8, 10, 12 or 14 queens");
  }
}

// matmul: C += A B by quarters, in two steps of four products each that write to different quarters
// of C. The parameter is the size, a power of two; matrices of 32 are multiplied by three loops.
inline constexpr int small_matrix = 32;
using cell = int;

/// A square part of a matrix whose rows are `stride` cells long.
struct part {
  cell* first;
  int stride;
  [[nodiscard]] part quarter(int row, int column, int size) const {
    return {first + static_cast<std::ptrdiff_t>(row) * size * stride +
                static_cast<std::ptrdiff_t>(column) * size,
            stride};
  }
};
inline void multiply_small(part a, part b, part c, int size) {
  const std::ptrdiff_t stride = c.stride;
  for (int i = 0; i < size; ++i) {
    for (int k = 0; k < size; ++k) {
      for (int j = 0; j < size; ++j) {
        c.first[i * stride + j] += a.first[i * stride + k] * b.first[k * stride + j];
      }
    }
  }
}

struct matrices {
  explicit matrices(long n)
      : size(static_cast<int>(n)),
        a(static_cast<std::size_t>(n * n), 1),
        b(static_cast<std::size_t>(n * n), 1),
        c(static_cast<std::size_t>(n * n), 0) {}
  [[nodiscard]] part whole(std::vector<cell>& of) const { return {of.data(), size}; }
  int size;
  std::vector<cell> a, b, c;
};

/// The four rows of a program, from its four functions: fib(n), skynet(depth), queens<N>(),
/// matmul(matrices&), each called from the outside of whatever pool there is. The product's time
/// holds the filling of the matrices, as in the suite.
template <class Peer>
struct rows {
  static outcome fib(request asked) {
    check(Peer::fib(std::min(asked.n, fib_warm_up)), fib_result(std::min(asked.n, fib_warm_up)));
    long result = 0;
    const double us = timed([&] { result = Peer::fib(asked.n); });
    check(result, fib_result(asked.n));
    return us;
  }
  static outcome skynet(request asked) {
    check(Peer::skynet(asked.n - 1), skynet_result(asked.n - 1));
    long result = 0;
    const double us = timed([&] { result = Peer::skynet(asked.n); });
    check(result, skynet_result(asked.n));
    return us;
  }
  static outcome queens(request asked) {
    return with_queens(asked.n, [](auto n) -> outcome {
      check(Peer::template queens<8>(), queens_result(8));
      long result = 0;
      const double us = timed([&] { result = Peer::template queens<n>(); });
      check(result, queens_result(n));
      return us;
    });
  }
  static outcome matmul(request asked) {
    double us = 0;
    for (int turn = 0; turn < 2; ++turn) {  // the first is the warm-up
      std::vector<cell> product;
      us = timed([&] {
        matrices m(asked.n);
        Peer::matmul(m);
        product = std::move(m.c);
      });
      for (const cell x : product) {
        check(x, static_cast<cell>(asked.n));
      }
    }
    return us;
  }
};

}  // namespace bench::fork_join
