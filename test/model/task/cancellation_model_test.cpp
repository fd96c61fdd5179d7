// Callbacks of a cancellation_source under the model checker: each runs once or never, and whoever
// takes one back may free what it uses, also while it runs on another thread.

#include "model/mutants.hpp"

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <list>
#include <memory>
#include <stop_token>
#include <vector>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_cancellation
#include "base/assert.cpp"
#include "base/error.cpp"
#include "base/lock.cpp"
#include "model/task_stubs.hpp"
#include "task/cancellation_state.cpp"

namespace {

using weft::detail::cancellation_state;

struct shared {
  void cancel() { state->cancel(); }
  /// Registers, works, takes it back, and frees what the callback uses.
  void register_and_remove(int i) {
    used[i].set(1);
    const std::uint64_t id = state->add([this, i] {
      model::require(used[i].get() == 1, "the callback ran after it had been taken back");
      used[i].set(2);
      ++calls[i];
    });
    if (id != 0) {
      state->remove(id);
    }
    used[i].set(3);
  }
  void register_for_good(int i) {
    used[i].set(1);
    static_cast<void>(state->add([this, i] {
      model::require(used[i].get() == 1, "not seen as it was at the registration");
      ++calls[i];
    }));
  }

  std::shared_ptr<cancellation_state> state = std::make_shared<cancellation_state>();
  model::plain<int> used[2];
  int calls[2] = {};
};

model::result taken_back(const model::options& chosen) {
  return model::explore<shared>(
      chosen, {[](shared& s) { s.cancel(); }, [](shared& s) { s.register_and_remove(0); }},
      [](shared& s) { model::require(s.calls[0] <= 1, "called twice"); });
}

model::result two_taken_back(const model::options& chosen) {
  return model::explore<shared>(
      chosen,
      {[](shared& s) { s.cancel(); }, [](shared& s) { s.register_and_remove(0); },
       [](shared& s) { s.register_and_remove(1); }},
      [](shared& s) { model::require(s.calls[0] <= 1 && s.calls[1] <= 1, "called twice"); });
}

model::result registered_while_canceled(const model::options& chosen) {
  return model::explore<shared>(
      chosen,
      {[](shared& s) { s.cancel(); }, [](shared& s) { s.cancel(); },
       [](shared& s) { s.register_for_good(0); }},
      [](shared& s) { model::require(s.calls[0] == 1, "not called, or twice"); });
}

/// The callback takes itself back: it must not wait for its own end.
model::result takes_itself_back(const model::options& chosen) {
  struct own : shared {
    std::uint64_t id = 0;
  };
  return model::explore<own>(
      chosen,
      {[](own& s) {
         s.id = s.state->add([&s] {
           s.state->remove(s.id);
           ++s.calls[0];
         });
         s.cancel();
       },
       [](own& s) { s.register_and_remove(1); }},
      [](own& s) { model::require(s.calls[0] == 1, "not called, or twice"); });
}

TEST(cancellation_model, needs_each_order) {
  model::expect_all_killed(
      "cancellation", {"cancellation_state", "lock::release"},
      {{"taken back", &taken_back, {.preemptions = 2, .stale_reads = 2}},
       {"two taken back", &two_taken_back, {.preemptions = 1, .stale_reads = 1}},
       {"registered while canceled",
        &registered_while_canceled,
        {.preemptions = 1, .stale_reads = 1}},
       {"takes itself back", &takes_itself_back, {.preemptions = 2, .stale_reads = 1}}});
}

}  // namespace
