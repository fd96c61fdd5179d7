#pragma once
/// `http::response`: what a handler returns and a client gets; `ok`, `not_found`, … make one.

#include <weft/http/headers.hpp>
#include <weft/json/read.hpp>
#include <weft/json/write.hpp>
#include <weft/task/value_task.hpp>

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weft::http {
namespace detail {
class request_access;
}

/// **Thread-safety**: that of a standard container.
class response {
 public:
  /// 200 without a body.
  response();
  explicit response(int status);
  response(int status, std::string body, std::string_view content_type);
  response(response&&) noexcept;
  response& operator=(response&&) noexcept;
  ~response();

  [[nodiscard]] int status() const noexcept { return status_; }
  /// Throws: std::invalid_argument outside 200 … 599.
  void set_status(int status);
  /// 200 … 299.
  [[nodiscard]] bool is_success() const noexcept { return status_ >= 200 && status_ < 300; }
  [[nodiscard]] http::headers& headers() noexcept { return headers_; }
  [[nodiscard]] const http::headers& headers() const noexcept { return headers_; }
  [[nodiscard]] const std::string& body() const noexcept { return body_; }
  void set_body(std::string body, std::string_view content_type);

  /// The whole body; on an rvalue without a copy.
  [[nodiscard]] value_task<std::string> text() const&;
  [[nodiscard]] value_task<std::string> text() &&;
  /// The body as a `T` (a WEFT_JSON type, …). Throws: json::parse_error.
  template <class T>
  [[nodiscard]] value_task<T> json() const {
    return value_task<T>(weft::json::parse<T>(body_));
  }

 private:
  friend class detail::request_access;

  int status_;
  http::headers headers_;
  std::string body_;
};

/// 200, text/plain in UTF-8; without an argument an empty body.
[[nodiscard]] response ok();
[[nodiscard]] response ok(std::string text);
[[nodiscard]] inline response ok(const char* text) {
  return ok(std::string(text));
}
[[nodiscard]] inline response ok(std::string_view text) {
  return ok(std::string(text));
}

/// 200 with `value` as JSON: a struct with WEFT_JSON, a vector of them, a number …
/// Throws: json::write_error.
template <class T>
  requires(!std::is_convertible_v<const T&, std::string_view>)
[[nodiscard]] response ok(const T& value) {
  return response(200, weft::json::to_string(value), "application/json");
}

/// 201 with `value` as JSON and a Location header.
template <class T>
[[nodiscard]] response created(std::string_view location, const T& value) {
  response r(201, weft::json::to_string(value), "application/json");
  r.headers().set("Location", location);
  return r;
}

[[nodiscard]] response no_content();
[[nodiscard]] response redirect(std::string_view location, int status = 302);

/// An error in the form of RFC 9457, `application/problem+json`: {"title":…,"status":…,"detail":…}.
/// An empty title stands for the status's own name.
[[nodiscard]] response problem(int status, std::string_view title = {},
                               std::string_view detail = {});
[[nodiscard]] response not_found(std::string_view detail = {});
[[nodiscard]] response bad_request(std::string_view detail);

}  // namespace weft::http
