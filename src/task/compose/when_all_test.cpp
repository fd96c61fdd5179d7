#include <weft/task/when_all.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>

#include "support/tasks.hpp"

#include <memory>
#include <ranges>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using testing::message;
using testing::thrown_by;
using testing::unobserved_count;

task<int> returns(int value) {
  co_return value;
}
task<> throws(const char* what) {
  throw std::runtime_error(what);
  co_return;
}
task<> canceled() {
  throw operation_canceled();
  co_return;
}
std::vector<std::string> messages(const std::vector<std::exception_ptr>& all) {
  std::vector<std::string> texts;
  for (const auto& e : all) {
    texts.push_back(message(e));
  }
  return texts;
}

TEST(when_all, gives_a_tuple_of_values_for_rvalues) {
  auto all = when_all(returns(1), from_result(std::string("two")), completed_task());
  static_assert(std::is_same_v<decltype(all), task<std::tuple<int, std::string, std::monostate>>>);
  auto [a, b, c] = std::move(all).result();
  EXPECT_EQ(a, 1);
  EXPECT_EQ(b, "two");
}

TEST(when_all, gives_references_for_lvalues_and_the_tasks_stay_usable) {
  task_completion_source<int> source;
  auto a = source.task();
  auto b = returns(2);
  auto all = when_all(a, b);
  static_assert(std::is_same_v<decltype(all), task<std::tuple<int&, int&>>>);
  EXPECT_FALSE(all.is_completed());
  source.set_result(1);
  auto [x, y] = std::move(all).result();
  EXPECT_EQ(&x, &a.result());
  EXPECT_EQ(&y, &b.result());
}

TEST(when_all, mixes_lvalues_and_rvalues) {
  auto a = returns(1);
  auto [x, y] = when_all(a, returns(2)).result();
  EXPECT_EQ(&x, &a.result());
  EXPECT_EQ(y, 2);
}

TEST(when_all, of_void_tasks_is_void) {
  auto a = completed_task();
  auto all = when_all(a, completed_task());
  static_assert(std::is_same_v<decltype(all), task<>>);
  all.wait();
}

TEST(when_all, takes_lazies_and_value_tasks_and_starts_cold_ones_in_order) {
  std::vector<int> order;
  auto cold = [](std::vector<int>& o, int i) -> lazy<int> {
    o.push_back(i);
    co_return i;
  };
  auto l = cold(order, 1);
  EXPECT_TRUE(order.empty());
  auto [a, b, c] = when_all(std::move(l), cold(order, 2), value_task<int>(3)).result();
  EXPECT_EQ(a + b + c, 6);
  EXPECT_EQ(order, (std::vector<int>{1, 2}));
}

TEST(when_all, moves_move_only_results) {
  auto own = [](int v) -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(v); };
  auto [a, b] = when_all(own(1), own(2)).result();
  EXPECT_EQ(*a + *b, 3);
  std::vector<task<std::unique_ptr<int>>> range;
  range.push_back(own(4));
  auto all = when_all(std::move(range));
  EXPECT_EQ(*std::move(all).result()[0], 4);
}

TEST(when_all, of_an_rvalue_range_gives_a_vector_in_order) {
  std::vector<task<int>> range;
  for (int i = 0; i < 5; ++i) {
    range.push_back(run([i] { return i; }));
  }
  EXPECT_EQ(when_all(std::move(range)).result(), (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(when_all, of_an_lvalue_range_gives_nothing_and_leaves_the_tasks) {
  std::vector<task<int>> range;
  range.push_back(returns(1));
  range.push_back(run([] { return 2; }));
  auto all = when_all(range);
  static_assert(std::is_same_v<decltype(all), task<>>);
  all.wait();
  EXPECT_EQ(range[0].result() + range[1].result(), 3);
}

TEST(when_all, iterates_a_view_that_creates_tasks_once) {
  int made = 0;
  auto view = std::views::iota(0, 4) | std::views::transform([&made](int i) {
                ++made;
                return returns(i);
              });
  EXPECT_EQ(when_all(view).result(), (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(made, 4);
}

TEST(when_all, takes_a_range_of_lazies) {
  auto cold = [](int i) -> lazy<int> { co_return i; };
  std::vector<lazy<int>> range;
  range.push_back(cold(1));
  range.push_back(cold(2));
  EXPECT_EQ(when_all(std::move(range)).result(), (std::vector<int>{1, 2}));
}

// .NET 10: Task.WhenAll of an empty array is RanToCompletion at once.
TEST(when_all, of_nothing_completes_at_once) {
  auto all = when_all(std::vector<task<int>>());
  EXPECT_TRUE(all.is_completed_successfully());
  EXPECT_TRUE(all.result().empty());
  std::vector<task<>> none;
  EXPECT_TRUE(when_all(none).is_completed_successfully());
}

TEST(when_all, of_completed_tasks_completes_at_once) {
  EXPECT_TRUE(when_all(returns(1), returns(2)).is_completed_successfully());
}

TEST(when_all, ends_only_when_all_have_ended_even_if_one_failed) {
  task_completion_source<> source;
  auto last = source.task();
  auto failed = throws("first");
  auto all = when_all(failed, last);
  EXPECT_FALSE(all.is_completed());
  source.set_result();
  EXPECT_TRUE(all.is_faulted());
  EXPECT_EQ(message(all.exception()), "first");
}

// .NET 10: errors stand in argument order, whatever the order of completion.
TEST(when_all, orders_errors_by_position) {
  task_completion_source<> one;
  task_completion_source<> two;
  task_completion_source<> three;
  auto all = when_all(one.task(), two.task(), three.task());
  three.set_exception(std::runtime_error("3"));
  one.set_exception(std::runtime_error("1"));
  two.set_exception(std::runtime_error("2"));
  EXPECT_EQ(messages(all.exceptions()), (std::vector<std::string>{"1", "2", "3"}));
  EXPECT_EQ(thrown_by([&] { all.wait(); }), "1");
}

// .NET 10: WhenAll(canceled, faulted) is Faulted and holds the fault only.
TEST(when_all, lets_a_fault_beat_a_cancellation) {
  auto all = when_all(canceled(), throws("fault"), canceled());
  EXPECT_TRUE(all.is_faulted());
  EXPECT_EQ(messages(all.exceptions()), (std::vector<std::string>{"fault"}));
}

// .NET 10: WhenAll(done, canceled) is Canceled.
TEST(when_all, is_canceled_when_one_is_and_none_faulted) {
  auto all = when_all(completed_task(), canceled());
  EXPECT_EQ(all.status(), task_status::canceled);
  EXPECT_THROW(all.wait(), operation_canceled);
}

// .NET 10: WhenAll(WhenAll(a, b), c).Exception has three inner exceptions, not two.
TEST(when_all, flattens_nested_errors) {
  auto all = when_all(when_all(throws("a"), throws("b")), throws("c"));
  EXPECT_EQ(messages(all.exceptions()), (std::vector<std::string>{"a", "b", "c"}));
}

TEST(when_all, counts_as_taking_the_exceptions_of_its_children) {
  const unobserved_count unobserved;
  {
    auto all = when_all(throws("a"), throws("b"));
  }
  EXPECT_EQ(unobserved.count(), 1) << "its own, which nobody took";
  {
    auto all = when_all(throws("a"), throws("b"));
    EXPECT_THROW(all.wait(), std::runtime_error);
  }
  EXPECT_EQ(unobserved.count(), 1);
}

TEST(when_all, refuses_an_empty_handle) {
  task<> empty;
  EXPECT_THROW(static_cast<void>(when_all(empty, completed_task())), invalid_operation);
  std::vector<task<>> range(2);
  EXPECT_THROW(static_cast<void>(when_all(range)), invalid_operation);
}

TEST(when_all, goes_on_when_its_task_is_dropped) {
  task_completion_source<int> source;
  {
    auto dropped = when_all(source.task(), returns(1));
  }
  source.set_result(2);
}

TEST(when_all, resumes_its_awaiter_once_for_many_children_ending_on_many_threads) {
  auto body = []() -> task<int> {
    int sum = 0;
    for (int round = 0; round < 100; ++round) {
      std::vector<task<int>> range;
      for (int i = 0; i < 20; ++i) {
        range.push_back(run([i] { return i; }));
      }
      for (const int v : co_await when_all(std::move(range))) {
        sum += v;
      }
    }
    co_return sum;
  };
  EXPECT_EQ(body().result(), 19000);
}

TEST(when_all, faults_when_a_copy_of_a_result_throws) {
  struct throwing_copy {
    throwing_copy() = default;
    throwing_copy(const throwing_copy&) { throw std::runtime_error("copy"); }
    throwing_copy(throwing_copy&&) noexcept = default;
  };
  task_completion_source<throwing_copy> source;
  auto keep = source.task();
  auto all = when_all(source.task());
  source.set_result(throwing_copy());
  EXPECT_EQ(message(all.exception()), "copy");
}

// -------------------------------------------------------------------------------------------
// when_any

TEST(when_any, gives_the_index_of_the_first_to_complete) {
  task_completion_source<> one;
  task_completion_source<int> two;
  auto a = one.task();
  auto b = two.task();
  auto first = when_any(a, b);
  EXPECT_FALSE(first.is_completed());
  two.set_result(1);
  EXPECT_EQ(first.result(), 1U);
  EXPECT_FALSE(a.is_completed()) << "the others go on";
  one.set_result();
}

// .NET 10: WhenAny of already completed tasks gives the first in argument order.
TEST(when_any, prefers_the_first_argument_among_completed_ones) {
  task_completion_source<> source;
  auto pending = source.task();
  auto a = returns(1);
  auto b = returns(2);
  EXPECT_EQ(when_any(pending, a, b).result(), 1U);
}

// .NET 10: WhenAny's task is RanToCompletion even when the winner faulted.
TEST(when_any, succeeds_even_if_the_first_faulted_or_was_canceled) {
  const unobserved_count unobserved;
  {
    auto a = throws("looser");
    auto first = when_any(a);
    EXPECT_EQ(first.status(), task_status::ran_to_completion);
    EXPECT_EQ(first.result(), 0U);
  }
  EXPECT_EQ(unobserved.count(), 1) << "when_any does not take the exception";
  auto b = canceled();
  EXPECT_EQ(when_any(b).result(), 0U);
}

TEST(when_any, takes_a_range) {
  std::vector<task_completion_source<>> sources(5);
  std::vector<task<>> tasks;
  for (auto& s : sources) {
    tasks.push_back(s.task());
  }
  auto first = when_any(tasks);
  sources[3].set_result();
  EXPECT_EQ(first.result(), 3U);
}

// .NET 10: ArgumentException.
TEST(when_any, of_nothing_throws) {
  std::vector<task<>> none;
  EXPECT_THROW(static_cast<void>(when_any(none)), std::invalid_argument);
}

TEST(when_any, refuses_an_empty_handle) {
  task<> empty;
  EXPECT_THROW(static_cast<void>(when_any(empty)), invalid_operation);
}

TEST(when_any, takes_its_awaiters_back_from_the_losers) {
  task_completion_source<> never;
  auto loser = never.task();
  auto body = [](task<>& l) -> task<std::size_t> {
    std::size_t sum = 0;
    for (int i = 0; i < 100'000; ++i) {
      task_completion_source<> wins;
      auto w = wins.task();
      auto first = when_any(l, w);
      wins.set_result();
      sum += co_await std::move(first);
    }
    co_return sum;
  };
  EXPECT_EQ(body(loser).result(), 100'000U);
  // A loser that had kept its awaiters would run 100,000 dead ones here, on freed memory.
  auto probe = when_any(loser);
  never.set_result();
  EXPECT_EQ(probe.result(), 0U);
}

TEST(when_any, does_not_grow_with_rounds_that_a_completed_task_wins) {
  task_completion_source<> never;
  auto loser = never.task();
  auto winner = completed_task();
  static_cast<void>(when_any(loser, winner).result());
  const auto before = detail::frame_stats().carved_bytes;
  for (int i = 0; i < 100'000; ++i) {
    static_cast<void>(when_any(loser, winner).result());
  }
  EXPECT_LT(detail::frame_stats().carved_bytes - before, 64U * 1024) << "nothing is kept per round";
  never.set_result();
}

TEST(when_any, has_one_winner_when_all_complete_at_once) {
  for (int round = 0; round < 2000; ++round) {
    task_completion_source<> one;
    task_completion_source<> two;
    auto a = one.task();
    auto b = two.task();
    auto first = when_any(a, b);
    auto r = run([&one] { one.set_result(); });
    auto s = run([&two] { two.set_result(); });
    EXPECT_LT(first.result(), 2U);
    wait_all(r, s);
  }
}

}  // namespace
}  // namespace weft
