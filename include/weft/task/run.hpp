#pragma once
/// `run`: a function onto the pool. `block_on`, `wait_all`: blocking waits for programs' edges.
/// `yield`, `resume_on`.

#include <weft/base/error.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/task/synchronization_context.hpp>
#include <weft/task/when_all.hpp>

namespace weft {

struct run_options {
  /// A thread of its own: the function computes or blocks for long.
  bool long_running = false;
  /// Where it runs; null: the default pool.
  task_scheduler* scheduler = nullptr;
};

namespace detail {

/// Suspends the coroutine of a `run` and sends it to where it runs: a thread of its own, a
/// scheduler, or (null) the default pool.
class schedule_awaiter {
 public:
  using weft_awaitable = void;
  /// `plain`: the function gives no task, so the status tells when it waits to run and when it
  /// runs, as in .NET.
  schedule_awaiter(const run_options& options, bool plain) noexcept
      : scheduler_(options.scheduler), long_running_(options.long_running), plain_(plain) {}
  [[nodiscard]] static bool await_ready() noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    if (plain_) {
      core_ = &handle.promise();
      core_->set_flag(task_core::run_queued);
    }
    if (scheduler_ != nullptr && !long_running_) {
      post_start(capture_for(handle, edge_to(&what), scheduler_->anchor(), &disposed_));
    } else {
      schedule(capture(handle, edge_to(&what), resume_where::anywhere, nullptr), long_running_);
    }
  }
  void await_resume() const {
    if (disposed_) [[unlikely]] {
      throw_disposed();
    }
    if (core_ != nullptr) {
      core_->set_flag(task_core::run_started);
    }
  }

 private:
  static void schedule(job* self, bool long_running);
  static constexpr waitable what{"run"};
  task_scheduler* scheduler_;
  task_core* core_ = nullptr;
  bool long_running_;
  bool plain_;
  bool disposed_ = false;
};
/// A thread of its own for one job; defined by sched.
void start_long_running(job* self);

template <class F>
using called = std::invoke_result_t<F&>;
template <class R>
struct unwrapped {
  using type = R;
};
template <class R>
  requires awaitable<R>
struct unwrapped<R> {
  using type = std::remove_cvref_t<await_result<R>>;
};
/// The result of `f()`, without one level of task.
template <class F>
using run_result = typename unwrapped<called<F>>::type;

/// Thrown inside a `run` to end it faulted with these errors, whatever they are.
struct run_faults {
  std::vector<std::exception_ptr> errors;
};

/// What the coroutine of a `run` gives: a task that can end as another one did.
template <class T>
struct [[nodiscard]] run_coroutine {
  class promise_type final : public returning_promise<T> {
   public:
    run_coroutine get_return_object(
        std::source_location place = std::source_location::current()) noexcept {
      this->created(place);
      return {task<T>(static_cast<core_of<T>*>(this))};
    }
    void unhandled_exception() noexcept {
      try {
        throw;
      } catch (run_faults& faults) {
        this->ending_ = outcome::faults;
        this->emplace_errors(std::move(faults.errors));
      } catch (...) {
        returning_promise<T>::unhandled_exception();
      }
    }
  };
  operator task<T>() && noexcept { return std::move(started); }
  task<T> started;
};

/// Ends faulted with all the errors of `inner`, as .NET's Unwrap.
[[noreturn]] void throw_all_faults(const task_handle& inner);
/// A plain function let `canceled` escape: it ends canceled only by its own token, else faulted, as
/// in .NET.
[[noreturn]] void throw_canceled_by(const operation_canceled& canceled,
                                    const std::stop_token& stop);

template <class F>
run_coroutine<run_result<F>> run_on(F f, std::stop_token stop, run_options options) {
  co_await schedule_awaiter(options, !awaitable<called<F>>);
  throw_if_stopped(stop);
  if constexpr (awaitable<called<F>>) {
    if constexpr (is_task<called<F>>) {
      auto inner = f();
      inner.checked();
      co_await completion_awaiter{&inner.checked()};
      if (inner.is_faulted()) {
        throw_all_faults(inner);
      }
      co_return co_await std::move(inner);
    } else {
      co_return co_await f();
    }
  } else {
    try {
      if constexpr (std::is_void_v<called<F>>) {
        f();
      } else {
        co_return f();
      }
    } catch (const operation_canceled& e) {
      throw_canceled_by(e, stop);
    }
  }
}

}  // namespace detail

/// Runs `f` on the pool: parallelism. A task, lazy or other awaitable that `f` returns is
/// unwrapped, one level.
/// **Cancellation**: `stop` is looked at once, before `f` starts; hand it to `f` as well.
/// **Lifetime**: `f` is kept until the task has ended.
/// **Completes on** the worker that ended `f`.
/// **Cost**: one pooled frame, one push to the worker's own queue (from outside the pool: to the
/// shared one).
/// **Source**: Task.Run.
template <class F>
  requires std::invocable<F&>
[[nodiscard]] task<detail::run_result<F>> run(F f, std::stop_token stop = {},
                                              run_options options = {}) {
  return detail::run_on(std::move(f), std::move(stop), options);
}
template <class F>
  requires std::invocable<F&>
[[nodiscard]] task<detail::run_result<F>> run(F f, run_options options) {
  return detail::run_on(std::move(f), {}, options);
}

/// Blocks this thread until `what` is done and gives its result or rethrows: for `main()`. Installs
/// no context. `what` is an awaitable or a function that returns one; an lvalue task gives `T&`.
/// **Throws** what was thrown inside; `deadlock_error` as `task::wait`.
template <class A>
decltype(auto) block_on(A&& what, std::source_location place = std::source_location::current()) {
  if constexpr (awaitable<A>) {
    if constexpr (std::is_lvalue_reference_v<A> && detail::is_task<std::remove_cvref_t<A>>) {
      return what.result(place);
    } else {
      return detail::as_task(std::forward<A>(what)).result(place);
    }
  } else if constexpr (awaitable<std::invoke_result_t<A&>>) {
    auto keep = std::forward<A>(what);  // lambda coroutines refer to their closure
    return detail::as_task(keep()).result(place);
  } else {
    return std::forward<A>(what)();
  }
}

namespace detail {
/// Whoever waits for all takes the exceptions of all, also those that are not thrown.
inline void take_failure(task_core& core) noexcept {
  if (!core.succeeded()) {
    core.mark_observed();
  }
}
}  // namespace detail

/// Blocks until all tasks have ended, then rethrows the first failure in argument order.
template <class... T>
void wait_all(task<T>&... tasks) {
  (detail::block_until_completed(tasks.checked(), std::source_location::current()), ...);
  (detail::take_failure(tasks.checked()), ...);
  (detail::throw_if_failed(tasks.typed()), ...);
}
template <std::ranges::forward_range Range>
  requires detail::is_task<std::ranges::range_value_t<Range>>
void wait_all(Range& tasks, std::source_location place = std::source_location::current()) {
  for (auto& t : tasks) {
    detail::block_until_completed(t.checked(), place);
  }
  for (auto& t : tasks) {
    detail::take_failure(t.checked());
  }
  for (auto& t : tasks) {
    detail::throw_if_failed(t.typed());
  }
}

namespace detail {
struct yield_awaiter {
  using weft_awaitable = void;
  [[nodiscard]] static bool await_ready() noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    post_behind(capture(handle, edge_to(&what), resume_where::captured, &disposed));
  }
  void await_resume() const {
    if (disposed) [[unlikely]] {
      throw_disposed();
    }
  }
  static void post_behind(job* self);
  static constexpr waitable what{"yield"};
  bool disposed = false;
};

struct resume_on_awaiter {
  using weft_awaitable = void;
  context_anchor* target;
  bool disposed = false;
  explicit resume_on_awaiter(context_anchor* t) noexcept : target(t) {}
  [[nodiscard]] static bool await_ready() noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    post_resume(capture_for(handle, edge_to(&what), target, &disposed));
  }
  void await_resume() const {
    if (disposed) [[unlikely]] {
      throw_disposed();
    }
  }

  static constexpr waitable what{"resume_on"};
};
}  // namespace detail

/// Lets others run: goes to the back of the queue of the current context, scheduler or pool.
/// **Source**: Task.Yield.
[[nodiscard]] inline detail::yield_awaiter yield() noexcept {
  return {};
}

/// Goes on in that context or scheduler, always through its queue.
[[nodiscard]] inline detail::resume_on_awaiter resume_on(
    synchronization_context& context) noexcept {
  return detail::resume_on_awaiter(context.anchor());
}
[[nodiscard]] inline detail::resume_on_awaiter resume_on(task_scheduler& scheduler) noexcept {
  return detail::resume_on_awaiter(scheduler.anchor());
}

}  // namespace weft
