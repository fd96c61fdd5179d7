/// Blocking waits for several tasks.

#include <weft/base/error.hpp>
#include <weft/task.hpp>

#include "support/tasks.hpp"

#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using testing::thrown_by;
using testing::unobserved_count;

struct pending {
  std::vector<task_completion_source<int>> sources;
  std::vector<task<int>> tasks;
  explicit pending(int n) {
    for (int i = 0; i < n; ++i) {
      tasks.push_back(sources.emplace_back().task());
    }
  }
  pending(const pending&) = delete;
  pending& operator=(const pending&) = delete;
  ~pending() {
    for (auto& s : sources) {
      s.try_set_result(0);
    }
  }
};

TEST(wait_any, gives_the_index_of_one_that_has_completed) {
  pending p(3);
  p.sources[1].set_result(5);
  EXPECT_EQ(wait_any(p.tasks), 1u);
  EXPECT_EQ(wait_any(p.tasks[0], p.tasks[1]), 1u);
}

TEST(wait_any, blocks_until_one_completes) {
  pending p(3);
  std::thread other([&] { p.sources[2].set_result(1); });
  EXPECT_EQ(wait_any(p.tasks), 2u);
  other.join();
}

TEST(wait_any, does_not_throw_what_the_task_threw) {
  const unobserved_count unobserved;
  auto failed = from_exception<int>(std::runtime_error("f"));
  EXPECT_EQ(wait_any(failed), 0u);
  EXPECT_TRUE(failed.is_faulted());
  static_cast<void>(failed.exception());
}

TEST(wait_any, gives_nothing_when_its_time_has_passed_and_leaves_the_tasks_alone) {
  pending p(2);
  EXPECT_EQ(wait_any(p.tasks, 1ms), std::nullopt);
  EXPECT_EQ(wait_any(p.tasks, 0ms), std::nullopt);
  p.sources[0].set_result(1);
  EXPECT_EQ(wait_any(p.tasks, 1ms), std::optional<std::size_t>(0));
}

TEST(wait_any, of_nothing_is_refused) {
  std::vector<task<int>> none;
  EXPECT_THROW(static_cast<void>(wait_any(none)), std::invalid_argument);
}

TEST(wait_any, throws_when_its_token_asks) {
  pending p(2);
  std::stop_source stop;
  std::thread other([&] { stop.request_stop(); });
  EXPECT_THROW(static_cast<void>(wait_any(p.tasks, stop.get_token())), operation_canceled);
  other.join();
  p.sources[0].set_result(1);
  EXPECT_THROW(static_cast<void>(wait_any(p.tasks, stop.get_token())), operation_canceled);
}

TEST(wait_any, and_wait_all_refuse_a_negative_time) {
  pending p(1);
  EXPECT_THROW(static_cast<void>(wait_any(p.tasks, -2ms)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(wait_all(p.tasks, -2ms)), std::invalid_argument);
}

TEST(wait_any, is_safe_against_tasks_that_complete_as_it_gives_up) {
  for (int round = 0; round < 500; ++round) {
    pending p(4);
    std::thread other([&] {
      for (auto& s : p.sources) {
        s.set_result(1);
      }
    });
    static_cast<void>(wait_any(p.tasks, 1us));
    other.join();
  }
}

TEST(wait_all, gives_false_when_its_time_has_passed_and_throws_nothing) {
  pending p(2);
  p.sources[0].set_exception(std::runtime_error("early"));
  EXPECT_FALSE(wait_all(p.tasks, 1ms));
  p.sources[1].set_result(1);
  EXPECT_EQ(thrown_by([&] { wait_all(p.tasks, 1s); }), "early");
}

TEST(wait_all, waits_for_each_and_gives_true) {
  pending p(3);
  std::thread other([&] {
    for (auto& s : p.sources) {
      s.set_result(1);
    }
  });
  EXPECT_TRUE(wait_all(p.tasks, 10s));
  other.join();
  wait_all(p.tasks[0], p.tasks[1], p.tasks[2]);
}

TEST(wait_all, throws_when_its_token_asks_even_if_all_have_completed) {
  pending p(1);
  p.sources[0].set_result(1);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(wait_all(p.tasks, stop.get_token()), operation_canceled);
}

TEST(wait_all, of_nothing_returns) {
  std::vector<task<int>> none;
  wait_all(none);
  EXPECT_TRUE(wait_all(none, 1ms));
}

}  // namespace
}  // namespace weft
