#pragma once
/// `lazy<T>`: work that starts when it is awaited.

#include <weft/task/coroutine.hpp>
#include <weft/task/task.hpp>

namespace weft {

template <class T = void>
class lazy;

namespace detail {

[[noreturn]] void throw_lazy_consumed();

class fork_record;

/// Who goes on when a lazy has ended, with its kind in the low bits: the frame that awaits it,
/// another job (a suspension), or the fork that it is a child of.
class lazy_end {
 public:
  enum class kind : std::uintptr_t {
    none = 0,
    frame = 1,
    other_job = 2,
    fork = 3,            ///< A child that runs as part of its parent's own chain.
    fork_elsewhere = 4,  ///< A child that was taken from a queue.
  };

  lazy_end() noexcept = default;
  /// `awaiting`: what `capture` gave for the coroutine with the frame `own`.
  lazy_end(job* awaiting, const job* own) noexcept
      : word_(reinterpret_cast<std::uintptr_t>(awaiting) |
              static_cast<std::uintptr_t>(awaiting == own ? kind::frame : kind::other_job)) {}
  lazy_end(fork_record* fork, kind k) noexcept
      : word_(reinterpret_cast<std::uintptr_t>(fork) | static_cast<std::uintptr_t>(k)) {}

  [[nodiscard]] bool is_set() const noexcept { return word_ != 0; }
  [[nodiscard]] kind what() const noexcept { return static_cast<kind>(word_ & 7); }
  [[nodiscard]] job* awaiter() const noexcept {
    return reinterpret_cast<job*>(word_ & ~std::uintptr_t{7});
  }
  [[nodiscard]] fork_record* fork() const noexcept {
    return reinterpret_cast<fork_record*>(word_ & ~std::uintptr_t{7});
  }

 private:
  std::uintptr_t word_ = 0;
};

/// First base of a lazy's promise, whatever its type.
struct lazy_base : promise_base {
  lazy_end then_;
};

/// The next to run after a child of a fork: a sibling, the parent, or null.
[[nodiscard]] job* fork_child_ended(lazy_end child) noexcept;

/// Promise of `lazy`: no count and no state word, since exactly one awaiter owns it.
template <class T>
class lazy_promise_base : public lazy_base, public pooled_frame {
 public:
  lazy_promise_base() noexcept {}
  ~lazy_promise_base() {
    if (end_ == end::value) {
      value_.~stored_t();
    } else if (end_ == end::error) {
      error_.~exception_ptr();
    }
  }
  [[nodiscard]] static std::suspend_always initial_suspend() noexcept { return {}; }

  struct at_end {
    [[nodiscard]] static bool await_ready() noexcept { return false; }
    template <class Promise>
    transfer await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      const lazy_end then = self.promise().then_;
      switch (then.what()) {
        case lazy_end::kind::frame:
          // order: relaxed; as mark_resumable.
          promise_base::of(then.awaiter())->awaited_.store(0, std::memory_order_relaxed);
          [[fallthrough]];
        case lazy_end::kind::other_job:
          return transfer_to(then.awaiter());
        default:
          return transfer_to(fork_child_ended(then));
      }
    }
    static void await_resume() noexcept {}
  };
  [[nodiscard]] static at_end final_suspend() noexcept { return {}; }

  void unhandled_exception() noexcept {
    ::new (static_cast<void*>(&error_)) std::exception_ptr(std::current_exception());
    end_ = end::error;
  }
  template <class Awaitable>
  [[nodiscard]] passed_through<Awaitable> await_transform(
      Awaitable&& awaitable,
      std::source_location place = std::source_location::current()) noexcept {
    static_assert(weft::awaitable<Awaitable>, "weft: this type cannot be awaited");
    place_ = place;
    return pass_through<Awaitable>(awaitable);
  }

  /// Pre: it has run to its end. The value leaves.
  T take() {
    if (end_ == end::error) [[unlikely]] {
      std::rethrow_exception(error_);
    }
    if constexpr (std::is_reference_v<T>) {
      return static_cast<T>(*value_);
    } else if constexpr (!std::is_void_v<T>) {
      return T(std::move(value_));
    }
  }
  [[nodiscard]] bool failed() const noexcept { return end_ == end::error; }

 protected:
  using stored_t = stored<T>;
  template <class... Args>
  void emplace(Args&&... args) {
    ::new (static_cast<void*>(&value_)) stored_t(std::forward<Args>(args)...);
    end_ = end::value;
  }

 private:
  enum class end : std::uint8_t { none, value, error };
  end end_ = end::none;
  union {
    stored_t value_;
    std::exception_ptr error_;
  };
};

template <class T>
class lazy_promise : public lazy_promise_base<T> {
 public:
  template <class U = T>
    requires std::convertible_to<U&&, T>
  void return_value(U&& value) {
    if constexpr (std::is_reference_v<T>) {
      this->emplace(std::addressof(static_cast<T>(value)));
    } else {
      this->emplace(std::forward<U>(value));
    }
  }
};
template <>
class lazy_promise<void> : public lazy_promise_base<void> {
 public:
  void return_void() noexcept { emplace(); }
};

}  // namespace detail

/// A coroutine that runs when it is awaited, on the awaiting thread, and belongs to the one who
/// awaits: cold, one-shot, structured. **Throws** `invalid_operation` on a second use.
/// **Lifetime**: destroying one that was never awaited frees it without running it.
/// **Cost**: one pooled frame; no atomic operation.
/// **Source**: cppcoro::task; F#'s Async.
template <class T>
class [[nodiscard]] lazy {
 public:
  using value_type = T;
  using weft_awaitable = void;
  class promise_type final : public detail::lazy_promise<T> {
   public:
    lazy get_return_object(std::source_location place = std::source_location::current()) noexcept {
      this->place_ = place;
      return lazy(this);
    }
  };

  lazy() noexcept = default;
  lazy(lazy&& other) noexcept : promise_(std::exchange(other.promise_, nullptr)) {}
  lazy& operator=(lazy&& other) noexcept {
    if (this != &other) {
      reset();
      promise_ = std::exchange(other.promise_, nullptr);
    }
    return *this;
  }
  ~lazy() { reset(); }

  [[nodiscard]] bool valid() const noexcept { return promise_ != nullptr; }

  class awaiter {
   public:
    explicit awaiter(promise_type* promise) noexcept : promise_(promise) {}
    [[nodiscard]] static bool await_ready() noexcept { return false; }
    template <class Promise>
    detail::transfer await_suspend(std::coroutine_handle<Promise> parent) {
      return begin(parent, detail::resume_where::captured);
    }
    T await_resume() {
      if (disposed_) [[unlikely]] {
        detail::throw_disposed();
      }
      return promise_->take();
    }

   protected:
    template <class Promise>
    detail::transfer begin(std::coroutine_handle<Promise> parent, detail::resume_where where) {
      promise_->then_ = detail::lazy_end(
          detail::capture(parent, detail::edge_to_lazy(promise_), where, &disposed_),
          static_cast<const detail::job*>(parent.address()));
      return detail::transfer_to(promise_->frame());
    }
    promise_type* promise_;

   private:
    bool disposed_ = false;
  };
  [[nodiscard]] awaiter operator co_await() { return awaiter(&unused()); }

  /// Starts it on this thread, now: a task instead. **Cost**: one more frame.
  [[nodiscard]] task<T> start() && {
    static_cast<void>(unused());
    return run_as_task(std::move(*this));
  }

  /// Internal: its promise, not begun yet.
  [[nodiscard]] promise_type& unused() const {
    if (promise_ == nullptr || promise_->then_.is_set()) [[unlikely]] {
      detail::throw_lazy_consumed();
    }
    return *promise_;
  }
  /// Internal: its promise, once begun.
  [[nodiscard]] promise_type* started() const noexcept { return promise_; }

  [[nodiscard]] promise_type* release() noexcept { return std::exchange(promise_, nullptr); }
  explicit lazy(promise_type* promise) noexcept : promise_(promise) {}

 private:
  /// The await of the task that `start` makes: it has nothing to do in a context of its own, and
  /// reports name the lazy.
  struct start_awaiter : awaiter {
    using weft_awaitable = void;
    using awaiter::awaiter;
    template <class Promise>
    detail::transfer await_suspend(std::coroutine_handle<Promise> parent) {
      parent.promise().place_ = this->promise_->place_;
      return this->begin(parent, detail::resume_where::anywhere);
    }
  };
  static task<T> run_as_task(lazy self) { co_return co_await start_awaiter(self.promise_); }
  void reset() noexcept {
    if (promise_ != nullptr) {
      std::coroutine_handle<promise_type>::from_promise(*std::exchange(promise_, nullptr))
          .destroy();
    }
  }
  promise_type* promise_ = nullptr;
};

}  // namespace weft
