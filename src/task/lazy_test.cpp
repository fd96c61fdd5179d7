#include <weft/task/lazy.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>

#include "support/tasks.hpp"

#include <memory>
#include <numeric>
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
lazy<int> notes_start(int& starts) {
  co_return ++starts;
}
lazy<> throws(const char* what) {
  throw std::runtime_error(what);
  co_return;
}
template <class T>
task<T> takes(lazy<T> l) {
  co_return co_await l;
}

TEST(lazy, runs_only_when_awaited) {
  int starts = 0;
  auto l = notes_start(starts);
  EXPECT_EQ(starts, 0);
  EXPECT_EQ(takes(std::move(l)).result(), 1);
  EXPECT_EQ(starts, 1);
}

TEST(lazy, runs_on_the_awaiting_thread) {
  auto where = []() -> lazy<std::thread::id> { co_return std::this_thread::get_id(); };
  EXPECT_EQ(takes(where()).result(), std::this_thread::get_id());
}

TEST(lazy, never_awaited_destroys_its_parameters_without_running) {
  counted::alive = 0;
  int starts = 0;
  {
    auto body = [](counted, int& s) -> lazy<> {
      ++s;
      co_return;
    };
    auto l = body(counted(1), starts);
    EXPECT_GE(counted::alive, 1);
  }
  EXPECT_EQ(counted::alive, 0);
  EXPECT_EQ(starts, 0);
}

TEST(lazy, is_awaited_as_lvalue_or_rvalue) {
  auto body = []() -> task<int> {
    auto l = gives(1);
    const int a = co_await l;
    auto m = gives(2);
    const int b = co_await std::move(m);
    co_return a + b + co_await gives(4);
  };
  EXPECT_EQ(body().result(), 7);
}

TEST(lazy, refuses_a_second_await) {
  auto body = []() -> task<> {
    auto l = gives(1);
    co_await l;
    co_await l;
  };
  EXPECT_THROW(body().wait(), invalid_operation);
}

TEST(lazy, refuses_to_start_or_await_an_empty_or_used_one) {
  EXPECT_THROW(static_cast<void>(lazy<>().start()), invalid_operation);
  auto body = [](lazy<>& l) -> task<> { co_await l; };
  lazy<> empty;
  EXPECT_THROW(body(empty).wait(), invalid_operation);
  auto l = throws("once");
  EXPECT_EQ(thrown_by([&] { body(l).wait(); }), "once");
  EXPECT_THROW(static_cast<void>(std::move(l).start()), invalid_operation);
}

TEST(lazy, rethrows_into_its_awaiter) {
  EXPECT_EQ(thrown_by([] { takes(throws("lazy")).wait(); }), "lazy");
  auto body = []() -> task<std::string> {
    try {
      co_await throws("caught");
    } catch (const std::exception& e) {
      co_return e.what();
    }
    co_return "";
  };
  EXPECT_EQ(body().result(), "caught");
}

TEST(lazy, start_makes_a_task_that_runs_now) {
  int starts = 0;
  auto t = notes_start(starts).start();
  EXPECT_EQ(starts, 1);
  EXPECT_EQ(t.result(), 1);
}

TEST(lazy, gives_a_reference_or_moves_its_value) {
  int object = 1;
  auto reference = [](int& r) -> lazy<int&> { co_return r; };
  auto body = [&]() -> task<int*> { co_return &co_await reference(object); };
  EXPECT_EQ(body().result(), &object);
  counted::start_counting();
  auto value = []() -> lazy<counted> { co_return counted(3); };
  auto moves = [&]() -> task<int> {
    const counted c = co_await value();
    co_return c.value;
  };
  EXPECT_EQ(moves().result(), 3);
  EXPECT_EQ(counted::copies, 0);
  auto owner = []() -> lazy<std::unique_ptr<int>> { co_return std::make_unique<int>(4); };
  auto owns = [&]() -> task<int> { co_return *co_await owner(); };
  EXPECT_EQ(owns().result(), 4);
}

TEST(lazy, suspends_with_what_it_awaits) {
  task_completion_source<int> source;
  auto inner = [](task<int> t) -> lazy<int> { co_return co_await std::move(t) + 1; };
  auto t = takes(inner(source.task()));
  EXPECT_FALSE(t.is_completed());
  source.set_result(1);
  EXPECT_EQ(t.result(), 2);
}

TEST(lazy, ends_its_task_canceled_when_operation_canceled_escapes) {
  auto body = []() -> lazy<> {
    throw operation_canceled();
    co_return;
  };
  EXPECT_TRUE(body().start().is_canceled());
}

// -------------------------------------------------------------------------------------------
// fork_join

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
  EXPECT_EQ(thrown_by([&] { body().wait(); }), "second");
  EXPECT_EQ(ended, 3);
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

}  // namespace
}  // namespace weft
