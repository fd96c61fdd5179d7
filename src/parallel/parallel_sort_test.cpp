#include <weft/base/error.hpp>
#include <weft/parallel.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using weft::parallel_sort;
using weft::parallel_stable_sort;

template <class T>
std::vector<T> random_numbers(std::size_t n, std::uint64_t below) {
  std::mt19937_64 random(n + below);  // replay: the seed follows from the case
  std::vector<T> v(n);
  for (T& x : v) {
    x = static_cast<T>(random() % below) - static_cast<T>(below / 2);
  }
  return v;
}

template <class T>
void expect_sorts(std::uint64_t below) {
  for (const std::size_t n : {0U, 1U, 2U, 511U, 512U, 5'000U, 40'000U, 400'000U}) {
    const auto v = random_numbers<T>(n, below);
    auto expected = v;
    std::ranges::sort(expected);
    auto got = v;
    parallel_sort(got);
    EXPECT_EQ(got, expected) << n;
    got = v;
    parallel_sort(got, [](const T& a, const T& b) { return a < b; });
    EXPECT_EQ(got, expected) << n;
    std::ranges::reverse(expected);
    got = v;
    parallel_stable_sort(got, std::greater<>());
    EXPECT_EQ(got, expected) << n;
  }
}

TEST(parallel_sort, sorts_numbers_of_any_kind) {
  expect_sorts<int>(10);
  expect_sorts<int>(1U << 30);
  expect_sorts<std::int64_t>(std::uint64_t{1} << 60);
  expect_sorts<std::uint16_t>(1'000);
  expect_sorts<double>(1U << 30);
  expect_sorts<float>(1U << 20);
}

TEST(parallel_sort, sorts_keys_that_are_far_from_uniform) {
  auto v = random_numbers<std::int64_t>(300'000, 1'000);
  v.push_back(std::numeric_limits<std::int64_t>::max());
  v.push_back(std::numeric_limits<std::int64_t>::min());
  auto expected = v;
  std::ranges::sort(expected);
  parallel_sort(v);
  EXPECT_EQ(v, expected);
  parallel_sort(v);  // sorted already
  EXPECT_EQ(v, expected);
}

TEST(parallel_sort, sorts_other_ranges) {
  std::deque<std::string> d;
  for (const int i : random_numbers<int>(20'000, 5'000)) {
    d.push_back(std::to_string(i));
  }
  auto expected = d;
  std::ranges::sort(expected);
  parallel_sort(d);
  EXPECT_EQ(d, expected);
  std::vector<std::unique_ptr<int>> owned;
  for (const int i : random_numbers<int>(30'000, 1U << 20)) {
    owned.push_back(std::make_unique<int>(i));
  }
  const auto by_value = [](const auto& a, const auto& b) { return *a < *b; };
  parallel_sort(owned, by_value);
  EXPECT_TRUE(std::ranges::is_sorted(owned, by_value));
  parallel_stable_sort(owned, [&](const auto& a, const auto& b) { return by_value(b, a); });
  EXPECT_TRUE(
      std::ranges::is_sorted(owned, [&](const auto& a, const auto& b) { return by_value(b, a); }));
}

TEST(parallel_stable_sort, keeps_the_order_of_equal_elements) {
  for (const std::size_t n : {2U, 33U, 1'000U, 100'000U}) {
    std::vector<std::pair<int, std::size_t>> v;
    for (const int i : random_numbers<int>(n, 50)) {
      v.emplace_back(i, v.size());
    }
    auto expected = v;
    std::ranges::sort(expected);
    parallel_stable_sort(v, [](const auto& a, const auto& b) { return a.first < b.first; });
    EXPECT_EQ(v, expected);
  }
}

struct careful {  // its move may throw
  std::string value;
  explicit careful(std::string v) : value(std::move(v)) {}
  careful(careful&& other) noexcept(false) : value(std::move(other.value)) {}
  careful& operator=(careful&& other) noexcept(false) {
    value = std::move(other.value);
    return *this;
  }
};

TEST(parallel_sort, sorts_what_may_throw_when_moved) {
  std::vector<careful> v;
  for (const int i : random_numbers<int>(20'000, 1'000)) {
    v.emplace_back(std::to_string(i));
  }
  const auto before = [](const careful& a, const careful& b) { return a.value < b.value; };
  parallel_stable_sort(v, before);
  EXPECT_TRUE(std::ranges::is_sorted(v, before));
}

TEST(parallel_sort, loses_no_element_when_comparing_throws) {
  for (const bool stable : {false, true}) {
    for (const int after : {0, 1'000, 200'000, 700'000}) {
      auto v = random_numbers<int>(100'000, 1U << 30);
      std::vector<std::unique_ptr<int>> owned;
      for (const int i : v) {
        owned.push_back(std::make_unique<int>(i));
      }
      std::atomic<int> left{after};
      const auto bad = [&](const auto& a, const auto& b) {
        if (left.fetch_sub(1) <= 0) {
          throw std::runtime_error("comparing");
        }
        return a != nullptr && b != nullptr && *a < *b;
      };
      if (stable) {
        EXPECT_THROW(parallel_stable_sort(owned, bad), weft::aggregate_exception);
        std::vector<int> found;
        for (const auto& p : owned) {
          ASSERT_NE(p, nullptr);
          found.push_back(*p);
        }
        std::ranges::sort(found);
        std::ranges::sort(v);
        EXPECT_EQ(found, v);
      } else {
        EXPECT_THROW(parallel_sort(owned, bad), weft::aggregate_exception);
      }
    }
  }
}

TEST(parallel_sort, is_canceled_by_its_token) {
  std::stop_source source;
  auto v = random_numbers<int>(200'000, 1U << 30);
  auto expected = v;
  std::ranges::sort(expected);
  std::atomic<int> left{100'000};
  const std::stop_token token = source.get_token();
  EXPECT_THROW(parallel_stable_sort(v,
                                    [&](int a, int b) {
                                      if (left.fetch_sub(1) == 0) {
                                        source.request_stop();
                                      }
                                      return a < b;
                                    },
                                    {.stop = token}),
               weft::operation_canceled);
  std::ranges::sort(v);
  EXPECT_EQ(v, expected);
  EXPECT_THROW(parallel_sort(v, std::less<>(), {.stop = token}), weft::operation_canceled);
}

TEST(parallel_sort, keeps_to_its_degree) {
  auto v = random_numbers<int>(100'000, 1U << 30);
  auto expected = v;
  std::ranges::sort(expected);
  auto again = v;
  parallel_sort(v, std::less<>(), {.max_degree_of_parallelism = 1});
  EXPECT_EQ(v, expected);
  parallel_sort(again, [](int a, int b) { return a < b; }, {.max_degree_of_parallelism = 1});
  EXPECT_EQ(again, expected);
}

}  // namespace
