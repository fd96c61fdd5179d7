#pragma once
/// P11: queries on as many ints as the parameter says.
///
/// - filter_map_sum: the squares of the even ones, summed;
/// - filter_map_array: the same into an array, in any order; filter_map_ordered: in the order of
/// the source.

#include "../program.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

namespace bench::queries {

[[nodiscard]] inline std::vector<int> source(long n) {
  std::vector<int> numbers(static_cast<std::size_t>(n));
  std::uint32_t state = 12345;
  for (int& x : numbers) {
    state = state * 1664525U + 1013904223U;
    x = static_cast<int>(state >> 12);
  }
  return numbers;
}
[[nodiscard]] constexpr bool is_wanted(int x) {
  return x % 2 == 0;
}
[[nodiscard]] constexpr long squared(int x) {
  return static_cast<long>(x) * x;
}

[[nodiscard]] inline long sum_of(const std::vector<long>& all) {
  long sum = 0;
  for (const long x : all) {
    sum += x;
  }
  return sum;
}

inline constexpr int group_keys = 1000;
[[nodiscard]] constexpr int group_of(int x) {
  return x % group_keys;
}
inline constexpr int inner_size = 1'000'000;
[[nodiscard]] constexpr int join_key(int x) {
  return x % (2 * inner_size);
}

/// `Peer::sum(numbers)` and `Peer::array(numbers, ordered)`.
template <class Peer>
struct rows {
  static long expected(const std::vector<int>& numbers) {
    long sum = 0;
    for (const int x : numbers) {
      sum += is_wanted(x) ? squared(x) : 0;
    }
    return sum;
  }
  static outcome sum(request asked) {
    const std::vector<int> numbers = source(asked.n);
    check(Peer::sum(numbers), expected(numbers));
    long result = 0;
    const double us = timed([&] { result = Peer::sum(numbers); });
    check(result, expected(numbers));
    return us;
  }
  template <bool Ordered>
  static outcome array(request asked) {
    const std::vector<int> numbers = source(asked.n);
    check(sum_of(Peer::array(numbers, Ordered)), expected(numbers));
    std::vector<long> result;
    const double us = timed([&] { result = Peer::array(numbers, Ordered); });
    check(sum_of(result), expected(numbers));
    return us;
  }
  template <class Work>
  static outcome counted(Work&& work, long expected_count) {
    check(work(), expected_count);
    long result = 0;
    const double us = timed([&] { result = work(); });
    check(result, expected_count);
    return us;
  }
  static outcome group(request asked) {
    const std::vector<int> numbers = source(asked.n);
    return counted([&] { return Peer::group(numbers); }, asked.n);
  }
  static outcome order(request asked) {
    const std::vector<int> numbers = source(asked.n);
    return counted(
        [&] {
          const std::vector<int> sorted = Peer::order(numbers);
          return static_cast<long>(sorted.size()) + (sorted.front() <= sorted.back() ? 0 : 1);
        },
        asked.n);
  }
  static outcome distinct(request asked) {
    const std::vector<int> numbers = source(asked.n);
    std::vector<int> sorted = numbers;
    std::sort(sorted.begin(), sorted.end());
    return counted([&] { return Peer::distinct(numbers); },
                   std::unique(sorted.begin(), sorted.end()) - sorted.begin());
  }
  static outcome join(request asked) {
    const std::vector<int> numbers = source(asked.n);
    std::vector<int> inner(inner_size);
    std::iota(inner.begin(), inner.end(), 0);
    long matches = 0;
    for (const int x : numbers) {
      matches += join_key(x) < inner_size ? join_key(x) : 0;
    }
    return counted([&] { return Peer::join(numbers, inner); }, matches);
  }
};

#define BENCH_QUERIES(Peer)                                                          \
  {"P11/filter_map_sum", bench::queries::rows<Peer>::sum},                           \
      {"P11/filter_map_array", bench::queries::rows<Peer>::template array<false>}, { \
    "P11/filter_map_ordered", bench::queries::rows<Peer>::template array<true>       \
  }

}  // namespace bench::queries
