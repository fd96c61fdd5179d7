#include <weft/base/error.hpp>
#include <weft/query.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
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

std::vector<int> random_numbers(std::size_t n, int below) {
  std::mt19937 random(42);  // replay: the seed is fixed
  std::vector<int> v(n);
  for (int& i : v) {
    i = static_cast<int>(random() % static_cast<unsigned>(below));
  }
  return v;
}

template <class T>
std::vector<T> sorted(std::vector<T> v) {
  std::ranges::sort(v);
  return v;
}

struct case_of {
  std::size_t count;
  int below;
};
// Few and many keys, on one thread and on several, tables joined here and in parts.
const std::vector<case_of> cases{{0, 1},
                                 {1, 1},
                                 {10, 3},
                                 {1'000, 1'000},
                                 {100'000, 1},
                                 {30'000, 500},
                                 {100'000, 500},
                                 {100'000, 1 << 30},
                                 {300'000, 100'000}};

// ---- sets

TEST(query_sets, keep_each_element_once) {
  for (const auto& [count, below] : cases) {
    const auto v = random_numbers(count, below);
    const auto w = random_numbers(count / 2 + 1, 2 * (below / 2 + 1));
    const auto check = [&](auto op) {
      const auto expected = from(v) | op | to_vector();
      EXPECT_EQ(from(v) | as_parallel() | as_ordered() | op | to_vector(), expected);
      EXPECT_EQ(sorted(from(v) | as_parallel() | op | to_vector()), sorted(expected));
      return expected;
    };
    auto unique = sorted(v);
    unique.erase(std::unique(unique.begin(), unique.end()), unique.end());
    EXPECT_EQ(sorted(check(query::distinct())), unique);
    check(query::union_(w));
    check(query::except(w));
    check(query::intersect(w));
    const auto in_w = [all = sorted(w)](int i) { return std::ranges::binary_search(all, i); };
    EXPECT_EQ(sorted(check(query::intersect(from(w) | as_parallel()))),
              from(unique) | where(in_w) | to_vector());
    EXPECT_EQ(sorted(check(query::except(w))),
              from(unique) | where(std::not_fn(in_w)) | to_vector());
  }
}

TEST(query_sets, keep_the_first_appearance) {
  const std::vector<int> v{3, 1, 3, 2, 1};
  const std::vector<int> w{2, 5, 5};
  EXPECT_EQ(from(v) | query::distinct() | to_vector(), (std::vector<int>{3, 1, 2}));
  EXPECT_EQ(from(v) | query::union_(w) | to_vector(), (std::vector<int>{3, 1, 2, 5}));
  EXPECT_EQ(from(v) | query::except(w) | to_vector(), (std::vector<int>{3, 1}));
  EXPECT_EQ(from(v) | query::intersect(w) | to_vector(), std::vector<int>{2});
}

TEST(query_sets, take_an_equality) {
  const std::vector<std::string> v{"a", "B", "A", "b"};
  const auto hash = [](const std::string& s) {
    return static_cast<std::size_t>(std::tolower(s[0]));
  };
  const auto equal = [](const std::string& a, const std::string& b) {
    return std::tolower(a[0]) == std::tolower(b[0]);
  };
  EXPECT_EQ(from(v) | query::distinct(hash, equal) | to_vector(),
            (std::vector<std::string>{"a", "B"}));
  EXPECT_EQ(from(v) | as_parallel() | as_ordered() | query::distinct(hash, equal) | to_vector(),
            (std::vector<std::string>{"a", "B"}));
}

TEST(query_sets, are_lazy_when_sequential) {
  int calls = 0;
  auto q = query::range(0, 1'000) | select([&](int i) {
             ++calls;
             return i / 2;
           }) |
           query::distinct() | query::take(2);
  EXPECT_EQ(q | to_vector(), (std::vector<int>{0, 1}));
  EXPECT_EQ(calls, 3);
}

TEST(query_sets, tell_pairs_and_booleans_apart) {
  const auto pairs = query::range(0, 12) | select([](int i) { return std::pair(i % 2, i % 3); });
  EXPECT_EQ(pairs | query::distinct() | query::count(), 6U);
  const auto bits = query::range(0, 12) | select([](int i) { return i % 3 == 0; });
  EXPECT_EQ(bits | as_parallel() | as_ordered() | query::distinct() | to_vector(),
            (std::vector<bool>{true, false}));
}

// ---- groups

const auto text_of = [](const auto& group) {
  std::string text = std::to_string(group.key()) + ':';
  for (const auto& x : group) {
    text += ' ' + std::to_string(x);
  }
  return text;
};

TEST(query_group_by, keeps_keys_and_elements_in_order) {
  const std::vector<int> v{5, 2, 3, 4, 1};
  const auto odd = [](int i) { return i % 2; };
  const std::vector<std::string> expected{"1: 5 3 1", "0: 2 4"};
  EXPECT_EQ(from(v) | query::group_by(odd) | select(text_of) | to_vector(), expected);
  EXPECT_EQ(
      from(v) | as_parallel() | as_ordered() | query::group_by(odd) | select(text_of) | to_vector(),
      expected);
}

TEST(query_group_by, gives_the_same_groups_on_any_number_of_threads) {
  for (const auto& [count, below] : cases) {
    const auto v = random_numbers(count, below);
    const auto key = [](int i) { return i / 3; };
    const auto in_order = [](int k, const auto& group) {
      std::uint64_t all = static_cast<std::uint64_t>(k);
      for (const int i : group) {
        all = all * 31 + static_cast<std::uint64_t>(i);
      }
      return all;
    };
    const auto any_order = [](int k, const auto& group) {
      return std::accumulate(group.begin(), group.end(), static_cast<std::int64_t>(k));
    };
    EXPECT_EQ(
        from(v) | query::group_by(key, in_order) | to_vector(),
        from(v) | as_parallel() | as_ordered() | query::group_by(key, in_order) | to_vector());
    EXPECT_EQ(sorted(from(v) | query::group_by(key, any_order) | to_vector()),
              sorted(from(v) | as_parallel() | query::group_by(key, any_order) | to_vector()));
  }
}

TEST(query_group_by, selects_values_and_results) {
  const std::vector<int> v{1, 2, 3, 4};
  const auto odd = [](int i) { return i % 2; };
  const auto tenfold = [](int i) { return 10 * i; };
  const auto sum = [](int key, const auto& group) {
    return key * 1'000 + std::accumulate(group.begin(), group.end(), 0);
  };
  EXPECT_EQ(from(v) | query::group_by(odd, tenfold) | select(text_of) | to_vector(),
            (std::vector<std::string>{"1: 10 30", "0: 20 40"}));
  EXPECT_EQ(from(v) | query::group_by(odd, sum) | to_vector(), (std::vector<int>{1'004, 6}));
  EXPECT_EQ(from(v) | query::group_by(odd, tenfold, sum) | to_vector(),
            (std::vector<int>{1'040, 60}));
}

TEST(query_group_by, lets_groups_outlive_the_query) {
  auto groups = from(std::vector<std::string>{"ab", "c", "de"}) | as_parallel() | as_ordered() |
                query::group_by([](const std::string& s) { return s.size(); }) | to_vector();
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].key(), 2U);
  EXPECT_EQ(std::vector<std::string>(groups[0].begin(), groups[0].end()),
            (std::vector<std::string>{"ab", "de"}));
}

TEST(query_group_by, moves_what_only_moves) {
  auto groups = query::range(0, 4) | select([](int i) { return std::make_unique<int>(i); }) |
                query::group_by([](const auto& p) { return *p % 2; }) | to_vector();
  EXPECT_EQ(*groups[1][1], 3);
}

struct careful {  // its move may throw
  int value;
  explicit careful(int v) : value(v) {}
  careful(const careful&) = default;
  careful(careful&& other) noexcept(false) : value(other.value) {}
  careful& operator=(const careful&) = default;
  careful& operator=(careful&&) noexcept(false) = default;
};

TEST(query_group_by, takes_elements_whose_move_may_throw) {
  const auto sizes = query::range(0, 50'000) | as_parallel() |
                     select([](int i) { return careful(i); }) |
                     query::group_by([](const careful& c) { return c.value % 5; }) |
                     select([](const auto& g) { return g.size(); }) | to_vector();
  EXPECT_EQ(sizes, std::vector<std::size_t>(5, 10'000));
}

TEST(query_group_by, throws_what_its_functions_throw) {
  const auto bad = [](int i) -> int { return i == 9'000 ? throw std::runtime_error("x") : i; };
  EXPECT_THROW(query::range(0, 10'000) | query::group_by(bad) | query::count(), std::runtime_error);
  EXPECT_THROW(query::range(0, 10'000) | as_parallel() | query::group_by(bad) | query::count(),
               weft::aggregate_exception);
  EXPECT_THROW(query::range(0, 10'000) | as_parallel() | as_ordered() | query::group_by(bad) |
                   query::count(),
               weft::aggregate_exception);
}

// ---- joins

const auto itself = [](int i) { return i; };

TEST(query_join, pairs_elements_with_equal_keys) {
  for (const auto& [count, below] : cases) {
    if (count / static_cast<std::size_t>(below) * count > 5'000'000) {
      continue;  // the result would be too large
    }
    const auto v = random_numbers(count, below);
    const auto w = random_numbers(count / 2 + 1, below);
    const auto result = [](int a, int b) { return 3 * static_cast<std::int64_t>(a) + b; };
    const auto key = [](int i) { return i / 2; };
    const auto expected = from(v) | query::join(w, key, key, result) | to_vector();
    EXPECT_EQ(from(v) | as_parallel() | as_ordered() |
                  query::join(from(w) | as_parallel() | as_ordered(), key, key, result) |
                  to_vector(),
              expected);
    EXPECT_EQ(sorted(from(v) | as_parallel() | query::join(w, key, key, result) | to_vector()),
              sorted(expected));
  }
}

TEST(query_join, keeps_the_order_of_both) {
  const std::vector<std::pair<int, char>> left{{2, 'a'}, {1, 'b'}, {9, 'c'}, {2, 'd'}};
  const std::vector<std::pair<int, char>> right{{1, 'x'}, {2, 'y'}, {2, 'z'}};
  const auto key = [](const auto& p) { return p.first; };
  const auto both = [](const auto& a, const auto& b) { return std::string{a.second, b.second}; };
  const std::vector<std::string> expected{"ay", "az", "bx", "dy", "dz"};
  EXPECT_EQ(from(left) | query::join(right, key, key, both) | to_vector(), expected);
  EXPECT_EQ(
      from(left) | as_parallel() | as_ordered() | query::join(right, key, key, both) | to_vector(),
      expected);
  std::vector<std::string> pulled;
  for (const auto& s : from(left) | query::join(right, key, key, both)) {
    pulled.push_back(s);
  }
  EXPECT_EQ(pulled, expected);
}

TEST(query_join, looks_at_the_inner_query_once_and_not_at_all_for_nothing) {
  int calls = 0;
  auto inner = query::range(0, 10) | select([&](int i) {
                 ++calls;
                 return i;
               });
  const auto sum = [](int a, int b) { return a + b; };
  EXPECT_EQ(query::range(0, 100) | query::join(inner, itself, itself, sum) | query::count(), 10U);
  EXPECT_EQ(calls, 10);
  EXPECT_EQ(query::empty<int>() | query::join(inner, itself, itself, sum) | query::count(), 0U);
  EXPECT_EQ(calls, 10);
}

TEST(query_group_join, gives_every_element_its_matches) {
  const std::vector<int> left{1, 2, 3};
  const std::vector<int> right{20, 10, 21};
  const auto tens = [](int i) { return i / 10; };
  const auto result = [](int a, const auto& found) {
    std::string text = std::to_string(a) + ':';
    for (const int i : found) {
      text += ' ' + std::to_string(i);
    }
    return text;
  };
  const std::vector<std::string> expected{"1: 10", "2: 20 21", "3:"};
  EXPECT_EQ(from(left) | query::group_join(right, itself, tens, result) | to_vector(), expected);
  EXPECT_EQ(
      from(left) | as_parallel() | as_ordered() |
          query::group_join(from(right) | as_parallel() | as_ordered(), itself, tens, result) |
          to_vector(),
      expected);
}

// ---- lookups and maps

TEST(query_to_lookup, finds_by_key) {
  const auto l = query::range(0, 100'000) | as_parallel() | as_ordered() |
                 query::to_lookup([](int i) { return i % 40'000; });
  EXPECT_EQ(l.size(), 40'000U);
  EXPECT_TRUE(l.contains(5));
  EXPECT_FALSE(l.contains(50'000));
  EXPECT_TRUE(l[50'000].empty());
  EXPECT_EQ(std::vector<int>(l[5].begin(), l[5].end()), (std::vector<int>{5, 40'005, 80'005}));
  int key = 0;
  for (const auto& group : l) {
    EXPECT_EQ(group.key(), key++);
  }
  const auto selected =
      query::range(0, 4) | query::to_lookup([](int i) { return i % 2; }, [](int i) { return -i; });
  EXPECT_EQ(selected[1][1], -3);
}

TEST(query_to_map, refuses_equal_keys) {
  const auto squares =
      query::range(0, 1'000) | as_parallel() | query::to_map(itself, [](int i) { return i * i; });
  EXPECT_EQ(squares.size(), 1'000U);
  EXPECT_EQ(squares.at(30), 900);
  const auto half = [](int i) { return i / 2; };
  EXPECT_THROW(query::range(0, 10) | query::to_map(half), std::invalid_argument);
  EXPECT_THROW(query::range(0, 10) | as_parallel() | query::to_map(half),
               weft::aggregate_exception);
}

// ---- order

struct person {
  std::string name;
  int age;
  double weight;
};

std::vector<person> people(std::size_t n) {
  std::mt19937 random(7);  // replay: the seed is fixed
  std::vector<person> all;
  for (std::size_t i = 0; i != n; ++i) {
    all.push_back({std::to_string(random() % 1'000), static_cast<int>(random() % 90),
                   static_cast<double>(random() % 500) / 4});
  }
  return all;
}

TEST(query_order_by, is_stable) {
  for (const std::size_t n : {0UL, 1UL, 2UL, 40UL, 1'000UL, 60'000UL}) {
    const auto all = people(n);
    std::vector<const person*> expected;
    for (const person& p : all) {
      expected.push_back(&p);
    }
    const auto address = [](const person& p) { return &p; };
    const auto check = [&](auto op, auto before) {
      std::ranges::sort(expected, [&](const person* a, const person* b) {
        return before(*a, *b) || (!before(*b, *a) && a < b);
      });
      EXPECT_EQ(from(all) | op | select(address) | to_vector(), expected);
      EXPECT_EQ(from(all) | as_parallel() | as_ordered() | op | select(address) | to_vector(),
                expected);
    };
    check(query::order_by(&person::age),
          [](const auto& a, const auto& b) { return a.age < b.age; });
    check(query::order_by_descending(&person::age),
          [](const auto& a, const auto& b) { return a.age > b.age; });
    check(query::order_by(&person::name),
          [](const auto& a, const auto& b) { return a.name < b.name; });
    check(query::order_by(&person::weight),
          [](const auto& a, const auto& b) { return a.weight < b.weight; });
    check(query::order_by(&person::name, std::greater<>()),
          [](const auto& a, const auto& b) { return a.name > b.name; });
  }
}

TEST(query_order_by, is_followed_by_further_keys) {
  const auto all = people(20'000);
  const auto by_name = [](const person& p) { return std::tuple(-p.age, p.name, p.weight); };
  auto names = from(all) | select(by_name) | to_vector();
  EXPECT_EQ(from(all) | as_parallel() | query::order_by_descending(&person::age) |
                query::then_by(&person::name) | query::then_by(&person::weight) | select(by_name) |
                to_vector(),
            sorted(names));
  const auto by_numbers = [](const person& p) {
    return std::tuple(p.age, -static_cast<float>(p.weight));
  };
  auto numbers = from(all) | select(by_numbers) | to_vector();
  EXPECT_EQ(
      from(all) | as_parallel() | query::order_by(&person::age) |
          query::then_by_descending([](const person& p) { return static_cast<float>(p.weight); }) |
          select(by_numbers) | to_vector(),
      sorted(numbers));
}

TEST(query_order_by, orders_signs_and_what_is_no_number) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> v{1.5, -inf, 0.0, nan, -2.5, inf, -0.0};
  const auto d = from(v) | query::order_by([](double x) { return x; }) | to_vector();
  EXPECT_TRUE(std::isnan(d[0]));
  EXPECT_EQ(std::vector<double>(d.begin() + 1, d.end()),
            (std::vector<double>{-inf, -2.5, 0.0, -0.0, 1.5, inf}));
  EXPECT_FALSE(std::signbit(d[3]));  // equal to -0.0, and came first
  const std::vector<int> i{3, -1, std::numeric_limits<int>::min(), 0,
                           std::numeric_limits<int>::max()};
  EXPECT_EQ(from(i) | as_parallel() | query::order_by(itself) | to_vector(), sorted(i));
}

TEST(query_order_by, asks_for_each_key_once_behind_all_elements) {
  std::string log;
  const auto element = [&](int i) {
    log += 'e';
    return i;
  };
  const auto key = [&](int i) {
    log += 'k';
    return -i;
  };
  EXPECT_EQ(query::range(0, 3) | select(element) | query::order_by(key) | to_vector(),
            (std::vector<int>{2, 1, 0}));
  EXPECT_EQ(log, "eeekkk");
}

TEST(query_order_by, throws_what_comparing_throws) {
  const auto bad = [](const std::string& a, const std::string& b) -> bool {
    return a == "7" ? throw std::runtime_error("x") : a < b;
  };
  const auto text = [](int i) { return std::to_string(i); };
  EXPECT_THROW(query::range(0, 50'000) | query::order_by(text, bad) | to_vector(),
               std::runtime_error);
  EXPECT_THROW(query::range(0, 50'000) | as_parallel() | query::order_by(text, bad) | to_vector(),
               weft::aggregate_exception);
}

TEST(query_order_by, is_evaluated_anew_each_time) {
  std::vector<int> v{3, 1, 2};
  const auto q = from(v) | query::order_by(itself);
  EXPECT_EQ(q | to_vector(), (std::vector<int>{1, 2, 3}));
  v.push_back(0);
  EXPECT_EQ(q | to_vector(), (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(q | query::first(), 0);
}

}  // namespace
