#include <weft/base/error.hpp>
#include <weft/task.hpp>
#include <weft/task/when_any.hpp>

#include "support/tasks.hpp"

#include <memory>
#include <ranges>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using testing::manual_context;
using testing::unobserved_count;

struct sources {
  std::vector<task_completion_source<int>> all;
  explicit sources(int n) {
    for (int i = 0; i < n; ++i) {
      all.emplace_back();
    }
  }
  std::vector<task<int>> tasks() {
    std::vector<task<int>> made;
    for (auto& s : all) {
      made.push_back(s.task());
    }
    return made;
  }
};
task<std::vector<int>> results(async_generator<task<int>&> g) {
  std::vector<int> all;
  while (auto* t = co_await g.next()) {
    all.push_back(co_await std::move(*t));
  }
  co_return all;
}

TEST(when_each, gives_tasks_in_the_order_in_which_they_end) {
  sources s(3);
  auto all = results(when_each(s.tasks()));
  s.all[2].set_result(2);
  s.all[0].set_result(0);
  s.all[1].set_result(1);
  EXPECT_EQ(all.result(), (std::vector<int>{2, 0, 1}));
}

TEST(when_each, counts_the_order_from_the_call) {
  sources s(3);
  auto g = when_each(s.tasks());
  s.all[2].set_result(2);
  s.all[1].set_result(1);
  s.all[0].set_result(0);
  EXPECT_EQ(results(std::move(g)).result(), (std::vector<int>{2, 1, 0}));
}

TEST(when_each, gives_those_that_had_ended_before_in_argument_order) {
  sources s(3);
  s.all[2].set_result(2);
  s.all[0].set_result(0);
  auto g = when_each(s.tasks());
  s.all[1].set_result(1);
  EXPECT_EQ(results(std::move(g)).result(), (std::vector<int>{0, 2, 1}));
}

TEST(when_each, of_nothing_ends_at_once) {
  auto g = when_each(std::vector<task<int>>());
  EXPECT_EQ(g.next().result(), nullptr);
}

TEST(when_each, gives_failed_tasks_as_any_other) {
  sources s(2);
  auto g = when_each(s.tasks());
  s.all[1].set_exception(std::runtime_error("f"));
  auto* first = g.next().result();
  EXPECT_TRUE(first->is_faulted());
  EXPECT_THROW(first->wait(), std::runtime_error);
  s.all[0].set_canceled();
  EXPECT_TRUE(g.next().result()->is_canceled());
}

TEST(when_each, leaves_lvalue_tasks_to_the_caller) {
  sources s(2);
  auto tasks = s.tasks();
  auto g = when_each(tasks);
  s.all[1].set_result(7);
  auto* t = g.next().result();
  EXPECT_EQ(t, &tasks[1]);
  auto two = when_each(tasks[0], tasks[1]);
  EXPECT_EQ(two.next().result(), &tasks[1]);
  s.all[0].set_result(1);
}

TEST(when_each, gives_a_task_that_is_named_twice_twice) {
  auto t = from_result(1);
  auto g = when_each(t, t);
  EXPECT_EQ(g.next().result(), &t);
  EXPECT_EQ(g.next().result(), &t);
  EXPECT_EQ(g.next().result(), nullptr);
}

TEST(when_each, starts_lazies_and_takes_views) {
  auto make = [](int i) -> lazy<int> { co_return i; };
  auto view = std::views::iota(0, 3) | std::views::transform(make);
  EXPECT_EQ(results(when_each(view)).result(), (std::vector<int>{0, 1, 2}));
}

TEST(when_each, gives_void_tasks) {
  std::vector<task<>> tasks;
  tasks.push_back(completed_task());
  auto g = when_each(std::move(tasks));
  EXPECT_TRUE(g.next().result()->is_completed_successfully());
}

TEST(when_each, moves_out_results_that_can_only_be_moved) {
  std::vector<task<std::unique_ptr<int>>> tasks;
  tasks.push_back(from_result(std::make_unique<int>(4)));
  auto g = when_each(std::move(tasks));
  auto* t = g.next().result();
  EXPECT_EQ(*std::move(*t).result(), 4);
}

TEST(when_each, ends_canceled_when_its_token_asks) {
  sources s(1);
  std::stop_source stop;
  auto g = when_each(s.tasks()).with_cancellation(stop.get_token());
  auto next = g.next().as_task();
  EXPECT_FALSE(next.is_completed());
  stop.request_stop();
  EXPECT_THROW(next.wait(), operation_canceled);
  EXPECT_TRUE(next.is_canceled());
  s.all[0].set_result(1);
}

TEST(when_each, left_half_way_lets_the_tasks_go_on) {
  const unobserved_count unobserved;
  sources s(3);
  {
    auto g = when_each(s.tasks());
    s.all[0].set_result(0);
    EXPECT_NE(g.next().result(), nullptr);
  }
  s.all[1].set_result(1);
  s.all[2].set_exception(std::runtime_error("late"));
  s.all.clear();
  EXPECT_EQ(unobserved.count(), 1);
}

TEST(when_each, resumes_in_the_context_of_the_await) {
  manual_context ui;
  sources s(1);
  task<std::vector<int>> all;
  {
    const synchronization_context::scope here(ui);
    all = results(when_each(s.tasks()));
  }
  s.all[0].set_result(3);
  EXPECT_FALSE(all.is_completed());
  while (!all.is_completed()) {
    ui.run_one();
  }
  EXPECT_EQ(all.result(), std::vector<int>{3});
}

TEST(when_each, takes_tasks_that_end_on_many_threads) {
  for (int round = 0; round < 200; ++round) {
    std::vector<task<int>> tasks;
    for (int i = 0; i < 20; ++i) {
      tasks.push_back(run([i] { return i; }));
    }
    int sum = 0;
    for (const int i : results(when_each(std::move(tasks))).result()) {
      sum += i;
    }
    EXPECT_EQ(sum, 190);
  }
}

TEST(when_each, may_be_left_while_tasks_end_on_another_thread) {
  for (int round = 0; round < 500; ++round) {
    sources s(4);
    std::thread other;
    {
      auto g = when_each(s.tasks());
      other = std::thread([&] {
        for (auto& one : s.all) {
          one.set_result(1);
        }
      });
      static_cast<void>(g.next());
    }
    other.join();
  }
}

}  // namespace
}  // namespace weft
