// `async_mutex` under the model checker, with its real waiters and task cores: one holder at a
// time, who sees what the one before wrote; nobody who waits is forgotten, nobody who was canceled
// gets it.

#include "model/mutants.hpp"
#include "model/stop_callback.hpp"

#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_async_mutex
#include "base/assert.cpp"
#include "base/brief_lock.cpp"
#include "base/error.cpp"
#include "base/lock.cpp"
#include "model/task_stubs.hpp"
#include "sync/async_mutex.cpp"
#include "sync/waiter.cpp"
#include "task/core.cpp"
#include "task/place.cpp"

namespace {

using weft::async_mutex;
using weft::operation_canceled;

struct shared {
  void use() {
    const async_mutex::guard held = weft::detail::stub_await(mutex.lock());
    count();
  }
  void try_use() {
    if (const std::optional<async_mutex::guard> held = mutex.try_lock()) {
      count();
    }
  }
  void use_unless_canceled() {
    try {
      const async_mutex::guard held = weft::detail::stub_await(mutex.lock(stop.get_token()));
      count();
    } catch (const operation_canceled&) {
      ++uses_given_up;
    }
  }
  void count() { uses.set(uses.get() + 1); }

  weft::detail::stub_memory memory;
  async_mutex mutex;
  model::plain<int> uses{0};
  int uses_given_up = 0;
  std::stop_source stop;
};

void end(shared& s) {
  const std::optional<async_mutex::guard> free = s.mutex.try_lock();
  model::require(free.has_value(), "it is held, although everybody is through");
}

model::result two_users(const model::options& chosen) {
  return model::explore<shared>(chosen, {[](shared& s) { s.use(); }, [](shared& s) { s.use(); }},
                                [](shared& s) {
                                  model::require(s.uses.get() == 2, "somebody was forgotten");
                                  end(s);
                                });
}

model::result three_users(const model::options& chosen) {
  return model::explore<shared>(
      chosen, {[](shared& s) { s.use(); }, [](shared& s) { s.use(); }, [](shared& s) { s.use(); }},
      [](shared& s) {
        model::require(s.uses.get() == 3, "somebody was forgotten");
        end(s);
      });
}

model::result one_who_tries(const model::options& chosen) {
  return model::explore<shared>(
      chosen, {[](shared& s) { s.use(); }, [](shared& s) { s.try_use(); }}, [](shared& s) {
        model::require(s.uses.get() >= 1, "somebody was forgotten");
        end(s);
      });
}

model::result one_is_canceled(const model::options& chosen) {
  return model::explore<shared>(
      chosen,
      {[](shared& s) { s.use(); }, [](shared& s) { s.use_unless_canceled(); },
       [](shared& s) { s.stop.request_stop(); }},
      [](shared& s) {
        model::require(s.uses.get() + s.uses_given_up == 2, "somebody was forgotten");
        end(s);
      });
}

model::result used_after_a_cancellation(const model::options& chosen) {
  return model::explore<shared>(
      chosen,
      {[](shared& s) { s.use(); }, [](shared& s) { s.use_unless_canceled(); },
       [](shared& s) {
         s.stop.request_stop();
         s.use();
       }},
      [](shared& s) {
        model::require(s.uses.get() + s.uses_given_up == 3, "somebody was forgotten");
        end(s);
      });
}

TEST(async_mutex_model, needs_each_order) {
  model::expect_all_killed(
      "async_mutex", {"async_mutex"},
      {{"two users", &two_users, {.preemptions = 2, .stale_reads = 1}},
       {"one who tries", &one_who_tries, {.preemptions = 2}},
       {"three users", &three_users, {.preemptions = 1, .stale_reads = 1}},
       {"one is canceled", &one_is_canceled, {.preemptions = 2, .stale_reads = 1}},
       {"used after a cancellation",
        &used_after_a_cancellation,
        {.preemptions = 2, .stale_reads = 1}}});
}

}  // namespace
