#include <weft/task/fork_join.hpp>

#include <weft/base/error.hpp>
#include <weft/sched.hpp>
#include <weft/task.hpp>

#include "support/tasks.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using testing::counted;
using testing::thrown_by;

lazy<int> gives(int value) {
  co_return value;
}
lazy<long> fib(int n) {
  if (n < 2) {
    co_return n;
  }
  auto [a, b] = co_await fork_join(fib(n - 1), fib(n - 2));
  co_return a + b;
}

TEST(fork_join, computes_nested) {
  EXPECT_EQ(block_on(fib(20)), 6765);
}

TEST(fork_join, computes_nested_on_a_worker) {
  EXPECT_EQ(block_on(run([] { return fib(20); })), 6765);
}

TEST(fork_join, gives_a_tuple_with_monostate_for_void) {
  auto nothing = []() -> lazy<> { co_return; };
  auto body = [&]() -> task<int> {
    auto joined = fork_join(gives(1), nothing(), gives(2));
    auto [a, m, b] = co_await joined;
    static_assert(std::is_same_v<decltype(m), std::monostate>);
    co_return a + b;
  };
  EXPECT_EQ(body().result(), 3);
}

TEST(fork_join, waits_for_all_and_throws_the_first_failure_in_argument_order) {
  std::atomic<int> ended = 0;
  auto fails = [](std::atomic<int>& count, const char* what) -> lazy<int> {
    ++count;
    throw std::runtime_error(what);
    co_return 0;
  };
  auto good = [](std::atomic<int>& count) -> lazy<int> { co_return ++count; };
  auto body = [&]() -> task<> {
    auto joined = fork_join(good(ended), fails(ended, "second"), fails(ended, "third"));
    co_await joined;
  };
  const testing::unobserved_count reports;
  EXPECT_EQ(thrown_by([&] { body().wait(); }), "second");
  EXPECT_EQ(ended, 3);
  EXPECT_EQ(reports.count(), 1);  // the one that was not thrown
  EXPECT_EQ(reports.last(), "third");
}

TEST(fork_join, reports_no_cancellation_and_nothing_that_was_thrown) {
  const testing::unobserved_count reports;
  auto fails = []() -> lazy<> {
    throw std::runtime_error("thrown");
    co_return;
  };
  auto canceled = []() -> lazy<> {
    throw operation_canceled();
    co_return;
  };
  auto body = [&]() -> task<> {
    std::vector<lazy<>> all;
    all.push_back(fails());
    all.push_back(canceled());
    auto joined = fork_join(std::move(all));
    co_await joined;
  };
  EXPECT_EQ(thrown_by([&] { body().wait(); }), "thrown");
  EXPECT_EQ(reports.count(), 0);
}

TEST(fork_join, of_a_range_gives_a_vector_in_order) {
  std::vector<lazy<int>> all;
  for (int i = 0; i < 100; ++i) {
    all.push_back(gives(i));
  }
  auto body = [](std::vector<lazy<int>> lazies) -> task<std::vector<int>> {
    auto joined = fork_join(std::move(lazies));
    co_return co_await joined;
  };
  const std::vector<int> got = body(std::move(all)).result();
  std::vector<int> expected(100);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(got, expected);
}

TEST(fork_join, of_an_empty_range_completes_at_once) {
  auto body = []() -> task<std::size_t> {
    auto joined = fork_join(std::vector<lazy<int>>());
    co_return (co_await joined).size();
  };
  auto t = body();
  EXPECT_TRUE(t.is_completed());
  EXPECT_EQ(t.result(), 0U);
}

TEST(fork_join, of_a_range_of_void_and_of_move_only_results) {
  std::atomic<int> ran = 0;
  auto body = [&]() -> task<int> {
    auto nothing = [](std::atomic<int>& count) -> lazy<> {
      ++count;
      co_return;
    };
    std::vector<lazy<>> all;
    for (int i = 0; i < 10; ++i) {
      all.push_back(nothing(ran));
    }
    auto joined = fork_join(all);
    co_await joined;
    auto owner = [](int v) -> lazy<std::unique_ptr<int>> { co_return std::make_unique<int>(v); };
    auto two = fork_join(owner(1), owner(2));
    auto [a, b] = co_await two;
    co_return *a + *b;
  };
  EXPECT_EQ(body().result(), 3);
  EXPECT_EQ(ran, 10);
}

TEST(fork_join, children_may_suspend) {
  auto child = [](int i) -> lazy<int> {
    auto r = run([i] { return i; });
    co_return co_await std::move(r);
  };
  auto body = [&]() -> task<int> {
    int sum = 0;
    for (int round = 0; round < 200; ++round) {
      auto joined = fork_join(child(1), child(2), child(3));
      auto [a, b, c] = co_await joined;
      sum += a + b + c;
    }
    co_return sum;
  };
  EXPECT_EQ(body().result(), 1200);
}

TEST(fork_join, refuses_a_used_lazy) {
  auto body = []() -> task<> {
    auto l = gives(1);
    co_await l;
    auto joined = fork_join(std::move(l), gives(2));
    co_await joined;
  };
  EXPECT_THROW(body().wait(), invalid_operation);
}

TEST(fork_join, of_an_array_gives_an_array) {
  auto body = []() -> lazy<int> {
    std::array<lazy<int>, 10> children;
    for (int i = 0; i < 10; ++i) {
      children[static_cast<std::size_t>(i)] = gives(i);
    }
    auto joined = fork_join(std::move(children));
    const std::array<int, 10> got = co_await joined;
    co_return std::accumulate(got.begin(), got.end(), 0);
  };
  EXPECT_EQ(run(body).result(), 45);
  EXPECT_EQ(block_on(body()), 45);
}

TEST(fork_join, of_at_most_n_gives_a_vector_of_fixed_capacity) {
  auto body = [](int count) -> lazy<int> {
    std::vector<lazy<int>> children;
    for (int i = 0; i < count; ++i) {
      children.push_back(gives(i));
    }
    auto joined = fork_join<8>(std::move(children));
    const inplace_vector<int, 8> got = co_await joined;
    co_return std::accumulate(got.begin(), got.end(), static_cast<int>(got.size()));
  };
  for (const int count : {0, 1, 5, 8}) {
    auto f = [&] { return body(count); };
    EXPECT_EQ(run(f).result(), count * (count - 1) / 2 + count);
  }
}

TEST(fork_join, of_more_than_n_runs_none_and_says_so) {
  counted::alive = 0;
  std::atomic<int> ran = 0;
  auto child = [](counted, std::atomic<int>& count) -> lazy<> {
    ++count;
    co_return;
  };
  auto body = [&]() -> lazy<> {
    std::vector<lazy<>> children;
    for (int i = 0; i < 5; ++i) {
      children.push_back(child(counted(i), ran));
    }
    auto joined = fork_join<4>(std::move(children));
    co_await joined;
  };
  EXPECT_THROW(run(body).wait(), std::length_error);
  EXPECT_EQ(ran, 0);
  EXPECT_EQ(counted::alive, 0);
}

TEST(fork_join, of_void_arrays_gives_nothing) {
  std::atomic<int> ran = 0;
  auto child = [](std::atomic<int>& count) -> lazy<> {
    ++count;
    co_return;
  };
  auto body = [&]() -> lazy<> {
    std::array<lazy<>, 3> children{child(ran), child(ran), child(ran)};
    auto joined = fork_join(std::move(children));
    co_await joined;
  };
  run(body).wait();
  EXPECT_EQ(ran, 3);
}

TEST(fork_join, joins_whichever_children_suspend) {
  struct leaf {
    static lazy<int> of(int value, bool suspends) {
      if (suspends) {
        co_await yield();
      }
      co_return value;
    }
    static lazy<int> all(unsigned mask) {
      auto joined = fork_join(of(1, (mask & 1) != 0), of(2, (mask & 2) != 0),
                              of(4, (mask & 4) != 0), of(8, (mask & 8) != 0));
      auto [a, b, c, d] = co_await joined;
      co_return a + b + c + d;
    }
  };
  for (unsigned mask = 0; mask < 16; ++mask) {
    auto body = [mask] { return leaf::all(mask); };
    EXPECT_EQ(run(body).result(), 15);
  }
}

TEST(fork_join, destroys_each_result_once_whoever_fails) {
  counted::alive = 0;
  struct child {
    static lazy<counted> of(int value, bool suspends, bool fails) {
      if (suspends) {
        co_await yield();
      }
      if (fails) {
        throw std::runtime_error(std::to_string(value));
      }
      co_return counted(value);
    }
  };
  for (int mask = 0; mask < 64; ++mask) {
    auto bit = [mask](int i) { return (mask >> i & 1) != 0; };
    auto body = [bit]() -> lazy<int> {
      auto joined = fork_join(child::of(1, bit(0), bit(3)), child::of(2, bit(1), bit(4)),
                              child::of(3, bit(2), bit(5)));
      auto [a, b, c] = co_await joined;
      co_return a.value + b.value + c.value;
    };
    const std::string first = bit(3) ? "1" : bit(4) ? "2" : bit(5) ? "3" : "";
    const testing::unobserved_count reports;
    if (first.empty()) {
      EXPECT_EQ(run(body).result(), 6);
    } else {
      EXPECT_EQ(thrown_by([&] { run(body).wait(); }), first);
    }
    const int failures = bit(3) + bit(4) + bit(5);
    EXPECT_EQ(reports.count(), std::max(failures - 1, 0));  // all but the one that was thrown
  }
  EXPECT_EQ(counted::alive, 0);
}

TEST(fork_join, from_a_loop_runs_its_children_on_the_pool_and_comes_back) {
  single_thread_context ui;
  const auto here = std::this_thread::get_id();
  std::atomic<int> elsewhere = 0;
  auto child = [&]() -> lazy<> {
    elsewhere += std::this_thread::get_id() != here ? 1 : 0;
    co_return;
  };
  auto body = [&]() -> task<bool> {
    auto joined = fork_join(child(), child());
    co_await joined;
    co_return std::this_thread::get_id() == here;
  };
  EXPECT_TRUE(ui.run(body));
  EXPECT_EQ(elsewhere, 2);
}

lazy<int> deep_and_wide(int depth) {
  if (depth == 0) {
    co_await yield();
    co_return 1;
  }
  auto joined = fork_join(deep_and_wide(depth - 1), gives(1));
  auto [a, b] = co_await joined;
  co_return a + b;
}
TEST(fork_join, on_a_worker_goes_deeper_than_its_stack) {
  auto body = [] { return deep_and_wide(50'000); };
  EXPECT_EQ(run(body).result(), 50'001);
}

}  // namespace
}  // namespace weft
