// event_count under the model checker: no wake-up is lost, and either fence is needed for that.

#include "model/mutants.hpp"

#include <cstdint>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_event_count
#include <weft/base/event_count.hpp>

#include "base/event_count.cpp"

namespace {

using weft::detail::atomic;
using weft::detail::event_count;

struct shared {
  // Takes one of `available` or sleeps until there is one.
  void take() {
    for (;;) {
      if (try_take()) {
        return;
      }
      const event_count::key key = events.prepare_wait();
      if (try_take()) {
        events.cancel_wait();
        return;
      }
      events.commit_wait(key);
    }
  }

  bool try_take() {
    int seen = available.load(std::memory_order_relaxed);
    while (seen != 0) {
      if (available.compare_exchange_strong(seen, seen - 1, std::memory_order_relaxed,
                                            std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }

  void give_one() {
    available.fetch_add(1, std::memory_order_relaxed);
    events.notify_one();
  }

  atomic<int> available{0};
  event_count events;
};

void end(shared& s) {
  model::require(s.available.load(std::memory_order_relaxed) == 0, "something is left");
  model::require(s.events.waiters() == 0, "a waiter is still counted");
}

model::result one_waits(const model::options& chosen) {
  return model::explore<shared>(
      chosen, {[](shared& s) { s.take(); }, [](shared& s) { s.give_one(); }}, end);
}

model::result two_wait(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) { s.take(); }, [](shared& s) { s.take(); },
                                 [](shared& s) {
                                   s.give_one();
                                   s.give_one();
                                 }},
                                end);
}

model::result two_wait_for_all(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) { s.take(); }, [](shared& s) { s.take(); },
                                 [](shared& s) {
                                   s.available.store(2, std::memory_order_relaxed);
                                   s.events.notify_all();
                                 }},
                                end);
}

/// A waiter that was notified need not look at its condition again.
struct announced {
  model::plain<int> said{0};
  atomic<int> is_said{0};
  event_count events;
};
model::result trusts_the_epoch(const model::options& chosen) {
  return model::explore<announced>(chosen,
                                   {[](announced& s) {
                                      const event_count::key key = s.events.prepare_wait();
                                      if (s.is_said.load(std::memory_order_relaxed) != 0) {
                                        s.events.cancel_wait();
                                        return;
                                      }
                                      model::require(s.events.commit_wait(key),
                                                     "no notification, and no limit either");
                                      model::require(s.said.get() == 1, "woken before the change");
                                    },
                                    [](announced& s) {
                                      s.said.set(1);
                                      s.is_said.store(1, std::memory_order_relaxed);
                                      s.events.notify_all();
                                    }},
                                   [](announced&) {});
}

TEST(event_count_model, loses_no_wake_up) {
  EXPECT_EQ(one_waits({.preemptions = 6}).failure, "");
}

TEST(event_count_model, wakes_one_waiter_for_each_notification) {
  EXPECT_EQ(two_wait({.preemptions = 2, .stale_reads = 1}).failure, "");
}

TEST(event_count_model, wakes_all_waiters) {
  EXPECT_EQ(two_wait_for_all({.preemptions = 2, .stale_reads = 1}).failure, "");
}

TEST(event_count_model, needs_each_order_and_fence) {
  model::expect_all_killed(
      "event_count", {"event_count"},
      {{"one waits", &one_waits, {.preemptions = 6}},
       {"trusts the epoch", &trusts_the_epoch},
       {"two wait", &two_wait, {.preemptions = 2, .stale_reads = 1}},
       {"two wait for all", &two_wait_for_all, {.preemptions = 2, .stale_reads = 1}}});
}

}  // namespace
