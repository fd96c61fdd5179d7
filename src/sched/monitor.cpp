/// The monitor: a thread that sleeps while the pool is idle and else looks now and then (1) whether
/// the driver has been left alone, and sends a parked (or new) worker to it; (2) whether work waits
/// although a slot is idle: a fork queues its children without a fence, and a worker that went to
/// sleep at that very moment may have missed them; (3) what asked to be watched; (4) whether
/// workers block without saying so while work waits.

#include <weft/task/thread_state.hpp>

#include "pool.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

namespace weft::detail {
namespace {

/// Between two looks while nobody waits in the driver, and while somebody does.
constexpr std::int64_t look_ns = 1'000'000;
constexpr std::int64_t covered_look_ns = 5'000'000;
/// Stays awake for so many looks while all slots are idle, so that a server does not wake it for
/// every request.
constexpr int quiet_looks = 20;
constexpr std::uintptr_t being_looked_at = 1;
/// Between two looks for workers that block without saying so, while work waits.
constexpr std::int64_t starvation_period_ns = 4'000'000;
/// A thread that sleeps at two looks and has computed for less than this part of the time between
/// them is blocked.
constexpr std::int64_t blocked_part = 20;

/// Is the thread asleep right now (in a system call, on a lock, on a page)? One that is runnable,
/// on a processor or waiting for one, is not.
bool is_asleep(int thread) noexcept {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return false;
  }
  char text[128];
  const ssize_t n = ::read(file, text, sizeof text - 1);
  ::close(file);
  if (n <= 0) {
    return false;
  }
  text[n] = '\0';
  // "tid (name) S …": the name, of 15 bytes at most, may hold anything.
  const char* end = std::strrchr(text, ')');
  return end != nullptr && end[1] == ' ' && (end[2] == 'S' || end[2] == 'D');
}

/// What the thread has computed; below 0: it cannot be told.
std::int64_t cpu_time_ns(int thread) noexcept {
  // The kernel's encoding of a thread's clock, as pthread_getcpuclockid makes it.
  const auto clock = static_cast<clockid_t>((~static_cast<unsigned>(thread) << 3) | 6U);
  timespec time{};
  return ::clock_gettime(clock, &time) == 0
             ? std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec
             : -1;
}

/// Has it slept since the last look?
bool is_blocked(int thread, thread_look& last) noexcept {
  const thread_look before = std::exchange(last, thread_look{});
  const std::int64_t now = monotonic_ns();
  const std::int64_t computed = cpu_time_ns(thread);
  if (computed < 0 || !is_asleep(thread)) {
    return false;
  }
  last = {now, computed};
  return before.at_ns != 0 && computed - before.cpu_ns <= (now - before.at_ns) / blocked_part;
}

}  // namespace

void pool::wake_monitor() noexcept {
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
    // order: relaxed; publishes nothing: what the monitor looks at has orders or locks of its own.
    monitor_word_.store(1, std::memory_order_relaxed);
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

pool::watch_place& pool::place_of_this_thread() noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(&this_thread());
  return watched_[((address >> 6) * 0x9E3779B97F4A7C15U >> 40) % watch_places];
}

bool pool::watch(watched& what) noexcept {
  std::uintptr_t free = 0;
  // order: seq_cst; store→load pair with monitor_main: this word, then the monitor's, against its
  // going to sleep and its last look here. Publishes what is watched.
  if (!place_of_this_thread().word.compare_exchange_strong(
          free, reinterpret_cast<std::uintptr_t>(&what), std::memory_order_seq_cst,
          std::memory_order_relaxed)) {
    return false;
  }
  // order: seq_cst; see above.
  if (monitor_word_.load(std::memory_order_seq_cst) == 0) [[unlikely]] {
    wake_monitor();
  }
  return true;
}

void pool::unwatch(watched& what) noexcept {
  atomic<std::uintptr_t>& word = place_of_this_thread().word;
  auto mine = reinterpret_cast<std::uintptr_t>(&what);
  // order: acquire; pairs with release in look_at_watched: a look is over before what it saw goes.
  while (
      !word.compare_exchange_weak(mine, 0, std::memory_order_acquire, std::memory_order_relaxed)) {
    mine = reinterpret_cast<std::uintptr_t>(&what);
    cpu_relax();
  }
}

bool pool::is_watching() const noexcept {
  for (const watch_place& place : watched_) {
    // order: seq_cst; store→load pair with watch, see there.
    if (place.word.load(std::memory_order_seq_cst) != 0) {
      return true;
    }
  }
  return false;
}

/// True when there was anything to look at.
bool pool::look_at_watched() noexcept {
  bool any = false;
  for (watch_place& place : watched_) {
    // order: relaxed; the exchange below counts.
    std::uintptr_t what = place.word.load(std::memory_order_relaxed);
    if (what == 0) {
      continue;
    }
    any = true;
    // order: acquire; pairs with seq_cst in watch. What is watched is seen.
    if (place.word.compare_exchange_strong(what, being_looked_at, std::memory_order_acquire,
                                           std::memory_order_relaxed)) {
      auto* seen = reinterpret_cast<watched*>(what);
      seen->look(seen);
      // order: release; pairs with acq_rel in unwatch.
      place.word.store(what, std::memory_order_release);
    }
  }
  return any;
}

/// Work waits, no slot is idle, and those that hold them do not compute: they block without saying
/// so. Their slots stay theirs (only they may use their deques' ends); spare workers run without.
void pool::look_for_starvation() noexcept {
  // order: relaxed; hints: a look that is in vain is repeated.
  const bool next_waits = std::any_of(slots_.begin(), slots_.end(), [](const auto& s) {
    return s->next.load(std::memory_order_relaxed) != nullptr;  // order: relaxed; as above
  });
  if (idle_slots_.load(std::memory_order_relaxed) > 0 || (!has_work() && !next_waits)) {
    // order: relaxed; read under the lock by spares, which correct themselves at the next look.
    stuck_.store(0, std::memory_order_relaxed);
    return;
  }
  std::int32_t stuck = 0;
  bool wanted = false;
  {
    // Under the lock no worker ends, so that its number is its own; a look takes some microseconds.
    lock_guard guard(lock_);
    for (worker* w : all_) {
      const bool in_a_job = (w->held != nullptr || w->is_spare) && !w->parked && w->thread != 0;
      if (!in_a_job) {
        w->last_look = {};
      } else if (is_blocked(w->thread, w->last_look)) {
        ++stuck;
      }
    }
    wanted = spares_ < stuck;
  }
  // order: relaxed; as above.
  stuck_.store(stuck, std::memory_order_relaxed);
  if (!wanted) {
    return;
  }
  for (std::int32_t i = 0; i < stuck; ++i) {
    add_spare();
  }
}

void pool::add_spare() noexcept {
  worker* woken = nullptr;
  {
    lock_guard guard(lock_);
    // order: relaxed; written by this thread.
    if (spares_ >= stuck_.load(std::memory_order_relaxed)) {
      return;
    }
    woken = pop_parked();
    if (woken != nullptr) {
      woken->is_spare = true;
      ++spares_;
    } else if (threads_ < max_threads_) {
      start_thread(nullptr, false, true);
    }
  }
  if (woken != nullptr) {
    signal(*woken, worker::spare);
  }
}

void pool::monitor_main() noexcept {
  pthread_setname_np(pthread_self(), "weft-monitor");
  int quiet = 0;
  int uncovered = 0;
  std::uint64_t seen_epoch = 0;
  bool covered = false;
  bool watching = false;
  std::int64_t starvation_look_ns = 0;
  for (;;) {
    // order: relaxed; only the value counts, see wake_monitor.
    const std::uint32_t word = monitor_word_.load(std::memory_order_relaxed);
    if (word == 2) {
      return;
    }
    if (word == 0) {
      futex_wait(monitor_word_, 0);
      quiet = uncovered = 0;
      continue;
    }
    futex_wait(monitor_word_, 1, covered && !watching ? covered_look_ns : look_ns);
    watching = look_at_watched();
    bool alone = false;
    {
      lock_guard guard(lock_);
      covered = driving_ != nullptr || driver_ == nullptr;
      // Somebody who has looked since the last time will look again: only a driver left alone
      // counts.
      alone = !covered && threads_ > 0 && drive_epoch_ == seen_epoch;
      seen_epoch = drive_epoch_;
      // order: relaxed; under the lock, under which slots change hands.
      const bool idle = idle_slots_.load(std::memory_order_relaxed) == size();
      quiet = idle && !alone ? quiet + 1 : 0;
      if (quiet >= quiet_looks) {
        std::uint32_t awake = 1;
        // order: seq_cst; store→load pair with watch: asleep, then a last look at what is watched.
        // Under the lock: wake_monitor cannot come in between.
        if (monitor_word_.compare_exchange_strong(awake, 0, std::memory_order_seq_cst,
                                                  std::memory_order_relaxed)) {
          ask_sleeper();
          if (is_watching()) {
            std::uint32_t asleep = 0;  // unless it has been told to leave meanwhile
            // order: relaxed; this thread reads it next.
            monitor_word_.compare_exchange_strong(asleep, 1, std::memory_order_relaxed,
                                                  std::memory_order_relaxed);
          }
        }
      }
    }
    const std::int64_t now = monotonic_ns();
    if (now - starvation_look_ns >= starvation_period_ns) {
      starvation_look_ns = now;
      look_for_starvation();
    }
    uncovered = alone ? uncovered + 1 : 0;
    if (uncovered >= 2) {
      uncovered = 0;
      cover_driver();
    }
    // order: relaxed; a look that comes too early is made up by the next one.
    const bool stuck = has_stuck_next();
    if (idle_slots_.load(std::memory_order_relaxed) > 0 && (stuck || has_work())) {
      wake_one(stuck);
    }
  }
}

// Has a worker been running the same job since the last look, with something to run next?
bool pool::has_stuck_next() noexcept {
  bool stuck = false;
  for (const auto& s : slots_) {
    // order: relaxed, both; a value to compare, and a look.
    const std::uint32_t tick = s->tick.load(std::memory_order_relaxed);
    stuck |= std::exchange(s->tick_seen, tick) == tick &&
             s->next.load(std::memory_order_relaxed) != nullptr;  // order: relaxed; as above
  }
  return stuck;
}

}  // namespace weft::detail
