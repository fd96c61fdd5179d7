#include <weft/task/completion_source.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>

#include "support/tasks.hpp"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using testing::message;
using testing::thrown_by;
using testing::unobserved_count;

template <class T>
task<T> passes_on(task<T> t) {
  co_return co_await std::move(t);
}

TEST(task_completion_source, completes_its_task_with_a_result) {
  task_completion_source<int> source;
  auto t = source.task();
  EXPECT_EQ(t.status(), task_status::waiting_for_activation);
  source.set_result(3);
  EXPECT_EQ(t.result(), 3);
}

TEST(task_completion_source, gives_the_same_task_every_time) {
  task_completion_source<int> source;
  auto a = source.task();
  auto b = source.task();
  source.set_result(3);
  EXPECT_EQ(&a.result(), &b.result());
  auto c = source.task();
  EXPECT_EQ(&a.result(), &c.result());
}

TEST(task_completion_source, resumes_its_awaiter_inside_set_result) {
  task_completion_source<int> source;
  auto t = passes_on(source.task());
  source.set_result(1);
  EXPECT_TRUE(t.is_completed());
}

TEST(task_completion_source, runs_continuations_asynchronously_when_told_to) {
  task_completion_source<> source{{.run_continuations_asynchronously = true}};
  auto gate = source.task();
  auto body = [](task<>& g) -> task<std::thread::id> {
    co_await g;
    co_return std::this_thread::get_id();
  };
  auto t = body(gate);
  source.set_result();
  EXPECT_NE(t.result(), std::this_thread::get_id());
}

TEST(task_completion_source, completed_twice_throws_and_keeps_the_first_outcome) {
  task_completion_source<int> source;
  auto t = source.task();
  source.set_result(1);
  EXPECT_THROW(source.set_result(2), invalid_operation);
  EXPECT_THROW(source.set_exception(std::runtime_error("late")), invalid_operation);
  EXPECT_THROW(source.set_canceled(), invalid_operation);
  EXPECT_FALSE(source.try_set_result(3));
  EXPECT_FALSE(source.try_set_exception(std::make_exception_ptr(std::runtime_error("late"))));
  EXPECT_FALSE(source.try_set_canceled());
  EXPECT_EQ(t.result(), 1);
}

TEST(task_completion_source, takes_an_exception_as_object_pointer_or_range) {
  const auto text = [](auto&& error) {
    task_completion_source<> source;
    auto t = source.task();
    source.set_exception(std::forward<decltype(error)>(error));
    return message(t.exception());
  };
  EXPECT_EQ(text(std::runtime_error("object")), "object");
  EXPECT_EQ(text(std::make_exception_ptr(std::runtime_error("pointer"))), "pointer");
  const std::vector<std::exception_ptr> range{std::make_exception_ptr(std::runtime_error("a")),
                                              std::make_exception_ptr(std::runtime_error("b"))};
  EXPECT_EQ(text(range), "a");
}

TEST(task_completion_source, takes_a_handled_exception_as_what_it_is) {
  task_completion_source<> source;
  auto t = source.task();
  task<> made;
  try {
    throw std::out_of_range("it is that");
  } catch (const std::exception& e) {
    made = from_exception(e);
    source.set_exception(e);
  }
  EXPECT_THROW(t.wait(), std::out_of_range);
  EXPECT_THROW(made.wait(), std::out_of_range);
}

TEST(task_completion_source, refuses_an_exception_of_which_it_would_keep_a_part) {
  task_completion_source<> source;
  auto t = source.task();
  const std::out_of_range whole("kept elsewhere");
  const std::exception& part = whole;
  EXPECT_THROW(source.set_exception(part), std::invalid_argument);
  EXPECT_FALSE(t.is_completed());
  try {
    throw std::runtime_error("another one");
  } catch (const std::exception&) {
    EXPECT_THROW(source.try_set_exception(part), std::invalid_argument);
  }
  EXPECT_TRUE(source.try_set_exception(whole));
  EXPECT_THROW(t.wait(), std::out_of_range);
  EXPECT_FALSE(source.try_set_exception(std::runtime_error("late")));
}

TEST(task_completion_source, keeps_all_exceptions_of_a_range) {
  task_completion_source<> source;
  auto t = source.task();
  source.set_exception(
      std::vector<std::exception_ptr>{std::make_exception_ptr(std::runtime_error("a")),
                                      std::make_exception_ptr(std::runtime_error("b"))});
  ASSERT_EQ(t.exceptions().size(), 2U);
  EXPECT_EQ(message(t.exceptions()[1]), "b");
  EXPECT_EQ(thrown_by([&] { t.wait(); }), "a");
}

// .NET 10: SetException(null), of an empty collection, of one with a null: Argument…Exception, and
// the task stays pending.
TEST(task_completion_source, refuses_null_exceptions_and_empty_ranges) {
  task_completion_source<> source;
  auto t = source.task();
  EXPECT_THROW(source.set_exception(std::exception_ptr()), std::invalid_argument);
  EXPECT_THROW(source.set_exception(std::vector<std::exception_ptr>()), std::invalid_argument);
  EXPECT_THROW(source.set_exception(std::vector<std::exception_ptr>(1)), std::invalid_argument);
  EXPECT_FALSE(t.is_completed());
  source.set_result();
}

TEST(task_completion_source, set_canceled_carries_the_token) {
  std::stop_source stop;
  stop.request_stop();
  task_completion_source<> source;
  auto t = source.task();
  source.set_canceled(stop.get_token());
  EXPECT_EQ(t.status(), task_status::canceled);
  try {
    t.wait();
    FAIL() << "nothing thrown";
  } catch (const operation_canceled& e) {
    EXPECT_EQ(e.token(), stop.get_token());
  }
}

TEST(task_completion_source, destroyed_uncompleted_faults_a_task_that_somebody_holds) {
  task<int> orphan;
  {
    task_completion_source<int> source;
    orphan = source.task();
  }
  EXPECT_TRUE(orphan.is_faulted());
  EXPECT_THROW(orphan.wait(), invalid_operation);
}

TEST(task_completion_source, destroyed_uncompleted_resumes_awaiters_with_the_error) {
  task<int> waiting;
  {
    task_completion_source<int> source;
    waiting = passes_on(source.task());
  }
  EXPECT_THROW(waiting.wait(), invalid_operation);
}

TEST(task_completion_source, destroyed_uncompleted_is_silent_when_nobody_holds_the_task) {
  const unobserved_count unobserved;
  {
    task_completion_source<int> source;
  }
  {
    task_completion_source<int> source;
    static_cast<void>(source.task());
  }
  EXPECT_EQ(unobserved.count(), 0);
}

TEST(task_completion_source, reports_an_exception_set_for_nobody) {
  const unobserved_count unobserved;
  {
    task_completion_source<> source;
    source.set_exception(std::runtime_error("for nobody"));
  }
  EXPECT_EQ(unobserved.count(), 1);
  EXPECT_EQ(unobserved.last(), "for nobody");
}

TEST(task_completion_source, moves_with_its_task) {
  task_completion_source<int> source;
  auto t = source.task();
  task_completion_source<int> other = std::move(source);
  EXPECT_THROW(source.set_result(1), invalid_operation);  // NOLINT(bugprone-use-after-move)
  EXPECT_THROW(static_cast<void>(source.task()), invalid_operation);
  other.set_result(2);
  EXPECT_EQ(t.result(), 2);
}

struct throwing_copy {
  throwing_copy() = default;
  throwing_copy(const throwing_copy&) { throw std::runtime_error("copy"); }
  throwing_copy(throwing_copy&&) noexcept = default;
};
TEST(task_completion_source, can_still_be_completed_when_making_the_result_threw) {
  task_completion_source<throwing_copy> source;
  auto t = source.task();
  const throwing_copy value;
  EXPECT_EQ(thrown_by([&] { source.set_result(value); }), "copy");
  EXPECT_FALSE(t.is_completed());
  source.set_result(throwing_copy());
  EXPECT_TRUE(t.is_completed_successfully());
}

TEST(task_completion_source, of_a_reference_gives_the_object) {
  int object = 1;
  task_completion_source<int&> source;
  auto t = source.task();
  source.set_result(object);
  EXPECT_EQ(&t.result(), &object);
}

TEST(task_completion_source, may_be_destroyed_by_the_continuation_it_resumes) {
  auto source = std::make_unique<task_completion_source<>>();
  auto body = [](std::unique_ptr<task_completion_source<>>& s) -> task<> {
    auto gate = s->task();
    co_await gate;
    s.reset();
  };
  auto t = body(source);
  task_completion_source<>* raw = source.get();
  raw->set_result();
  t.wait();
  EXPECT_EQ(source, nullptr);
}

TEST(task_completion_source, has_one_winner_among_threads) {
  for (int round = 0; round < 500; ++round) {
    task_completion_source<int> source;
    auto t = source.task();
    std::atomic<int> winners = 0;
    std::vector<task<>> racers;
    for (int i = 0; i < 3; ++i) {
      racers.push_back(run([&, i] { winners += source.try_set_result(i) ? 1 : 0; }));
    }
    wait_all(racers);
    EXPECT_EQ(winners, 1);
    EXPECT_TRUE(t.is_completed());
  }
}

TEST(from_result, gives_a_completed_task) {
  EXPECT_EQ(from_result(3).status(), task_status::ran_to_completion);
  EXPECT_EQ(from_result(std::string("x")).result(), "x");
  EXPECT_EQ(*from_result(std::make_unique<int>(2)).result(), 2);
  EXPECT_TRUE(completed_task().is_completed_successfully());
}

TEST(from_exception, gives_a_faulted_task) {
  auto t = from_exception<int>(std::runtime_error("e"));
  EXPECT_EQ(message(t.exception()), "e");
  auto u = from_exception(std::make_exception_ptr(std::runtime_error("f")));
  EXPECT_EQ(message(u.exception()), "f");
}

// .NET 10: Task.FromException(new OperationCanceledException()) is Faulted.
TEST(from_exception, of_operation_canceled_is_faulted) {
  auto t = from_exception(operation_canceled());
  EXPECT_TRUE(t.is_faulted());
  EXPECT_NE(t.exception(), nullptr);
}

// .NET 10: Task.FromCanceled(token not canceled): ArgumentOutOfRangeException.
TEST(from_canceled, needs_a_requested_token) {
  std::stop_source stop;
  EXPECT_THROW(static_cast<void>(from_canceled<int>(stop.get_token())), std::invalid_argument);
  stop.request_stop();
  EXPECT_EQ(from_canceled<int>(stop.get_token()).status(), task_status::canceled);
}

}  // namespace
}  // namespace weft
