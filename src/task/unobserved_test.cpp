/// No exception is lost: each way that a task can end up without anybody having looked at its
/// exception reports it once, and each way of taking it does not.

#include <weft/task/unobserved.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>

#include "support/tasks.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using testing::unobserved_count;

task<int> fails_now() {
  throw std::runtime_error("lost");
  co_return 0;
}
task<int> fails_after(task<>& gate) {
  co_await gate;
  throw std::runtime_error("lost");
}
task<> canceled_now() {
  throw operation_canceled();
  co_return;
}

TEST(unobserved_exception, of_a_dropped_faulted_task_is_reported_once) {
  const unobserved_count reports;
  {
    auto t = fails_now();
  }
  EXPECT_EQ(reports.count(), 1);
  EXPECT_EQ(reports.last(), "lost");
}

TEST(unobserved_exception, names_the_coroutine_and_its_place) {
  const unobserved_count reports;
  {
    auto t = fails_now();
  }
  EXPECT_NE(reports.function().find("fails_now"), std::string::npos) << reports.function();
  EXPECT_NE(reports.function().find("unobserved_test.cpp"), std::string::npos)
      << reports.function();
}

lazy<> cold_failure() {
  throw std::runtime_error("lost");
  co_return;
}
TEST(unobserved_exception, names_the_lazy_that_was_started) {
  const unobserved_count reports;
  {
    auto t = cold_failure().start();
  }
  EXPECT_NE(reports.function().find("cold_failure"), std::string::npos) << reports.function();
}

TEST(unobserved_exception, of_a_task_dropped_before_it_fails_is_reported_at_its_end) {
  const unobserved_count reports;
  task_completion_source<> source;
  auto gate = source.task();
  {
    auto dropped = fails_after(gate);
  }
  EXPECT_EQ(reports.count(), 0);
  source.set_result();
  EXPECT_EQ(reports.count(), 1);
}

TEST(unobserved_exception, is_reported_for_every_way_of_letting_go) {
  const unobserved_count reports;
  int expected = 0;
  const auto reported = [&](const char* way) { EXPECT_EQ(reports.count(), ++expected) << way; };

  fails_now().detach();
  reported("detach");
  {
    auto s = fails_now().share();
  }
  reported("share");
  {
    auto t = fails_now();
    t = task<int>();
  }
  reported("assigned over");
  {
    auto t = value_task<int>(fails_now());
  }
  reported("value_task from a task");
  {
    auto v = []() -> value_task<> {
      throw std::runtime_error("lost");
      co_return;
    }();
  }
  reported("value_task");
  {
    auto t = []() -> lazy<> {
      throw std::runtime_error("lost");
      co_return;
    }()
                         .start();
  }
  reported("lazy started");
  {
    auto t = from_exception<int>(std::runtime_error("lost"));
  }
  reported("from_exception");
  {
    auto t = when_all(fails_now(), fails_now());
  }
  reported("when_all: one report for all");
  {
    auto t = fails_now();
    static_cast<void>(when_any(t).result());
  }
  reported("when_any does not take it");
  {
    auto t = fails_now();
    EXPECT_TRUE(t.is_faulted());
    EXPECT_EQ(t.status(), task_status::faulted);
  }
  reported("is_faulted and status do not take it");
  {
    task_completion_source<> source;
    auto t = source.task();
    source.set_exception(std::runtime_error("lost"));
  }
  reported("source");
  {
    auto t = run([] { throw std::runtime_error("lost"); });
    while (!t.is_completed()) {
      std::this_thread::yield();
    }
  }
  reported("run");
}

TEST(unobserved_exception, is_not_reported_for_any_way_of_taking_it) {
  const unobserved_count reports;
  {
    auto t = fails_now();
    EXPECT_NE(t.exception(), nullptr);
  }
  {
    auto t = fails_now();
    EXPECT_EQ(t.exceptions().size(), 1U);
  }
  {
    auto t = fails_now();
    EXPECT_THROW(t.wait(), std::runtime_error);
  }
  EXPECT_THROW(fails_now().result(), std::runtime_error);
  {
    auto t = fails_now();
    EXPECT_THROW(t.result(), std::runtime_error);
  }
  {
    auto t = fails_now();
    EXPECT_THROW(wait_all(t), std::runtime_error);
  }
  EXPECT_THROW(block_on(fails_now()), std::runtime_error);
  EXPECT_THROW(value_task<int>(fails_now()).result(), std::runtime_error);
  auto awaits = [](task<int> t) -> task<> {
    try {
      co_await t;
    } catch (const std::runtime_error&) {
    }
  };
  awaits(fails_now()).wait();
  auto suppresses = [](task<> t) -> task<> {
    co_await t.configure_await(configure_await_options::suppress_throwing);
  };
  suppresses(from_exception(std::runtime_error("x"))).wait();
  {
    auto s = fails_now().share();
    auto copy = s;
    EXPECT_THROW(static_cast<void>(copy.result()), std::runtime_error);
  }
  {
    auto all = when_all(fails_now(), fails_now());
    EXPECT_THROW(all.wait(), std::runtime_error);
  }
  fails_now().detach([](std::exception_ptr) {});
  EXPECT_EQ(reports.count(), 0);
}

// .NET 10: a canceled task raises no UnobservedTaskException.
TEST(unobserved_exception, does_not_report_cancellation) {
  const unobserved_count reports;
  {
    auto t = canceled_now();
  }
  EXPECT_EQ(reports.count(), 0);
}

TEST(unobserved_exception, is_counted_through_many_dropped_tasks_on_the_pool) {
  const unobserved_count reports;
  constexpr int many = 1000;
  std::vector<task<>> gates;
  for (int i = 0; i < many; ++i) {
    task_completion_source<> ended;
    gates.push_back(ended.task());
    auto body = [e = std::move(ended)]() mutable {
      struct at_end {
        task_completion_source<> source;
        ~at_end() { source.set_result(); }
      } guard{std::move(e)};
      throw std::runtime_error("lost");
    };
    run(std::move(body)).detach();
  }
  wait_all(gates);
  // The report follows the end of the body on its worker.
  while (reports.count() < many) {
    std::this_thread::yield();
  }
  EXPECT_EQ(reports.count(), many);
}

TEST(unobserved_exception, is_printed_when_no_handler_observes_it) {
  ::testing::internal::CaptureStderr();
  {
    auto t = fails_now();
  }
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("nobody took the exception of a task: lost"), std::string::npos) << text;
}

TEST(unobserved_exception, handler_is_given_back_on_replacement) {
  const unobserved_exception_handler mine = [](unobserved_exception& e) { e.set_observed(); };
  auto former = on_unobserved_exception(mine);
  EXPECT_EQ(on_unobserved_exception(std::move(former)), mine);
}

TEST(unobserved_exception, handler_may_capture_and_is_kept_until_it_is_replaced) {
  auto seen = std::make_shared<std::vector<std::string>>();
  auto former = on_unobserved_exception([seen](unobserved_exception& e) {
    seen->push_back(detail::message_of(e.exception()));
    e.set_observed();
  });
  {
    auto t = fails_now();
  }
  EXPECT_EQ(seen.use_count(), 2);
  on_unobserved_exception(std::move(former));
  EXPECT_EQ(*seen, std::vector<std::string>{"lost"});
  EXPECT_EQ(seen.use_count(), 1);
}

TEST(unobserved_exception, handler_may_replace_itself_while_it_runs) {
  int calls = 0;
  auto former = on_unobserved_exception(nullptr);
  on_unobserved_exception([&](unobserved_exception& first) {
    ++calls;
    first.set_observed();
    on_unobserved_exception([&](unobserved_exception& second) {
      calls += 10;
      second.set_observed();
    });
  });
  for (int i = 0; i < 2; ++i) {
    auto t = fails_now();
  }
  on_unobserved_exception(std::move(former));
  EXPECT_EQ(calls, 11);
}

TEST(unobserved_exception, handler_that_is_empty_says_so_when_it_is_called) {
  EXPECT_FALSE(unobserved_exception_handler(nullptr));
  void (*none)(std::exception_ptr) = nullptr;
  const unhandled_exception_handler empty = none;
  EXPECT_FALSE(empty);
  EXPECT_THROW(empty(nullptr), invalid_operation);
}

}  // namespace
}  // namespace weft
