#include <weft/task/task_scope.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>

#include "support/tasks.hpp"

#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using testing::counted;
using testing::message;
using testing::thrown_by;
using testing::unobserved_count;

task<> until(task<>& gate) {
  co_await gate;
}
task<> fails_after(task<>& gate, const char* what) {
  co_await gate;
  throw std::runtime_error(what);
}
/// Waits for its token, then ends canceled.
task<> until_stopped(std::stop_token stop) {
  task_completion_source<> source;
  auto asked = source.task();
  auto set = [&]() noexcept { source.set_result(); };
  const std::stop_callback<decltype(set)> on_stop(stop, set);
  co_await asked;
  throw operation_canceled(stop);
}

TEST(with_scope, ends_when_all_children_have) {
  task_completion_source<> source;
  auto gate = source.task();
  bool body_ended = false;
  auto scope = with_scope([&](task_scope& s) -> task<> {
    s.spawn(until(gate));
    s.spawn(until(gate));
    body_ended = true;
    co_return;
  });
  EXPECT_TRUE(body_ended);
  EXPECT_FALSE(scope.is_completed());
  source.set_result();
  scope.wait();
}

TEST(with_scope, gives_what_its_body_gives) {
  EXPECT_EQ(with_scope([](task_scope&) -> task<int> { co_return 4; }).result(), 4);
  EXPECT_EQ(*with_scope([](task_scope&) -> lazy<std::unique_ptr<int>> {
               co_return std::make_unique<int>(5);
             }).result(),
            5);
}

TEST(with_scope, without_children_ends_with_its_body) {
  EXPECT_TRUE(with_scope([](task_scope&) -> task<> { co_return; }).is_completed());
}

TEST(with_scope, the_first_failure_asks_the_rest_to_stop_and_is_thrown) {
  task_completion_source<> source;
  auto gate = source.task();
  bool stopped = false;
  auto scope = with_scope([&](task_scope& s) -> task<> {
    s.spawn([&](std::stop_token stop) -> task<> {
      try {
        co_await until_stopped(stop);
      } catch (const operation_canceled&) {
        stopped = true;
        throw;
      }
    });
    s.spawn(fails_after(gate, "first"));
    co_return;
  });
  EXPECT_FALSE(scope.is_completed());
  source.set_result();
  EXPECT_EQ(thrown_by([&] { scope.wait(); }), "first");
  EXPECT_TRUE(stopped);
  EXPECT_EQ(scope.exceptions().size(), 1u);
}

TEST(with_scope, keeps_later_failures_too) {
  task_completion_source<> source;
  auto gate = source.task();
  const unobserved_count unobserved;
  auto scope = with_scope([&](task_scope& s) -> task<> {
    s.spawn(fails_after(gate, "a"));
    s.spawn([&](std::stop_token stop) -> task<> {
      try {
        co_await until_stopped(stop);
      } catch (const operation_canceled&) {
      }
      throw std::runtime_error("b");
    });
    co_return;
  });
  source.set_result();
  ASSERT_EQ(scope.exceptions().size(), 2u);
  EXPECT_EQ(message(scope.exceptions()[0]), "a");
  EXPECT_EQ(message(scope.exceptions()[1]), "b");
  EXPECT_EQ(unobserved.count(), 0);
}

TEST(with_scope, a_failure_of_its_body_asks_the_children_to_stop) {
  auto scope = with_scope([&](task_scope& s) -> task<> {
    s.spawn([](std::stop_token stop) { return until_stopped(stop); });
    throw std::runtime_error("body");
    co_return;
  });
  EXPECT_EQ(thrown_by([&] { scope.wait(); }), "body");
}

TEST(with_scope, throws_what_its_function_throws_before_it_is_a_coroutine) {
  auto scope = with_scope([](task_scope&) -> task<> { throw std::runtime_error("plain"); });
  EXPECT_EQ(thrown_by([&] { scope.wait(); }), "plain");
}

TEST(with_scope, is_canceled_by_its_token) {
  std::stop_source stop;
  auto scope = with_scope(
      [](task_scope& s) -> task<> {
        s.spawn([](std::stop_token st) { return until_stopped(st); });
        co_return;
      },
      stop.get_token());
  EXPECT_FALSE(scope.is_completed());
  stop.request_stop();
  EXPECT_THROW(scope.wait(), operation_canceled);
  EXPECT_TRUE(scope.is_canceled());
}

TEST(with_scope, gives_its_result_when_all_ended_well_in_spite_of_the_request) {
  std::stop_source stop;
  stop.request_stop();
  auto scope = with_scope([](task_scope&) -> task<int> { co_return 3; }, stop.get_token());
  EXPECT_EQ(scope.result(), 3);
}

TEST(with_scope, cancel_ends_the_children_and_is_no_failure) {
  auto scope = with_scope([](task_scope& s) -> task<int> {
    s.spawn([](std::stop_token st) { return until_stopped(st); });
    s.cancel();
    co_return 1;
  });
  EXPECT_EQ(scope.result(), 1);
}

TEST(with_scope, a_child_canceled_by_nobody_is_a_failure_that_faults_beat) {
  auto canceled = with_scope([](task_scope& s) -> task<> {
    s.spawn([]() -> task<> {
      throw operation_canceled();
      co_return;
    });
    co_return;
  });
  EXPECT_TRUE(canceled.is_canceled());
  auto faulted = with_scope([](task_scope& s) -> task<> {
    s.spawn([]() -> task<> {
      throw operation_canceled();
      co_return;
    });
    throw std::runtime_error("f");
    co_return;
  });
  EXPECT_EQ(thrown_by([&] { faulted.wait(); }), "f");
}

TEST(task_scope, lets_children_spawn_children) {
  int ran = 0;
  struct recursion {
    static task<> grow(task_scope& s, int depth, int& count) {
      ++count;
      if (depth > 0) {
        s.spawn(grow(s, depth - 1, count));
        s.spawn(grow(s, depth - 1, count));
      }
      co_return;
    }
  };
  with_scope([&](task_scope& s) { return recursion::grow(s, 6, ran); }).wait();
  EXPECT_EQ(ran, 127);
}

TEST(task_scope, gives_a_handle_on_each_child) {
  auto sum = with_scope([](task_scope& s) -> task<int> {
    auto a = s.spawn([]() -> task<int> { co_return 1; });
    auto b = s.spawn([]() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(2); });
    const int first = co_await a;
    const auto second = co_await std::move(b);
    co_return first + *second;
  });
  EXPECT_EQ(sum.result(), 3);
}

TEST(task_scope, keeps_the_closures_of_its_children) {
  task_completion_source<> source;
  auto gate = source.task();
  const int before = counted::alive;
  int seen = 0;
  auto scope = with_scope([&](task_scope& s) -> task<> {
    {
      auto child = [c = counted(42), &gate, &seen]() -> task<> {
        co_await gate;
        seen = c.value;
      };
      s.spawn(std::move(child));
    }
    co_return;
  });
  EXPECT_GT(counted::alive, before);
  source.set_result();
  EXPECT_EQ(seen, 42);
  EXPECT_EQ(counted::alive, before);
  scope.wait();
}

TEST(task_scope, frees_what_a_child_kept_before_the_scope_ends) {
  struct notes_end {
    std::vector<std::string>* order;
    explicit notes_end(std::vector<std::string>* o) : order(o) {}
    notes_end(notes_end&& other) noexcept : order(std::exchange(other.order, nullptr)) {}
    ~notes_end() {
      if (order != nullptr) {
        order->emplace_back("freed");
      }
    }
  };
  std::vector<std::string> order;
  auto outer = [&]() -> task<> {
    auto scope = with_scope([&](task_scope& s) -> task<> {
      auto child = [n = notes_end(&order)]() -> task<> { co_await run([] {}); };
      s.spawn(std::move(child));
      co_return;
    });
    co_await scope;
    order.emplace_back("scope");
  };
  outer().wait();
  EXPECT_EQ(order, (std::vector<std::string>{"freed", "scope"}));
}

TEST(task_scope, refuses_to_spawn_when_it_has_ended) {
  task_scope* escaped = nullptr;
  auto scope = with_scope([&](task_scope& s) -> task<> {
    escaped = &s;
    co_return;
  });
  scope.wait();
  EXPECT_THROW(escaped->spawn(completed_task()), invalid_operation);
}

TEST(task_scope, refuses_an_empty_task) {
  auto scope = with_scope([](task_scope& s) -> task<> {
    EXPECT_THROW(s.spawn(task<>()), invalid_operation);
    co_return;
  });
  EXPECT_TRUE(scope.is_completed_successfully());
}

TEST(task_scope, takes_any_awaitable) {
  with_scope([](task_scope& s) -> task<> {
    s.spawn([]() -> lazy<> { co_return; }());
    s.spawn(value_task<int>(3));
    auto kept = completed_task();
    s.spawn(kept);
    s.spawn(run([] {}));
    co_return;
  }).wait();
}

TEST(task_scope, is_spawned_into_from_many_threads) {
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> ran = 0;
    auto scope = with_scope([&](task_scope& s) -> task<> {
      for (int i = 0; i < 8; ++i) {
        s.spawn(run([&s, &ran] {
          for (int k = 0; k < 10; ++k) {
            s.spawn(run([&ran] { ++ran; }));
          }
        }));
      }
      co_return;
    });
    scope.wait();
    EXPECT_EQ(ran, 80);
  }
}

}  // namespace
}  // namespace weft
