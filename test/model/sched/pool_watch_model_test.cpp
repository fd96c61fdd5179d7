// What the monitor is asked to look at (src/sched/README.md, "The driver") under the model checker:
// it is looked at, however late who asks comes.
//
// monitor.cpp starts threads and sleeps by the clock, so what stands here is an extract: watch,
// unwatch, look_at_watched, is_watching, wake_monitor and the going to sleep of monitor_main, line
// by line where atomics and `lock_` are concerned. Change it with them. One place of many, and
// locks without cost.

#include "model/mutants.hpp"

#include <cstdint>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_pool_watch
#include <weft/base/atomic.hpp>

#include "stub_lock.hpp"

namespace weft::detail {

/// `watch` and the monitor. A lock guards `wake_monitor` and the monitor's falling asleep.
struct monitored {
  void wake_monitor() {
    if (monitor_word_.load(std::memory_order_relaxed) != 0) {
      return;
    }
    {
      const lock_guard guard(lock_);
      if (monitor_word_.load(std::memory_order_relaxed) != 0) {
        return;
      }
      monitor_word_.store(1, std::memory_order_relaxed);
    }
    futex_wake_one(monitor_word_);
  }
  bool watch(std::uintptr_t what) {
    std::uintptr_t free = 0;
    if (!place_.compare_exchange_strong(free, what, std::memory_order_seq_cst,
                                        std::memory_order_relaxed)) {
      return false;
    }
    if (monitor_word_.load(std::memory_order_seq_cst) == 0) {
      wake_monitor();
    }
    return true;
  }
  void unwatch(std::uintptr_t what) {
    std::uintptr_t mine = what;
    while (!place_.compare_exchange_weak(mine, 0, std::memory_order_acquire,
                                         std::memory_order_relaxed)) {
      mine = what;
      cpu_relax();
    }
  }
  bool is_watching() { return place_.load(std::memory_order_seq_cst) != 0; }
  void look_at_watched() {
    std::uintptr_t what = place_.load(std::memory_order_relaxed);
    if (what == 0) {
      return;
    }
    if (place_.compare_exchange_strong(what, 1, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
      model::require(watched_.get() == 7, "what is watched is not seen");
      stub_looked();
      place_.store(what, std::memory_order_release);
    }
  }
  void stub_looked() {
    looks_.store(1, std::memory_order_relaxed);
    futex_wake_one(looks_);
  }
  void monitor_main() {
    for (;;) {
      if (monitor_word_.load(std::memory_order_relaxed) == 0) {
        futex_wait(monitor_word_, 0);
        continue;
      }
      look_at_watched();
      if (looks_.load(std::memory_order_relaxed) != 0) {
        return;
      }
      const lock_guard guard(lock_);
      std::uint32_t awake = 1;
      if (monitor_word_.compare_exchange_strong(awake, 0, std::memory_order_seq_cst,
                                                std::memory_order_relaxed) &&
          is_watching()) {
        std::uint32_t asleep = 0;
        monitor_word_.compare_exchange_strong(asleep, 1, std::memory_order_relaxed,
                                              std::memory_order_relaxed);
      }
    }
  }

  atomic<std::uint32_t> monitor_word_{1};
  atomic<std::uintptr_t> place_{0};
  stub_lock lock_;
  model::plain<int> watched_{0};
  atomic<std::uint32_t> looks_{0};
};

}  // namespace weft::detail

namespace {

using weft::detail::monitored;

/// Who asks to be watched is looked at, however late it comes; and is not looked at afterwards.
model::result watched(const model::options& chosen) {
  return model::explore<monitored>(chosen,
                                   {[](monitored& s) { s.monitor_main(); },
                                    [](monitored& s) {
                                      s.watched_.set(7);
                                      if (s.watch(64)) {
                                        while (s.looks_.load(std::memory_order_relaxed) == 0) {
                                          weft::detail::futex_wait(s.looks_, 0);
                                        }
                                        s.unwatch(64);
                                        s.watched_.set(8);
                                      }
                                    }},
                                   [](monitored&) {});
}

TEST(pool_watch_model, needs_each_order) {
  model::expect_all_killed("pool_watch", {"monitored::"},
                           {{"watched", &watched, {.preemptions = 2, .stale_reads = 2}}});
}

}  // namespace
