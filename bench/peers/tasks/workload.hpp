#pragma once
/// P2: hot tasks. The parameter is how many; each gives its number, and their sum is checked.
///
/// - hot: an async function that has nothing to wait for is called and awaited, one after another;
/// - run: a function is handed to the pool from inside it and awaited, one after another;
/// - batch: the same a thousand at a time, awaited together;
/// - outside: handed over and waited for by a thread that is not of the pool;
/// - awaiters: tasks wait for one and the same task, a thousand a time.

#include "../program.hpp"

namespace bench::tasks {

inline constexpr long batch_size = 1000;
inline constexpr long warm_up = 1000;
[[nodiscard]] constexpr long sum_below(long n) {
  return n * (n - 1) / 2;
}

/// A row whose work is `F(n)`, which gives the sum of the numbers below n.
template <long (*F)(long)>
outcome measured(request asked) {
  return measured_operations(F, sum_below, asked.n, warm_up);
}

}  // namespace bench::tasks
