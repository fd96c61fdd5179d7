// Threads that block, on one task and on the first of several, under the model checker: woken by
// the end of the task or by a stop request, and gone from their stack frame only after the last
// access of whoever woke them.

#include "model/mutants.hpp"
#include "model/stop_callback.hpp"

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define WEFT_MODEL_WATCHES 1
#define weft weft_model_of_blocking
#include "base/assert.cpp"
#include "base/error.cpp"
#include "model/task_stubs.hpp"
#include "model/two_tasks.hpp"
#include "task/core.cpp"
#include "task/task.cpp"

// Behind task.cpp, which has an alias of the same name inside a function.
#include "task/compose/wait_many.cpp"

namespace weft::detail {
// The search for deadlocks has tests of its own.
bool is_depended_on(const thread_state&) noexcept {
  return false;
}
void deadlock_search::look() {}
void deadlock_search::report_asleep() {
  std::abort();
}
}  // namespace weft::detail

namespace {

using namespace weft::detail;  // NOLINT

/// Two tasks that other threads end, and a thread that waits for both or the first of them.
struct shared : stub_two_tasks {
  shared() {
    this_thread() = thread_state();
    this_thread().worker = this;  // a pool's thread sleeps at once
  }
  /// **Returns** false: stopped, or the time is over.
  bool wait_for_one(std::chrono::nanoseconds timeout) {
    try {
      if (!block_until_completed(*cores[0], timeout, token, std::source_location::current())) {
        return false;
      }
      look(0);
      return true;
    } catch (const weft::operation_canceled&) {
      return false;
    }
  }
  bool wait_for_first(std::chrono::nanoseconds timeout) {
    try {
      task_core* both[2] = {cores[0], cores[1]};
      const auto first = block_until_any(both, 2, timeout, token, std::source_location::current());
      if (first.has_value()) {
        look(*first);
      }
      return first.has_value();
    } catch (const weft::operation_canceled&) {
      return false;
    }
  }

  std::stop_source stop;
  std::stop_token token;
};
struct stoppable : shared {
  stoppable() { token = stop.get_token(); }
};

constexpr std::chrono::nanoseconds for_ever{-1};
constexpr std::chrono::nanoseconds no_time{0};

void freed(shared&) {
  model::require(stub_memory::freed().size() == 2, "something was not freed");
}

model::result one(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   model::require(s.wait_for_one(for_ever), "woken by nobody");
                                   s.let_go();
                                 },
                                 [](shared& s) { s.end(0); }},
                                [](shared& s) { s.end(1); });
}
model::result one_for_no_time(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   static_cast<void>(s.wait_for_one(no_time));
                                   s.let_go();
                                 },
                                 [](shared& s) { s.end(0); }},
                                [](shared& s) { s.end(1); });
}
model::result one_or_a_stop(const model::options& chosen) {
  return model::explore<stoppable>(
      chosen,
      {[](stoppable& s) {
         static_cast<void>(s.wait_for_one(for_ever));
         s.let_go();
       },
       [](stoppable& s) { s.end(0); }, [](stoppable& s) { s.stop.request_stop(); }},
      [](stoppable& s) { s.end(1); });
}

model::result first_of_two(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   model::require(s.wait_for_first(for_ever), "woken by nobody");
                                   s.let_go();
                                 },
                                 [](shared& s) { s.end(0); }, [](shared& s) { s.end(1); }},
                                freed);
}
model::result first_for_no_time(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   static_cast<void>(s.wait_for_first(no_time));
                                   s.let_go();
                                 },
                                 [](shared& s) { s.end(0); }, [](shared& s) { s.end(1); }},
                                freed);
}
model::result first_or_a_stop(const model::options& chosen) {
  return model::explore<stoppable>(
      chosen,
      {[](stoppable& s) {
         static_cast<void>(s.wait_for_first(for_ever));
         s.let_go();
       },
       [](stoppable& s) { s.end(0); }, [](stoppable& s) { s.stop.request_stop(); }},
      [](stoppable& s) { s.end(1); });
}

TEST(blocking_model, needs_each_order) {
  model::expect_all_killed(
      "blocking", {"block", "sleep", "first_wait", "first_node", "wait_for_first"},
      {{"one", &one, {.preemptions = 2, .stale_reads = 1}},
       {"one for no time", &one_for_no_time, {.preemptions = 2, .stale_reads = 1}},
       {"one or a stop", &one_or_a_stop, {.preemptions = 1, .stale_reads = 1}},
       {"first of two", &first_of_two, {.preemptions = 1, .stale_reads = 1}},
       {"first for no time", &first_for_no_time, {.preemptions = 1, .stale_reads = 1}},
       {"first or a stop", &first_or_a_stop, {.preemptions = 1, .stale_reads = 1}}});
}

}  // namespace
