#pragma once
/// P3: awaiting what completes at once. Ten million levels in all.
///
/// - chain: functions that await each other, as deep as the parameter says, of the cheapest kind
/// that the peer has; one
///   chain after another;
/// - task_chain: the same of the peer's ordinary tasks;
/// - hit: a plain function that gives a value task holding its result, from a cache, is awaited;
/// - hit_coroutine: the same by a coroutine.

#include "../program.hpp"

#include <algorithm>
#include <array>

namespace bench::await_chain {

inline constexpr long levels = 10'000'000;
inline constexpr std::size_t cached = 64;

/// `F(chains, depth)` gives the sum of the depths.
template <long (*F)(long, long)>
outcome measured(request asked) {
  const long depth = asked.n;
  return measured_operations([depth](long n) { return F(std::max(1L, n / depth), depth); },
                             [depth](long n) { return std::max(1L, n / depth) * depth; }, levels,
                             10 * depth);
}

/// What is looked up: entry i is i.
[[nodiscard]] inline std::array<long, cached> filled_cache() {
  std::array<long, cached> entries{};
  for (std::size_t i = 0; i < cached; ++i) {
    entries[i] = static_cast<long>(i);
  }
  return entries;
}
/// `F(n)` looks up i modulo `cached` for each i below n, and gives the sum.
template <long (*F)(long)>
outcome measured_hits(request asked) {
  const auto expected = [](long n) {
    const long size = static_cast<long>(cached);
    return n / size * (size * (size - 1) / 2) + (n % size) * (n % size - 1) / 2;
  };
  return measured_operations(F, expected, asked.n, 1000);
}

}  // namespace bench::await_chain
