/// The monitor: a thread that sleeps while the pool is idle or somebody waits in the driver, and else looks once a
/// millisecond whether the driver has been left alone, and sends a parked (or new) worker to it.

#include "pool.hpp"

#include <system_error>
#include <thread>

#include <pthread.h>

namespace weft::detail {
namespace {

constexpr std::int64_t look_ns = 1'000'000;
/// Stays awake for so many looks without anything to do, so that a busy server does not wake it for every request.
constexpr int quiet_looks = 50;

}  // namespace

void pool::need_cover() noexcept {
  if (driver_ == nullptr) {
    return;
  }
  // order: relaxed; when it is awake already it will look; a look that is missed is made up by the next call.
  if (monitor_word_.load(std::memory_order_relaxed) != 0) {
    return;
  }
  {
    lock_guard guard(lock_);
    // order: relaxed; under the lock: only one wakes it.
    if (monitor_word_.load(std::memory_order_relaxed) != 0) {
      return;
    }
    // order: release; pairs with acquire in monitor_main.
    monitor_word_.store(1, std::memory_order_release);
    if (!monitor_started_) {
      // order: relaxed; the thread's start publishes it.
      live_.fetch_add(1, std::memory_order_relaxed);
      try {
        std::thread(&pool_thread::monitor, this).detach();
        monitor_started_ = true;
      } catch (const std::system_error&) {  // no threads: busy workers still poll by themselves
        // order: relaxed; as above.
        live_.fetch_sub(1, std::memory_order_relaxed);
      }
      return;
    }
  }
  futex_wake_one(monitor_word_);
}

void pool::monitor_main() noexcept {
  pthread_setname_np(pthread_self(), "weft-monitor");
  int quiet = 0;
  int uncovered = 0;
  std::uint64_t seen_epoch = 0;
  for (;;) {
    // order: acquire; pairs with release in need_cover and shutdown.
    const std::uint32_t word = monitor_word_.load(std::memory_order_acquire);
    if (word == 2) {
      return;
    }
    if (word == 0) {
      futex_wait(monitor_word_, 0);
      quiet = uncovered = 0;
      continue;
    }
    futex_wait(monitor_word_, 1, look_ns);
    bool alone = false;
    {
      lock_guard guard(lock_);
      // Somebody who has looked since the last time will look again: only a driver left alone counts.
      alone = driving_ == nullptr && threads_ > 0 && drive_epoch_ == seen_epoch;
      seen_epoch = drive_epoch_;
      if (!alone && ++quiet >= quiet_looks) {
        std::uint32_t awake = 1;
        // order: relaxed; going to sleep publishes nothing. Under the lock: need_cover cannot come in between.
        monitor_word_.compare_exchange_strong(awake, 0, std::memory_order_relaxed,
                                              std::memory_order_relaxed);
      }
    }
    if (!alone) {
      uncovered = 0;
      continue;
    }
    quiet = 0;
    if (++uncovered >= 2) {
      uncovered = 0;
      cover_driver();
    }
  }
}

}  // namespace weft::detail
