#pragma once
/// `self_owned`: a coroutine that nobody holds.

#include <weft/task/coroutine.hpp>

#include <coroutine>
#include <exception>
#include <source_location>

namespace weft::detail {

/// A coroutine that belongs to nobody: it frees itself. An exception out of it stops the program,
/// so its body catches.
struct self_owned {
  class promise_type final : public promise_base, public pooled_frame {
   public:
    self_owned get_return_object(
        std::source_location place = std::source_location::current()) noexcept {
      place_ = place;
      if (trace::flowing()) [[unlikely]] {
        enter_call();
      }
      return {};
    }
    [[nodiscard]] static hot_start initial_suspend() noexcept { return {}; }
    [[nodiscard]] static std::suspend_never final_suspend() noexcept {
      if (trace::flowing()) [[unlikely]] {
        leave_call();
      }
      return {};
    }
    static void return_void() noexcept {}
    [[noreturn]] static void unhandled_exception() noexcept { std::terminate(); }
    template <class Awaitable>
    [[nodiscard]] passed_through<Awaitable> await_transform(
        Awaitable&& awaitable,
        std::source_location place =
            std::source_location::current()) noexcept(own_awaitable<Awaitable>) {
      place_ = place;
      return pass_through<Awaitable>(awaitable, *this);
    }
  };
};

}  // namespace weft::detail
