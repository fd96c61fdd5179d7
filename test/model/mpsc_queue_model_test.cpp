// mpsc_queue under the model checker.

#include "model/mutants.hpp"

#include <cstdint>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_mpsc_queue
#include <weft/base/mpsc_queue.hpp>

namespace {

using weft::detail::atomic;
using weft::detail::job;
using weft::detail::mpsc_queue;

struct item : job {
  item() : job{nullptr, nullptr, nullptr} {}
  atomic<int> payload{0};
  int taken = 0;
};

struct shared {
  void push(int i) {
    items[i].payload.store(1, std::memory_order_relaxed);
    queue.push(&items[i]);
  }

  void pop() {
    if (job* j = queue.try_pop()) {
      auto* i = static_cast<item*>(j);
      model::require(i->payload.load(std::memory_order_relaxed) == 1,
                     "the consumer does not see what was written before the push");
      model::require(i->taken++ == 0, "an item came twice");
      model::require(i == &items[2] || !(i == &items[0] && items[1].taken != 0),
                     "two items of one producer came out of order");
    }
  }

  item items[3];
  mpsc_queue queue;
};

model::result two_producers(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   s.push(0);
                                   s.push(1);
                                 },
                                 [](shared& s) { s.push(2); },
                                 [](shared& s) {
                                   s.pop();
                                   s.pop();
                                   s.pop();
                                 }},
                                [](shared& s) {
                                  for (int i = 0; i < 3; ++i) {
                                    s.pop();
                                  }
                                  for (const item& i : s.items) {
                                    model::require(i.taken == 1, "an item was lost");
                                  }
                                  model::require(s.queue.empty(), "it is not empty at the end");
                                });
}

TEST(mpsc_queue_model, gives_each_item_once_and_in_order) {
  const model::result found = two_producers({.preemptions = 2});
  EXPECT_EQ(found.failure, "");
  EXPECT_GT(found.executions, 1000);
}

TEST(mpsc_queue_model, needs_each_order_and_fence) {
  model::expect_all_killed("mpsc_queue", {"mpsc_queue"},
                           {{"two producers", &two_producers, {.preemptions = 2}}});
}

}  // namespace
