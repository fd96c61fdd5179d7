#pragma once
/// `with_scope`, `task_scope`: children that end before their parent goes on.

#include <weft/base/lock.hpp>
#include <weft/task/run.hpp>

#include <concepts>
#include <exception>
#include <memory>
#include <optional>
#include <source_location>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft {

class task_scope;

namespace detail {

[[noreturn]] void throw_scope_ended(const std::source_location& place);

/// A task that ended with the exception that is being handled.
template <class T>
[[nodiscard]] task<T> from_thrown() {
  auto* core = frame_new<plain_core<T>>();
  const outcome how = outcome_of_current_exception();
  core->emplace_error(std::current_exception());
  core->finish(how);
  return task<T>(core);
}

/// What `spawn` starts for a function: keeps it until its task has ended.
template <class F, class... Token>
run_coroutine<typename unwrapped<std::invoke_result_t<F&, Token...>>::type> call_child(
    F given, Token... token) {
  F f(std::move(given));  // its end comes before that of the child
  static_assert(awaitable<std::invoke_result_t<F&, Token...>>,
                "weft: spawn takes a function that gives something to await; put plain work into "
                "run(...)");
  auto child = as_task(f(std::move(token)...));
  co_await completion_awaiter{&child.checked()};
  if (child.is_faulted()) {
    throw_all_faults(child);
  }
  co_return co_await std::move(child);
}

}  // namespace detail

/// The handle that `spawn` gives: a task that need not be kept.
template <class T>
struct spawned : task<T> {
  explicit spawned(task<T> t) noexcept : task<T>(std::move(t)) {}
};

/// Where children are started; `with_scope` makes it.
/// **Thread-safety**: all members from any thread, children included.
class task_scope {
 public:
  task_scope(const task_scope&) = delete;
  task_scope& operator=(const task_scope&) = delete;
  ~task_scope() = default;

  /// Asks the children to stop: the caller's token, the first failure, or `cancel`.
  [[nodiscard]] std::stop_token stop_token() const noexcept { return stop_.get_token(); }
  /// Asks all children to stop. Those that end canceled then are no failure.
  void cancel() noexcept;

  /// Starts a child on this thread, now: an awaitable, or a function `f(std::stop_token)` or `f()`
  /// that gives one, which the scope keeps until the child has ended. The handle may be dropped:
  /// the scope has taken the exception.
  /// **Throws** `invalid_operation` when the scope has ended.
  template <class A>
    requires awaitable<A>
  auto spawn(A&& what, std::source_location place = std::source_location::current()) {
    enter(place);
    return started([&] { return detail::join_argument(std::forward<A>(what)); });
  }
  template <class F>
    requires(!awaitable<F> && (std::invocable<std::decay_t<F>&, std::stop_token> ||
                               std::invocable<std::decay_t<F>&>))
  auto spawn(F&& f, std::source_location place = std::source_location::current()) {
    enter(place);
    return started([&] {
      if constexpr (std::invocable<std::decay_t<F>&, std::stop_token>) {
        return start_function<std::stop_token>(std::forward<F>(f), stop_token());
      } else {
        return start_function<>(std::forward<F>(f));
      }
    });
  }

  /// Internal: what `with_scope` does with it.
  explicit task_scope(const std::stop_token& outer) : outer_(outer) {
    if (outer.stop_possible()) {
      follow_.emplace(outer, follow{this});
    }
  }
  static void* operator new(std::size_t bytes) { return detail::frame_allocate(bytes); }
  static void operator delete(void* scope, std::size_t bytes) noexcept {
    detail::frame_free(scope, bytes);
  }
  /// A child or the body has ended so.
  void note_end(const detail::task_handle& ended);
  /// After the body: resumes when all children have ended.
  struct all_ended_awaiter {
    using weft_awaitable = void;
    task_scope* scope;
    [[nodiscard]] static bool await_ready() noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
      detail::job* self =
          detail::capture(handle, detail::edge_to(&what), detail::resume_where::anywhere, nullptr);
      if (scope->wait(self)) {
        return true;
      }
      detail::release_capture(self);
      return false;
    }
    static void await_resume() noexcept {}
    static constexpr detail::waitable what{"task_scope"};
  };
  [[nodiscard]] all_ended_awaiter all_ended() noexcept { return {this}; }
  /// How the whole ends: throws what failed, or that it was canceled.
  void throw_failures();

 private:
  struct child : detail::job {
    task_scope* scope = nullptr;
    detail::task_core* core = nullptr;  // holds a handle
  };
  struct follow {
    task_scope* scope;
    void operator()() const noexcept { scope->stop_.request_stop(); }
  };

  template <class... Token, class F>
  static auto start_function(F&& f, Token... token) {
    using R = typename detail::unwrapped<std::invoke_result_t<std::decay_t<F>&, Token...>>::type;
    return task<R>(
        detail::call_child<std::decay_t<F>, Token...>(std::forward<F>(f), std::move(token)...));
  }
  template <class Start>
  auto started(Start start) {
    try {
      auto t = start();
      t.checked();
      watch(t);
      return spawned<typename decltype(t)::value_type>(std::move(t));
    } catch (...) {
      leave();
      throw;
    }
  }
  void enter(const std::source_location& place);
  void watch(detail::task_handle& t);
  void leave() noexcept;
  [[nodiscard]] bool wait(detail::job* self) noexcept;
  static void child_ended(detail::job* self) noexcept;

  std::stop_token outer_;
  std::stop_source stop_;
  // The body and the children that have not ended; 0: the scope has ended.
  detail::atomic<std::size_t> running_{1};
  detail::job* waiting_ = nullptr;  // published by running_
  detail::lock lock_;
  // Guarded by lock_:
  std::vector<std::exception_ptr> faults_;  // in the order in which they happened
  std::exception_ptr canceled_;             // a cancellation that nobody had asked for
  bool was_asked_ = false;                  // somebody ended canceled as asked
  std::optional<std::stop_callback<follow>> follow_;
};

namespace detail {

template <class F>
using scope_result = typename unwrapped<std::invoke_result_t<F&, task_scope&>>::type;

template <class F>
run_coroutine<scope_result<F>> run_scope(F f, std::unique_ptr<task_scope> scope) {
  static_assert(awaitable<std::invoke_result_t<F&, task_scope&>>,
                "weft: with_scope takes a function that gives something to await");
  task<scope_result<F>> body;
  try {
    body = as_task(f(*scope));
    body.checked();
  } catch (...) {
    body = from_thrown<scope_result<F>>();
  }
  co_await completion_awaiter{&body.checked()};
  scope->note_end(body);
  co_await scope->all_ended();
  scope->throw_failures();
  co_return co_await std::move(body);
}

}  // namespace detail

/// Calls `f(task_scope&)`, a coroutine, and ends when it and all that was spawned in the scope have
/// ended, however deep. The first failure asks all others to stop.
/// **Returns** what `f` gives. **Throws** the first failure; later ones are in `exceptions()` of
/// the returned task. A cancellation that nobody asked for is a failure, which every fault beats;
/// when `stop` was requested and a child ended canceled for it, `operation_canceled`.
/// **Lifetime**: `f` and all spawned functions are kept until all have ended, so coroutine lambdas
/// with captures, also by reference to what outlives the await, are safe.
/// **Cancellation**: `stop` is handed on to the scope's token.
/// **Cost**: two pooled objects, and one a child. **Source**: structured concurrency, as Kotlin's
/// coroutineScope and Python's TaskGroup; .NET has none.
template <class F>
  requires std::invocable<F&, task_scope&>
[[nodiscard]] task<detail::scope_result<F>> with_scope(F f, std::stop_token stop = {}) {
  return detail::run_scope(std::move(f), std::make_unique<task_scope>(stop));
}

}  // namespace weft
