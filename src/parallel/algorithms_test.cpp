#include <weft/base/error.hpp>
#include <weft/parallel.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

std::vector<double> fractions(std::size_t n) {
  std::mt19937_64 random(n);  // replay: the seed follows from the case
  std::vector<double> v(n);
  for (double& x : v) {
    x = static_cast<double>(random()) / 3e10 - 2e8;
  }
  return v;
}

TEST(parallel_scan, gives_running_totals) {
  for (const std::size_t n : {0U, 1U, 2U, 100U, 40'000U, 300'001U}) {
    std::vector<std::int64_t> v(n);
    std::iota(v.begin(), v.end(), -5);
    std::vector<std::int64_t> expected(n);
    std::vector<std::int64_t> got(n);
    std::inclusive_scan(v.begin(), v.end(), expected.begin());
    weft::parallel_scan(v, got.begin());
    EXPECT_EQ(got, expected);
    std::exclusive_scan(v.begin(), v.end(), expected.begin(), std::int64_t{7});
    weft::parallel_exclusive_scan(v, got.begin(), std::int64_t{7});
    EXPECT_EQ(got, expected);
    weft::parallel_exclusive_scan(v, v.begin(), std::int64_t{7});  // in place
    EXPECT_EQ(v, expected);
  }
}

TEST(parallel_scan, needs_no_commutative_operation) {
  std::vector<std::string> v;
  for (int i = 0; i != 200; ++i) {
    v.push_back(std::string(1, static_cast<char>('a' + i % 26)));
  }
  std::vector<std::string> got(v.size());
  weft::parallel_scan(v, got.begin());
  std::string all;
  for (std::size_t i = 0; i != v.size(); ++i) {
    all += v[i];
    EXPECT_EQ(got[i], all);
  }
  // Affine maps do not commute; enough of them for several parts.
  using map = std::pair<std::uint32_t, std::uint32_t>;
  const auto after = [](map a, map b) {
    return map(a.first * b.first, a.second * b.first + b.second);
  };
  std::vector<map> maps(100'000, map(3, 1));
  maps[77'777] = {5, 2};
  std::vector<map> expected(maps.size());
  std::inclusive_scan(maps.begin(), maps.end(), expected.begin(), after);
  weft::parallel_scan(maps, maps.begin(), after);
  EXPECT_EQ(maps, expected);
}

TEST(parallel_scan, throws_and_is_canceled_as_a_loop) {
  std::vector<int> v(100'000, 1);
  const auto bad = [](int a, int b) -> int {
    return a == 7'000 ? throw std::runtime_error("x") : a + b;
  };
  EXPECT_THROW(weft::parallel_scan(v, v.begin(), bad), weft::aggregate_exception);
  std::stop_source source;
  source.request_stop();
  const std::stop_token token = source.get_token();
  EXPECT_THROW(weft::parallel_scan(v, v.begin(), std::plus<>(), {.stop = token}),
               weft::operation_canceled);
}

TEST(parallel_reduce, begins_long_pieces_where_lines_of_the_cache_may_begin) {
  constexpr std::int64_t line = 64;
  constexpr std::int64_t end = 3'000'001;
  const auto fold = [](weft::index_range c, std::int64_t so_far) {
    return so_far + (c.first() % line == 0 ? c.size() : 0);
  };
  const auto at_lines = weft::parallel_reduce(1, end, std::int64_t{0}, fold, std::plus<>());
  EXPECT_GT(at_lines, end / 2);  // short pieces, to begin with, begin anywhere
}

/// Calls of `fold` for a million indices on one thread, with partial results of so many bytes.
template <std::size_t Bytes>
int calls_with_partial_results_of() {
  using partial = std::array<char, Bytes>;
  int calls = 0;
  const auto fold = [&](weft::index_range, partial so_far) {
    ++calls;
    return so_far;
  };
  static_cast<void>(weft::parallel_reduce(0, 1'000'000, partial{}, fold,
                                          [](partial a, const partial&) { return a; },
                                          {.max_degree_of_parallelism = 1}));
  return calls;
}

TEST(parallel_reduce, moves_large_partial_results_seldom) {
  EXPECT_LT(calls_with_partial_results_of<4'096>(), calls_with_partial_results_of<8>());
  EXPECT_LT(calls_with_partial_results_of<100'000>(), calls_with_partial_results_of<8>());
}

TEST(parallel_reduce_deterministic, gives_the_same_bits_on_any_number_of_threads) {
  const auto v = fractions(1'000'003);
  const auto sum = [&](int degree) {
    return weft::parallel_reduce_deterministic(0, v.size(), 0.0,
                                               [&](weft::index_range part, double so_far) {
                                                 for (const std::int64_t i : part) {
                                                   so_far += v[static_cast<std::size_t>(i)];
                                                 }
                                                 return so_far;
                                               },
                                               std::plus<>(),
                                               {.max_degree_of_parallelism = degree});
  };
  const double one = sum(1);
  for (const int degree : {2, 3, 7, 64, -1, -1, -1}) {
    EXPECT_EQ(one, sum(degree));
  }
}

TEST(parallel_reduce_deterministic, joins_from_left_to_right) {
  const auto text = weft::parallel_reduce_deterministic(
      0, 2'000, std::string(),
      [](weft::index_range part, std::string so_far) {
        for (const std::int64_t i : part) {
          so_far += static_cast<char>('a' + i % 26);
        }
        return so_far;
      },
      std::plus<>());
  ASSERT_EQ(text.size(), 2'000U);
  for (std::size_t i = 0; i != text.size(); ++i) {
    ASSERT_EQ(text[i], static_cast<char>('a' + i % 26));
  }
  EXPECT_EQ(weft::parallel_reduce_deterministic(
                5, 5, 3, [](weft::index_range, int x) { return x + 1; }, std::plus<>()),
            3);
}

TEST(parallel_for_with_step, takes_every_so_many) {
  const auto seen = [](auto begin, auto end, auto step) {
    weft::concurrent_bag<std::int64_t> bag;
    weft::parallel_for(begin, end, step, [&](auto i) { bag.add(static_cast<std::int64_t>(i)); });
    auto all = bag.to_vector();
    std::ranges::sort(all);
    return all;
  };
  EXPECT_EQ(seen(0, 10, 3), (std::vector<std::int64_t>{0, 3, 6, 9}));
  EXPECT_EQ(seen(0, 9, 3), (std::vector<std::int64_t>{0, 3, 6}));
  EXPECT_EQ(seen(10, 0, -4), (std::vector<std::int64_t>{2, 6, 10}));
  EXPECT_EQ(seen(0, 10, -1), std::vector<std::int64_t>{});
  EXPECT_EQ(seen(std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
                 std::int64_t{1} << 62)
                .size(),
            4U);
  EXPECT_THROW(weft::parallel_for(0, 10, 0, [](int) {}), std::invalid_argument);
  std::atomic<int> calls{0};
  weft::parallel_for(0U, 100'000U, 7, [&](unsigned i) { calls += i % 7 == 0; });
  EXPECT_EQ(calls, 14'286);
}

}  // namespace
