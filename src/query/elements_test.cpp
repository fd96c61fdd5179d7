#include <weft/base/error.hpp>
#include <weft/query.hpp>

#include <algorithm>
#include <any>
#include <list>
#include <memory>
#include <numeric>
#include <ranges>
#include <stdexcept>
#include <string>
#include <variant>
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

const auto even = [](int i) { return i % 2 == 0; };
const auto below_five = [](int i) { return i < 5; };

std::vector<int> numbers(int n) {
  std::vector<int> v(static_cast<std::size_t>(n));
  std::iota(v.begin(), v.end(), 0);
  return v;
}

/// The same operators behind a sequential, an indexed parallel and a filtered parallel source, all
/// in order: the results must be equal.
template <class Op>
void expect_same(const std::vector<int>& v, Op op) {
  const auto all = [](int) { return true; };
  const auto expected = from(v) | where(all) | op | to_vector();
  EXPECT_EQ(from(v) | op | to_vector(), expected);
  EXPECT_EQ(from(v) | as_parallel() | as_ordered() | op | to_vector(), expected);
  EXPECT_EQ(from(v) | as_parallel() | as_ordered() | where(all) | op | to_vector(), expected);
  const std::list<int> l(v.begin(), v.end());
  EXPECT_EQ(from(l) | op | to_vector(), expected);
  EXPECT_EQ(from(l) | as_parallel() | as_ordered() | op | to_vector(), expected);
  std::vector<typename decltype(expected)::value_type> pulled;
  for (auto&& x : from(l) | op) {
    pulled.push_back(x);
  }
  EXPECT_EQ(pulled, expected);
}

TEST(query_take, gives_the_first_elements) {
  for (const int n : {0, 1, 7, 100'000}) {
    for (const int count : {-1, 0, 1, 5, 1'000, 200'000}) {
      expect_same(numbers(n), query::take(count));
      expect_same(numbers(n), query::skip(count));
    }
  }
  EXPECT_EQ(from(numbers(9)) | query::take(3) | to_vector(), (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(from(numbers(9)) | query::skip(7) | to_vector(), (std::vector<int>{7, 8}));
  EXPECT_EQ(from(numbers(9)) | query::skip(2) | query::take(2) | query::skip(1) | to_vector(),
            (std::vector<int>{3}));
}

TEST(query_take, gives_any_elements_without_order) {
  auto some =
      query::range(0, 1'000'000) | as_parallel() | where(even) | query::take(1'000) | to_vector();
  EXPECT_EQ(some.size(), 1'000U);
  EXPECT_TRUE(std::ranges::all_of(some, even));
}

TEST(query_take, evaluates_no_more_than_it_needs) {
  int calls = 0;
  const auto counting = [&](int i) {
    ++calls;
    return even(i);
  };
  EXPECT_EQ((query::range(0, 100) | where(counting) | query::take(2) | to_vector()).size(), 2U);
  EXPECT_EQ(calls, 3);
  calls = 0;
  EXPECT_TRUE((query::range(0, 100) | where(counting) | query::take(0) | to_vector()).empty());
  EXPECT_EQ(calls, 0);
}

TEST(query_take, ends_on_a_source_without_end) {
  const auto endless = std::views::iota(0);
  EXPECT_EQ(from(endless) | where(even) | query::take(2) | to_vector(), (std::vector<int>{0, 2}));
  EXPECT_EQ(
      from(endless) | as_parallel() | as_ordered() | where(even) | query::take(3) | to_vector(),
      (std::vector<int>{0, 2, 4}));
  EXPECT_EQ((from(endless) | as_parallel() | where(even) | query::take(3) | to_vector()).size(),
            3U);
  EXPECT_EQ(
      from(endless) | as_parallel() | as_ordered() | query::take_while(below_five) | to_vector(),
      numbers(5));
}

TEST(query_while, takes_and_skips_up_to_the_first_that_fails) {
  for (const int limit : {0, 1, 500, 60'000, 100'000}) {
    const auto below = [=](int i) { return i < limit || i > 90'000; };
    expect_same(numbers(100'000), query::take_while(below));
    expect_same(numbers(100'000), query::skip_while(below));
  }
  const auto early = [](int i, std::uint64_t number) { return i < 10 && number < 3; };
  expect_same(numbers(1'000), query::take_while(early));
  expect_same(numbers(1'000), query::skip_while(early));
}

TEST(query_numbers, are_those_of_the_elements_that_come_in) {
  const auto with_number = [](int i, std::uint64_t n) { return 10 * i + static_cast<int>(n); };
  const auto from_third = [](int, std::uint64_t n) { return n >= 3; };
  expect_same(numbers(50'000), select(with_number));
  expect_same(numbers(50'000), where(from_third));
  EXPECT_EQ(from(numbers(6)) | where(even) | select(with_number) | to_vector(),
            (std::vector<int>{0, 21, 42}));
  EXPECT_EQ(from(numbers(6)) | as_parallel() | as_ordered() | where(even) | select(with_number) |
                to_vector(),
            (std::vector<int>{0, 21, 42}));
}

TEST(query_reverse, turns_the_order) {
  expect_same(numbers(0), query::reverse());
  expect_same(numbers(100'000), query::reverse());
  EXPECT_EQ(from(numbers(6)) | where(even) | query::reverse() | to_vector(),
            (std::vector<int>{4, 2, 0}));
}

TEST(query_reverse, calls_functions_of_a_sequential_query_in_its_order) {
  std::vector<int> seen;
  const auto look = [&](int i) {
    seen.push_back(i);
    return i;
  };
  EXPECT_EQ(from(numbers(3)) | select(look) | query::reverse() | to_vector(),
            (std::vector<int>{2, 1, 0}));
  EXPECT_EQ(seen, numbers(3));
}

TEST(query_select_many, gives_the_elements_of_elements) {
  const auto times = [](int i) { return std::vector<int>(static_cast<std::size_t>(i % 4), i); };
  expect_same(numbers(0), query::select_many(times));
  expect_same(numbers(1'000), query::select_many(times));
  expect_same(numbers(20'000),
              query::select_many(times, [](int outer, int inner) { return outer * inner; }));
  const auto numbered = [](int i, std::uint64_t n) {
    return std::vector<int>(static_cast<std::size_t>(n % 3), i);
  };
  expect_same(numbers(1'000), query::select_many(numbered));
  const auto nested = [](int i) { return query::range(0, i % 5) | where(even); };
  expect_same(numbers(1'000), query::select_many(nested));
}

TEST(query_select_many, is_lazy_within_an_inner_range) {
  int calls = 0;
  const auto endless = [&](int) {
    ++calls;
    return std::views::iota(0);
  };
  EXPECT_EQ(from(numbers(5)) | query::select_many(endless) | query::take(3) | to_vector(),
            numbers(3));
  EXPECT_EQ(calls, 1);
  int last = 0;
  for (const int i : from(numbers(5)) | query::select_many(endless)) {
    last = i;
    if (i == 10) {
      break;
    }
  }
  EXPECT_EQ(last, 10);
  EXPECT_EQ(calls, 2);
}

TEST(query_select_many, refers_to_what_outlives_it_and_moves_what_does_not) {
  std::vector<std::vector<int>> rows{{1, 2}, {}, {3}};
  from(rows) | query::select_many([](auto& row) -> auto& { return row; }) |
      query::for_all([](int& i) { i *= 10; });
  EXPECT_EQ(rows, (std::vector<std::vector<int>>{{10, 20}, {}, {30}}));
  const auto make = [](int i) {
    std::vector<std::unique_ptr<int>> made;
    made.push_back(std::make_unique<int>(i));
    return made;
  };
  auto owned = from(numbers(3)) | query::select_many(make) | to_vector();
  EXPECT_EQ(*owned[2], 2);
  auto there = from(numbers(3)) | as_parallel() | as_ordered() | query::select_many(make) |
               query::reverse() | to_vector();
  EXPECT_EQ(*there[0], 2);
}

TEST(query_concat, puts_one_behind_the_other) {
  const auto more = numbers(3);
  expect_same(numbers(1'000), query::concat(more));
  expect_same(numbers(1'000), query::concat(from(more) | where(even)));
  expect_same(numbers(0), query::concat(from(more) | as_parallel() | as_ordered()));
  EXPECT_EQ(from(numbers(2)) | query::concat(numbers(2)) | query::concat(more) | to_vector(),
            (std::vector<int>{0, 1, 0, 1, 0, 1, 2}));
}

TEST(query_concat, begins_the_second_when_the_first_has_ended) {
  int calls = 0;
  auto second = from(numbers(3)) | select([&](int i) {
                  ++calls;
                  return i;
                });
  EXPECT_EQ(from(numbers(3)) | query::concat(second) | query::take(3) | to_vector(), numbers(3));
  EXPECT_EQ(calls, 0);
}

TEST(query_zip, pairs_by_number) {
  const std::vector<std::string> names{"a", "b", "c"};
  const auto join = [](int i, const std::string& s) { return std::to_string(i) + s; };
  expect_same(numbers(1'000), query::zip(names, join));
  expect_same(numbers(2), query::zip(names, join));
  expect_same(numbers(0),
              query::zip(from(names) | where([](const auto& s) { return s != "b"; }), join));
  EXPECT_EQ(from(numbers(9)) | where(even) | query::zip(names) | to_vector(),
            (std::vector<std::pair<int, std::string>>{{0, "a"}, {2, "b"}, {4, "c"}}));
  EXPECT_EQ(from(names) | as_parallel() | as_ordered() |
                query::zip(from(numbers(9)) | as_parallel() | as_ordered() | where(even)) |
                to_vector(),
            (std::vector<std::pair<std::string, int>>{{"a", 0}, {"b", 2}, {"c", 4}}));
}

TEST(query_default_if_empty, steps_in_for_nothing) {
  const auto none = [](int i) { return i < 0; };
  expect_same(numbers(100), query::default_if_empty(7));
  expect_same(numbers(0), query::default_if_empty(7));
  EXPECT_EQ(from(numbers(3)) | where(none) | query::default_if_empty() | to_vector(),
            std::vector<int>{0});
  EXPECT_EQ(from(numbers(3)) | query::take(0) | query::default_if_empty(5) | query::take(0) |
                query::count(),
            0U);
  EXPECT_EQ(
      from(numbers(3)) | as_parallel() | where(none) | query::default_if_empty(9) | to_vector(),
      std::vector<int>{9});
}

TEST(query_cast, converts_and_picks) {
  EXPECT_EQ(from(numbers(3)) | query::cast<double>() | to_vector(), (std::vector<double>{0, 1, 2}));
  const std::vector<std::variant<int, std::string>> mixed{1, std::string("x"), 2};
  EXPECT_EQ(from(mixed) | query::of_type<int>() | to_vector(), (std::vector<int>{1, 2}));
  EXPECT_EQ(from(mixed) | as_parallel() | query::of_type<std::string>() | to_vector(),
            (std::vector<std::string>{"x"}));
  EXPECT_THROW(from(mixed) | query::cast<int>() | to_vector(), std::bad_variant_access);
  EXPECT_THROW(from(mixed) | as_parallel() | query::cast<int>() | to_vector(),
               weft::aggregate_exception);
  const std::vector<std::any> anything{1, std::string("x")};
  EXPECT_EQ(from(anything) | query::of_type<int>() | to_vector(), std::vector<int>{1});
}

TEST(query_settings, may_be_said_once) {
  auto q = from(numbers(3)) | as_parallel() | query::with_degree_of_parallelism(2);
  EXPECT_THROW(static_cast<void>(q | query::with_degree_of_parallelism(2)),
               weft::invalid_operation);
  EXPECT_THROW(static_cast<void>(q | query::concat(q)), weft::invalid_operation);
  EXPECT_EQ(q | query::with_merge_options(query::merge_options::not_buffered) | query::count(), 3U);
  std::stop_source source;
  auto c = q | query::with_cancellation(source.get_token());
  EXPECT_THROW(static_cast<void>(c | query::with_cancellation(source.get_token())),
               weft::invalid_operation);
}

TEST(query_settings, reach_what_stands_before_a_gathering_operator) {
  std::stop_source source;
  source.request_stop();
  const auto q = from(numbers(100'000)) | as_parallel() | where(even);
  EXPECT_THROW(q | query::skip(5) | query::with_cancellation(source.get_token()) | query::count(),
               weft::operation_canceled);
  EXPECT_THROW(q | query::reverse() | query::with_cancellation(source.get_token()) | to_vector(),
               weft::operation_canceled);
}

TEST(query_as_parallel, leaves_what_stands_before_it_to_one_thread_at_a_time) {
  int calls = 0;  // no atomic
  const auto counting = [&](int i) {
    ++calls;
    return i;
  };
  EXPECT_EQ(
      query::range(0, 50'000) | select(counting) | as_parallel() | where(even) | query::count(),
      25'000U);
  EXPECT_EQ(calls, 50'000);
}

TEST(query_elements, throw_an_aggregate_behind_as_parallel) {
  const auto bad = [](int i) -> int { return i == 70'000 ? throw std::runtime_error("bad") : i; };
  const auto q = from(numbers(100'000)) | as_parallel() | select(bad);
  EXPECT_THROW(q | query::skip(5) | query::count(), weft::aggregate_exception);
  EXPECT_THROW(q | query::reverse() | to_vector(), weft::aggregate_exception);
  EXPECT_THROW(q | query::take_while([](int) { return true; }) | to_vector(),
               weft::aggregate_exception);
  EXPECT_THROW(q | where(even) | query::concat(numbers(2)) | to_vector(),
               weft::aggregate_exception);
  EXPECT_THROW(from(numbers(100'000)) | select(bad) | query::reverse() | to_vector(),
               std::runtime_error);
}

// ---- one element

TEST(query_single, finds_one_element) {
  const auto v = numbers(50'000);
  const auto big = [](int i) { return i >= 10'000 && i % 7 == 0; };
  for (const bool filtered : {false, true}) {
    const auto keep = [=](int i) { return !filtered || i != 3; };
    const auto s = from(v) | where(keep);
    const auto p = from(v) | as_parallel() | as_ordered() | where(keep);
    EXPECT_EQ(s | query::first(big), p | query::first(big));
    EXPECT_EQ(s | query::last(big), p | query::last(big));
    EXPECT_EQ(s | query::last(), p | query::last());
    EXPECT_EQ(s | query::element_at(20'000), p | query::element_at(20'000));
    EXPECT_EQ(s | query::single([](int i) { return i == 9; }), 9);
    EXPECT_EQ(p | query::single([](int i) { return i == 9; }), 9);
    EXPECT_THROW(s | query::single(big), weft::invalid_operation);
    EXPECT_THROW(p | query::single(big), weft::invalid_operation);
  }
  EXPECT_EQ(from(v) | as_parallel() | query::last(), 49'999);
  EXPECT_EQ(from(v) | query::element_at(7), 7);
  EXPECT_EQ(from(v) | as_parallel() | query::element_at(7), 7);
}

TEST(query_single, says_that_there_is_none) {
  const auto none = query::empty<int>();
  EXPECT_THROW(none | query::last(), weft::invalid_operation);
  EXPECT_THROW(none | query::single(), weft::invalid_operation);
  EXPECT_THROW(none | query::element_at(0), std::out_of_range);
  EXPECT_THROW(from(numbers(3)) | query::element_at(-1), std::out_of_range);
  EXPECT_THROW(from(numbers(3)) | as_parallel() | query::element_at(3), std::out_of_range);
  EXPECT_EQ(none | query::last_or_default(), 0);
  EXPECT_EQ(none | query::single_or_default(), 0);
  EXPECT_EQ(none | as_parallel() | query::element_at_or_default(0), 0);
  EXPECT_EQ(from(numbers(3)) | query::element_at_or_default(-1), 0);
  EXPECT_EQ(from(numbers(9)) | query::first_or_default([](int i) { return i > 20; }), 0);
  EXPECT_EQ(from(numbers(9)) | query::last_or_default(even), 8);
  EXPECT_THROW(from(numbers(9)) | query::single_or_default(even), weft::invalid_operation);
}

TEST(query_sequence_equal, compares_one_by_one) {
  const auto v = numbers(1'000);
  EXPECT_TRUE(from(v) | query::sequence_equal(v));
  EXPECT_FALSE(from(v) | query::sequence_equal(numbers(999)));
  EXPECT_FALSE(from(numbers(999)) | query::sequence_equal(v));
  EXPECT_FALSE(from(v) | query::sequence_equal(from(v) | query::reverse()));
  EXPECT_TRUE(from(v) | as_parallel() | as_ordered() |
              query::sequence_equal(from(v) | as_parallel() | as_ordered()));
  EXPECT_TRUE(from(v) | query::sequence_equal(from(v) | select([](int i) { return i + 2; }),
                                              [](int a, int b) { return a % 2 == b % 2; }));
}

TEST(query_aggregate, has_every_form) {
  const auto v = numbers(10'000);
  const auto add = [](std::int64_t a, int i) { return a + i; };
  const auto text = [](std::int64_t a) { return std::to_string(a); };
  for (const bool parallel : {false, true}) {
    const auto all = [&](auto op) {
      return parallel ? from(v) | as_parallel() | op : from(v) | op;
    };
    EXPECT_EQ(all(query::aggregate(std::int64_t{1}, add)), 49'995'001);
    EXPECT_EQ(all(query::aggregate(std::int64_t{1}, add, text)), "49995001");
    EXPECT_EQ(all(query::aggregate(std::int64_t{0}, add, std::plus<>(), text)), "49995000");
    EXPECT_EQ(all(query::aggregate([] { return std::int64_t{0}; }, add, std::plus<>(), text)),
              "49995000");
  }
  EXPECT_EQ(query::empty<int>() | as_parallel() | query::aggregate(std::int64_t{5}, add), 5);
}

}  // namespace
