// Timers that an owner takes back while they fire, under the model checker: those of the system's
// clock, and that of cancel_after. Each is freed once, after the last look of both sides.

#include "model/mutants.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <list>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_system_timer
#include "base/assert.cpp"
#include "base/brief_lock.cpp"
#include "base/error.cpp"
#include "base/lock.cpp"
#include "model/context_stubs.hpp"
#include "model/task/stub_timers.hpp"
#include "model/task_stubs.hpp"
#include "task/cancellation_state.cpp"
#include "task/core.cpp"
#include "time/delay.cpp"
#include "time/time_provider.cpp"
#include "time/timer_service.cpp"
#include "time/timer_wheel.cpp"

namespace {

using namespace weft::detail;  // NOLINT
using namespace std::chrono_literals;

struct shared : stub_default_timers {
  explicit shared(std::chrono::nanoseconds period = weft::infinite)
      : made(weft::system_time().create_timer([this] { ++calls; }, 1ms, period)),
        block(dynamic_cast<void*>(made.get())) {}
  void fire() { pass(10'000'000); }
  void expect(int most) {
    model::require(calls <= most, "called more often than it fired");
    model::require(stub_memory::freed().contains(block), "the timer was not freed");
  }

  int calls = 0;
  std::unique_ptr<weft::timer> made;
  void* block;
};

model::result deleted_while_it_fires(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) { s.made.reset(); }, [](shared& s) { s.fire(); }},
                                [](shared& s) { s.expect(1); });
}
model::result deleted_while_it_ticks(const model::options& chosen) {
  struct state : shared {
    state() : shared(5ms) {}
  };
  return model::explore<state>(chosen,
                               {[](state& s) { s.made.reset(); },
                                [](state& s) {
                                  s.fire();
                                  s.fire();
                                }},
                               [](state& s) {
                                 s.fire();  // what was armed again meanwhile finds that it is over
                                 s.expect(2);
                                 model::require(s.timers.size() == 0, "armed after its end");
                               });
}

/// The time-out of a source of cancellation.
struct with_time_out : stub_default_timers {
  with_time_out() { source->set_timer(std::make_unique<cancel_timer>(source, 1ms)); }

  std::shared_ptr<cancellation_state> source = std::make_shared<cancellation_state>();
};

model::result time_out_taken_back(const model::options& chosen) {
  return model::explore<with_time_out>(
      chosen,
      {[](with_time_out& s) { s.source->set_timer(nullptr); },
       [](with_time_out& s) { s.pass(10'000'000); }},
      [](with_time_out& s) {
        model::require(s.timers.size() == 0, "still armed");
        model::require(stub_memory::freed().size() == (s.source->requested() ? 2U : 1U),
                       "the timer was not freed");
      });
}

TEST(system_timer_model, needs_each_order) {
  model::expect_all_killed(
      "system_timer", {"system_timer", "cancel_timer"},
      {{"deleted while it fires", &deleted_while_it_fires, {.preemptions = 2, .stale_reads = 1}},
       {"deleted while it ticks", &deleted_while_it_ticks, {.preemptions = 2, .stale_reads = 1}},
       {"time-out taken back", &time_out_taken_back, {.preemptions = 2, .stale_reads = 1}}});
}

}  // namespace
