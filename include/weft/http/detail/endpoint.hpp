#pragma once
/// `endpoint`: whatever answers a route, without its type.

#include <weft/http/request.hpp>
#include <weft/http/response.hpp>
#include <weft/task/task.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace weft::http {

/// Where the second parameter of a handler `(http::request&, S&)` comes from. A library that has
/// such an `S` (services, say) specialises it with `static S& of(http::request&)`; see
/// `request::attach` and `server::set_context`.
template <class S>
struct request_argument;

namespace detail {

class endpoint {
 public:
  endpoint() = default;
  endpoint(const endpoint&) = delete;
  endpoint& operator=(const endpoint&) = delete;
  virtual ~endpoint() = default;
  /// `r` lives until the task has ended.
  virtual task<response> invoke(request& r) = 0;
};

/// Becomes whatever reference a handler wants as its second argument.
class any_argument {
 public:
  explicit any_argument(request& r) noexcept : request_(&r) {}
  template <class S>
  operator S&() const {  // NOLINT: a conversion is the point
    return request_argument<S>::of(*request_);
  }

 private:
  request* request_;
};

template <class F>
concept plain_handler = std::invocable<F&, request&>;
template <class F>
concept handler_with_argument = !plain_handler<F> && std::invocable<F&, request&, any_argument>;

template <class F>
class handler_endpoint final : public endpoint {
 public:
  explicit handler_endpoint(F f) : handler_(std::move(f)) {}
  task<response> invoke(request& r) override {
    if constexpr (std::same_as<decltype(call(r)), task<response>>) {
      return call(r);
    } else {
      return convert(call(r));
    }
  }

 private:
  decltype(auto) call(request& r) {
    if constexpr (plain_handler<F>) {
      return handler_(r);
    } else {
      return handler_(r, any_argument(r));
    }
  }
  template <class A>
  static task<response> convert(A awaitable) {
    co_return co_await std::move(awaitable);
  }

  F handler_;
};

template <class F>
struct handler_result {
  using type = void;
};
template <plain_handler F>
struct handler_result<F> {
  using type = std::invoke_result_t<F&, request&>;
};
template <handler_with_argument F>
struct handler_result<F> {
  using type = std::invoke_result_t<F&, request&, any_argument>;
};

template <class A>
concept gives_response = awaitable<A> && std::convertible_to<await_result<A>, response>;

template <class F>
[[nodiscard]] std::unique_ptr<endpoint> make_endpoint(F handler) {
  static_assert(plain_handler<F> || handler_with_argument<F>,
                "weft: a handler is called with (http::request&), or with (http::request&, "
                "hosting::service_provider&) "
                "when weft/hosting.hpp is included");
  static_assert(gives_response<typename handler_result<F>::type>,
                "weft: a handler returns task<http::response>: make it a coroutine (co_return "
                "http::ok(…)), or return "
                "from_result(http::ok(…))");
  if constexpr (gives_response<typename handler_result<F>::type>) {
    return std::make_unique<handler_endpoint<F>>(std::move(handler));
  } else {
    return nullptr;  // what was said above is enough
  }
}

}  // namespace detail
}  // namespace weft::http
