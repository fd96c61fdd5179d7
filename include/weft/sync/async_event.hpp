#pragma once
/// Events, latch and barrier that coroutines wait for.

#include <weft/base/any_integer.hpp>
#include <weft/base/work.hpp>
#include <weft/sync/waiter.hpp>

#include <cstddef>
#include <source_location>

namespace weft {

/// A gate: open lets everybody through until it is closed again.
/// **Thread-safety**: all members but the destructor. **Lifetime**: destroying it with waiters is a
/// programmer error, reported with their places (`WEFT_ASSERT`).
/// **Source**: ManualResetEventSlim; AsyncManualResetEvent of Nito.AsyncEx.
class manual_reset_event {
 public:
  explicit manual_reset_event(bool set = false) noexcept : set_(set) {}
  manual_reset_event(const manual_reset_event&) = delete;
  manual_reset_event& operator=(const manual_reset_event&) = delete;
  ~manual_reset_event();

  /// **Cancellation**: a requested token wins over an open gate.
  [[nodiscard]] value_task<void> wait(std::stop_token stop = {},
                                      std::source_location place = std::source_location::current());
  [[nodiscard]] bool try_wait() const noexcept { return is_set(); }
  /// Opens it; all waiters resume on the pool.
  void set();
  void reset() noexcept;
  [[nodiscard]] bool is_set() const noexcept;

 private:
  mutable detail::open_wait_queue queue_;
  bool set_;  // guarded by queue_.guard
};

/// A turnstile: each `set` lets one waiter through, now or later.
/// **Thread-safety**, **Lifetime**, **Cancellation** as `manual_reset_event`. **Source**:
/// AutoResetEvent.
class auto_reset_event {
 public:
  explicit auto_reset_event(bool set = false) noexcept : set_(set) {}
  auto_reset_event(const auto_reset_event&) = delete;
  auto_reset_event& operator=(const auto_reset_event&) = delete;
  ~auto_reset_event();

  [[nodiscard]] value_task<void> wait(std::stop_token stop = {},
                                      std::source_location place = std::source_location::current());
  [[nodiscard]] bool try_wait();
  void set();
  void reset() noexcept;
  [[nodiscard]] bool is_set() const noexcept;

 private:
  mutable detail::open_wait_queue queue_;
  bool set_;  // guarded by queue_.guard
};

/// Opens for good when it has been counted down to zero.
/// **Thread-safety**, **Lifetime**, **Cancellation** as `manual_reset_event`. **Source**:
/// CountdownEvent; std::latch.
class async_latch {
 public:
  /// **Throws** `std::invalid_argument` when `count` is negative.
  explicit async_latch(detail::any_integer count)
      : count_(count.as_count("the count of an async_latch")) {}
  async_latch(const async_latch&) = delete;
  async_latch& operator=(const async_latch&) = delete;
  ~async_latch();

  /// **Throws** `invalid_operation` when `n` is more than what is left.
  void count_down(std::size_t n = 1);
  [[nodiscard]] value_task<void> wait(std::stop_token stop = {},
                                      std::source_location place = std::source_location::current());
  [[nodiscard]] std::size_t current_count() const noexcept;
  [[nodiscard]] bool is_set() const noexcept { return current_count() == 0; }

 private:
  mutable detail::open_wait_queue queue_;
  std::size_t count_;  // guarded by queue_.guard
};

/// Lets `participants` through together, again and again. `post_phase` runs once a phase, by the
/// last to arrive, before anybody goes on. **Thread-safety**, **Lifetime** as `manual_reset_event`.
/// **Source**: System.Threading.Barrier; std::barrier.
class async_barrier {
 public:
  /// **Throws** `std::invalid_argument` when there are no participants.
  explicit async_barrier(detail::any_integer participants, work post_phase = {});
  async_barrier(const async_barrier&) = delete;
  async_barrier& operator=(const async_barrier&) = delete;
  ~async_barrier();

  /// **Throws** what `post_phase` threw, in every participant of the phase. **Cancellation**: a
  /// participant that gives up has not arrived.
  [[nodiscard]] value_task<void> arrive_and_wait(
      std::stop_token stop = {}, std::source_location place = std::source_location::current());
  [[nodiscard]] std::size_t participants() const noexcept { return participants_; }
  [[nodiscard]] std::uint64_t current_phase() const noexcept;

 private:
  const std::size_t participants_;
  work post_phase_;
  mutable detail::open_wait_queue queue_;
  std::uint64_t phase_ = 0;  // guarded by queue_.guard
};

}  // namespace weft
