#include <weft/task/wait_async.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>
#include <weft/testkit.hpp>
#include <weft/time.hpp>

#include "support/tasks.hpp"

#include <chrono>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using testing::manual_context;
using testing::unobserved_count;

std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

TEST(wait_async, gives_the_result_in_time) {
  task_completion_source<int> source;
  auto t = source.task();
  task<int&> waiting = t.wait_async(10s);
  EXPECT_FALSE(waiting.is_completed());
  source.set_result(4);
  EXPECT_EQ(&waiting.result(), &t.result());
  EXPECT_EQ(from_result(3).wait_async(1s).result(), 3);
}

TEST(wait_async, of_a_void_task_ends_with_it) {
  task_completion_source<> source;
  auto t = source.task();
  task<> waiting = t.wait_async(10s);
  source.set_result();
  EXPECT_TRUE(waiting.is_completed_successfully());
}

TEST(wait_async, throws_when_the_time_has_passed_and_the_task_goes_on) {
  auto body = []() -> task<> {
    task_completion_source<int> source;
    auto t = source.task();
    auto waiting = t.wait_async(1h);
    bool timed_out = false;
    try {
      co_await waiting;
    } catch (const timeout_error&) {
      timed_out = true;
    }
    testkit::require(timed_out && testkit::elapsed() == 1h, "not after its time");
    testkit::require(waiting.is_faulted(), "not faulted");
    source.set_result(1);
    testkit::require(t.result() == 1, "the task did not go on");
  };
  testkit::simulate(body);
}

TEST(wait_async, is_canceled_by_its_token) {
  task_completion_source<> source;
  auto t = source.task();
  std::stop_source stop;
  auto waiting = t.wait_async(stop.get_token());
  EXPECT_FALSE(waiting.is_completed());
  stop.request_stop();
  try {
    waiting.wait();
    FAIL() << "nothing thrown";
  } catch (const operation_canceled& e) {
    EXPECT_EQ(e.token(), stop.get_token());
  }
  EXPECT_TRUE(waiting.is_canceled());
  source.set_result();
}

TEST(wait_async, a_completed_task_beats_a_token_and_that_a_time_of_zero) {
  auto done = completed_task();
  EXPECT_TRUE(done.wait_async(0s, requested()).is_completed_successfully());
  task_completion_source<> source;
  auto t = source.task();
  EXPECT_TRUE(t.wait_async(0s, requested()).is_canceled());
  const unobserved_count unobserved;
  EXPECT_TRUE(t.wait_async(0s).is_faulted());
  source.set_result();
}

TEST(wait_async, gives_all_exceptions_of_the_task) {
  task_completion_source<> source;
  auto waiting = source.task().wait_async(10s);
  source.set_exception(std::vector{std::make_exception_ptr(std::runtime_error("a")),
                                   std::make_exception_ptr(std::runtime_error("b"))});
  EXPECT_EQ(waiting.exceptions().size(), 2u);
}

TEST(wait_async, is_canceled_when_the_task_is) {
  task_completion_source<> source;
  auto waiting = source.task().wait_async(10s);
  source.set_canceled();
  EXPECT_TRUE(waiting.is_canceled());
}

TEST(wait_async, completes_inside_the_completion_of_the_task) {
  // As .NET, also on a thread with a context.
  manual_context ui;
  const synchronization_context::scope here(ui);
  task_completion_source<> source;
  auto t = source.task();
  auto waiting = t.wait_async(10s);
  source.set_result();
  EXPECT_TRUE(waiting.is_completed());
  EXPECT_EQ(ui.posts(), 0);
}

TEST(wait_async, resumes_its_awaiter_outside_of_the_stop_request) {
  task_completion_source<> source;
  auto t = source.task();
  std::stop_source stop;
  std::thread::id resumed_on;
  auto body = [&]() -> task<> {
    auto waiting = t.wait_async(stop.get_token());
    try {
      co_await waiting;
    } catch (const operation_canceled&) {
      resumed_on = std::this_thread::get_id();
    }
  };
  auto done = body();
  stop.request_stop();
  done.wait();
  EXPECT_NE(resumed_on, std::this_thread::get_id());
  source.set_result();
}

TEST(wait_async, refuses_a_negative_time_and_takes_an_infinite_one) {
  task_completion_source<> source;
  auto t = source.task();
  EXPECT_THROW(static_cast<void>(t.wait_async(-2ns)), std::invalid_argument);
  auto waiting = t.wait_async(infinite);
  source.set_result();
  EXPECT_TRUE(waiting.is_completed());
}

TEST(wait_async, owns_an_rvalue_and_moves_its_result_out) {
  task_completion_source<std::unique_ptr<int>> source;
  auto waiting = source.task().wait_async(10s);
  source.set_result(std::make_unique<int>(3));
  EXPECT_EQ(*std::move(waiting).result(), 3);
}

TEST(wait_async, given_up_reports_a_later_exception_as_unobserved) {
  const unobserved_count unobserved;
  task_completion_source<> source;
  auto waiting = source.task().wait_async(0s);
  EXPECT_THROW(waiting.wait(), timeout_error);
  source.set_exception(std::runtime_error("late"));
  EXPECT_EQ(unobserved.count(), 0);
  {
    auto gone = std::move(source);
  }
  EXPECT_EQ(unobserved.count(), 1);
}

/// A clock that the test moves.
class manual_time : public time_provider {
 public:
  time_point now() override { return {}; }
  std::unique_ptr<timer> create_timer(work callback, std::chrono::nanoseconds due,
                                      std::chrono::nanoseconds) override {
    due_ = due;
    callback_ = std::move(callback);
    return std::make_unique<armed>();
  }
  void fire() { callback_(); }
  std::chrono::nanoseconds due_{};

 private:
  struct armed : timer {};
  work callback_;
};

TEST(wait_async, takes_another_clock) {
  manual_time clock;
  task_completion_source<> source;
  auto t = source.task();
  auto late = t.wait_async(5s, clock);
  EXPECT_EQ(clock.due_, 5s);
  clock.fire();
  EXPECT_THROW(late.wait(), timeout_error);
  auto in_time = t.wait_async(5s, clock);
  source.set_result();
  in_time.wait();
  clock.fire();
}

// Three that end it, on three threads: who is the first is left to chance. The model of that race
// (test/model) tries all orders.
TEST(wait_async, ends_once_whoever_comes_first) {
  for (int round = 0; round < 2000; ++round) {
    const unobserved_count unobserved;
    task_completion_source<std::unique_ptr<int>> source;
    std::stop_source stop;
    auto waiting = source.task().wait_async(100us, stop.get_token());
    std::thread other([&] { source.set_result(std::make_unique<int>(1)); });
    stop.request_stop();
    try {
      EXPECT_EQ(*std::move(waiting).result(), 1);
    } catch (const operation_canceled&) {
    } catch (const timeout_error&) {
    }
    other.join();
  }
}

}  // namespace
}  // namespace weft
