#pragma once
/// `async_mutex` and `async_shared_mutex`: mutual exclusion between coroutines, held across awaits.

#include <weft/sync/waiter.hpp>

#include <optional>
#include <source_location>

namespace weft {

/// A lock that a coroutine awaits and holds by a guard, across awaits and threads. Not recursive.
/// First come, first served: the lock is handed to the next waiter, nobody barges in.
/// **Thread-safety**: all members but the destructor. **Lifetime**: destroying it while it is held
/// or awaited is a programmer error, reported with the places of those (`WEFT_ASSERT`).
/// **Cost**: uncontended a compare-exchange to lock and one to unlock, no allocation; waiting takes
/// one pooled object.
/// **Source**: SemaphoreSlim(1, 1) as .NET programmers use it; AsyncLock of Nito.AsyncEx.
class async_mutex {
 public:
  class guard;

  async_mutex() noexcept = default;
  async_mutex(const async_mutex&) = delete;
  async_mutex& operator=(const async_mutex&) = delete;
  ~async_mutex();

  /// **Cancellation**: ends canceled, the queue forgets it; a requested token wins over a free
  /// lock.
  [[nodiscard]] value_task<guard> lock(
      std::stop_token stop = {}, std::source_location place = std::source_location::current());
  [[nodiscard]] std::optional<guard> try_lock();

 private:
  friend class guard;
  friend class detail::hold<async_mutex>;
  void unlock() noexcept;
  [[nodiscard]] bool try_take() noexcept;

  // 0: free, 1: held, 2: held and somebody waits (changes to and from 2 under queue_.guard)
  detail::atomic<std::uint32_t> state_{0};
  detail::wait_queue queue_;
};

/// Holds an `async_mutex`; gives it back when destroyed. Movable, also to another thread.
class [[nodiscard]] async_mutex::guard {
 public:
  guard() noexcept = default;
  explicit guard(async_mutex& mutex) noexcept : held_(mutex) {}
  guard(guard&& other) noexcept = default;
  guard& operator=(guard&& other) noexcept {
    if (this != &other) {
      unlock();
      held_ = std::move(other.held_);
    }
    return *this;
  }
  ~guard() { unlock(); }

  /// Gives it back before the scope ends. The next waiter resumes on the pool, never inside this
  /// call.
  void unlock() noexcept {
    if (async_mutex* mutex = held_.release()) {
      mutex->unlock();
    }
  }
  [[nodiscard]] bool owns_lock() const noexcept { return held_.get() != nullptr; }
  [[nodiscard]] async_mutex* mutex() const noexcept { return held_.get(); }

  /// Internal: it stays where it is, in the frame of that coroutine.
  void is_owned_by(detail::promise_base* promise) noexcept {
    held_.is_owned_by(held_.get()->queue_, promise, "async_mutex");
  }

 private:
  detail::hold<async_mutex> held_;
};

/// Many readers or one writer. First come, first served: a waiting writer holds later readers back.
/// **Thread-safety**, **Lifetime**, **Cancellation** as `async_mutex`.
/// **Source**: AsyncReaderWriterLock of Nito.AsyncEx and Visual Studio Threading; .NET itself has
/// none.
class async_shared_mutex {
 public:
  class guard;

  async_shared_mutex() noexcept = default;
  async_shared_mutex(const async_shared_mutex&) = delete;
  async_shared_mutex& operator=(const async_shared_mutex&) = delete;
  ~async_shared_mutex();

  [[nodiscard]] value_task<guard> lock(
      std::stop_token stop = {}, std::source_location place = std::source_location::current());
  [[nodiscard]] value_task<guard> lock_shared(
      std::stop_token stop = {}, std::source_location place = std::source_location::current());
  [[nodiscard]] std::optional<guard> try_lock();
  [[nodiscard]] std::optional<guard> try_lock_shared();

 private:
  friend class guard;
  friend class detail::hold<async_shared_mutex>;
  enum class mode : std::size_t { shared, exclusive };
  [[nodiscard]] bool admits(mode m) const noexcept;
  void enter(mode m) noexcept;
  void leave(mode m) noexcept;
  void admit_waiters(detail::intrusive_list<detail::waiter_base>& taken) noexcept;
  void complete(detail::intrusive_list<detail::waiter_base>& taken) noexcept;
  [[nodiscard]] value_task<guard> lock_as(mode m, std::stop_token stop, std::source_location place);
  [[nodiscard]] std::optional<guard> try_lock_as(mode m);

  detail::wait_queue queue_;
  // guarded by queue_.guard
  std::size_t readers_ = 0;
  bool writer_ = false;
};

/// Holds an `async_shared_mutex`, for reading or for writing.
class [[nodiscard]] async_shared_mutex::guard {
 public:
  guard() noexcept = default;
  guard(guard&& other) noexcept = default;
  guard& operator=(guard&& other) noexcept {
    if (this != &other) {
      unlock();
      held_ = std::move(other.held_);
      mode_ = other.mode_;
    }
    return *this;
  }
  ~guard() { unlock(); }
  void unlock() noexcept {
    if (async_shared_mutex* mutex = held_.release()) {
      mutex->leave(mode_);
    }
  }
  [[nodiscard]] bool owns_lock() const noexcept { return held_.get() != nullptr; }

  /// Internal: as that of `async_mutex`; of several readers none is known.
  void is_owned_by(detail::promise_base* promise) noexcept {
    if (mode_ == mode::exclusive) {
      held_.is_owned_by(held_.get()->queue_, promise, "async_shared_mutex");
    }
  }
  /// Internal: a waiter of `queue` gives up; readers may have waited behind a writer.
  static void take_behind(detail::wait_queue& queue,
                          detail::intrusive_list<detail::waiter_base>& taken) noexcept;
  static void let_in(detail::wait_queue& queue,
                     detail::intrusive_list<detail::waiter_base>& taken) noexcept;

 private:
  friend class async_shared_mutex;
  static async_shared_mutex& of(detail::wait_queue& queue) noexcept;
  guard(async_shared_mutex& mutex, mode m) noexcept : held_(mutex), mode_(m) {}
  detail::hold<async_shared_mutex> held_;
  mode mode_ = mode::shared;
};

}  // namespace weft
