#pragma once
/// `periodic_timer`: ticks that are awaited.

#include <weft/base/time_span.hpp>
#include <weft/task/value_task.hpp>
#include <weft/time/time_provider.hpp>

#include <chrono>
#include <memory>
#include <stop_token>

namespace weft {

namespace detail {
class periodic_state;
}

/// Ticks every `period`, on a grid that starts with the construction. Ticks that nobody waited for
/// become one: who comes late gets it at once, and then the next one on the grid.
/// **Thread-safety**: all members; one wait at a time. **Lifetime**: its end disposes it.
/// **Cost**: no thread; a wait that has to wait takes one pooled object.
/// **Source**: System.Threading.PeriodicTimer.
class periodic_timer {
 public:
  /// **Throws** `std::invalid_argument` unless `period` is positive or `weft::infinite`.
  explicit periodic_timer(time_span period, time_provider& provider = system_time());
  periodic_timer(const periodic_timer&) = delete;
  periodic_timer& operator=(const periodic_timer&) = delete;
  ~periodic_timer();

  /// True at the next tick, at once if there was one since the last wait; false when the timer is
  /// disposed.
  /// **Throws** `invalid_operation` at the call while another wait is pending. **Cancellation**: a
  /// requested token wins, and leaves the tick. **Completes on** the pool.
  [[nodiscard]] value_task<bool> wait_for_next_tick(std::stop_token stop = {});

  [[nodiscard]] std::chrono::nanoseconds period() const;
  /// The next tick comes one new period from now. **Throws** as the constructor; `object_disposed`.
  void set_period(time_span period);

  /// Ends the pending wait and all later ones with false. Silent the second time.
  void dispose() noexcept;

 private:
  std::shared_ptr<detail::periodic_state> state_;
};

}  // namespace weft
