#pragma once
/// `async_semaphore`: permits that coroutines wait for without a thread.

#include <weft/base/any_integer.hpp>
#include <weft/base/time_span.hpp>
#include <weft/sync/waiter.hpp>

#include <chrono>
#include <source_location>

namespace weft {

/// First come, first served. **Thread-safety**: all members but the destructor.
/// **Lifetime**: destroying it with waiters is a programmer error, reported with their places
/// (`WEFT_ASSERT`).
/// **Cost**: `acquire` with a permit at hand is a short lock and no allocation; waiting takes one
/// pooled object.
/// **Source**: System.Threading.SemaphoreSlim (WaitAsync, Release).
class async_semaphore {
 public:
  static constexpr std::size_t no_maximum = static_cast<std::size_t>(-1);

  /// **Throws** `std::invalid_argument` when `initial` is negative or above `maximum`, or `maximum`
  /// is below 1.
  explicit async_semaphore(detail::any_integer initial, detail::any_integer maximum = no_maximum);
  async_semaphore(const async_semaphore&) = delete;
  async_semaphore& operator=(const async_semaphore&) = delete;
  ~async_semaphore();

  /// Takes a permit, waiting for one if need be. **Cancellation**: a requested token wins over a
  /// permit at hand.
  [[nodiscard]] value_task<void> acquire(
      std::stop_token stop = {}, std::source_location place = std::source_location::current());
  /// The same, for `limit` at most: false when that passed first.
  [[nodiscard]] task<bool> acquire_for(
      time_span limit, std::stop_token stop = {},
      std::source_location place = std::source_location::current());
  [[nodiscard]] bool try_acquire();
  /// Gives `n` permits back. Never runs an awaiter inside the call. **Returns** the count before.
  /// **Throws** `invalid_operation` when that would exceed the maximum (nothing is released then),
  /// `std::invalid_argument` when `n` is 0.
  std::size_t release(std::size_t n = 1);
  [[nodiscard]] std::size_t current_count() const;

 private:
  task<bool> acquire_within(std::chrono::nanoseconds limit, std::stop_token stop,
                            std::source_location place);

  const std::size_t maximum_;
  mutable detail::open_wait_queue queue_;
  std::size_t count_;  // guarded by queue_.guard
};

}  // namespace weft
