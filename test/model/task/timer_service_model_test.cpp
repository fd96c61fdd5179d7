// Timers that one thread adds or takes back while another advances the wheel and sleeps, under the
// model checker: no timer is slept through, none fires twice, and none after it was taken back.

#include "model/mutants.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_timers
#include <weft/time/timer_service.hpp>

#include "base/assert.cpp"
#include "base/brief_lock.cpp"
#include "model/stub_clock.hpp"
#include "time/timer_service.cpp"
#include "time/timer_wheel.cpp"

namespace {

constexpr std::int64_t tick = std::int64_t{1} << 17;  // of the wheel, in ns

using weft::detail::atomic;
using weft::detail::job_list;
using weft::detail::stub_now;
using weft::detail::timer_node;
using weft::detail::timer_service;

struct timer : timer_node {
  timer() { fire = &fired; }
  static void fired(timer_node* node, job_list&) noexcept {
    auto* self = static_cast<timer*>(node);
    model::require(self->owned.get() == 1, "fired, though nobody had set it or it was taken back");
    model::require(self->times++ == 0, "fired twice");
  }
  model::plain<int> owned{0};  // 1: set; 2: its owner has it back
  int times = 0;
  int taken_back = 0;
};

/// As the reactor and the pool are: `changed` makes the next wait, or the present one, end.
struct shared {
  static void changed(void* context) noexcept {
    auto& self = *static_cast<shared*>(context);
    self.stub_wake();
  }
  void stub_wake() {
    woken.exchange(1, std::memory_order_release);  // as the kernel, which orders what it is told
    weft::detail::futex_wake_one(woken);
  }

  void add(int i, std::int64_t ticks) {
    timers[i].owned.set(1);
    service.add(timers[i], stub_now + ticks * tick);
  }
  void cancel(int i) {
    if (service.cancel(timers[i])) {
      timers[i].owned.set(2);
      ++timers[i].taken_back;
      stub_wake();  // who drives may sleep since it has seen it gone
    }
  }
  /// One look of whoever waits in the driver: until a timer is due, or until it is woken.
  void stub_drive() {
    const std::int64_t wait = service.wait_ns();
    if (wait < 0) {
      weft::detail::futex_wait(woken, 0);
    } else if (woken.load(std::memory_order_acquire) == 0) {
      stub_now += wait;
    }
    woken.store(0, std::memory_order_relaxed);
    job_list ready;
    service.expire(ready);
  }
  [[nodiscard]] bool through(int i) const { return timers[i].times + timers[i].taken_back == 1; }
  /// Until these timers are through.
  void drive(int count) {
    for (int looks = 0; looks < 8; ++looks) {
      bool all = true;
      for (int i = 0; i < count; ++i) {
        all = all && timers[i].times + timers[i].taken_back == 1;
      }
      if (all) {
        return;
      }
      stub_drive();
    }
  }

  const std::int64_t began = stub_now = 1000 * tick;  // before the service looks at the clock
  atomic<std::uint32_t> woken{0};
  timer timers[2];
  timer_service service{&changed, this};
};

void one_through(shared& s) {
  model::require(s.through(0), "a timer was slept through");
}
void both_through(shared& s) {
  model::require(s.through(0) && s.through(1), "a timer was slept through");
}

model::result added_while_asleep(const model::options& chosen) {
  return model::explore<shared>(
      chosen, {[](shared& s) { s.drive(1); }, [](shared& s) { s.add(0, 3); }}, one_through);
}

model::result an_earlier_one_is_added(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) { s.drive(2); }, [](shared& s) { s.add(0, 500); },
                                 [](shared& s) { s.add(1, 2); }},
                                both_through);
}

model::result taken_back(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) { s.drive(2); },
                                 [](shared& s) {
                                   s.add(0, 2);
                                   s.add(1, 3);
                                   s.cancel(0);
                                 }},
                                both_through);
}

TEST(timer_service_model, needs_each_order) {
  model::expect_all_killed(
      "timer_service", {"timer_service", "brief_lock::release"},
      {{"added while asleep", &added_while_asleep, {.preemptions = 2, .stale_reads = 2}},
       {"an earlier one is added", &an_earlier_one_is_added, {.preemptions = 1, .stale_reads = 1}},
       {"taken back", &taken_back, {.preemptions = 2, .stale_reads = 1}}});
}

}  // namespace
