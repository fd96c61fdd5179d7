#pragma once
/// `delay`: waits without a thread. `with_timeout`: gives work a limit.

#include <weft/base/error.hpp>
#include <weft/base/time_span.hpp>
#include <weft/task/cancellation.hpp>
#include <weft/task/completion_source.hpp>
#include <weft/task/when_all.hpp>
#include <weft/time/time_provider.hpp>

#include <chrono>
#include <stop_token>

namespace weft {

/// Ends after `time`, never early; `delay(0s)` is completed at once, `weft::infinite` never ends by
/// itself.
/// **Throws** `std::invalid_argument` at the call when `time` is negative.
/// **Completes on** a worker of the default pool.
/// **Cancellation**: ends canceled; the awaiter resumes on the pool, not inside the request.
/// **Cost**: no thread; 64 bytes and an O(1) insertion, with a token the stop callback on top.
/// **Source**: Task.Delay; differs in never being early.
[[nodiscard]] task<> delay(time_span time, std::stop_token stop = {});
/// The same by another clock.
[[nodiscard]] task<> delay(time_span time, time_provider& provider, std::stop_token stop = {});

namespace detail {

template <class F>
using limited_result = std::remove_cvref_t<await_result<std::invoke_result_t<F&, std::stop_token>>>;

[[noreturn]] void throw_timeout(std::chrono::nanoseconds limit);
void check_timeout(std::chrono::nanoseconds limit);

template <class F>
task<limited_result<F>> run_limited(F f, std::chrono::nanoseconds limit, std::stop_token stop) {
  throw_if_stopped(stop);
  cancellation_source source;
  if (stop.stop_possible()) {
    source.link(stop);
  }
  source.cancel_after(limit);
  auto work = as_task(f(source.token()));
  co_await completion_awaiter{&work.checked()};
  if (work.is_canceled() && source.is_cancellation_requested() && !stop.stop_requested()) {
    throw_timeout(limit);
  }
  co_return co_await std::move(work);
}

}  // namespace detail

/// Runs `f(token)` and asks it to stop when `limit` has passed. Waits for its end in any case.
/// **Returns** what `f` gives. **Throws** `timeout_error` when it ended canceled because of the
/// limit; `operation_canceled` when `stop` was requested; what `f` throws.
/// **Lifetime**: `f` is kept until its end.
template <class F>
  requires std::invocable<F&, std::stop_token>
[[nodiscard]] task<detail::limited_result<F>> with_timeout(F f, time_span limit,
                                                           std::stop_token stop = {}) {
  detail::check_timeout(limit);
  return detail::run_limited(std::move(f), limit, std::move(stop));
}

}  // namespace weft
