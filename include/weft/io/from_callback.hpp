#pragma once
/// `from_callback`: a foreign API that calls back, as a task.

#include <weft/base/atomic.hpp>
#include <weft/base/frame_allocator.hpp>
#include <weft/task/completion_source.hpp>
#include <weft/task/task.hpp>

#include <concepts>
#include <exception>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace weft {

namespace detail {

[[nodiscard]] std::exception_ptr dropped_callback_error();

/// Held by the `callback` and by the coroutine that waits for it.
template <class T>
class callback_state {
 public:
  task_completion_source<T> source{
      task_completion_source_options{.run_continuations_asynchronously = true}};

  void release() noexcept {
    // order: acq_rel; pairs with itself: who frees it sees what the other has done.
    if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      frame_delete(this);
    }
  }

 private:
  atomic<int> holders_{2};
};

}  // namespace detail

/// What a foreign API is given to call back: the result of one `from_callback`. Move-only; used
/// once, or dropped, which faults the task with `invalid_operation`.
/// **Thread-safety**: from any thread, also inside the call that starts the operation; awaiters go
/// to the pool, never run inside. A signal handler is no place for it.
template <class T = void>
class callback {
 public:
  callback(callback&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  callback& operator=(callback&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
  }
  ~callback() {
    if (state_ != nullptr) {
      state_->source.try_set_exception(detail::dropped_callback_error());
      state_->release();
    }
  }

  /// Completes the task; without effect when that has been canceled meanwhile.
  /// **Throws** `invalid_operation` when this is empty: used, released or moved from.
  template <class... Value>
    requires(std::is_void_v<T> ? sizeof...(Value) == 0 : sizeof...(Value) == 1)
  void set_result(Value&&... value) {
    use([&](auto& source) { source.try_set_result(std::forward<Value>(value)...); });
  }
  void set_exception(std::exception_ptr error) {
    use([&](auto& source) { source.try_set_exception(std::move(error)); });
  }
  template <class E>
    requires std::derived_from<std::remove_cvref_t<E>, std::exception>
  void set_exception(E&& error) {
    set_exception(std::make_exception_ptr(std::forward<E>(error)));
  }
  /// The task ends canceled: what the callback of an operation that was asked to stop says.
  void set_canceled(std::stop_token stop = {}) {
    use([&](auto& source) { source.try_set_canceled(std::move(stop)); });
  }

  /// As the pointer that C APIs hand through. `from` must be called on it exactly once.
  [[nodiscard]] void* release() noexcept { return std::exchange(state_, nullptr); }
  [[nodiscard]] static callback from(void* released) noexcept {
    return callback(static_cast<detail::callback_state<T>*>(released));
  }

 private:
  explicit callback(detail::callback_state<T>* state) noexcept : state_(state) {}

  template <class F>
  void use(F f) {
    if (state_ == nullptr) {
      detail::throw_invalid_operation("weft::callback: it was used already, or moved from");
    }
    callback used(std::move(*this));
    f(used.state_->source);
  }

  detail::callback_state<T>* state_;
};

namespace detail {

struct no_cancel {};

template <class T>
class callback_hold {
 public:
  callback_hold() : state_(frame_new<callback_state<T>>()) {}
  callback_hold(const callback_hold&) = delete;
  callback_hold& operator=(const callback_hold&) = delete;
  ~callback_hold() { state_->release(); }
  [[nodiscard]] callback_state<T>* get() const noexcept { return state_; }

 private:
  callback_state<T>* const state_;
};

template <class T, class Start, class Cancel>
task<T> await_callback(Start start, Cancel cancel, std::stop_token stop) {
  throw_if_stopped(stop);
  const callback_hold<T> hold;
  task<T> done = hold.get()->source.task();
  try {
    start(callback<T>::from(hold.get()));
  } catch (...) {
    static_cast<void>(done.exception());  // the callback was dropped: that is the start's own error
    throw;
  }
  const auto on_stop = [&] {
    if constexpr (std::is_same_v<Cancel, no_cancel>) {
      hold.get()->source.try_set_canceled(stop);
    } else {
      cancel();
    }
  };
  const std::stop_callback<decltype(on_stop)> asked(stop, on_stop);
  // Resumed on the pool, so that `asked` is destroyed under no lock of the foreign API's.
  co_return co_await std::move(done);
}

}  // namespace detail

/// Waits for a foreign API that calls back once. `start(callback<T>)` begins the operation and
/// sees to it that the callback is used when that has ended.
/// **Throws** what `start` throws; what the callback is given; `operation_canceled`.
/// **Completes on** a worker of the default pool, whatever thread calls back.
/// **Cancellation**: ends the task at once; a callback that comes later is ignored. With `cancel`,
/// that is called instead (once, on the thread that stops), and the callback decides how the task
/// ends: use it where the operation must have ended before its memory goes.
/// **Lifetime**: owns `start` and `cancel` until the task has ended.
/// **Cost**: three pooled objects.
/// **Source**: TaskCompletionSource, and Task.Factory.FromAsync.
template <class T = void, std::invocable<callback<T>> Start>
[[nodiscard]] task<T> from_callback(Start start, std::stop_token stop = {}) {
  return detail::await_callback<T>(std::move(start), detail::no_cancel{}, std::move(stop));
}
template <class T = void, std::invocable<callback<T>> Start, std::invocable Cancel>
[[nodiscard]] task<T> from_callback(Start start, Cancel cancel, std::stop_token stop) {
  return detail::await_callback<T>(std::move(start), std::move(cancel), std::move(stop));
}

}  // namespace weft
