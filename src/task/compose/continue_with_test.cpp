#include <weft/task/continue_with.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>

#include "support/tasks.hpp"

#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace weft {
namespace {

using testing::manual_scheduler;
using testing::message;
using testing::thrown_by;
using testing::unobserved_count;

std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}
task<int> ended(task_status how) {
  switch (how) {
    case task_status::faulted:
      return from_exception<int>(std::runtime_error("faulted"));
    case task_status::canceled:
      return from_canceled<int>(requested());
    default:
      return from_result(1);
  }
}
using options = task_continuation_options;

TEST(continue_with, gives_the_ended_task_to_its_function) {
  auto t = from_result(20);
  auto twice = t.continue_with([](task<int>& a) { return 2 * a.result(); });
  EXPECT_EQ(twice.result(), 40);
  EXPECT_EQ(t.result(), 20);
}

TEST(continue_with, owns_an_rvalue_task) {
  auto text = from_result(std::make_unique<int>(3)).continue_with([](auto& a) {
    return *std::move(a).result();
  });
  EXPECT_EQ(text.result(), 3);
}

TEST(continue_with, runs_on_the_pool) {
  const auto here = std::this_thread::get_id();
  auto t = completed_task();
  auto ran_on = t.continue_with([](task<>&) { return std::this_thread::get_id(); });
  EXPECT_NE(ran_on.result(), here);
}

TEST(continue_with, waits_for_activation_until_the_task_ends) {
  task_completion_source<> source;
  auto t = source.task();
  auto next = t.continue_with([](task<>&) {});
  EXPECT_EQ(next.status(), task_status::waiting_for_activation);
  source.set_result();
  next.wait();
}

TEST(continue_with, execute_synchronously_runs_inside_the_completion) {
  task_completion_source<> source;
  auto t = source.task();
  std::thread::id ran_on;
  auto next = t.continue_with([&](task<>&) { ran_on = std::this_thread::get_id(); },
                              {.execute_synchronously = true});
  source.set_result();
  EXPECT_EQ(ran_on, std::this_thread::get_id());
  EXPECT_TRUE(next.is_completed());
}

TEST(continue_with, execute_synchronously_runs_at_once_after_a_completed_task) {
  bool ran = false;
  auto t = completed_task();
  auto next = t.continue_with([&](task<>&) { ran = true; }, {.execute_synchronously = true});
  EXPECT_TRUE(ran);
  next.wait();
}

TEST(continue_with, a_long_chain_of_synchronous_ones_needs_bounded_stack) {
  task_completion_source<int> source;
  task<int> last = source.task();
  for (int i = 0; i < 100'000; ++i) {
    last = std::move(last).continue_with([](task<int>& a) { return a.result() + 1; },
                                         {.execute_synchronously = true});
  }
  source.set_result(0);
  EXPECT_EQ(last.result(), 100'000);
}

TEST(continue_with, runs_after_the_ends_that_its_options_name_and_is_canceled_else) {
  // Status of the continuation for a task that ran, faulted, was canceled: as .NET 10 gives it.
  constexpr auto ran = task_status::ran_to_completion;
  constexpr auto no = task_status::canceled;
  const struct {
    options how;
    task_status expected[3];
  } rows[] = {
      {{}, {ran, ran, ran}},
      {{.only_on_ran_to_completion = true}, {ran, no, no}},
      {{.only_on_faulted = true}, {no, ran, no}},
      {{.only_on_canceled = true}, {no, no, ran}},
      {{.not_on_ran_to_completion = true}, {no, ran, ran}},
      {{.not_on_faulted = true}, {ran, no, ran}},
      {{.not_on_canceled = true}, {ran, ran, no}},
  };
  const unobserved_count unobserved;
  constexpr task_status ends[] = {task_status::ran_to_completion, task_status::faulted,
                                  task_status::canceled};
  for (const auto& row : rows) {
    for (int i = 0; i < 3; ++i) {
      options how = row.how;
      how.execute_synchronously = true;
      bool called = false;
      auto next = ended(ends[i]).continue_with([&](auto&) { called = true; }, how);
      EXPECT_EQ(next.status(), row.expected[i]) << &row - rows << ' ' << i;
      EXPECT_EQ(called, row.expected[i] == ran);
    }
  }
}

TEST(continue_with, refuses_options_that_exclude_every_end) {
  auto t = completed_task();
  auto f = [](task<>&) {};
  EXPECT_THROW(static_cast<void>(t.continue_with(
                   f, {.only_on_ran_to_completion = true, .only_on_faulted = true})),
               std::invalid_argument);
  EXPECT_THROW(
      static_cast<void>(t.continue_with(
          f, {.not_on_ran_to_completion = true, .not_on_faulted = true, .not_on_canceled = true})),
      std::invalid_argument);
}

TEST(continue_with, is_canceled_at_once_by_its_token) {
  task_completion_source<> source;
  auto t = source.task();
  bool ran = false;
  auto already = t.continue_with([&](task<>&) { ran = true; }, {.stop = requested()});
  EXPECT_TRUE(already.is_canceled());
  std::stop_source stop;
  const std::stop_token token = stop.get_token();
  auto later = t.continue_with([&](task<>&) { ran = true; }, {.stop = token});
  EXPECT_FALSE(later.is_completed());
  stop.request_stop();
  EXPECT_THROW(later.wait(), operation_canceled);
  source.set_result();
  EXPECT_FALSE(ran);
}

TEST(continue_with, is_canceled_by_its_token_after_a_completed_task_too) {
  bool ran = false;
  auto t = completed_task();
  auto next = t.continue_with([&](task<>&) { ran = true; },
                              {.execute_synchronously = true, .stop = requested()});
  EXPECT_TRUE(next.is_canceled());
  EXPECT_FALSE(ran);
}

TEST(continue_with, faults_with_what_its_function_throws) {
  auto t = completed_task();
  auto next = t.continue_with([](task<>&) { throw std::runtime_error("inside"); });
  EXPECT_EQ(thrown_by([&] { next.wait(); }), "inside");
  EXPECT_TRUE(next.is_faulted());
}

TEST(continue_with, is_faulted_by_a_cancellation_that_is_not_its_own) {
  auto t = completed_task();
  auto foreign = t.continue_with([](task<>&) { throw operation_canceled(); });
  EXPECT_THROW(foreign.wait(), operation_canceled);
  EXPECT_TRUE(foreign.is_faulted());
  std::stop_source stop;
  const std::stop_token token = stop.get_token();
  auto own = t.continue_with(
      [&](task<>&) {
        stop.request_stop();
        throw_if_stopped(token);
      },
      {.stop = token});
  EXPECT_THROW(own.wait(), operation_canceled);
  EXPECT_TRUE(own.is_canceled());
}

TEST(continue_with, does_not_unwrap_a_task) {
  auto t = completed_task();
  task<task<int>> outer = t.continue_with([](task<>&) { return from_result(5); });
  task<int> inner = std::move(outer).result();
  EXPECT_EQ(inner.result(), 5);
}

TEST(continue_with, goes_to_its_scheduler) {
  manual_scheduler scheduler;
  auto t = completed_task();
  bool ran = false;
  auto next = t.continue_with([&](task<>&) { ran = true; }, {.scheduler = &scheduler});
  ASSERT_EQ(scheduler.works.size(), 1u);
  EXPECT_FALSE(ran);
  scheduler.run_one();
  EXPECT_TRUE(ran);
  EXPECT_TRUE(next.is_completed());
}

TEST(continue_with, execute_synchronously_elsewhere_goes_to_its_scheduler_all_the_same) {
  manual_scheduler scheduler;
  auto t = completed_task();
  auto next =
      t.continue_with([](task<>&) {}, {.execute_synchronously = true, .scheduler = &scheduler});
  EXPECT_FALSE(next.is_completed());
  scheduler.run_one();
  next.wait();
}

TEST(continue_with, leaves_an_exception_that_it_does_not_look_at_unobserved) {
  const unobserved_count unobserved;
  {
    auto next = from_exception<int>(std::runtime_error("unseen"))
                    .continue_with([](auto&) {}, {.execute_synchronously = true});
    next.wait();
  }
  EXPECT_EQ(unobserved.count(), 1);
  {
    auto seen = from_exception<int>(std::runtime_error("seen"))
                    .continue_with([](auto& a) { static_cast<void>(a.exception()); },
                                   {.execute_synchronously = true});
    seen.wait();
  }
  EXPECT_EQ(unobserved.count(), 1);
}

TEST(continue_with, lets_go_of_the_task_when_it_has_run) {
  auto t = from_result(std::make_unique<int>(3));
  auto next = t.continue_with([](auto& a) { return *a.result(); }, {.execute_synchronously = true});
  EXPECT_EQ(next.result(), 3);
  EXPECT_EQ(*std::move(t).result(), 3);  // moved out: the only handle
}

TEST(continue_with, of_an_empty_task_says_so) {
  task<> none;
  EXPECT_THROW(static_cast<void>(none.continue_with([](task<>&) {})), invalid_operation);
}

TEST(continue_with, cancelled_while_the_task_ends_on_another_thread_ends_once) {
  for (int round = 0; round < 2000; ++round) {
    task_completion_source<> source;
    std::stop_source stop;
    const std::stop_token token = stop.get_token();
    auto t = source.task();
    int ran = 0;
    auto next =
        t.continue_with([&](task<>&) { ++ran; }, {.execute_synchronously = true, .stop = token});
    std::thread other([&] { source.set_result(); });
    stop.request_stop();
    other.join();
    try {
      next.wait();
      EXPECT_EQ(ran, 1);
    } catch (const operation_canceled&) {
      EXPECT_EQ(ran, 0);
    }
  }
}

}  // namespace
}  // namespace weft
