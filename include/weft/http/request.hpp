#pragma once
/// `http::request`: what a client sends and a handler gets.

#include <weft/http/detail/convert.hpp>
#include <weft/http/errors.hpp>
#include <weft/http/headers.hpp>
#include <weft/http/method.hpp>
#include <weft/json/read.hpp>
#include <weft/task/value_task.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::http {
namespace detail {
class request_access;
}

/// **Thread-safety**: that of a standard container.
/// **Lifetime**: a handler's request lives until its response is sent; string_views from it as
/// long.
class request {
 public:
  /// An empty GET.
  request();
  /// For a client: `url` is absolute.
  request(http::method m, std::string url);
  request(http::method m, std::string url, std::string body, std::string_view content_type);
  request(request&&) noexcept;
  request& operator=(request&&) noexcept;
  ~request();

  [[nodiscard]] http::method method() const noexcept { return method_; }
  /// As it was sent: `/users/7?full=1`; for a client the whole URL.
  [[nodiscard]] const std::string& target() const noexcept { return target_; }
  /// The part of the target before `?`, not decoded.
  [[nodiscard]] std::string_view path() const noexcept;
  /// The part behind `?`, not decoded; empty if there is none.
  [[nodiscard]] std::string_view query_string() const noexcept;
  [[nodiscard]] http::headers& headers() noexcept { return headers_; }
  [[nodiscard]] const http::headers& headers() const noexcept { return headers_; }
  [[nodiscard]] const std::string& body() const noexcept { return body_; }
  void set_body(std::string body, std::string_view content_type);

  /// The route's parameter `{name}`, percent-decoded, as an integer, floating-point number, bool or
  /// std::string. Throws: request_error 400 if it is not one (a route that says `{name:int}` lets
  /// integers through only); std::out_of_range if the route has no such parameter.
  template <class T = std::string>
  [[nodiscard]] T param(std::string_view name) const {
    const std::string_view text = param_text(name);
    auto value = detail::convert<T>(text);
    if (!value) {
      refuse_parameter("path", name, text);
    }
    return *std::move(value);
  }

  /// The first `name=value` of the query, decoded; nothing if there is none.
  /// Throws: request_error 400 if it is no `T` or its percent-encoding is broken.
  template <class T = std::string>
  [[nodiscard]] std::optional<T> query(std::string_view name) const {
    const std::optional<std::string> text = query_text(name);
    if (!text) {
      return std::nullopt;
    }
    auto value = detail::convert<T>(*text);
    if (!value) {
      refuse_parameter("query", name, *text);
    }
    return value;
  }

  /// The whole body.
  [[nodiscard]] value_task<std::string> text() const;
  /// The body as a `T` (a WEFT_JSON type, …). Throws: request_error 400 that says where the JSON is
  /// wrong.
  template <class T>
  [[nodiscard]] value_task<T> json() const {
    try {
      return value_task<T>(weft::json::parse<T>(body_));
    } catch (const weft::json::parse_error& e) {
      throw request_error(400, e.what());
    }
  }

  /// Something of the server's user that lives as long as the request (a scope of services, say).
  void attach(std::shared_ptr<void> thing) noexcept { attached_ = std::move(thing); }
  [[nodiscard]] void* attached() const noexcept { return attached_.get(); }
  /// What `server::set_context` was given.
  [[nodiscard]] void* context() const noexcept { return context_; }

 private:
  friend class detail::request_access;

  [[nodiscard]] std::string_view param_text(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> query_text(std::string_view name) const;
  [[noreturn]] static void refuse_parameter(std::string_view where, std::string_view name,
                                            std::string_view text);

  http::method method_ = http::method::get;
  std::string target_;
  http::headers headers_;
  std::string body_;
  std::vector<std::pair<std::string_view, std::string>> params_;  // names belong to the route
  std::shared_ptr<void> attached_;
  void* context_ = nullptr;
};

}  // namespace weft::http
