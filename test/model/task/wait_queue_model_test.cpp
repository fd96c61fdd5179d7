// The waiters of events and semaphores under the model checker, with their real queue, lock and
// task cores: a signal goes to one who waits and was not canceled, or stays; nobody is forgotten.

#include "model/mutants.hpp"
#include "model/stop_callback.hpp"

#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_wait_queue
#include "base/assert.cpp"
#include "base/brief_lock.cpp"
#include "base/error.cpp"
#include "base/lock.cpp"
#include "model/task_stubs.hpp"
#include "sync/async_event.cpp"
#include "sync/waiter.cpp"
#include "task/core.cpp"
#include "task/place.cpp"

namespace weft::detail {
void count_ender(std::int64_t) noexcept {}
}  // namespace weft::detail

namespace {

using weft::operation_canceled;

struct shared {
  void wait() {
    weft::detail::stub_await(signal.wait());
    take();
  }
  void wait_unless_canceled() {
    try {
      weft::detail::stub_await(signal.wait(stop.get_token()));
      take();
    } catch (const operation_canceled&) {
      ++given_up;
    }
  }
  void set() {
    sent.set(sent.get() + 1);
    signal.set();
  }
  /// What the setter wrote is seen by whoever got the signal, who is alone with it.
  void take() {
    model::require(sent.get() == 1, "not seen as it was at the signal");
    sent.set(2);
    ++woken;
  }

  weft::detail::stub_memory memory;
  weft::auto_reset_event signal;
  std::stop_source stop;
  model::plain<int> sent{0};
  int woken = 0;
  int given_up = 0;
};

model::result one_waits(const model::options& chosen) {
  return model::explore<shared>(chosen, {[](shared& s) { s.wait(); }, [](shared& s) { s.set(); }},
                                [](shared& s) {
                                  model::require(s.woken == 1, "the signal was lost");
                                  model::require(!s.signal.try_wait(), "a signal came twice");
                                });
}

model::result a_wait_is_canceled(const model::options& chosen) {
  return model::explore<shared>(
      chosen,
      {[](shared& s) { s.wait_unless_canceled(); }, [](shared& s) { s.set(); },
       [](shared& s) { s.stop.request_stop(); }},
      [](shared& s) {
        model::require(s.woken + s.given_up == 1, "neither woken nor canceled, or both");
        model::require(s.signal.try_wait() == (s.given_up == 1), "the signal was lost");
      });
}

/// One signal for two, of whom one is canceled: the other one gets it.
model::result one_of_two_is_canceled(const model::options& chosen) {
  return model::explore<shared>(
      chosen,
      {[](shared& s) { s.wait_unless_canceled(); }, [](shared& s) { s.wait_unless_canceled(); },
       [](shared& s) {
         s.set();
         s.stop.request_stop();
       }},
      [](shared& s) {
        model::require(s.woken + s.given_up == 2, "somebody was forgotten");
        model::require(s.woken + (s.signal.try_wait() ? 1 : 0) == 1, "the signal was lost");
      });
}

struct shared_by_all {
  weft::detail::stub_memory memory;
  weft::manual_reset_event opened;
  std::stop_source stop;
  model::plain<int> sent{0};
  int woken = 0;
  int given_up = 0;

  void wait(std::stop_token token = {}) {
    try {
      weft::detail::stub_await(opened.wait(std::move(token)));
      model::require(sent.get() == 1, "not seen as it was at the signal");
      ++woken;
    } catch (const operation_canceled&) {
      ++given_up;
    }
  }
};
model::result all_at_once(const model::options& chosen) {
  using state = shared_by_all;
  return model::explore<state>(
      chosen,
      {[](state& s) { s.wait(); }, [](state& s) { s.wait(s.stop.get_token()); },
       [](state& s) {
         s.sent.set(1);
         s.opened.set();
         s.stop.request_stop();
       }},
      [](state& s) {
        model::require(s.woken + s.given_up == 2 && s.woken >= 1, "somebody was forgotten");
      });
}

TEST(wait_queue_model, needs_each_order) {
  model::expect_all_killed(
      "wait_queue", {"wait_queue", "waiter", "brief_lock::release"},
      {{"one waits", &one_waits, {.preemptions = 3, .stale_reads = 1}},
       {"a wait is canceled", &a_wait_is_canceled, {.preemptions = 1, .stale_reads = 1}},
       {"one of two is canceled", &one_of_two_is_canceled, {.preemptions = 1, .stale_reads = 1}},
       {"all at once", &all_at_once, {.preemptions = 1, .stale_reads = 1}}});
}

}  // namespace
