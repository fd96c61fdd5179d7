#pragma once
/// What the operations of all synchronisation primitives share: queueing, cancelling, handing over.

#include <weft/base/brief_lock.hpp>
#include <weft/base/error.hpp>
#include <weft/base/intrusive_list.hpp>
#include <weft/task/detail/ender.hpp>
#include <weft/task/operation.hpp>
#include <weft/task/value_task.hpp>

#include <optional>
#include <source_location>
#include <stop_token>
#include <string>
#include <utility>

namespace weft::detail {

struct wait_queue;

/// A queued operation, whatever it gives.
struct waiter_base : list_hook<> {
  wait_queue* queue = nullptr;
  bool handed_over = false;  // guarded by queue->guard: it is about to be completed, leave it alone
  std::size_t wanted = 1;    ///< Semaphore: permits. Shared mutex: 0 shared, 1 exclusive.
  std::source_location asked_at;  ///< Where the user's code asked for it.

  /// Ends it as canceled by `stop`; appends the awaiter to `ready`. Pre: unlinked by the caller.
  virtual void cancel(job_list& ready) noexcept = 0;
  /// It leaves `queue` before its turn: takes out who may go in now. Pre: the guard is held.
  virtual void take_behind(wait_queue& queue, intrusive_list<waiter_base>& taken) noexcept = 0;
  /// Completes those. Pre: the guard is not held.
  virtual void let_in(wait_queue& queue, intrusive_list<waiter_base>& taken) noexcept = 0;

 protected:
  ~waiter_base() = default;
};

/// The lock and the queue of waiters of one primitive.
struct wait_queue {
  brief_lock guard;
  // guarded by guard
  intrusive_list<waiter_base> waiters;  // first come, first served
  std::size_t count = 0;                // of them

  // Who has the lock, if this is one: made by the first coroutine that does, changed by holders.
  atomic<owned_waitable*> owner{nullptr};

  wait_queue() noexcept = default;
  ~wait_queue();
  /// False without memory: the owner stays unknown.
  bool is_owned_by(promise_base* promise, const char* what) noexcept {
    // order: relaxed; only holders make it, and the lock orders them.
    owned_waitable* made = owner.load(std::memory_order_relaxed);
    if (made == nullptr) [[unlikely]] {
      made = make_owner(what);
      if (made == nullptr) {
        return false;
      }
    }
    // order: release; pairs with the reads of follow_to_core, which follows it.
    made->owner.store(reinterpret_cast<std::uintptr_t>(promise), std::memory_order_release);
    return true;
  }
  owned_waitable* make_owner(const char* what) noexcept;
  /// What comes next is not the owner's. Pre: is_owned_by.
  void disown() noexcept;

  [[nodiscard]] bool empty() noexcept {
    brief_guard held(guard);
    return waiters.empty();
  }
  /// For the report of one that is destroyed too early: who has it, as far as known, and who waits,
  /// each with the place.
  [[nodiscard]] std::string users();
  /// The first one, to be completed once the lock has been given back. Pre: guard is held, there is
  /// one.
  [[nodiscard]] waiter_base& take_front() noexcept {
    waiter_base* first = waiters.pop_front();
    first->handed_over = true;
    --count;
    return *first;
  }
  waiter_base& take_front(intrusive_list<waiter_base>& taken) noexcept {
    waiter_base& first = take_front();
    taken.push_back(first);
    return first;
  }
  void take_all(intrusive_list<waiter_base>& taken) noexcept {
    while (!waiters.empty()) {
      take_front(taken);
    }
  }
};

/// What a guard of `M` holds of it, and whether the lock knows the coroutine whose guard it is.
/// Moving ends that: nobody owns a guard that was moved.
template <class M>
class hold {
 public:
  hold() noexcept = default;
  explicit hold(M& of) noexcept : of_(&of) {}
  hold(hold&& other) noexcept : of_(other.release()) {}
  hold& operator=(hold&& other) noexcept {
    of_ = other.release();
    return *this;
  }
  [[nodiscard]] M* get() const noexcept { return of_; }
  /// Lets go; null: held nothing.
  [[nodiscard]] M* release() noexcept {
    if (owned_) {
      owned_ = false;
      of_->queue_.disown();
    }
    return std::exchange(of_, nullptr);
  }
  void is_owned_by(wait_queue& queue, promise_base* promise, const char* what) noexcept {
    owned_ = queue.is_owned_by(promise, what);
  }

 private:
  M* of_ = nullptr;
  bool owned_ = false;
};

/// That of a primitive whose waits anybody can end who knows it; a lock's end with its holder.
struct open_wait_queue : wait_queue {
 private:
  ender counted_;
};

/// Posts what has become runnable: never inside the call that released it.
void post_ready(job_list ready) noexcept;
/// Completes all of `taken`, whose operations give nothing, and posts their awaiters.
void complete_all(intrusive_list<waiter_base>& taken) noexcept;
/// Takes `waiter` out of its queue, if it is there still, and ends it as canceled.
void withdraw(waiter_base& waiter) noexcept;

/// An operation that waits in a queue and gives a `T`.
template <class T>
class waiter final : public operation<T, waiter<T>>, public waiter_base {
 public:
  /// `ops`: says what it waits for, see `ops_named`.
  explicit waiter(const core_ops& ops) noexcept : operation<T, waiter<T>>(ops) {}

  void abandon() noexcept { withdraw(*this); }
  void cancel(job_list& ready) noexcept override {
    this->fail_into(ready, std::make_exception_ptr(operation_canceled(stop_)));
  }
  void take_behind([[maybe_unused]] wait_queue& from,
                   [[maybe_unused]] intrusive_list<waiter_base>& taken) noexcept override {
    if constexpr (requires { T::take_behind(from, taken); }) {
      T::take_behind(from, taken);
    }
  }
  void let_in([[maybe_unused]] wait_queue& from,
              [[maybe_unused]] intrusive_list<waiter_base>& taken) noexcept override {
    if constexpr (requires { T::let_in(from, taken); }) {
      T::let_in(from, taken);
    }
  }
  /// For the deadlock search: the lock, unless a token can end the wait.
  [[nodiscard]] std::uintptr_t edge() noexcept
    requires owned_guard<T>
  {
    // order: acquire; pairs with release in make_owner.
    const owned_waitable* lock = queue->owner.load(std::memory_order_acquire);
    return lock == nullptr || stop_.stop_possible() ? edge_to(this->core()) : edge_to(lock);
  }
  /// After the waiter was queued and the lock released. May end it at once.
  void watch(std::stop_token stop) {
    stop_ = std::move(stop);
    on_stop_.emplace(stop_, stopped{this});
  }

 private:
  struct stopped {
    waiter* self;
    void operator()() const noexcept { withdraw(*self); }
  };
  std::stop_token stop_;
  std::optional<std::stop_callback<stopped>> on_stop_;
};

/// Queues a waiter under `held`, which is given back, and returns its value_task. `Name`: of what
/// it waits for, for people. `place`: where the user's code asked.
/// **Throws** `std::bad_alloc` with nothing queued.
template <class T, literal Name>
[[nodiscard]] value_task<T> wait_in(wait_queue& queue, brief_guard& held, std::stop_token stop,
                                    std::source_location place, std::size_t wanted = 1) {
  auto* made = frame_new<waiter<T>>(waiter<T>::template ops_named<Name>());
  made->queue = &queue;
  made->wanted = wanted;
  made->asked_at = place;
  const bool watched = stop.stop_possible();
  if (watched) {
    made->add_handle();  // a completion on another thread must not free it while we register the
                         // callback
  }
  queue.waiters.push_back(*made);
  ++queue.count;
  held.release();
  value_task<T> end(made->core());
  if (watched) {
    made->watch(std::move(stop));
    made->release_handle();
  }
  return end;
}

}  // namespace weft::detail
