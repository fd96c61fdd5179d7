// join_count under the model checker.

#include "model/mutants.hpp"

#include <cstdint>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_join_count
#include <weft/task/detail/join_count.hpp>

namespace {

using weft::detail::atomic;
using weft::detail::join_count;

/// A parent that misses two children.
struct shared {
  void child(int i) {
    results[i].store(1, std::memory_order_relaxed);
    if (count.child_ended()) {
      model::require(captured.load(std::memory_order_relaxed) == 1,
                     "the last child does not see what resumes the parent");
      resume();
    }
  }
  void parent() {
    captured.store(1, std::memory_order_relaxed);
    if (count.parent_misses(2)) {
      resume();
    }
  }
  void resume() {
    for (const atomic<int>& result : results) {
      model::require(result.load(std::memory_order_relaxed) == 1,
                     "the parent goes on without a child's result");
    }
    model::require(resumed++ == 0, "the parent went on twice");
  }

  join_count count;
  atomic<int> results[2]{};
  atomic<int> captured{0};
  int resumed = 0;
};

model::result two_children(const model::options& chosen) {
  return model::explore<shared>(
      chosen,
      {[](shared& s) { s.child(0); }, [](shared& s) { s.child(1); }, [](shared& s) { s.parent(); }},
      [](shared& s) { model::require(s.resumed == 1, "nobody went on with the parent"); });
}

TEST(join_count_model, lets_the_parent_go_on_once_with_all_results) {
  const model::result found = two_children({});
  EXPECT_EQ(found.failure, "");
  EXPECT_GT(found.executions, 5);
}

TEST(join_count_model, needs_each_order_and_fence) {
  model::expect_all_killed("join_count", {"join_count"}, {{"two children", &two_children}});
}

}  // namespace
