#pragma once
/// `task<T>`: work that has been started, as a handle on its state.

#include <weft/base/time_span.hpp>
#include <weft/task/coroutine.hpp>
#include <weft/task/detail/self_owned.hpp>

#include <chrono>
#include <compare>
#include <stop_token>
#include <utility>
#include <vector>

namespace weft {

class time_provider;
struct task_continuation_options;

enum class task_status : std::uint8_t {
  created,
  waiting_for_activation,
  waiting_to_run,
  running,
  ran_to_completion,
  canceled,
  faulted
};

enum class configure_await_options : std::uint8_t {
  none = 0,  ///< Resume anywhere; exceptions are thrown.
  continue_on_captured_context =
      1,                  ///< Resume in the context of the await (what a plain await does).
  suppress_throwing = 2,  ///< The await never throws; ask `status()`.
  force_yielding = 4,     ///< Suspend even if it is completed already.
};
[[nodiscard]] constexpr configure_await_options operator|(configure_await_options a,
                                                          configure_await_options b) noexcept {
  return static_cast<configure_await_options>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
[[nodiscard]] constexpr bool has(configure_await_options set,
                                 configure_await_options one) noexcept {
  return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0;
}

template <class T = void>
class task;
template <class T = void>
class shared_task;

namespace detail {

/// The untyped half of a task handle.
class task_handle {
 public:
  task_handle() noexcept = default;
  explicit task_handle(task_core* core) noexcept : core_(core) {}
  task_handle(task_handle&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}
  task_handle& operator=(task_handle&& other) noexcept {
    if (this != &other) {
      reset();
      core_ = std::exchange(other.core_, nullptr);
    }
    return *this;
  }
  ~task_handle() { reset(); }

  /// False for a default-constructed or moved-from handle.
  [[nodiscard]] bool valid() const noexcept { return core_ != nullptr; }
  // All below: **Throws** `invalid_operation` when the handle is empty. **Thread-safety**: any
  // thread, while the handle itself is neither moved nor destroyed.
  [[nodiscard]] task_status status() const;
  [[nodiscard]] bool is_completed() const { return checked().is_completed(); }
  [[nodiscard]] bool is_completed_successfully() const { return checked().succeeded(); }
  [[nodiscard]] bool is_canceled() const;
  [[nodiscard]] bool is_faulted() const;
  /// The first exception, or null unless faulted. Counts as taking it.
  [[nodiscard]] std::exception_ptr exception() const;
  /// All exceptions (of `when_all`: in argument order); empty unless faulted. Counts as taking
  /// them.
  [[nodiscard]] std::vector<std::exception_ptr> exceptions() const;

  /// Blocks this thread until the task has completed, then rethrows what it threw. The runtime
  /// knows that the thread is blocked and gives its place in the pool to another one.
  /// **Throws** `deadlock_error` when the task can only go on on this very thread;
  /// `operation_canceled` when `stop` is requested first (the task goes on).
  /// **Cost**: an acquire load when it is completed already; else a futex wait.
  void wait(std::stop_token stop = {},
            std::source_location place = std::source_location::current()) const;
  /// The same, for `timeout` at most. **Returns** false when that passed first.
  bool wait(time_span timeout, std::stop_token stop = {},
            std::source_location place = std::source_location::current()) const {
    return wait_for(timeout, std::move(stop), place);
  }

  task_core& checked(const std::source_location& place) const {
    if (core_ == nullptr) [[unlikely]] {
      throw_empty_handle("task", place);
    }
    return *core_;
  }
  task_core& checked() const {
    if (core_ == nullptr) [[unlikely]] {
      throw_empty_handle("task");
    }
    return *core_;
  }
  [[nodiscard]] task_core* release() noexcept { return std::exchange(core_, nullptr); }

 protected:
  void reset() noexcept {
    if (core_ != nullptr) {
      std::exchange(core_, nullptr)->release_handle();
    }
  }
  bool wait_for(std::chrono::nanoseconds timeout, std::stop_token stop,
                std::source_location place) const;

  task_core* core_ = nullptr;
};

/// Blocks until `core` has completed. Does not throw what it holds.
void block_until_completed(task_core& core, std::source_location place);
/// The same with limits: false when the time has passed. **Throws** `operation_canceled`.
[[nodiscard]] bool block_until_completed(task_core& core, std::chrono::nanoseconds timeout,
                                         const std::stop_token& stop, std::source_location place);
template <class T>
struct task_awaiter_base {
  core_of<T>* core;
  bool disposed = false;

  [[nodiscard]] bool await_ready() const noexcept { return core->is_completed(); }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    return suspend_on(handle, core, resume_where::captured, &disposed);
  }
  void check() const {
    if (disposed) [[unlikely]] {
      throw_disposed();
    }
  }
};

/// Gives `Seen`: `T&`, or `const T&` through a const handle.
template <class T, class Seen = std::add_lvalue_reference_t<T>>
struct task_lvalue_awaiter : task_awaiter_base<T> {
  Seen await_resume() const {
    this->check();
    throw_if_failed(*this->core);
    return value_in<T>(*this->core);
  }
};

/// Awaits the end of a core, whatever it is, resuming anywhere; never throws.
struct completion_awaiter {
  using weft_awaitable = void;
  task_core* core;
  bool disposed = false;

  [[nodiscard]] bool await_ready() const noexcept { return core->is_completed(); }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    job* self = capture(handle, edge_to(core), resume_where::anywhere, &disposed);
    if (core->try_add_awaiter(self)) {
      return true;
    }
    release_capture(self);
    return false;
  }
  void await_resume() const noexcept {}
};

template <class T, bool Owned>
class configured_task;
template <class T>
class configured_const_task;

}  // namespace detail

/// Work that is running, or has ended: hot. Calling a coroutine that returns a task runs it on the
/// caller's thread up to its first suspension; the rest goes on when the awaited thing is done. A
/// move-only handle; destroying it neither cancels nor waits. Any number of coroutines may await it
/// at once.
/// **Thread-safety**: all const members and awaits from any thread, while the handle is neither
/// moved nor destroyed.
/// **Lifetime**: the handle must outlive the awaits on it as an lvalue.
/// **Cost**: one pooled frame; completing without suspension makes no atomic read-modify-write,
/// with suspension one for the awaiter and one for the completion.
/// **Source**: System.Threading.Tasks.Task<TResult>; differs in being move-only (`share()` for
/// copies).
template <class T>
class [[nodiscard]] task : public detail::task_handle {
 public:
  using value_type = T;
  using weft_awaitable = void;
  class promise_type final : public detail::returning_promise<T> {
   public:
    task get_return_object(std::source_location place = std::source_location::current()) noexcept {
      this->created(place);
      return task(static_cast<detail::core_of<T>*>(this));
    }
  };

  task() noexcept = default;
  explicit task(detail::core_of<T>* core) noexcept : task_handle(core) {}

  /// `co_await t`: waits for it and gives `T&`. **Throws** what the task threw.
  /// **Completes on** the current context or scheduler of the await, else the thread that completed
  /// the task.
  [[nodiscard]] detail::task_lvalue_awaiter<T> operator co_await() & {
    return {{static_cast<detail::core_of<T>*>(&checked())}};
  }
  /// The same through a const handle: gives `const T&`, as do `configure_await` and `result`.
  [[nodiscard]] detail::task_lvalue_awaiter<T, detail::shared_view_t<T>> operator co_await()
      const& {
    return {{static_cast<detail::core_of<T>*>(&checked())}};
  }
  /// `co_await std::move(t)`: takes the task and gives `T`: moved out when nobody else can see it,
  /// else copied.
  [[nodiscard]] auto operator co_await() &&;

  /// Awaits with options: gives `T&`; on && owns the task and gives `T`.
  /// **Throws** `std::invalid_argument` for `suppress_throwing` on a task with a value, as .NET
  /// does.
  [[nodiscard]] detail::configured_task<T, false> configure_await(
      configure_await_options options) &;
  [[nodiscard]] detail::configured_task<T, true> configure_await(
      configure_await_options options) &&;
  [[nodiscard]] detail::configured_const_task<T> configure_await(
      configure_await_options options) const&;
  /// `false`: resume on whatever thread completes the task, but never inline on one that has a
  /// context.
  [[nodiscard]] detail::configured_task<T, false> configure_await(bool on_captured_context) &;
  [[nodiscard]] detail::configured_task<T, true> configure_await(bool on_captured_context) &&;
  [[nodiscard]] detail::configured_const_task<T> configure_await(bool on_captured_context) const&;

  /// Blocks until it has completed and gives the result; see `wait`.
  decltype(auto) result(std::source_location place = std::source_location::current()) & {
    detail::block_until_completed(checked(place), place);
    detail::throw_if_failed(typed());
    return detail::value_in<T>(typed());
  }
  detail::shared_view_t<T> result(
      std::source_location place = std::source_location::current()) const& {
    detail::block_until_completed(checked(place), place);
    detail::throw_if_failed(typed());
    return detail::value_in<T>(typed());
  }
  T result(std::source_location place = std::source_location::current()) && {
    detail::block_until_completed(checked(place), place);
    task own(std::move(*this));
    return detail::take_value<T>(own.typed());
  }

  /// Awaits it for `timeout` at most (`weft::infinite`: without limit), or until `stop` asks; the
  /// task itself goes on. On an lvalue the task gives `T&`; on && it is owned.
  /// **Throws** (at the await) `timeout_error`, `operation_canceled`, or what the task threw;
  /// `std::invalid_argument` at the call for a negative time. A completed task beats a requested
  /// token, and that a time-out of zero.
  /// **Completes on** the thread that completes the task, else the pool.
  /// **Source**: Task.WaitAsync. Defined in `weft/task/wait_async.hpp`.
  [[nodiscard]] task<std::add_lvalue_reference_t<T>> wait_async(time_span timeout,
                                                                std::stop_token stop = {}) &;
  [[nodiscard]] task wait_async(time_span timeout, std::stop_token stop = {}) &&;
  [[nodiscard]] task<std::add_lvalue_reference_t<T>> wait_async(std::stop_token stop) &;
  [[nodiscard]] task wait_async(std::stop_token stop) &&;
  /// The same by another clock.
  [[nodiscard]] task<std::add_lvalue_reference_t<T>> wait_async(time_span timeout,
                                                                time_provider& provider,
                                                                std::stop_token stop = {}) &;
  [[nodiscard]] task wait_async(time_span timeout, time_provider& provider,
                                std::stop_token stop = {}) &&;

  /// Calls `f(task<T>&)` when this task has ended and the options fit the way it did; else the
  /// returned task is canceled. A task that `f` returns is not unwrapped. On && owns the task.
  /// **Throws** `std::invalid_argument` when the options exclude every end. **Completes on** the
  /// scheduler of the options; with `execute_synchronously` the thread that completes this task.
  /// **Cancellation**: until `f` has started. **Lifetime**: `f` is kept until the returned task
  /// goes.
  /// **Source**: Task.ContinueWith. Defined in `weft/task/continue_with.hpp`.
  template <class F>
    requires std::invocable<F&, task&>
  [[nodiscard]] task<std::invoke_result_t<F&, task&>> continue_with(
      F f, task_continuation_options options) &;
  template <class F>
    requires std::invocable<F&, task&>
  [[nodiscard]] task<std::invoke_result_t<F&, task&>> continue_with(
      F f, task_continuation_options options) &&;
  template <class F>
    requires std::invocable<F&, task&>
  [[nodiscard]] task<std::invoke_result_t<F&, task&>> continue_with(F f) &;
  template <class F>
    requires std::invocable<F&, task&>
  [[nodiscard]] task<std::invoke_result_t<F&, task&>> continue_with(F f) &&;

  /// Fire and forget, on purpose. An exception is reported as unobserved.
  void detach() && { checked(), reset(); }
  /// Fire and forget: `on_error` is called with the exception if the task faults, on the thread
  /// that completes it.
  template <class F>
    requires std::invocable<F&, std::exception_ptr>
  void detach(F on_error) &&;

  /// A copyable handle instead of this one. Defined in `weft/task/shared_task.hpp`.
  [[nodiscard]] shared_task<T> share() &&;

  [[nodiscard]] detail::core_of<T>& typed() const noexcept {
    return *static_cast<detail::core_of<T>*>(core_);
  }
};

namespace detail {

template <class T>
struct task_rvalue_awaiter : task_awaiter_base<T> {
  explicit task_rvalue_awaiter(task<T> t) : task_awaiter_base<T>{&t.typed()}, owned(std::move(t)) {}
  T await_resume() {
    this->check();
    return take_value<T>(*this->core);
  }
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> handle) {
#if WEFT_SYMMETRIC_TRANSFER
    if constexpr (std::derived_from<Promise, promise_base> &&
                  requires { handle.promise().published_; }) {
      return suspend_or_run(handle, this->core, &this->disposed);
    } else
#endif
    {
      this->core->expect_only_awaiter();
      return task_awaiter_base<T>::await_suspend(handle);
    }
  }
  task<T> owned;
};

[[noreturn]] void throw_suppressing_value();
[[nodiscard]] constexpr configure_await_options options_for(bool on_captured_context) noexcept {
  return on_captured_context ? configure_await_options::continue_on_captured_context
                             : configure_await_options::none;
}

/// What `configure_await` gives.
template <class T, bool Owned>
class [[nodiscard]] configured_task {
 public:
  using weft_awaitable = void;
  using held = std::conditional_t<Owned, task<T>, core_of<T>*>;

  configured_task(held h, configure_await_options options)
      : held_(std::move(h)), options_(options) {
    if (!std::is_void_v<T> && has(options, configure_await_options::suppress_throwing)) {
      throw_suppressing_value();
    }
  }

  [[nodiscard]] bool await_ready() const noexcept {
    return !has(options_, configure_await_options::force_yielding) && core().is_completed();
  }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) {
    const resume_where where = has(options_, configure_await_options::continue_on_captured_context)
                                   ? resume_where::captured
                                   : resume_where::anywhere;
    if (has(options_, configure_await_options::force_yielding) && core().is_completed()) {
      post_resume(capture(handle, edge_to(&core()), where, &disposed_));
      return true;
    }
    return suspend_on(handle, &core(), where, &disposed_);
  }
  decltype(auto) await_resume() {
    if (disposed_) [[unlikely]] {
      throw_disposed();
    }
    if constexpr (std::is_void_v<T>) {
      if (has(options_, configure_await_options::suppress_throwing)) {
        core().mark_observed();
        return;
      }
    }
    if constexpr (Owned) {
      return take_value<T>(core());
    } else {
      throw_if_failed(core());
      return value_in<T>(core());
    }
  }

 private:
  [[nodiscard]] core_of<T>& core() const noexcept {
    if constexpr (Owned) {
      return held_.typed();
    } else {
      return *held_;
    }
  }

  held held_;
  configure_await_options options_;
  bool disposed_ = false;
};

/// What it gives for a const handle.
template <class T>
class [[nodiscard]] configured_const_task : public configured_task<T, false> {
 public:
  using configured_task<T, false>::configured_task;
  shared_view_t<T> await_resume() { return configured_task<T, false>::await_resume(); }
};

template <class T, class F>
self_owned run_on_error(task<T> t, F on_error) {
  co_await completion_awaiter{&t.checked()};
  if (t.is_faulted()) {
    on_error(t.exception());
  }
}

}  // namespace detail

template <class T>
auto task<T>::operator co_await() && {
  checked();
  return detail::task_rvalue_awaiter<T>(std::move(*this));
}
template <class T>
detail::configured_task<T, false> task<T>::configure_await(configure_await_options options) & {
  return {static_cast<detail::core_of<T>*>(&checked()), options};
}
template <class T>
detail::configured_task<T, true> task<T>::configure_await(configure_await_options options) && {
  checked();
  return {std::move(*this), options};
}
template <class T>
detail::configured_task<T, false> task<T>::configure_await(bool on_captured_context) & {
  return configure_await(detail::options_for(on_captured_context));
}
template <class T>
detail::configured_task<T, true> task<T>::configure_await(bool on_captured_context) && {
  return std::move(*this).configure_await(detail::options_for(on_captured_context));
}
template <class T>
detail::configured_const_task<T> task<T>::configure_await(configure_await_options options) const& {
  return {static_cast<detail::core_of<T>*>(&checked()), options};
}
template <class T>
detail::configured_const_task<T> task<T>::configure_await(bool on_captured_context) const& {
  return configure_await(detail::options_for(on_captured_context));
}
template <class T>
template <class F>
  requires std::invocable<F&, std::exception_ptr>
void task<T>::detach(F on_error) && {
  checked();
  detail::run_on_error(std::move(*this), std::move(on_error));
}

}  // namespace weft
