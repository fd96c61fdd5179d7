#pragma once
/// What the promises of weft's coroutine types share.

#include <weft/base/frame_allocator.hpp>
#include <weft/task/awaitable.hpp>
#include <weft/task/suspension.hpp>
#include <weft/trace/event.hpp>

#include <cstddef>
#include <tuple>
#include <utility>

namespace weft::detail {

/// Frames from the per-thread cache.
struct pooled_frame {
  static void* operator new(std::size_t bytes) { return frame_allocate(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { frame_free(frame, bytes); }
};

/// A hot coroutine begins: for the trace, and for the values that its caller keeps.
void note_created(task_core* core, std::source_location place) noexcept;

/// Promise of `task` and of coroutines that give a `value_task`. `Derived` adds
/// `get_return_object`. The frame holds, in this order: resume and destroy pointers,
/// `promise_base`, `core_of<T>`; see `task_core::promise`.
template <class T>
class core_promise : public promise_base, public core_of<T>, public pooled_frame {
 public:
  core_promise() noexcept : core_of<T>(task_core::kind::coroutine) {
    static_assert(alignof(core_promise) <= 16, "the promise lies at offset 16 of the frame");
  }

  [[nodiscard]] static hot_start initial_suspend() noexcept { return {}; }

  struct at_end {
    [[nodiscard]] static bool await_ready() noexcept { return false; }
    template <class Promise>
    transfer await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      auto& promise = self.promise();
      if (promise.finish_at_once(promise.ending_)) [[likely]] {
        return transfer_to(nullptr);
      }
      return transfer_to(promise.finish_suspended(promise.ending_));
    }
    static void await_resume() noexcept {}
  };
  [[nodiscard]] static at_end final_suspend() noexcept { return {}; }

  void unhandled_exception() noexcept {
    this->ending_ = outcome_of_current_exception();
    this->emplace_error(current_exception_at(this->place_));
  }

  /// Records the place of the await, and lets what is awaited through as it is.
  template <class Awaitable>
  [[nodiscard]] passed_through<Awaitable> await_transform(
      Awaitable&& awaitable,
      std::source_location place =
          std::source_location::current()) noexcept(own_awaitable<Awaitable>) {
    static_assert(weft::awaitable<Awaitable>, "weft: this type cannot be awaited");
    this->place_ = place;
    if constexpr (!own_awaitable<Awaitable>) {
      this->published_ = true;  // a foreign awaiter may hand the coroutine to another thread
    }
    return pass_through<Awaitable>(awaitable, *this);
  }

 protected:
  void created(std::source_location place) noexcept {
    this->place_ = place;
    if (trace::any_hook()) [[unlikely]] {
      seldom<&note_created>(static_cast<task_core*>(this), place);
    }
  }
};

/// Adds what `co_return` needs.
template <class T>
class returning_promise : public core_promise<T> {
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
class returning_promise<void> : public core_promise<void> {
 public:
  void return_void() noexcept { this->emplace(); }
};

/// What several may look at: `const T&`, or nothing.
template <class T>
struct shared_view {
  using type = const std::remove_reference_t<T>&;
};
template <class T>
  requires std::is_void_v<T>
struct shared_view<T> {
  using type = void;
};
template <class T>
using shared_view_t = typename shared_view<T>::type;

/// The value of a completed core as an lvalue; `no_value` becomes void.
template <class T>
decltype(auto) value_in(core_of<T>& core) noexcept {
  if constexpr (std::is_void_v<T>) {
    return;
  } else if constexpr (std::is_reference_v<T>) {
    return static_cast<T>(*core.value());
  } else {
    return static_cast<T&>(core.value());
  }
}

/// Throws what a completed core holds if it is no value; the exception counts as taken.
template <class Stored>
void throw_if_failed(result_core<Stored>& core) {
  if (!core.succeeded()) [[unlikely]] {
    core.mark_observed();
    std::rethrow_exception(core.first_error());
  }
}

/// Can a `T` really be copied? Containers say so whatever they hold, and fail to compile when it
/// comes to it.
template <class T>
inline constexpr bool copies = std::is_copy_constructible_v<T>;
template <class T>
  requires requires {
    typename T::value_type;
    typename T::allocator_type;
  } && (!std::same_as<typename T::value_type, T>)
inline constexpr bool copies<T> = std::is_copy_constructible_v<T> && copies<typename T::value_type>;
template <class T, class U>
inline constexpr bool copies<std::pair<T, U>> =
    copies<std::remove_const_t<T>> && copies<std::remove_const_t<U>>;
template <class... T>
inline constexpr bool copies<std::tuple<T...>> = (copies<T> && ...);

/// The value for an owner that is about to let go: moved when nobody else can see it, else copied.
template <class T>
T take_value(core_of<T>& core) {
  throw_if_failed(core);
  if constexpr (std::is_void_v<T>) {
    return;
  } else if constexpr (std::is_reference_v<T>) {
    return static_cast<T>(*core.value());
  } else if constexpr (copies<T>) {
    return core.is_only_handle() ? T(std::move(core.value())) : T(core.value());
  } else {
    if (!core.is_only_handle_besides_source()) {
      throw_not_copyable();
    }
    return T(std::move(core.value()));
  }
}

}  // namespace weft::detail
