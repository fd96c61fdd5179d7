/// Results and tables that are large enough for the ways that several threads make them by.

#include <weft/query.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

namespace query = weft::query;
using query::as_ordered;
using query::as_parallel;
using query::from;
using query::select;
using query::to_vector;
using query::where;

constexpr int many = 120'000;

std::vector<int> numbers(int n) {
  std::vector<int> all(static_cast<std::size_t>(n));
  std::iota(all.begin(), all.end(), 0);
  return all;
}
/// 0, 7919, … in an order that is none.
std::vector<int> shuffled(int n) {
  std::vector<int> all = numbers(n);
  for (int& i : all) {
    i = static_cast<int>(std::int64_t{i} * 7919 % n);
  }
  return all;
}
constexpr auto is_even = [](int i) { return i % 2 == 0; };

TEST(large_result, is_gathered_from_all_threads) {
  const auto all = shuffled(many);
  const auto expected = from(all) | where(is_even) | to_vector();
  EXPECT_EQ(from(all) | as_parallel() | as_ordered() | where(is_even) | to_vector(), expected);
  auto unordered = from(all) | as_parallel() | where(is_even) | to_vector();
  std::ranges::sort(unordered);
  EXPECT_EQ(unordered, from(numbers(many)) | where(is_even) | to_vector());
}

TEST(large_result, holds_elements_that_own_memory) {
  const auto all = numbers(many / 4);
  const auto text = [](int i) {
    return "a text that is too long to be kept inside " + std::to_string(i);
  };
  const auto texts =
      from(all) | as_parallel() | as_ordered() | where(is_even) | select(text) | to_vector();
  ASSERT_EQ(texts.size(), all.size() / 2);
  for (std::size_t i = 0; i != texts.size(); ++i) {
    ASSERT_EQ(texts[i], text(static_cast<int>(2 * i)));
  }
  const auto failing = [&](int i) {
    if (i == many / 8) {
      throw std::runtime_error("late");
    }
    return text(i);
  };
  EXPECT_THROW(from(all) | as_parallel() | where(is_even) | select(failing) | to_vector(),
               weft::aggregate_exception);
}

TEST(large_result, of_elements_with_numbers_is_written_in_place) {
  const auto all = numbers(many);
  const auto twice =
      from(all) | as_parallel() | select([](int i) { return 2.0 * i; }) | to_vector();
  ASSERT_EQ(twice.size(), all.size());
  EXPECT_EQ(twice[many - 1], 2.0 * (many - 1));
  EXPECT_THROW(from(all) | as_parallel() | select([](int i) {
                 return i == many / 2 ? throw std::runtime_error("half") : i;
               }) | to_vector(),
               weft::aggregate_exception);
}

TEST(many_keys, are_told_apart_in_parts) {
  const auto all = shuffled(many);
  const auto key = [](int i) { return i / 3; };
  auto keys = from(all) | as_parallel() | select(key) | query::distinct() | to_vector();
  std::ranges::sort(keys);
  EXPECT_EQ(keys, numbers(many / 3));
}

TEST(many_keys, of_a_union_keep_the_order_of_the_input_that_has_one) {
  const auto all = shuffled(many);
  const auto more = numbers(2 * many);
  const auto joined = from(all) | as_parallel() | as_ordered() |
                      query::union_(from(more) | as_parallel()) | to_vector();
  ASSERT_EQ(joined.size(), more.size());
  EXPECT_TRUE(std::equal(all.begin(), all.end(), joined.begin()));
}

TEST(many_keys, bring_their_elements_together_in_parts) {
  const auto all = shuffled(many);
  const auto key = [](int i) { return i / 3; };
  std::vector<std::int64_t> sums(many / 3, -1);
  for (const auto& group : from(all) | as_parallel() | query::group_by(key)) {
    std::int64_t& sum = sums[static_cast<std::size_t>(group.key())];
    EXPECT_EQ(sum, -1);
    sum = std::accumulate(group.begin(), group.end(), std::int64_t{0});
  }
  for (std::size_t i = 0; i != sums.size(); ++i) {
    ASSERT_EQ(sums[i], static_cast<std::int64_t>(9 * i + 3));
  }
}

TEST(many_keys, are_found_by_a_join) {
  const auto outer = shuffled(many);
  const auto inner = shuffled(many / 2);
  const auto itself = [](int i) { return i; };
  const auto add = [](int a, int b) { return std::int64_t{a} + b; };
  // One inner element a key, several, and keys that none has.
  EXPECT_EQ(from(outer) | as_parallel() |
                query::join(from(inner) | as_parallel(), itself, itself, add) | query::sum(),
            from(outer) | where([](int i) { return i < many / 2; }) |
                query::sum([](int i) { return std::int64_t{2} * i; }));
  const auto third = [](int i) { return i / 3; };
  EXPECT_EQ(from(outer) | as_parallel() |
                query::join(from(inner) | as_parallel(), itself, third, add) | query::count(),
            inner.size());
  // One that wants no more in the middle of a key's elements.
  EXPECT_TRUE(from(outer) | as_parallel() |
              query::join(from(inner) | as_parallel(), third, third, add) |
              query::any([](std::int64_t sum) { return sum > many / 2; }));
}

TEST(many_keys, throw_what_their_functions_throw) {
  const auto all = shuffled(many);
  const auto bad_hash = [](int i) -> std::size_t {
    return i == many - 1 ? throw std::runtime_error("hash") : static_cast<std::size_t>(i);
  };
  const auto group = [](int i) { return i; };
  EXPECT_THROW(from(all) | as_parallel() |
                   query::group_by(group, group, bad_hash, std::equal_to<>{}) | query::count(),
               weft::aggregate_exception);
}

}  // namespace
