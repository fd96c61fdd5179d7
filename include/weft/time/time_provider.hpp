#pragma once
/// `time_provider`: where delays and timers take their time from; tests replace it.

#include <weft/base/work.hpp>

#include <chrono>
#include <memory>

namespace weft {

using time_point = std::chrono::steady_clock::time_point;

/// Never: for due times, periods and time-outs.
inline constexpr std::chrono::nanoseconds infinite{-1};

/// A timer of a `time_provider`. Destroying it stops it; a callback in progress is not waited for.
/// **Source**: System.Threading.ITimer.
class timer {
 public:
  timer() = default;
  timer(const timer&) = delete;
  timer& operator=(const timer&) = delete;
  virtual ~timer() = default;
};

/// **Thread-safety**: all members. **Source**: System.TimeProvider, with the monotonic clock.
class time_provider {
 public:
  using work = weft::work;
  using timer = weft::timer;
  using time_point = weft::time_point;
  using duration = std::chrono::nanoseconds;

  time_provider() = default;
  time_provider(const time_provider&) = delete;
  time_provider& operator=(const time_provider&) = delete;
  virtual ~time_provider() = default;

  [[nodiscard]] virtual time_point now() = 0;
  /// Calls `callback` on the pool after `due`, and with a `period` again each time that one has
  /// passed (`infinite`: once; with a period the same closure is called many times).
  /// **Throws** `std::invalid_argument` when `due` is negative or `period` neither positive nor
  /// `infinite`.
  [[nodiscard]] virtual std::unique_ptr<timer> create_timer(work callback, duration due,
                                                            duration period) = 0;
};

/// The system's monotonic clock and the runtime's timers.
[[nodiscard]] time_provider& system_time();

}  // namespace weft
