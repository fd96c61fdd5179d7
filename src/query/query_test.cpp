#include <weft/query.hpp>

#include <weft/base/error.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <list>
#include <memory>
#include <numeric>
#include <ranges>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

namespace query = weft::query;
using query::as_ordered;
using query::as_parallel;
using query::count;
using query::from;
using query::select;
using query::sum;
using query::to_vector;
using query::where;

const auto even = [](int i) { return i % 2 == 0; };
const auto square = [](int i) { return i * i; };

std::vector<int> numbers(int n) {
  std::vector<int> v(static_cast<std::size_t>(n));
  std::iota(v.begin(), v.end(), 0);
  return v;
}

bool is_prime(int n) {
  for (int d = 2; d * d <= n; ++d) {
    if (n % d == 0) {
      return false;
    }
  }
  return n > 1;
}

TEST(query, filters_and_maps_in_order) {
  EXPECT_EQ(query::range(0, 10) | where(even) | select(square) | to_vector(),
            (std::vector<int>{0, 4, 16, 36, 64}));
}

TEST(query, counts_and_adds) {
  EXPECT_EQ(query::range(1, 100) | count(), 100U);
  EXPECT_EQ(query::range(1, 100) | sum(), 5'050);
  EXPECT_EQ(query::range(1, 100) | count(even), 50U);
  EXPECT_EQ(query::range(1, 3) | sum(square), 14);
  EXPECT_EQ(query::range(2'000'000'000, 1'000) | query::as_parallel() | sum(), 2'000'000'499'500);
  EXPECT_DOUBLE_EQ(from(std::vector<double>{0.5, 1.5}) | sum(), 2.0);
}

TEST(query, evaluates_nothing_before_it_is_asked) {
  int calls = 0;
  auto q = query::range(0, 5) | select([&](int i) {
             ++calls;
             return i;
           });
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(q | count(), 5U);
  EXPECT_EQ(calls, 5);
  EXPECT_EQ(q | count(), 5U);
  EXPECT_EQ(calls, 10);
}

TEST(query, sees_the_range_as_it_is_at_the_evaluation) {
  std::vector<int> v{1, 2};
  auto q = from(v) | select(square);
  v.push_back(3);
  EXPECT_EQ(q | to_vector(), (std::vector<int>{1, 4, 9}));
}

TEST(query, owns_a_temporary_range) {
  auto q = from(numbers(3)) | select(square);
  auto again = q;
  EXPECT_EQ(q | to_vector(), (std::vector<int>{0, 1, 4}));
  EXPECT_EQ(again | to_vector(), (std::vector<int>{0, 1, 4}));
}

TEST(query, takes_any_range) {
  const std::list<int> l{1, 2, 3};
  std::istringstream in("4 5 6");
  auto view = std::views::iota(7) | std::views::take(3);
  EXPECT_EQ(from(l) | to_vector(), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(from(std::ranges::istream_view<int>(in)) | to_vector(), (std::vector<int>{4, 5, 6}));
  EXPECT_EQ(from(view) | to_vector(), (std::vector<int>{7, 8, 9}));
  EXPECT_EQ(from(std::vector<bool>{true, false}) | count([](bool b) { return b; }), 1U);
}

TEST(query, lets_elements_be_changed_in_place) {
  std::vector<int> v{1, 2, 3};
  from(v) | query::for_all([](int& i) { i *= 10; });
  EXPECT_EQ(v, (std::vector<int>{10, 20, 30}));
}

TEST(query, selects_members) {
  struct person {
    std::string name;
    int age;
    [[nodiscard]] bool is_old() const { return age > 60; }
  };
  const std::vector<person> people{{"Ada", 36}, {"Grace", 85}};
  EXPECT_EQ(from(people) | where(&person::is_old) | select(&person::name) | to_vector(),
            (std::vector<std::string>{"Grace"}));
}

TEST(query, carries_elements_that_only_move) {
  auto made =
      query::range(0, 3) | select([](int i) { return std::make_unique<int>(i); }) | to_vector();
  ASSERT_EQ(made.size(), 3U);
  EXPECT_EQ(*made[2], 2);
}

TEST(query, repeats_and_is_empty) {
  EXPECT_EQ(query::repeat(std::string("x"), 3) | to_vector(), (std::vector<std::string>(3, "x")));
  EXPECT_EQ(query::empty<int>() | count(), 0U);
  EXPECT_EQ(query::empty<int>() | as_parallel() | to_vector(), std::vector<int>{});
  EXPECT_THROW(static_cast<void>(query::range(0, -1)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(query::repeat(0, -1)), std::invalid_argument);
}

TEST(query, gives_the_usual_results) {
  const std::vector<int> v{3, 1, 2};
  EXPECT_EQ(from(v) | query::min(), 1);
  EXPECT_EQ(from(v) | query::max(), 3);
  EXPECT_DOUBLE_EQ(from(v) | query::average(), 2.0);
  EXPECT_EQ(from(v) | query::first(), 3);
  EXPECT_EQ(from(v) | query::first(even), 2);
  EXPECT_TRUE(from(v) | query::any());
  EXPECT_TRUE(from(v) | query::any(even));
  EXPECT_FALSE(from(v) | query::all(even));
  EXPECT_TRUE(from(v) | query::contains(2));
  EXPECT_EQ(from(v) | query::aggregate(std::plus<>()), 6);
  EXPECT_EQ(from(v) | query::aggregate(std::string(),
                                       [](std::string s, int i) { return s + std::to_string(i); }),
            "312");
  EXPECT_EQ(query::empty<int>() | query::first_or_default(), 0);
  EXPECT_FALSE(query::empty<int>() | query::any());
  EXPECT_TRUE(query::empty<int>() | query::all(even));
  EXPECT_EQ(query::empty<int>() | sum(), 0);
}

TEST(query, throws_for_results_that_need_an_element) {
  const auto none = query::empty<int>();
  EXPECT_THROW(none | query::min(), weft::invalid_operation);
  EXPECT_THROW(none | query::max(), weft::invalid_operation);
  EXPECT_THROW(none | query::average(), weft::invalid_operation);
  EXPECT_THROW(none | query::first(), weft::invalid_operation);
  EXPECT_THROW(none | query::aggregate(std::plus<>()), weft::invalid_operation);
  EXPECT_THROW(none | as_parallel() | query::max(), weft::invalid_operation);
}

TEST(query, stops_as_soon_as_the_answer_is_known) {
  int calls = 0;
  auto q = query::range(0, 1'000) | select([&](int i) {
             ++calls;
             return i;
           });
  EXPECT_EQ(q | query::first([](int i) { return i == 7; }), 7);
  EXPECT_EQ(calls, 8);
}

TEST(query, throws_plainly_what_its_functions_throw) {
  auto q = query::range(0, 10) |
           select([](int i) { return i == 5 ? throw std::runtime_error("five") : i; });
  EXPECT_THROW(q | to_vector(), std::runtime_error);
}

// ---- as a range

TEST(query_range, is_an_input_range) {
  auto q = query::range(0, 6) | where(even) | select(square);
  static_assert(std::ranges::input_range<decltype(q)>);
  static_assert(std::ranges::input_range<const decltype(q)>);
  std::vector<int> seen;
  for (int i : q) {
    seen.push_back(i);
  }
  EXPECT_EQ(seen, (std::vector<int>{0, 4, 16}));
  int total = 0;
  for (int i : q | std::views::transform([](int x) { return 2 * x; })) {
    total += i;
  }
  EXPECT_EQ(total, 40);
}

TEST(query_range, gives_elements_by_reference) {
  std::vector<int> v{1, 2, 3};
  auto q = from(v) | where([](int i) { return i != 2; });
  for (int& i : q) {
    i = 0;
  }
  EXPECT_EQ(v, (std::vector<int>{0, 2, 0}));
}

TEST(query_range, evaluates_only_what_is_looked_at) {
  int calls = 0;
  auto q = query::range(0, 1'000'000) | select([&](int i) {
             ++calls;
             return i;
           });
  for (int i : q) {
    if (i == 2) {
      break;
    }
  }
  EXPECT_EQ(calls, 3);
}

TEST(query_range, runs_a_parallel_query_when_iteration_begins) {
  auto q = query::range(0, 1'000) | as_parallel() | as_ordered() | select(square);
  int at = 0;
  for (int i : q) {
    EXPECT_EQ(i, at * at);
    ++at;
  }
  EXPECT_EQ(at, 1'000);
}

TEST(query_range, goes_on_sequentially) {
  std::vector<int> seen;
  query::range(0, 1'000) | as_parallel() | as_ordered() | select(square) | query::as_sequential() |
      where(even) | query::for_all([&](int i) { seen.push_back(i); });
  EXPECT_EQ(seen.size(), 500U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
}

// ---- parallel

TEST(parallel_query, gives_what_the_sequential_one_gives) {
  for (const int n : {0, 1, 2, 1'000, 100'000}) {
    const auto q =
        query::range(0, n) | where(even) | select([](int i) { return std::int64_t{i} * i; });
    const auto p = q | as_parallel();
    EXPECT_EQ(q | count(), p | count());
    EXPECT_EQ(q | sum(), p | sum());
    EXPECT_EQ(q | to_vector(), p | as_ordered() | to_vector());
    auto unordered = p | to_vector();
    std::ranges::sort(unordered);
    EXPECT_EQ(q | to_vector(), unordered);
  }
}

TEST(parallel_query, finds_the_primes) {
  auto primes = query::range(2, 100'000 - 1) | as_parallel() | where(is_prime) | to_vector();
  EXPECT_EQ(primes.size(), 9'592U);
}

TEST(parallel_query, keeps_the_order_of_a_list) {
  const auto v = numbers(50'000);
  const std::list<int> l(v.begin(), v.end());
  EXPECT_EQ(from(l) | as_parallel() | as_ordered() | to_vector(), v);
  auto unordered = from(l) | as_parallel() | query::as_unordered() | to_vector();
  std::ranges::sort(unordered);
  EXPECT_EQ(unordered, v);
  std::string text;
  for (const int i : v) {
    text += std::to_string(i) + ' ';
  }
  std::istringstream in(text);
  EXPECT_EQ(from(std::ranges::istream_view<int>(in)) | as_parallel() | as_ordered() | to_vector(),
            v);
}

TEST(parallel_query, gives_the_usual_results) {
  const auto v = numbers(10'000);
  const auto q = from(v) | as_parallel();
  EXPECT_EQ(q | query::min(), 0);
  EXPECT_EQ(q | query::max(), 9'999);
  EXPECT_DOUBLE_EQ(q | query::average(), 4'999.5);
  EXPECT_TRUE(q | query::any([](int i) { return i == 9'999; }));
  EXPECT_FALSE(q | query::any([](int i) { return i < 0; }));
  EXPECT_TRUE(q | query::all([](int i) { return i >= 0; }));
  EXPECT_TRUE(q | query::contains(5'000));
  EXPECT_GE(q | query::first(), 0);
  EXPECT_EQ(q | as_ordered() | query::first([](int i) { return i >= 5'000; }), 5'000);
  EXPECT_EQ(q | query::aggregate(std::plus<>()), 49'995'000);
  EXPECT_EQ(q | query::aggregate(
                    std::int64_t{0}, [](std::int64_t a, int i) { return a + i; }, std::plus<>()),
            49'995'000);
  EXPECT_EQ(q | query::aggregate(
                    std::int64_t{0}, [](std::int64_t a, int i) { return a + i; }, std::plus<>(),
                    [](std::int64_t a) { return std::to_string(a); }),
            "49995000");
  EXPECT_EQ(from(std::vector<int>{1, 2, 3}) | as_parallel() |
                query::aggregate(std::string(),
                                 [](std::string s, int i) { return s + std::to_string(i); }),
            "123");
}

TEST(parallel_query, calls_for_all_elements_once) {
  std::vector<std::atomic<int>> seen(10'000);
  query::range(std::size_t{0}, seen.size()) | as_parallel() |
      query::for_all([&](std::size_t i) { ++seen[i]; });
  EXPECT_TRUE(std::ranges::all_of(seen, [](const auto& n) { return n == 1; }));
}

TEST(parallel_query, throws_an_aggregate) {
  auto q = query::range(0, 100'000) | as_parallel() |
           select([](int i) { return i == 5'000 ? throw std::runtime_error("five thousand") : i; });
  EXPECT_THROW(q | to_vector(), weft::aggregate_exception);
  EXPECT_THROW(q | count(), weft::aggregate_exception);
  const auto v = numbers(1'000);
  const std::list<int> l(v.begin(), v.end());
  EXPECT_THROW(from(l) | as_parallel() | query::for_all([](int) { throw std::runtime_error("x"); }),
               weft::aggregate_exception);
}

TEST(parallel_query, is_canceled_by_its_token) {
  std::stop_source source;
  auto q = query::range(std::int64_t{0}, std::int64_t{1} << 40) | as_parallel() |
           query::with_cancellation(source.get_token()) | where([&](std::int64_t i) {
             if (i == 1'000) {
               source.request_stop();
             }
             return i < 0;
           });
  EXPECT_THROW(q | count(), weft::operation_canceled);
  EXPECT_THROW(q | to_vector(), weft::operation_canceled);
}

TEST(parallel_query, keeps_to_its_degree) {
  const auto caller = std::this_thread::get_id();
  std::atomic<int> elsewhere{0};
  query::range(0, 10'000) | as_parallel() | query::with_degree_of_parallelism(1) |
      query::for_all([&](int) { elsewhere += std::this_thread::get_id() != caller; });
  EXPECT_EQ(elsewhere, 0);
  EXPECT_THROW(static_cast<void>(query::with_degree_of_parallelism(0)), std::invalid_argument);
}

TEST(parallel_query, nests) {
  const auto total = query::range(0, 50) | as_parallel() |
                     select([](int i) { return query::range(0, i) | as_parallel() | count(); }) |
                     sum();
  EXPECT_EQ(total, 1'225U);
}

}  // namespace
