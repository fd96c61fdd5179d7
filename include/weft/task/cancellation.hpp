#pragma once
/// `cancellation_source`: asks for cancellation, now, later, or when another does.

#include <weft/base/error.hpp>
#include <weft/base/time_span.hpp>
#include <weft/base/work.hpp>
#include <weft/task/task.hpp>

#include <chrono>
#include <memory>
#include <stop_token>

namespace weft {

namespace detail {
class cancellation_state;
}

/// A callback of `cancellation_source::on_cancel`. Destroying it takes the callback back; when the
/// callback is running on another thread, that waits for its end; inside the callback itself it
/// does not.
class [[nodiscard]] cancellation_registration {
 public:
  cancellation_registration() noexcept = default;
  cancellation_registration(std::shared_ptr<detail::cancellation_state> state,
                            std::uint64_t id) noexcept;
  cancellation_registration(cancellation_registration&& other) noexcept;
  cancellation_registration& operator=(cancellation_registration&& other) noexcept;
  ~cancellation_registration();
  void reset() noexcept;

 private:
  std::shared_ptr<detail::cancellation_state> state_;
  std::uint64_t id_ = 0;
};

/// The asking side of cancellation. Its token is a `std::stop_token`.
/// **Thread-safety**: all members but move and destruction from any thread.
/// **Source**: System.Threading.CancellationTokenSource. Differs: tokens handed out before
/// `try_reset` stay with the old state; linking is a member.
class cancellation_source {
 public:
  cancellation_source();
  /// Cancels after that time; at once when it is zero. **Throws** `std::invalid_argument` when it
  /// is negative.
  explicit cancellation_source(time_span after);
  cancellation_source(cancellation_source&&) noexcept;
  cancellation_source& operator=(cancellation_source&&) noexcept;
  ~cancellation_source();

  [[nodiscard]] std::stop_token token() const;
  [[nodiscard]] bool is_cancellation_requested() const noexcept;
  /// Requests cancellation; callbacks run here, last in, first out. Silent the second time.
  /// **Throws** `aggregate_exception` of what the callbacks threw, after all of them have run; a
  /// linked source adds an aggregate of its own.
  void cancel();
  /// The same with the callbacks on the pool; the token is requested when it returns.
  [[nodiscard]] task<> cancel_async();
  /// Cancels after that time, instead of an earlier time-out that is still to come;
  /// `weft::infinite` takes it back.
  void cancel_after(time_span after);
  /// Cancels when `token` is requested; at once if it has been.
  void link(std::stop_token token);
  /// Calls `f` at cancellation; at once, here, when it has been requested.
  [[nodiscard]] cancellation_registration on_cancel(work f);
  /// Makes it usable again, unless cancellation has been requested (false). Takes a time-out back.
  [[nodiscard]] bool try_reset();

 private:
  std::shared_ptr<detail::cancellation_state> state_;
};

}  // namespace weft
