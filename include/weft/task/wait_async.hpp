#pragma once
/// `wait_async`: awaits a task, but not for ever.

#include <weft/task/run.hpp>

#include <chrono>
#include <stop_token>
#include <utility>

namespace weft {

class time_provider;

namespace detail {

class end_race;

enum class wait_end : std::uint8_t { none = 0, completed = 1, timed_out = 2, stopped = 3 };

/// Awaits the end of `core`, at most for `timeout` (-1 ns: without limit), and until `stop` asks.
/// Resumes inline on the thread that completes the core, whatever is current there; on the pool
/// else. A completed core beats a requested token, and that a time-out of zero. Pre: the core lives
/// until the coroutine resumes. Awaited by coroutines of weft's own only.
class end_awaiter {
 public:
  using weft_awaitable = void;
  end_awaiter(task_core& core, std::chrono::nanoseconds timeout, time_provider* provider,
              const std::stop_token& stop) noexcept
      : core_(&core), timeout_(timeout), provider_(provider), stop_(&stop) {}

  [[nodiscard]] bool await_ready() const noexcept {
    return core_->is_completed() || stop_->stop_requested() || timeout_.count() == 0;
  }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    const bool for_ever = timeout_.count() < 0 && !stop_->stop_possible();
    job* self = capture(handle, for_ever ? edge_to(core_) : edge_to(&what), resume_where::anywhere,
                        nullptr);
    return begin(self, *this);
  }
  [[nodiscard]] wait_end await_resume() const noexcept {
    if (end_ != wait_end::none) {
      return end_;
    }
    if (core_->is_completed()) {
      return wait_end::completed;
    }
    return stop_->stop_requested() ? wait_end::stopped : wait_end::timed_out;
  }

 private:
  friend class end_race;
  /// Defined by time. `self` may run before it returns, and `of` be gone.
  static bool begin(job* self, end_awaiter& of);
  static constexpr waitable what{"wait_async"};

  task_core* core_;
  std::chrono::nanoseconds timeout_;
  time_provider* provider_;
  const std::stop_token* stop_;  // in the awaiting coroutine
  wait_end end_ = wait_end::none;
};

/// **Throws** `std::invalid_argument` when it is negative, save -1 ns.
void check_wait_limit(std::chrono::nanoseconds timeout);
[[noreturn]] void throw_wait_timeout(std::chrono::nanoseconds timeout);

template <class T, class R>
run_coroutine<R> wait_on(task<T> antecedent, std::chrono::nanoseconds timeout,
                         time_provider* provider, std::stop_token stop) {
  task<T> own(std::move(antecedent));  // let go of before this completes
  const wait_end end = co_await end_awaiter(own.checked(), timeout, provider, stop);
  if (end == wait_end::timed_out) {
    throw_wait_timeout(timeout);
  }
  if (end == wait_end::stopped) {
    throw operation_canceled(stop);
  }
  if (own.is_faulted()) {
    throw_all_faults(own);
  }
  if constexpr (std::is_same_v<T, R>) {
    co_return take_value<T>(own.typed());
  } else {
    throw_if_failed(own.typed());
    co_return value_in<T>(own.typed());
  }
}

}  // namespace detail

template <class T>
task<std::add_lvalue_reference_t<T>> task<T>::wait_async(time_span timeout,
                                                         std::stop_token stop) & {
  detail::check_wait_limit(timeout);
  return detail::wait_on<T, std::add_lvalue_reference_t<T>>(detail::another_handle(*this), timeout,
                                                            nullptr, std::move(stop));
}
template <class T>
task<T> task<T>::wait_async(time_span timeout, std::stop_token stop) && {
  detail::check_wait_limit(timeout);
  checked();
  return detail::wait_on<T, T>(std::move(*this), timeout, nullptr, std::move(stop));
}
template <class T>
task<std::add_lvalue_reference_t<T>> task<T>::wait_async(std::stop_token stop) & {
  return wait_async(std::chrono::nanoseconds(-1), std::move(stop));
}
template <class T>
task<T> task<T>::wait_async(std::stop_token stop) && {
  return std::move(*this).wait_async(std::chrono::nanoseconds(-1), std::move(stop));
}
template <class T>
task<std::add_lvalue_reference_t<T>> task<T>::wait_async(time_span timeout, time_provider& provider,
                                                         std::stop_token stop) & {
  detail::check_wait_limit(timeout);
  return detail::wait_on<T, std::add_lvalue_reference_t<T>>(detail::another_handle(*this), timeout,
                                                            &provider, std::move(stop));
}
template <class T>
task<T> task<T>::wait_async(time_span timeout, time_provider& provider, std::stop_token stop) && {
  detail::check_wait_limit(timeout);
  checked();
  return detail::wait_on<T, T>(std::move(*this), timeout, &provider, std::move(stop));
}

}  // namespace weft
