#pragma once
/// `value_task<T>`: a result that is often there at once, and then costs no allocation.

#include <weft/task/operation.hpp>
#include <weft/task/task.hpp>

#include <optional>

namespace weft {

namespace detail {

/// The guard of a lock that wants to know the coroutine that awaited it, for the deadlock search.
template <class T>
concept owned_guard = requires(T& guard, promise_base* by) { guard.is_owned_by(by); };

/// The coroutine that awaits a guard.
class guard_owner {
 public:
  template <class Promise>
  void note(Promise& promise) noexcept {
    if constexpr (std::derived_from<Promise, promise_base>) {
      promise_ = &promise;
      if constexpr (requires { promise.published_; }) {
        promise.published_ = true;  // others may wait for it now, by the lock
      }
    }
  }
  /// Only a guard in the coroutine's frame is given back by it, and by nobody else.
  template <class Guard>
  void owns(Guard& guard) const noexcept {
    constexpr std::uintptr_t largest_frame = 8192;
    if (promise_ != nullptr &&
        reinterpret_cast<std::uintptr_t>(&guard) - reinterpret_cast<std::uintptr_t>(promise_) <
            largest_frame) {
      guard.is_owned_by(promise_);
    }
  }

 private:
  promise_base* promise_ = nullptr;
};

template <class T>
class configured_value_task;

}  // namespace detail

/// The result of an operation: the value itself when it completed at once, else the state of the
/// pending operation. One-shot: it is awaited, or asked for its result, once.
/// **Throws** `value_task_consumed` on a second use (`co_await` on an lvalue does not compile).
/// **Lifetime**: dropping one that has not completed withdraws the operation, or asks the kernel to
/// cancel it; a coroutine behind it goes on.
/// **Cost**: none when a plain function returns `value_task<T>(v)`; a pooled frame or operation
/// state else.
/// **Source**: System.Threading.Tasks.ValueTask<TResult>; .NET leaves a second use undefined.
template <class T = void>
class [[nodiscard]] value_task {
 public:
  using value_type = T;
  using weft_awaitable = void;
  class promise_type final : public detail::returning_promise<T> {
   public:
    value_task get_return_object(
        std::source_location place = std::source_location::current()) noexcept {
      this->created(place);
      return value_task(static_cast<detail::core_of<T>*>(this));
    }
  };

  /// Completed with `T{}`.
  value_task() noexcept(std::is_void_v<T> ||
                        std::is_nothrow_default_constructible_v<detail::stored<T>>)
    requires std::default_initializable<detail::stored<T>>
      : state_(state::value), value_() {}
  /// Completed with `value`.
  template <class U = T>
    requires(!std::is_void_v<T> && std::convertible_to<U &&, T> &&
             !std::same_as<std::remove_cvref_t<U>, value_task> &&
             !std::same_as<std::remove_cvref_t<U>, task<T>>)
  value_task(U&& value) : state_(state::value), value_(store(std::forward<U>(value))) {}
  /// Awaits what `t` does.
  value_task(task<T> t)
      : state_(state::core), core_(static_cast<detail::core_of<T>*>(&t.checked())) {
    static_cast<void>(t.release());
  }
  /// Takes one handle of `core`.
  explicit value_task(detail::core_of<T>* core) noexcept : state_(state::core), core_(core) {}

  value_task(value_task&& other) noexcept(std::is_nothrow_move_constructible_v<detail::stored<T>>)
      : state_(state::consumed) {
    take_from(other);
  }
  value_task& operator=(value_task&& other) noexcept(
      std::is_nothrow_move_constructible_v<detail::stored<T>>) {
    if (this != &other) {
      clear();
      take_from(other);
    }
    return *this;
  }
  ~value_task() { clear(); }

  [[nodiscard]] bool is_completed() const {
    check_unused();
    return state_ == state::value || core_->is_completed();
  }
  [[nodiscard]] bool is_completed_successfully() const {
    check_unused();
    return state_ == state::value || core_->succeeded();
  }
  [[nodiscard]] bool is_faulted() const { return is_completed() && failed_by(true); }
  [[nodiscard]] bool is_canceled() const { return is_completed() && failed_by(false); }

  class awaiter {
   public:
    static constexpr bool wants_owner = detail::owned_guard<T>;
    explicit awaiter(value_task&& v) noexcept(std::is_nothrow_move_constructible_v<value_task>)
        : operand_(std::move(v)) {}
    /// For the coroutine of `promise`.
    template <class Promise>
    awaiter(value_task&& v, Promise& promise) noexcept : operand_(std::move(v)) {
      owner_.note(promise);
    }
    [[nodiscard]] bool await_ready() const noexcept {
      return operand_.state_ == state::value || operand_.core_->is_completed();
    }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
      return suspend(handle, detail::resume_where::captured);
    }
    T await_resume() {
      if (disposed_) [[unlikely]] {
        detail::throw_disposed();
      }
      if constexpr (detail::owned_guard<T>) {
        return take_guard();
      } else {
        return operand_.take();
      }
    }

   protected:
    template <class Promise>
    bool suspend(std::coroutine_handle<Promise> handle, detail::resume_where where) {
      operand_.core_->expect_only_awaiter();
      return detail::suspend_on(handle, operand_.core_, where, &disposed_);
    }

   private:
    /// g++ before 14 builds a result in place only where it is declared at the top of its function.
    T take_guard() {
      T held = operand_.take();
      owner_.owns(held);  // where it lies now is where it stays
      return held;
    }
    struct nobody {};
    value_task operand_;
    bool disposed_ = false;
    [[no_unique_address]] std::conditional_t<detail::owned_guard<T>, detail::guard_owner, nobody>
        owner_;
  };

  /// One use only: `co_await std::move(v)`.
  awaiter operator co_await() & = delete;
  [[nodiscard]] awaiter operator co_await() && {
    check_unused();
    return awaiter(std::move(*this));
  }
  /// Internal: the same for the coroutine of `promise`.
  template <class Promise>
  [[nodiscard]] awaiter awaiter_for(Promise& promise) && {
    check_unused();
    return awaiter(std::move(*this), promise);
  }

  /// `co_await std::move(v).configure_await(false)`: resumes on whatever thread completes it, but
  /// never inline on one that has a context.
  [[nodiscard]] detail::configured_value_task<T> configure_await(bool on_captured_context) && {
    check_unused();
    return {std::move(*this), on_captured_context};
  }

  /// Blocks until it has completed and gives the result; see `task::wait`.
  T result(std::source_location place = std::source_location::current()) && {
    if (state_ == state::consumed) [[unlikely]] {
      detail::throw_value_task_consumed(place);
    }
    value_task own(std::move(*this));
    if (own.state_ == state::core) {
      detail::block_until_completed(*own.core_, place);
    }
    return own.take();
  }
  /// A task instead, which may be awaited many times. **Cost**: allocates only when the value was
  /// there at once.
  [[nodiscard]] task<T> as_task() &&;

 private:
  enum class state : std::uint8_t { value, core, consumed };

  template <class U>
  static detail::stored<T> store(U&& value) {
    if constexpr (std::is_reference_v<T>) {
      return std::addressof(static_cast<T>(value));
    } else {
      return detail::stored<T>(std::forward<U>(value));
    }
  }
  /// Pre: completed.
  [[nodiscard]] bool failed_by(bool fault) const noexcept {
    return state_ == state::core && !core_->succeeded() &&
           (core_->how() != detail::outcome::canceled) == fault;
  }
  void check_unused() const {
    if (state_ == state::consumed) [[unlikely]] {
      detail::throw_value_task_consumed();
    }
  }
  void take_from(value_task& other) {
    if (other.state_ == state::value) {
      ::new (static_cast<void*>(&value_)) detail::stored<T>(std::move(other.value_));
      other.value_.~stored_t();
    } else {
      core_ = other.core_;
    }
    state_ = std::exchange(other.state_, state::consumed);
  }
  void clear() noexcept {
    if (state_ == state::value) {
      value_.~stored_t();
    } else if (state_ == state::core) {
      core_->release_handle();
    }
    state_ = state::consumed;
  }
  /// Pre: completed. The value leaves; what held it goes with the destructor.
  T take() {
    if (state_ == state::core) {
      return detail::take_value<T>(*core_);
    }
    if constexpr (std::is_reference_v<T>) {
      return static_cast<T>(*value_);
    } else if constexpr (!std::is_void_v<T>) {
      return T(std::move(value_));
    }
  }

  using stored_t = detail::stored<T>;
  state state_;
  union {
    stored_t value_;
    detail::core_of<T>* core_;
  };
};

namespace detail {
/// What `configure_await` gives.
template <class T>
class [[nodiscard]] configured_value_task {
 public:
  using weft_awaitable = void;
  class awaiter : public value_task<T>::awaiter {
   public:
    template <class... Promise>
    awaiter(configured_value_task&& from, Promise&... promise)
        : value_task<T>::awaiter(std::move(from.operand_), promise...), where_(from.where_) {}
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
      return this->suspend(handle, where_);
    }

   private:
    resume_where where_;
  };

  configured_value_task(value_task<T>&& v, bool on_captured_context)
      : operand_(std::move(v)),
        where_(on_captured_context ? resume_where::captured : resume_where::anywhere) {}
  [[nodiscard]] awaiter operator co_await() && { return awaiter(std::move(*this)); }
  template <class Promise>
  [[nodiscard]] awaiter awaiter_for(Promise& promise) && {
    return awaiter(std::move(*this), promise);
  }

 private:
  value_task<T> operand_;
  resume_where where_;
};

/// A core that is completed from the start.
template <class T, class... Args>
[[nodiscard]] task<T> completed_with(Args&&... args) {
  auto* core = frame_new<plain_core<T>>();
  core->emplace(std::forward<Args>(args)...);
  core->finish(outcome::value);
  return task<T>(core);
}
}  // namespace detail

template <class T>
task<T> value_task<T>::as_task() && {
  check_unused();
  value_task own(std::move(*this));
  if (own.state_ == state::core) {
    own.state_ = state::consumed;
    return task<T>(own.core_);
  }
  if constexpr (std::is_reference_v<T>) {
    return detail::completed_with<T>(own.value_);
  } else {
    return detail::completed_with<T>(std::move(own.value_));
  }
}

}  // namespace weft
