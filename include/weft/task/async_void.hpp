#pragma once
/// `async_void`: the return type of event handlers.

#include <weft/base/handler.hpp>
#include <weft/task/coroutine.hpp>
#include <weft/task/synchronization_context.hpp>

namespace weft {

/// Called with an exception that escaped from an `async_void` function without a context. The
/// default prints it and calls `std::terminate`. **Returns** the former handler; null stands for
/// the default.
using unhandled_exception_handler = handler<std::exception_ptr>;
unhandled_exception_handler on_unhandled_exception(unhandled_exception_handler next) noexcept;

namespace detail {
/// Posts the exception to `context`, which throws it from its loop; without one calls the handler.
void report_unhandled(synchronization_context* context, std::exception_ptr error) noexcept;
}  // namespace detail

/// Return type of a coroutine that nobody awaits, for event handlers only. An exception out of it
/// is posted to the context that was current at the call.
/// **Source**: async void and AsyncVoidMethodBuilder.
struct async_void {
  class promise_type final : public detail::promise_base, public detail::pooled_frame {
   public:
    promise_type() : context_(synchronization_context::current()) {
      if (context_ != nullptr) {
        context_->operation_started();
      }
    }
    async_void get_return_object(
        std::source_location place = std::source_location::current()) noexcept {
      place_ = place;
      if (trace::flowing()) [[unlikely]] {
        detail::enter_call();
      }
      return {};
    }
    [[nodiscard]] static detail::hot_start initial_suspend() noexcept { return {}; }
    [[nodiscard]] std::suspend_never final_suspend() const noexcept {
      if (context_ != nullptr) {
        context_->operation_completed();
      }
      if (trace::flowing()) [[unlikely]] {
        detail::leave_call();
      }
      return {};
    }
    static void return_void() noexcept {}
    void unhandled_exception() const noexcept {
      detail::report_unhandled(context_, detail::current_exception_at(place_));
    }
    template <class Awaitable>
    [[nodiscard]] detail::passed_through<Awaitable> await_transform(
        Awaitable&& awaitable,
        std::source_location place =
            std::source_location::current()) noexcept(detail::own_awaitable<Awaitable>) {
      place_ = place;
      return detail::pass_through<Awaitable>(awaitable, *this);
    }

   private:
    synchronization_context* context_;
  };
};

}  // namespace weft
