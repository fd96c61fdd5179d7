/// No exception is lost: whatever way a task goes, its exception comes out at exactly one place, or
/// is reported as unobserved.

#include <weft/base/error.hpp>
#include <weft/channel.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "support/tasks.hpp"

#include <chrono>
#include <exception>
#include <functional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using testing::manual_context;
using testing::unobserved_count;

task<> fails(const char* what = "lost?") {
  throw std::runtime_error(what);
  co_return;
}
task<int> fails_after(task<>& gate) {
  co_await gate;
  throw std::runtime_error("lost?");
}

int handled = 0;

/// What a path did with the one exception that was thrown on it.
struct counts {
  int caught = 0;
  int reported = 0;
};

/// Runs `path`, which gives how many exceptions came out of it where one can catch them.
counts count(const std::function<int()>& path) {
  const unobserved_count unobserved;
  counts all;
  all.caught = path();
  all.reported = unobserved.count();
  return all;
}
template <class F>
int caught_by(F&& f) {
  try {
    f();
  } catch (const std::runtime_error&) {
    return 1;
  }
  return 0;
}
void expect_caught(const std::function<int()>& path) {
  const counts c = count(path);
  EXPECT_EQ(c.caught, 1);
  EXPECT_EQ(c.reported, 0);
}
void expect_reported(const std::function<int()>& path) {
  const counts c = count(path);
  EXPECT_EQ(c.caught, 0);
  EXPECT_EQ(c.reported, 1);
}

TEST(exceptions, of_an_awaited_task_are_caught) {
  expect_caught([] {
    auto body = []() -> task<int> {
      try {
        co_await fails();
      } catch (const std::runtime_error&) {
        co_return 1;
      }
      co_return 0;
    };
    return body().result();
  });
  expect_caught([] { return caught_by([] { fails().wait(); }); });
}

TEST(exceptions, of_a_dropped_task_are_reported) {
  expect_reported([] {
    static_cast<void>(fails());
    return 0;
  });
  expect_reported([] {
    task_completion_source<> source;
    auto gate = source.task();
    static_cast<void>(fails_after(gate));
    source.set_result();
    return 0;
  });
}

TEST(exceptions, of_a_detached_task_are_reported_or_handed_to_its_handler) {
  expect_reported([] {
    fails().detach();
    return 0;
  });
  expect_caught([] {
    int seen = 0;
    fails().detach([&](const std::exception_ptr&) { ++seen; });
    return seen;
  });
}

TEST(exceptions, of_a_value_task_that_is_dropped_are_reported) {
  expect_reported([] {
    auto body = []() -> value_task<int> {
      throw std::runtime_error("lost?");
      co_return 1;
    };
    static_cast<void>(body());
    return 0;
  });
}

TEST(exceptions, of_a_started_lazy_are_reported_when_nobody_awaits_it) {
  expect_reported([] {
    auto body = []() -> lazy<> {
      throw std::runtime_error("lost?");
      co_return;
    };
    static_cast<void>(body().start());
    return 0;
  });
}

TEST(exceptions, of_all_in_when_all_are_in_its_task) {
  const counts c = count([] {
    auto all = when_all(fails("a"), fails("b"));
    return static_cast<int>(all.exceptions().size());
  });
  EXPECT_EQ(c.caught, 2);
  EXPECT_EQ(c.reported, 0);
  expect_reported([] {
    static_cast<void>(when_all(fails(), completed_task()));
    return 0;
  });
}

TEST(exceptions, of_a_loser_of_when_any_are_reported) {
  expect_reported([] {
    task_completion_source<> source;
    auto gate = source.task();
    {
      auto loser = fails_after(gate);
      auto winner = completed_task();
      auto first = when_any(winner, loser);
      first.wait();
    }
    source.set_result();
    return 0;
  });
}

TEST(exceptions, of_tasks_that_when_each_was_left_with_are_reported) {
  expect_reported([] {
    std::vector<task<>> tasks;
    tasks.push_back(completed_task());
    tasks.push_back(fails());
    auto g = when_each(std::move(tasks));
    static_cast<void>(g.next().result());
    return 0;
  });
}

TEST(exceptions, before_a_continuation_are_reported_unless_it_looks) {
  expect_reported([] {
    fails().continue_with([](task<>&) {}, {.execute_synchronously = true}).wait();
    return 0;
  });
  expect_reported([] {  // its options do not fit: canceled, and the exception is nobody's
    auto next = fails().continue_with([](task<>&) {}, {.only_on_ran_to_completion = true});
    try {
      next.wait();
    } catch (const operation_canceled&) {
    }
    return 0;
  });
  expect_caught([] {
    auto look = [](task<>& t) { return t.exception() != nullptr ? 1 : 0; };
    return fails().continue_with(look, {.execute_synchronously = true}).result();
  });
}

TEST(exceptions, in_a_continuation_are_its_own) {
  expect_reported([] {
    static_cast<void>(completed_task().continue_with(
        [](task<>&) { throw std::runtime_error("lost?"); }, {.execute_synchronously = true}));
    return 0;
  });
}

TEST(exceptions, of_run_are_caught_or_reported) {
  expect_caught(
      [] { return caught_by([] { run([] { throw std::runtime_error("lost?"); }).wait(); }); });
  expect_caught([] { return caught_by([] { run([] { return fails(); }).wait(); }); });
}

TEST(exceptions, of_async_void_go_to_its_context) {
  expect_caught([] {
    manual_context ui;
    {
      const synchronization_context::scope here(ui);
      []() -> async_void {
        throw std::runtime_error("lost?");
        co_return;
      }();
    }
    return caught_by([&] { ui.run_one(); });
  });
}

TEST(exceptions, of_async_void_without_a_context_go_to_the_handler) {
  expect_caught([] {
    handled = 0;
    auto former = on_unhandled_exception([](std::exception_ptr) { ++handled; });
    []() -> async_void {
      throw std::runtime_error("lost?");
      co_return;
    }();
    on_unhandled_exception(former);
    return handled;
  });
}

TEST(exceptions, of_children_come_out_of_their_scope) {
  const counts c = count([] {
    auto scope = with_scope([](task_scope& s) -> task<> {
      s.spawn(fails("a"));
      s.spawn(fails("b"));
      throw std::runtime_error("c");
      co_return;
    });
    return static_cast<int>(scope.exceptions().size());
  });
  EXPECT_EQ(c.caught, 3);
  EXPECT_EQ(c.reported, 0);
  expect_reported([] {
    static_cast<void>(with_scope([](task_scope& s) -> task<> {
      s.spawn(fails());
      co_return;
    }));
    return 0;
  });
}

TEST(exceptions, of_a_generator_come_out_of_next) {
  auto body = []() -> async_generator<int> {
    throw std::runtime_error("lost?");
    co_yield 1;
  };
  expect_caught([&] {
    auto g = body();
    return caught_by([&] { static_cast<void>(g.next().result()); });
  });
  expect_reported([&] {
    auto g = body();
    static_cast<void>(g.next());
    return 0;
  });
}

TEST(exceptions, of_a_generator_that_has_no_owner_any_more_are_reported) {
  expect_reported([] {
    task_completion_source<> source;
    auto gate = source.task();
    auto body = [](task<>& until) -> async_generator<int> {
      co_await until;
      throw std::runtime_error("lost?");
      co_yield 1;
    };
    {
      auto g = body(gate);
      static_cast<void>(g.next());
    }
    source.set_result();
    return 0;
  });
}

TEST(exceptions, that_complete_a_channel_come_out_of_it) {
  expect_caught([] {
    auto c = channel<int>::unbounded();
    c.writer().complete(std::make_exception_ptr(std::runtime_error("lost?")));
    return caught_by([&] { static_cast<void>(c.reader().wait_to_read().result()); });
  });
  expect_caught([] {
    auto c = channel<int>::unbounded();
    c.writer().complete(std::make_exception_ptr(std::runtime_error("lost?")));
    auto items = c.reader().read_all();
    return caught_by([&] { static_cast<void>(items.next().result()); });
  });
}

TEST(exceptions, of_work_with_a_limit_come_out_of_it) {
  expect_caught([] {
    return caught_by([] { with_timeout([](std::stop_token) { return fails(); }, 10s).wait(); });
  });
  expect_caught([] { return caught_by([] { fails().wait_async(10s).wait(); }); });
}

TEST(exceptions, of_a_task_that_wait_async_gave_up_are_reported) {
  expect_reported([] {
    task_completion_source<> source;
    auto gate = source.task();
    {
      auto waiting = fails_after(gate).wait_async(0s);
      try {
        waiting.wait();
      } catch (const timeout_error&) {
      }
    }
    source.set_result();
    return 0;
  });
}

TEST(exceptions, of_an_abandoned_source_are_reported_to_who_holds_its_task) {
  const counts c = count([] {
    task<> orphan;
    {
      task_completion_source<> source;
      orphan = source.task();
    }
    try {
      orphan.wait();
    } catch (const invalid_operation&) {
      return 1;
    }
    return 0;
  });
  EXPECT_EQ(c.caught, 1);
  EXPECT_EQ(c.reported, 0);
}

TEST(exceptions, of_shared_tasks_are_reported_once_when_the_last_handle_goes) {
  const unobserved_count unobserved;
  {
    shared_task<> a = fails().share();
    {
      const shared_task<> b = a;
    }
    EXPECT_EQ(unobserved.count(), 0);
  }
  EXPECT_EQ(unobserved.count(), 1);
}

TEST(exceptions, that_configure_await_suppresses_count_as_taken) {
  const counts c = count([] {
    auto body = []() -> task<> {
      auto t = fails();
      co_await t.configure_await(configure_await_options::suppress_throwing);
    };
    body().wait();
    return 0;
  });
  EXPECT_EQ(c.reported, 0);
}

// What is bound to a context that goes cannot go on there; it ends with an exception of its own.
task<> left_behind() {
  manual_context gone;
  const synchronization_context::scope here(gone);
  auto body = []() -> task<> { co_await yield(); };
  return body();
}
TEST(exceptions, of_a_coroutine_whose_context_has_gone_are_caught_or_reported) {
  expect_caught([] {
    try {
      left_behind().wait();
    } catch (const object_disposed&) {
      return 1;
    }
    return 0;
  });
  expect_reported([] {
    const task<> t = left_behind();
    while (!t.is_completed()) {
      std::this_thread::yield();
    }
    return 0;
  });
}

TEST(exceptions, of_a_continuation_of_a_shared_task_are_its_own) {
  expect_reported([] {
    const auto s = completed_task().share();
    s.continue_with([](shared_task<>&) { throw std::runtime_error("lost?"); },
                    {.execute_synchronously = true})
        .detach();
    return 0;
  });
  expect_reported([] {
    const auto s = fails().share();
    s.continue_with([](shared_task<>& t) { return t.is_faulted(); },
                    {.execute_synchronously = true})
        .detach();
    return 0;
  });
}

TEST(exceptions, of_all_that_wait_all_waited_for_are_taken) {
  expect_caught([] {
    auto a = fails("a");
    auto b = fails("b");
    return caught_by([&] { wait_all(a, b); });
  });
}

TEST(exceptions, of_cancellation_are_no_errors) {
  const counts c = count([] {
    std::stop_source stop;
    stop.request_stop();
    delay(1h, stop.get_token()).detach();
    from_canceled(stop.get_token()).detach();
    static_cast<void>(run([] {}, stop.get_token()));
    auto body = [](std::stop_token token) -> task<> {
      throw operation_canceled(token);
      co_return;
    };
    body(stop.get_token()).detach();
    int canceled = 0;
    try {
      body(stop.get_token()).wait();
    } catch (const operation_canceled&) {
      ++canceled;
    }
    return canceled;
  });
  EXPECT_EQ(c.caught, 1);
  EXPECT_EQ(c.reported, 0);
}

TEST(exceptions, of_callbacks_of_cancellation_come_out_of_cancel) {
  const counts c = count([] {
    cancellation_source source;
    auto a = source.on_cancel([] { throw std::runtime_error("a"); });
    auto b = source.on_cancel([] { throw std::runtime_error("b"); });
    try {
      source.cancel();
    } catch (const aggregate_exception& all) {
      return static_cast<int>(all.exceptions().size());
    }
    return 0;
  });
  EXPECT_EQ(c.caught, 2);
}

}  // namespace
}  // namespace weft
