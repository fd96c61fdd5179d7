#pragma once
/// `lazy<T>`: work that starts when it is awaited.

#include <weft/task/coroutine.hpp>
#include <weft/task/task.hpp>

namespace weft {

template <class T = void>
class lazy;

namespace detail {

[[noreturn]] void throw_lazy_consumed();

/// Promise of `lazy`: no count and no state word, since exactly one awaiter owns it.
template <class T>
class lazy_promise_base : public promise_base, public pooled_frame {
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
      job* next = self.promise().continuation_;
      mark_resumable(next);
      return transfer_to(next);
    }
    static void await_resume() noexcept {}
  };
  [[nodiscard]] static at_end final_suspend() noexcept { return {}; }

  void unhandled_exception() noexcept {
    ::new (static_cast<void*>(&error_)) std::exception_ptr(std::current_exception());
    end_ = end::error;
  }
  template <class Awaitable>
  [[nodiscard]] Awaitable&& await_transform(
      Awaitable&& awaitable, std::source_location place = std::source_location::current()) noexcept {
    static_assert(weft::awaitable<Awaitable>, "weft: this type cannot be awaited");
    place_ = place;
    return static_cast<Awaitable&&>(awaitable);
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

  job* continuation_ = nullptr;
  bool started_ = false;

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

/// A coroutine that runs when it is awaited, on the awaiting thread, and belongs to the one who awaits: cold, one-shot,
/// structured. **Throws** `invalid_operation` on a second use.
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
      promise_->continuation_ = detail::capture(parent, detail::edge_to_lazy(promise_),
                                                detail::resume_where::captured, &disposed_);
      return detail::transfer_to(promise_->frame());
    }
    T await_resume() {
      if (disposed_) [[unlikely]] {
        detail::throw_disposed();
      }
      return promise_->take();
    }

   private:
    promise_type* promise_;
    bool disposed_ = false;
  };
  [[nodiscard]] awaiter operator co_await() { return awaiter(begin()); }

  /// Starts it on this thread, now: a task instead. **Cost**: one more frame.
  [[nodiscard]] task<T> start() && {
    if (promise_ == nullptr || promise_->started_) {
      detail::throw_lazy_consumed();
    }
    return run_as_task(std::move(*this));
  }

  /// Internal: marks it as used and gives its promise.
  [[nodiscard]] promise_type* begin() {
    if (promise_ == nullptr || promise_->started_) [[unlikely]] {
      detail::throw_lazy_consumed();
    }
    promise_->started_ = true;
    return promise_;
  }

  /// Internal: its promise, once begun.
  [[nodiscard]] promise_type* started() const noexcept { return promise_; }

 private:
  explicit lazy(promise_type* promise) noexcept : promise_(promise) {}
  static task<T> run_as_task(lazy self) { co_return co_await self; }
  void reset() noexcept {
    if (promise_ != nullptr) {
      std::coroutine_handle<promise_type>::from_promise(*std::exchange(promise_, nullptr)).destroy();
    }
  }
  promise_type* promise_ = nullptr;
};

}  // namespace weft
