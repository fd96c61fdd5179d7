// The race behind wait_async under the model checker, with its real timers and task cores: the end
// of a task, a timer and a stop request against the coroutine that sets all three up. One of them
// resumes it, once, and what they share is freed after everybody's last look.

#include "model/mutants.hpp"
#include "model/stop_callback.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define WEFT_MODEL_WATCHES 1
#define weft weft_model_of_wait_async
#include "base/assert.cpp"
#include "base/brief_lock.cpp"
#include "base/error.cpp"
#include "base/lock.cpp"
#include "model/task/stub_timers.hpp"
#include "model/task_stubs.hpp"
#include "model/transfer_stubs.hpp"
#include "task/core.cpp"
#include "time/timer_service.cpp"
#include "time/timer_wheel.cpp"
#include "time/wait_async.cpp"

namespace weft {
time_provider& system_time() {
  struct never_used : time_provider {
    time_point now() override { std::abort(); }
    std::unique_ptr<timer> create_timer(work, std::chrono::nanoseconds,
                                        std::chrono::nanoseconds) override {
      std::abort();
    }
  };
  static never_used instance;
  return instance;
}
}  // namespace weft
namespace weft::detail {
void report_unhandled(synchronization_context*, std::exception_ptr) noexcept {
  std::abort();
}
}  // namespace weft::detail

namespace {

using namespace weft::detail;  // NOLINT

/// The timer of a provider of somebody's own: made after its callback has been handed on.
struct stub_timer : weft::timer {
  stub_timer() { model::note_written(this); }
  ~stub_timer() override { model::note_written(this); }
};
/// Calls back when it is told to, on that thread.
struct stub_provider : weft::time_provider {
  weft::time_point now() override { return {}; }
  std::unique_ptr<weft::timer> create_timer(weft::work callback, std::chrono::nanoseconds,
                                            std::chrono::nanoseconds) override {
    armed.emplace(std::move(callback));
    // order: release; pairs with acquire in stub_fire.
    is_armed.store(1, std::memory_order_release);
    return std::make_unique<stub_timer>();
  }
  void stub_fire() {
    // order: acquire; pairs with release in create_timer.
    if (is_armed.load(std::memory_order_acquire) != 0 && armed) {
      (*armed)();
      armed.reset();
    }
  }
  std::optional<weft::work> armed;
  atomic<std::uint32_t> is_armed{0};
};

/// A coroutine that awaits a task of another thread's, with a time-out and a token.
struct shared : job, stub_default_timers {
  shared() : job{&resumed, &action_marker, nullptr} {
    core->add_handle();  // that of who ends it
  }
  static void resumed(job* item) { static_cast<shared*>(item)->go_on(); }

  void wait(std::int64_t timeout_ns, bool with_token) {
    prepared.set(1);
    if (with_token) {
      token = stop.get_token();
    }
    awaiter.emplace(*core, std::chrono::nanoseconds(timeout_ns), provider, token);
    if (!end_race::begin(this, *awaiter)) {
      go_on();
    }
  }
  /// After the await, on whatever thread.
  void go_on() {
    model::require(prepared.get() == 1, "what came before the await is not seen");
    how = awaiter->await_resume();
    if (how == wait_end::completed) {
      model::require(result.get() == 7, "its result is not seen");
    }
    model::require(times++ == 0, "resumed twice");
    awaiter.reset();
    core->release_handle();
  }
  void complete() {
    result.set(7);
    core->complete(7);
    core->release_handle();
  }
  void expire() { pass(1'000'000'000); }

  plain_core<int>* core = frame_new<plain_core<int>>();
  stub_provider others;
  weft::time_provider* provider = nullptr;
  std::stop_source stop;
  std::stop_token token;
  std::optional<end_awaiter> awaiter;
  model::plain<int> prepared{0};
  model::plain<int> result{0};
  wait_end how = wait_end::none;
  int times = 0;
};

void resumed_once(shared& s) {
  model::require(s.times == 1, "never resumed");
}
/// All that was made is freed: the core and the race.
void resumed_and_freed(shared& s) {
  resumed_once(s);
  model::require(stub_memory::freed().size() == 2, "something was not freed");
}

constexpr std::int64_t for_ever = -1;
constexpr std::int64_t soon = 1'000'000;

model::result completed(const model::options& chosen) {
  return model::explore<shared>(
      chosen, {[](shared& s) { s.wait(for_ever, true); }, [](shared& s) { s.complete(); }},
      [](shared& s) {
        resumed_and_freed(s);
        model::require(s.how == wait_end::completed, "ended by nobody");
      });
}

model::result against_a_timer(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) { s.wait(soon, false); },
                                 [](shared& s) { s.complete(); }, [](shared& s) { s.expire(); }},
                                [](shared& s) {
                                  s.expire();
                                  resumed_and_freed(s);
                                });
}

model::result against_a_stop(const model::options& chosen) {
  return model::explore<shared>(
      chosen,
      {[](shared& s) { s.wait(for_ever, true); }, [](shared& s) { s.complete(); },
       [](shared& s) { s.stop.request_stop(); }},
      resumed_and_freed);
}

model::result timed_out_or_stopped(const model::options& chosen) {
  return model::explore<shared>(
      chosen,
      {[](shared& s) { s.wait(soon, true); }, [](shared& s) { s.expire(); },
       [](shared& s) { s.stop.request_stop(); }},
      [](shared& s) {
        resumed_once(s);
        model::require(s.how != wait_end::completed, "it has not ended");
        s.complete();
        model::require(stub_memory::freed().size() == 2, "something was not freed");
      });
}

/// A time-out by somebody else's clock, whose timer the winner gives back.
model::result by_another_clock(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   s.provider = &s.others;
                                   s.wait(soon, false);
                                 },
                                 [](shared& s) { s.others.stub_fire(); }},
                                [](shared& s) {
                                  s.others.stub_fire();
                                  resumed_once(s);
                                  model::require(s.how == wait_end::timed_out, "it has not ended");
                                  s.complete();
                                });
}

model::result against_another_clock(const model::options& chosen) {
  return model::explore<shared>(
      chosen,
      {[](shared& s) {
         s.provider = &s.others;
         s.wait(soon, false);
       },
       [](shared& s) { s.complete(); }, [](shared& s) { s.others.stub_fire(); }},
      resumed_once);
}

TEST(wait_async_model, needs_each_order) {
  model::expect_all_killed(
      "wait_async", {"end_race"},
      {{"completed", &completed, {.preemptions = 3, .stale_reads = 1}},
       {"against a timer", &against_a_timer, {.preemptions = 1, .stale_reads = 1}},
       {"against a stop", &against_a_stop, {.preemptions = 2, .stale_reads = 1}},
       {"by another clock", &by_another_clock, {.preemptions = 2, .stale_reads = 1}},
       {"against another clock", &against_another_clock, {.preemptions = 2, .stale_reads = 1}},
       {"timed out or stopped", &timed_out_or_stopped, {.preemptions = 1, .stale_reads = 1}}});
}

}  // namespace
