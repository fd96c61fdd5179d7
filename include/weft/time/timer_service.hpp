#pragma once
/// `timer_service`: a timer wheel that threads share, advanced by whoever waits in the idle driver.

#include <weft/base/atomic.hpp>
#include <weft/base/brief_lock.hpp>
#include <weft/time/timer_wheel.hpp>

#include <cstdint>

namespace weft::detail {

/// Monotonic time in ns, the clock of all timers; in a simulation its virtual one.
[[nodiscard]] std::int64_t monotonic_ns() noexcept;

/// **Thread-safety**: all members.
class timer_service {
 public:
  /// `changed` is called, outside the lock, when the earliest due time came nearer than what
  /// `next_due` said last: the waiting thread must be woken to look again.
  /// `tick_shift`: of the wheel.
  explicit timer_service(void (*changed)(void*) noexcept, void* context,
                         unsigned tick_shift = timer_wheel::tick_shift) noexcept;
  timer_service(const timer_service&) = delete;
  timer_service& operator=(const timer_service&) = delete;

  /// Arms `node`. Pre: not armed.
  /// **Cost**: an uncontended lock, O(1).
  void add(timer_node& node, std::int64_t due_ns) noexcept;
  /// Takes it back. False: it has fired, or is firing on another thread right now.
  [[nodiscard]] bool cancel(timer_node& node) noexcept;

  /// Fires what is due. By the thread that owns the idle driver.
  void expire(job_list& ready) noexcept;
  /// How long to wait until the next `expire`, in ns from now; below 0: without limit. By the same
  /// thread, before it waits.
  [[nodiscard]] std::int64_t wait_ns() noexcept;
  /// Is anything due? **Cost**: a relaxed load and, when there are timers, a clock read.
  [[nodiscard]] bool has_due() noexcept;
  [[nodiscard]] std::size_t size() noexcept;
  /// How many there are, and how often one was armed, taken back or fired until now.
  struct tally {
    std::size_t armed;
    std::uint64_t changes;
  };
  [[nodiscard]] tally count() noexcept;

 private:
  static constexpr std::int64_t fired =
      INT64_MIN;  // due_ns of a node that has left the wheel to fire

  void (*changed_)(void*) noexcept;
  void* context_;
  brief_lock lock_;
  timer_wheel wheel_;          // guarded by lock_
  std::int64_t announced_ns_;  // guarded by lock_: nobody needs waking for anything later
  std::uint64_t changes_ = 0;  // guarded by lock_
  // Copy of the wheel's next due time, so that a busy worker's look costs one load.
  atomic<std::int64_t> next_ns_{timer_wheel::never};
};

}  // namespace weft::detail
