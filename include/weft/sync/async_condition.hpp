#pragma once
/// `async_condition`: waits until a condition that an `async_mutex` guards may hold. `async_lazy`:
/// a value made once.

#include <weft/base/assert.hpp>
#include <weft/base/lock.hpp>
#include <weft/sync/async_mutex.hpp>
#include <weft/task/completion_source.hpp>
#include <weft/task/shared_task.hpp>
#include <weft/task/when_all.hpp>

#include <concepts>
#include <source_location>

namespace weft {

/// **Thread-safety**: all members but the destructor. **Lifetime**: destroying it with waiters is a
/// programmer error, reported with their places (`WEFT_ASSERT`).
/// **Source**: Monitor.Wait and Pulse; AsyncConditionVariable of Nito.AsyncEx;
/// std::condition_variable_any.
class async_condition {
 public:
  async_condition() noexcept = default;
  async_condition(const async_condition&) = delete;
  async_condition& operator=(const async_condition&) = delete;
  ~async_condition();

  /// Gives `held` back until `predicate()`, called with the lock held, is true; holds it again at
  /// the end, also when it throws. **Throws** what `predicate` throws. **Cancellation**: ends
  /// canceled, with the lock held.
  /// **Lifetime**: `held` must outlive it. `predicate` is kept.
  template <class Predicate>
    requires std::predicate<Predicate&>
  [[nodiscard]] task<> wait(async_mutex::guard& held, Predicate predicate,
                            std::stop_token stop = {},
                            std::source_location place = std::source_location::current()) {
    check(held);
    return wait_until(held, std::move(predicate), std::move(stop), place);
  }
  /// Call it with the mutex held, or a waiter that is just looking may miss it.
  void notify_one();
  void notify_all();

 private:
  static void check(const async_mutex::guard& held);
  /// Queues a waiter; completes at a notification.
  [[nodiscard]] value_task<void> next_notification(std::stop_token stop,
                                                   std::source_location place);

  template <class Predicate>
  task<> wait_until(async_mutex::guard& held, Predicate predicate, std::stop_token stop,
                    std::source_location place) {
    while (!predicate()) {
      auto notified = next_notification(stop, place)
                          .as_task();  // before the mutex is given back: nothing is missed
      async_mutex* mutex = held.mutex();
      held.unlock();
      co_await detail::completion_awaiter{&notified.checked()};
      held = co_await mutex->lock({}, place);
      co_await std::move(notified);
    }
  }

  detail::open_wait_queue queue_;
};

/// A value that the first who asks has made; all get the same one, or the same exception.
/// **Thread-safety**: all members but the destructor. **Lifetime**: results are references into it;
/// destroying it while its factory runs is a programmer error, reported with the place of the first
/// `value()` (`WEFT_ASSERT`).
/// **Source**: Lazy<Task<T>>, AsyncLazy of Nito.AsyncEx.
template <class T>
class async_lazy {
 public:
  /// `factory()` gives an awaitable of `T`; called once, on the thread of the first `value()`.
  template <class F>
    requires std::invocable<F&> && awaitable<std::invoke_result_t<F&>>
  explicit async_lazy(F factory) : factory_(make(std::move(factory))) {}
  async_lazy(const async_lazy&) = delete;
  async_lazy& operator=(const async_lazy&) = delete;
  ~async_lazy() {
    WEFT_ASSERT(!started_ || value_.is_completed(),
                "an async_lazy was destroyed while its factory runs", first_);
  }

  /// `co_await z.value()` gives `const T&`.
  [[nodiscard]] shared_task<T> value(std::source_location place = std::source_location::current()) {
    task_completion_source<T>* mine = nullptr;
    {
      detail::lock_guard held(guard_);
      if (!started_) {
        started_ = true;
        first_ = place;
        value_ = source_.task().share();
        mine = &source_;
      }
    }
    if (mine != nullptr) {
      start(*mine).detach();
    }
    return value_;
  }

 private:
  struct factory_base {
    virtual ~factory_base() = default;
    virtual task<T> call() = 0;
  };
  template <class F>
  static std::unique_ptr<factory_base> make(F factory) {
    struct holder final : factory_base {
      explicit holder(F f) : f_(std::move(f)) {}
      task<T> call() override { return detail::as_task(f_()); }
      F f_;
    };
    return std::make_unique<holder>(std::move(factory));
  }
  /// The factory is kept as long as the lazy, so a coroutine lambda's captures live.
  task<> start(task_completion_source<T>& source) {
    try {
      source.set_result(co_await factory_->call());
    } catch (const operation_canceled& e) {
      source.set_canceled(e.token());
    } catch (...) {
      source.set_exception(std::current_exception());
    }
  }

  std::unique_ptr<factory_base> factory_;
  detail::lock guard_;
  // guarded by guard_
  bool started_ = false;
  std::source_location first_;

  task_completion_source<T> source_;
  shared_task<T> value_;  // constant once started
};

}  // namespace weft
