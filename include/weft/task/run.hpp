#pragma once
/// `run`: a function onto the pool. `block_on`, `wait_all`: blocking waits for programs' edges.
/// `yield`, `resume_on`.

#include <weft/base/error.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/task/synchronization_context.hpp>
#include <weft/task/when_all.hpp>

#include <chrono>
#include <optional>
#include <source_location>
#include <vector>

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
    if constexpr (std::derived_from<Promise, task_core>) {
      if (plain_) {
        core_ = &handle.promise();
        core_->set_flag(task_core::run_queued);
      }
    }
    if (scheduler_ != nullptr && !long_running_) {
      post_start(capture_for(handle, edge_to(&what), scheduler_->anchor(), &disposed_));
    } else {
      schedule(capture(handle, edge_to(&what), resume_where::anywhere, nullptr), long_running_);
    }
  }
  /// Gives the task if the function is plain.
  const task_core* await_resume() const {
    if (disposed_) [[unlikely]] {
      throw_disposed();
    }
    if (core_ != nullptr) {
      core_->set_flag(task_core::run_started);
    }
    return core_;
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
/// For as long as it lives, this thread is inside of the task's function: blocking on that task, or
/// on one that waits for it, would never end.
class [[nodiscard]] runs_task {
 public:
  explicit runs_task(const task_core* core) noexcept : node_{core, this_thread().running} {
    this_thread().running = &node_;
  }
  runs_task(const runs_task&) = delete;
  runs_task& operator=(const runs_task&) = delete;
  ~runs_task() { this_thread().running = node_.outer; }

 private:
  const running_task node_;
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
  [[maybe_unused]] const task_core* self =
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
      const runs_task here(self);
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
    A keep(std::forward<A>(what));  // lambda coroutines refer to their closure
    return detail::as_task(keep()).result(place);
  } else {
    return std::forward<A>(what)();
  }
}

namespace detail {
/// The index of one that has completed; none when the time has passed.
[[nodiscard]] std::optional<std::size_t> block_until_any(task_core* const* cores, std::size_t count,
                                                         std::chrono::nanoseconds timeout,
                                                         std::stop_token stop,
                                                         std::source_location place);
/// False when the time has passed; else rethrows the first failure.
bool block_until_all(task_core* const* cores, std::size_t count, std::chrono::nanoseconds timeout,
                     std::stop_token stop, std::source_location place);
template <class Range>
[[nodiscard]] std::vector<task_core*> cores_of(Range& tasks) {
  std::vector<task_core*> cores;
  for (auto& t : tasks) {
    cores.push_back(&t.checked());
  }
  return cores;
}
template <class A>
concept task_to_wait_for = std::derived_from<std::remove_cvref_t<A>, task_handle>;
template <class Range>
concept tasks_to_wait_for =
    std::ranges::forward_range<Range> && task_to_wait_for<std::ranges::range_value_t<Range>> &&
    std::is_lvalue_reference_v<std::ranges::range_reference_t<Range>>;
/// Those that are still there afterwards.
template <class Range>
concept tasks_to_choose_from = tasks_to_wait_for<Range> && std::ranges::borrowed_range<Range>;
}  // namespace detail

/// Blocks until all tasks have ended, then rethrows the first failure in argument order. Takes the
/// exceptions of all: they stay for `exception()`. See `task::wait`.
/// **Throws** `operation_canceled` when `stop` is requested, whatever the tasks do.
/// **Source**: Task.WaitAll, which throws an aggregate.
template <detail::tasks_to_wait_for Range>
void wait_all(Range&& tasks, std::stop_token stop = {},
              std::source_location place = std::source_location::current()) {
  const auto cores = detail::cores_of(tasks);
  detail::block_until_all(cores.data(), cores.size(), std::chrono::nanoseconds(-1), std::move(stop),
                          place);
}
/// The same for `timeout` at most. **Returns** false when that passed first; nothing is thrown
/// then.
template <detail::tasks_to_wait_for Range>
bool wait_all(Range&& tasks, time_span timeout, std::stop_token stop = {},
              std::source_location place = std::source_location::current()) {
  const auto cores = detail::cores_of(tasks);
  return detail::block_until_all(cores.data(), cores.size(), timeout, std::move(stop), place);
}

/// Blocks until one task has ended, and gives its index; nothing that a task threw is thrown.
/// **Throws** `std::invalid_argument` when there are none; `operation_canceled` as `wait_all`.
/// **Source**: Task.WaitAny, which gives -1 for none.
template <detail::tasks_to_choose_from Range>
std::size_t wait_any(Range&& tasks, std::stop_token stop = {},
                     std::source_location place = std::source_location::current()) {
  const auto cores = detail::cores_of(tasks);
  return *detail::block_until_any(cores.data(), cores.size(), std::chrono::nanoseconds(-1),
                                  std::move(stop), place);
}
/// The same for `timeout` at most: nothing when that passed first.
template <detail::tasks_to_choose_from Range>
std::optional<std::size_t> wait_any(Range&& tasks, time_span timeout, std::stop_token stop = {},
                                    std::source_location place = std::source_location::current()) {
  const auto cores = detail::cores_of(tasks);
  return detail::block_until_any(cores.data(), cores.size(), timeout, std::move(stop), place);
}

// For tasks one by one, up to eight: a parameter pack could not be followed by the place of the
// call. `wait_all` takes temporaries too; of those that `wait_any` left behind nothing would be
// known.
inline void wait_all(const detail::task_handle& a,
                     std::source_location place = std::source_location::current()) {
  detail::task_core* const cores[] = {&a.checked()};
  detail::block_until_all(cores, 1, std::chrono::nanoseconds(-1), {}, place);
}
inline std::size_t wait_any(detail::task_handle& a,
                            std::source_location place = std::source_location::current()) {
  detail::task_core* const cores[] = {&a.checked()};
  return *detail::block_until_any(cores, 1, std::chrono::nanoseconds(-1), {}, place);
}
inline void wait_all(const detail::task_handle& a, const detail::task_handle& b,
                     std::source_location place = std::source_location::current()) {
  detail::task_core* const cores[] = {&a.checked(), &b.checked()};
  detail::block_until_all(cores, 2, std::chrono::nanoseconds(-1), {}, place);
}
inline std::size_t wait_any(detail::task_handle& a, detail::task_handle& b,
                            std::source_location place = std::source_location::current()) {
  detail::task_core* const cores[] = {&a.checked(), &b.checked()};
  return *detail::block_until_any(cores, 2, std::chrono::nanoseconds(-1), {}, place);
}
inline void wait_all(const detail::task_handle& a, const detail::task_handle& b,
                     const detail::task_handle& c,
                     std::source_location place = std::source_location::current()) {
  detail::task_core* const cores[] = {&a.checked(), &b.checked(), &c.checked()};
  detail::block_until_all(cores, 3, std::chrono::nanoseconds(-1), {}, place);
}
inline std::size_t wait_any(detail::task_handle& a, detail::task_handle& b, detail::task_handle& c,
                            std::source_location place = std::source_location::current()) {
  detail::task_core* const cores[] = {&a.checked(), &b.checked(), &c.checked()};
  return *detail::block_until_any(cores, 3, std::chrono::nanoseconds(-1), {}, place);
}
inline void wait_all(const detail::task_handle& a, const detail::task_handle& b,
                     const detail::task_handle& c, const detail::task_handle& d,
                     std::source_location place = std::source_location::current()) {
  detail::task_core* const cores[] = {&a.checked(), &b.checked(), &c.checked(), &d.checked()};
  detail::block_until_all(cores, 4, std::chrono::nanoseconds(-1), {}, place);
}
inline std::size_t wait_any(detail::task_handle& a, detail::task_handle& b, detail::task_handle& c,
                            detail::task_handle& d,
                            std::source_location place = std::source_location::current()) {
  detail::task_core* const cores[] = {&a.checked(), &b.checked(), &c.checked(), &d.checked()};
  return *detail::block_until_any(cores, 4, std::chrono::nanoseconds(-1), {}, place);
}
inline void wait_all(const detail::task_handle& a, const detail::task_handle& b,
                     const detail::task_handle& c, const detail::task_handle& d,
                     const detail::task_handle& e,
                     std::source_location place = std::source_location::current()) {
  detail::task_core* const cores[] = {&a.checked(), &b.checked(), &c.checked(), &d.checked(),
                                      &e.checked()};
  detail::block_until_all(cores, 5, std::chrono::nanoseconds(-1), {}, place);
}
inline std::size_t wait_any(detail::task_handle& a, detail::task_handle& b, detail::task_handle& c,
                            detail::task_handle& d, detail::task_handle& e,
                            std::source_location place = std::source_location::current()) {
  detail::task_core* const cores[] = {&a.checked(), &b.checked(), &c.checked(), &d.checked(),
                                      &e.checked()};
  return *detail::block_until_any(cores, 5, std::chrono::nanoseconds(-1), {}, place);
}
inline void wait_all(const detail::task_handle& a, const detail::task_handle& b,
                     const detail::task_handle& c, const detail::task_handle& d,
                     const detail::task_handle& e, const detail::task_handle& f,
                     std::source_location place = std::source_location::current()) {
  detail::task_core* const cores[] = {&a.checked(), &b.checked(), &c.checked(),
                                      &d.checked(), &e.checked(), &f.checked()};
  detail::block_until_all(cores, 6, std::chrono::nanoseconds(-1), {}, place);
}
inline std::size_t wait_any(detail::task_handle& a, detail::task_handle& b, detail::task_handle& c,
                            detail::task_handle& d, detail::task_handle& e, detail::task_handle& f,
                            std::source_location place = std::source_location::current()) {
  detail::task_core* const cores[] = {&a.checked(), &b.checked(), &c.checked(),
                                      &d.checked(), &e.checked(), &f.checked()};
  return *detail::block_until_any(cores, 6, std::chrono::nanoseconds(-1), {}, place);
}
inline void wait_all(const detail::task_handle& a, const detail::task_handle& b,
                     const detail::task_handle& c, const detail::task_handle& d,
                     const detail::task_handle& e, const detail::task_handle& f,
                     const detail::task_handle& g,
                     std::source_location place = std::source_location::current()) {
  detail::task_core* const cores[] = {&a.checked(), &b.checked(), &c.checked(), &d.checked(),
                                      &e.checked(), &f.checked(), &g.checked()};
  detail::block_until_all(cores, 7, std::chrono::nanoseconds(-1), {}, place);
}
inline std::size_t wait_any(detail::task_handle& a, detail::task_handle& b, detail::task_handle& c,
                            detail::task_handle& d, detail::task_handle& e, detail::task_handle& f,
                            detail::task_handle& g,
                            std::source_location place = std::source_location::current()) {
  detail::task_core* const cores[] = {&a.checked(), &b.checked(), &c.checked(), &d.checked(),
                                      &e.checked(), &f.checked(), &g.checked()};
  return *detail::block_until_any(cores, 7, std::chrono::nanoseconds(-1), {}, place);
}
inline void wait_all(const detail::task_handle& a, const detail::task_handle& b,
                     const detail::task_handle& c, const detail::task_handle& d,
                     const detail::task_handle& e, const detail::task_handle& f,
                     const detail::task_handle& g, const detail::task_handle& h,
                     std::source_location place = std::source_location::current()) {
  detail::task_core* const cores[] = {&a.checked(), &b.checked(), &c.checked(), &d.checked(),
                                      &e.checked(), &f.checked(), &g.checked(), &h.checked()};
  detail::block_until_all(cores, 8, std::chrono::nanoseconds(-1), {}, place);
}
inline std::size_t wait_any(detail::task_handle& a, detail::task_handle& b, detail::task_handle& c,
                            detail::task_handle& d, detail::task_handle& e, detail::task_handle& f,
                            detail::task_handle& g, detail::task_handle& h,
                            std::source_location place = std::source_location::current()) {
  detail::task_core* const cores[] = {&a.checked(), &b.checked(), &c.checked(), &d.checked(),
                                      &e.checked(), &f.checked(), &g.checked(), &h.checked()};
  return *detail::block_until_any(cores, 8, std::chrono::nanoseconds(-1), {}, place);
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
