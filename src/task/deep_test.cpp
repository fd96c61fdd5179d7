/// Chains that are a million long run on an ordinary stack in every build.

#include <weft/task.hpp>

#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

constexpr int million = 1'000'000;

task<int> one() {
  co_return 1;
}
lazy<int> cold_one() {
  co_return 1;
}
value_task<int> value_one() {
  co_return 1;
}

TEST(deep, a_million_awaits_of_completed_tasks_in_a_loop) {
  auto loop = []() -> task<int> {
    int sum = 0;
    for (int i = 0; i < million; ++i) {
      sum += co_await one();
    }
    co_return sum;
  };
  EXPECT_EQ(loop().result(), million);
}

TEST(deep, a_million_awaits_of_lazies_and_value_tasks_in_a_loop) {
  auto loop = []() -> task<int> {
    int sum = 0;
    for (int i = 0; i < million; ++i) {
      sum += co_await cold_one();
      sum += co_await value_one();
    }
    co_return sum;
  };
  EXPECT_EQ(loop().result(), 2 * million);
}

lazy<int> nested(int depth) {
  if (depth == 0) {
    co_return 0;
  }
  co_return co_await nested(depth - 1) + 1;
}
TEST(deep, a_million_lazies_inside_each_other) {
  auto t = nested(million).start();
  EXPECT_EQ(t.result(), million);
}

lazy<int> nested_throwing(int depth) {
  if (depth == 0) {
    throw std::runtime_error("bottom");
  }
  co_return co_await nested_throwing(depth - 1) + 1;
}
TEST(deep, an_exception_rises_through_many_lazies) {
  auto t = nested_throwing(million / 100).start();
  EXPECT_THROW(t.result(), std::runtime_error);
}

task<int> follows(task<int> before) {
  co_return co_await std::move(before) + 1;
}
task<> follows_by_reference(task<>& before) {
  co_await before;
}

TEST(deep, a_million_suspended_tasks_complete_from_one_end) {
  task_completion_source<int> source;
  auto last = source.task();
  for (int i = 0; i < million; ++i) {
    last = follows(std::move(last));
  }
  EXPECT_FALSE(last.is_completed());
  source.set_result(0);
  EXPECT_EQ(last.result(), million);
}

TEST(deep, a_million_suspended_tasks_held_by_others_complete_from_one_end) {
  task_completion_source<> source;
  std::vector<task<>> all(million);
  all[0] = source.task();
  for (int i = 1; i < million; ++i) {
    all[static_cast<std::size_t>(i)] = follows_by_reference(all[static_cast<std::size_t>(i) - 1]);
  }
  source.set_result();
  all.back().wait();
  EXPECT_TRUE(all.back().is_completed_successfully());
}

TEST(deep, a_million_sources_each_set_by_the_continuation_of_the_last) {
  std::vector<task_completion_source<>> sources(million);
  auto link = [&](std::size_t i) -> task<> {
    auto before = sources[i - 1].task();
    co_await before;
    sources[i].set_result();
  };
  for (std::size_t i = 1; i < sources.size(); ++i) {
    link(i).detach();
  }
  auto last = sources.back().task();
  sources.front().set_result();
  last.wait();
  EXPECT_TRUE(last.is_completed_successfully());
}

TEST(deep, a_million_suspended_tasks_fail_from_one_end) {
  task_completion_source<int> source;
  auto last = source.task();
  for (int i = 0; i < million / 10; ++i) {
    last = follows(std::move(last));
  }
  source.set_exception(std::runtime_error("end"));
  EXPECT_THROW(last.result(), std::runtime_error);
}

TEST(deep, a_million_yields) {
  auto loop = []() -> task<int> {
    int sum = 0;
    for (int i = 0; i < million; ++i) {
      co_await yield();
      ++sum;
    }
    co_return sum;
  };
  EXPECT_EQ(run(loop).result(), million);
}

lazy<int> tree(int depth) {
  if (depth == 0) {
    co_return 1;
  }
  auto joined = fork_join(tree(depth - 1), tree(depth - 1));
  auto [a, b] = co_await joined;
  co_return a + b;
}
TEST(deep, a_tree_of_forks) {
  EXPECT_EQ(block_on(tree(16)), 1 << 16);
}

lazy<int> spine(int depth) {
  if (depth == 0) {
    co_return 0;
  }
  auto joined = fork_join(spine(depth - 1), cold_one());
  auto [a, b] = co_await joined;
  co_return a + b;
}
TEST(deep, forks_a_hundred_thousand_deep) {
  EXPECT_EQ(block_on(spine(million / 10)), million / 10);
}

}  // namespace
}  // namespace weft
