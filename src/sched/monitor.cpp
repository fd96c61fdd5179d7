/// The monitor: a thread that sleeps while the pool is idle and else looks now and then (1) whether
/// the driver has been left alone, and sends a parked (or new) worker to it; (2) whether work waits
/// although a slot is idle: a fork queues its children without a fence, and a worker that went to
/// sleep at that very moment may have missed them.

#include "pool.hpp"

#include <system_error>
#include <thread>

#include <pthread.h>

namespace weft::detail {
namespace {

/// Between two looks while nobody waits in the driver, and while somebody does.
constexpr std::int64_t look_ns = 1'000'000;
constexpr std::int64_t covered_look_ns = 5'000'000;
/// Stays awake for so many looks while all slots are idle, so that a server does not wake it for
/// every request.
constexpr int quiet_looks = 20;

}  // namespace

void pool::wake_monitor() noexcept {
  if (driver_ == nullptr) {
    return;
  }
  // order: relaxed; when it is awake already it will look; a look that is missed is made up by the
  // next call.
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
  bool covered = false;
  for (;;) {
    // order: acquire; pairs with release in wake_monitor and shutdown.
    const std::uint32_t word = monitor_word_.load(std::memory_order_acquire);
    if (word == 2) {
      return;
    }
    if (word == 0) {
      futex_wait(monitor_word_, 0);
      quiet = uncovered = 0;
      continue;
    }
    futex_wait(monitor_word_, 1, covered ? covered_look_ns : look_ns);
    bool alone = false;
    {
      lock_guard guard(lock_);
      covered = driving_ != nullptr;
      // Somebody who has looked since the last time will look again: only a driver left alone
      // counts.
      alone = !covered && threads_ > 0 && drive_epoch_ == seen_epoch;
      seen_epoch = drive_epoch_;
      // order: relaxed; under the lock, under which slots change hands.
      const bool idle = idle_slots_.load(std::memory_order_relaxed) == size();
      quiet = idle && !alone ? quiet + 1 : 0;
      if (quiet >= quiet_looks) {
        std::uint32_t awake = 1;
        // order: relaxed; going to sleep publishes nothing. Under the lock: wake_monitor cannot
        // come in between.
        monitor_word_.compare_exchange_strong(awake, 0, std::memory_order_relaxed,
                                              std::memory_order_relaxed);
      }
    }
    uncovered = alone ? uncovered + 1 : 0;
    if (uncovered >= 2) {
      uncovered = 0;
      cover_driver();
    }
    // order: relaxed; a look that comes too early is made up by the next one.
    if (idle_slots_.load(std::memory_order_relaxed) > 0 && has_work()) {
      wake_one();
    }
  }
}

}  // namespace weft::detail
