#pragma once
/// What an awaiter does to suspend a coroutine of any type and have it resumed in the right place.

#include <weft/task/core.hpp>
#include <weft/task/detail/flow.hpp>
#include <weft/task/thread_state.hpp>
#include <weft/trace/event.hpp>

#include <concepts>
#include <coroutine>

// clang makes symmetric transfer a tail call in every build; g++ only when it optimises, and not
// under sanitizers (PR 100897). Elsewhere a loop around every resume (`run_job`) keeps the stack
// flat.
#if defined(__clang__) || \
    (defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__))
#define WEFT_SYMMETRIC_TRANSFER 1
#else
#define WEFT_SYMMETRIC_TRANSFER 0
#endif

namespace weft::detail {

class context_anchor;
class simulated_place;

/// What a coroutine waits for, as `promise_base::awaited_` holds it: a pointer with its kind in the
/// low bits.
enum class edge : std::uintptr_t { core = 0, waitable = 1, suspension = 2, lazy = 3 };

[[nodiscard]] inline std::uintptr_t edge_to(task_core* core) noexcept {
  return reinterpret_cast<std::uintptr_t>(core);
}
[[nodiscard]] inline std::uintptr_t edge_to(const waitable* what) noexcept {
  return reinterpret_cast<std::uintptr_t>(what) | static_cast<std::uintptr_t>(edge::waitable);
}
[[nodiscard]] inline std::uintptr_t edge_to_lazy(promise_base* child) noexcept {
  return reinterpret_cast<std::uintptr_t>(child) | static_cast<std::uintptr_t>(edge::lazy);
}

/// An awaitable of which somebody's coroutine has to let go: a lock. Pooled, so that the search can
/// read it.
struct owned_waitable : waitable {
  explicit owned_waitable(const char* what) noexcept : waitable{what}, tag(&tag_of_all) {}
  const void* const tag;
  atomic<std::uintptr_t> owner{0};  ///< The promise of the coroutine whose guard it is; 0: unknown.
  static const char tag_of_all;
};

/// The node of a suspension that cannot be the frame itself: there is a context, scheduler or flow
/// to come back to, or the coroutine is of a foreign type. Made only then.
struct suspension : job {
  std::coroutine_handle<> handle;
  context_anchor* target = nullptr;  ///< Holds a reference; null: resumes wherever it is run.
  synchronization_context* context = nullptr;  ///< Of the target, for comparison.
  task_scheduler* scheduler = nullptr;         ///< Of the target, for comparison.
  flow_departure flow;                         ///< The values to go on with.
  bool left = false;                           ///< This thread's values are its caller's again.
  promise_base* promise = nullptr;             ///< Null for foreign coroutines.
  atomic<std::uintptr_t> awaited = 0;
  bool* disposed = nullptr;            ///< In the awaiter: set when the target had gone.
  simulated_place* watcher = nullptr;  ///< Hears of its end; null outside simulations.
};

enum class resume_where : std::uint8_t { captured, anywhere };
/// Who goes on here when a coroutine suspends: whoever called or resumed it, or a child of its own
/// to which it transfers.
enum class goes_on : std::uint8_t { caller, child };

/// For people: what is waited for ("async_mutex", "timer", "task"), or null. Follows the edge of a
/// suspended coroutine.
[[nodiscard]] const char* kind_of_edge(std::uintptr_t awaited) noexcept;

inline void record_edge(promise_base& promise, std::uintptr_t awaited) noexcept {
  // order: release; pairs with the reads of follow_to_core, which follows it.
  promise.awaited_.store(awaited, std::memory_order_release);
}

[[nodiscard]] job* capture_slowly(promise_base& promise, std::uintptr_t awaited, resume_where where,
                                  bool* disposed, goes_on next);

/// Makes this coroutine resumable: returns the job that resumes it (once), in the context that is
/// current now. Records what it waits for. Call it in `await_suspend`, before anybody can see the
/// job.
/// **Cost**: one store and a look at this thread's state; one pooled node when a context, scheduler
/// or flow is current.
[[nodiscard]] inline job* capture(promise_base& promise, std::uintptr_t awaited, resume_where where,
                                  bool* disposed, goes_on next = goes_on::caller) {
  if (!trace::any_hook() && this_thread().is_plain()) [[likely]] {
    record_edge(promise, awaited);
    return promise.frame();
  }
  return capture_slowly(promise, awaited, where, disposed, next);
}
[[nodiscard]] job* capture_foreign(std::coroutine_handle<> handle, std::uintptr_t awaited,
                                   resume_where where, bool* disposed);
/// The same with a place to go to instead of the current one.
[[nodiscard]] suspension* capture_target(std::coroutine_handle<> handle, promise_base* promise,
                                         std::uintptr_t awaited, context_anchor* target,
                                         bool* disposed);
/// Undoes `capture` when the coroutine goes on at once.
void release_capture(job* captured) noexcept;

/// Tells a coroutine, before anybody can resume it, that it did not run through to its end.
template <class Promise>
void suspends(Promise& promise) noexcept {
  if constexpr (requires { promise.published_; }) {
    promise.published_ = true;
  } else if constexpr (requires { promise.leaves_stack(); }) {
    promise.leaves_stack();
  }
}

template <class Promise>
[[nodiscard]] job* capture(std::coroutine_handle<Promise> handle, std::uintptr_t awaited,
                           resume_where where, bool* disposed, goes_on next = goes_on::caller) {
  if constexpr (std::derived_from<Promise, promise_base>) {
    suspends(handle.promise());
    return capture(static_cast<promise_base&>(handle.promise()), awaited, where, disposed, next);
  } else {
    return capture_foreign(handle, awaited, where, disposed);
  }
}

/// Registers `self`, what `capture` gave for `promise`'s coroutine, with what it awaits; undoes the
/// capture when that has completed. `known`: others may wait for this coroutine already.
/// **Returns** true when it is suspended. **Throws** `deadlock_error` when the await could never
/// end, because `core` waits for this very coroutine; nothing is suspended then.
/// **Cost**: one compare-exchange; when `core` is itself suspended on something (and this coroutine
/// known), or a lock, also a walk along what that waits for.
[[nodiscard]] bool add_awaiter(task_core& core, job* self, promise_base& promise, bool known);

/// The same for a core that `expects_only_awaiter`, or was meant to. Where its coroutine is what
/// this thread runs next, it need not go through the worker's loop, nor need the two meet at the
/// core's word.
/// **Returns** what this thread goes on with: the awaited coroutine; `promise`'s own, when it need
/// not be suspended; or null.
[[nodiscard]] job* add_awaiter_or_run(task_core& core, job* self, promise_base& promise,
                                      bool known);

/// What the awaiter of a core does to suspend.
template <class Promise>
[[nodiscard]] bool suspend_on(std::coroutine_handle<Promise> handle, task_core* core,
                              resume_where where, bool* disposed) {
  if constexpr (std::derived_from<Promise, promise_base>) {
    // Until its first suspension nobody has a handle to wait for it by.
    bool known = true;
    if constexpr (requires { handle.promise().published_; }) {
      known = handle.promise().published_;
    }
    job* self = capture(handle, edge_to(core), where, disposed);
    return add_awaiter(*core, self, handle.promise(), known);
  } else {
    job* self = capture(handle, edge_to(core), where, disposed);
    if (core->try_add_awaiter(self)) {
      return true;
    }
    release_capture(self);
    return false;
  }
}

/// `capture_target` for a coroutine of any type.
template <class Promise>
[[nodiscard]] suspension* capture_for(std::coroutine_handle<Promise> handle, std::uintptr_t awaited,
                                      context_anchor* target, bool* disposed) {
  promise_base* promise = nullptr;
  if constexpr (std::derived_from<Promise, promise_base>) {
    suspends(handle.promise());
    promise = &handle.promise();
  }
  return capture_target(handle, promise, awaited, target, disposed);
}

/// `drop` of jobs that are short actions of weft's own: run inline by whoever completes what they
/// wait for. (A coroutine frame has its destroy function there.)
void action_marker(job*);
/// `drop` of a `suspension`.
void suspension_marker(job*);

/// Runs a job; with builds lacking symmetric transfer, also everything that it transfers to.
#if WEFT_SYMMETRIC_TRANSFER
#if defined(__clang__)
// A frame's resume function takes the frame as a job: another type, as the sanitizer sees it.
[[clang::no_sanitize("function")]]
#endif
inline void run_job(job* item) noexcept {
  item->run(item);
}
using transfer = std::coroutine_handle<>;
[[nodiscard]] inline transfer transfer_to(job* next) noexcept {
#if defined(__clang__)
  // Its own: the compiler knows that nothing happens, where that of libstdc++ is called.
  return std::coroutine_handle<>::from_address(next == nullptr ? __builtin_coro_noop() : next);
#else
  return next == nullptr ? std::coroutine_handle<>(std::noop_coroutine())
                         : std::coroutine_handle<>::from_address(next);
#endif
}
#else
void run_job(job* item) noexcept;
using transfer = void;
void transfer_to(job* next) noexcept;
#endif

#if WEFT_SYMMETRIC_TRANSFER
/// `suspend_on` for an awaiter that has the only handle, as far as it knows.
template <class Promise>
[[nodiscard]] std::coroutine_handle<> suspend_or_run(std::coroutine_handle<Promise> handle,
                                                     task_core* core, bool* disposed) {
  core->expect_only_awaiter();
  const bool known = handle.promise().published_;
  job* self = capture(handle, edge_to(core), resume_where::captured, disposed);
  return transfer_to(add_awaiter_or_run(*core, self, handle.promise(), known));
}
#endif

/// A coroutine that has been woken runs again: forgets what it waited for. Call it before the job
/// is published.
inline void mark_resumable(job* item) noexcept {
  if (item->drop != &action_marker && item->drop != &suspension_marker) {
    // order: relaxed; a blocked thread's deadlock search reads twice and tolerates an old edge to a
    // completed core.
    promise_base::of(item)->awaited_.store(0, std::memory_order_relaxed);
  }
}

/// For a coroutine that ends, or gives way, and transfers to `item`, which `capture` made: what to
/// transfer to so that it goes on with its own values; null when it belongs elsewhere and has been
/// posted there.
[[nodiscard]] job* transfer_target(job* item) noexcept;
/// The values that `item`, which `capture` made, will go on with; no reference.
[[nodiscard]] inline flow_values* flow_of(const job* item) noexcept {
  return item->drop == &suspension_marker ? static_cast<const suspension*>(item)->flow.values
                                          : nullptr;
}

/// `frame`, a coroutine that has not run yet, as a job that gives it `values` to begin with.
[[nodiscard]] job* start_with(flow_values* values, job* frame);

/// Resumes `item` from ordinary code that has completed something: inline where this thread allows
/// it, else posted.
void resume(job* item) noexcept;
/// The same for all awaiters but the first of a completion: posted; short actions of weft's own run
/// here.
void resume_rest(job* item) noexcept;
/// Posts `item` to where it belongs without running it here.
void post_resume(job* item) noexcept;
/// Posts a coroutine that has not run yet to its target.
void post_start(suspension* item) noexcept;

/// The place that `item` was to resume in has gone: it goes on on the default pool, and its await
/// throws.
void forsake(job* item) noexcept;

// Misuse. What is thrown while a coroutine runs does not know its place yet: the coroutine that
// lets it escape adds it, so that no await has to hand its place on.
[[noreturn]] void throw_empty_handle(const char* type);
[[noreturn]] void throw_empty_handle(const char* type, const std::source_location& place);
[[noreturn]] void throw_disposed();
[[noreturn]] void throw_not_copyable();
/// The exception in flight. One of the above says where it was thrown: in the coroutine whose last
/// await is at `place`.
[[nodiscard]] std::exception_ptr current_exception_at(const std::source_location& place) noexcept;

/// Body of `initial_suspend` of hot coroutines.
#if WEFT_SYMMETRIC_TRANSFER
struct hot_start {
  [[nodiscard]] static bool await_ready() noexcept { return true; }
  static void await_suspend(std::coroutine_handle<>) noexcept {}
  static void await_resume() noexcept {}
};
#else
struct hot_start {
  [[nodiscard]] static bool await_ready() noexcept { return false; }
  static void await_suspend(std::coroutine_handle<> handle) noexcept {
    run_job(static_cast<job*>(handle.address()));
  }
  static void await_resume() noexcept {}
};
#endif

}  // namespace weft::detail
