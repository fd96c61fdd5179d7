#pragma once
/// Methods and status codes.

#include <cstdint>
#include <string_view>

namespace weft::http {

enum class method : std::uint8_t {
  get,
  head,
  post,
  put,
  del,
  patch,
  options,
  trace,
  connect,
  other
};

/// `GET`, …; `other` is empty.
[[nodiscard]] std::string_view to_string(method m) noexcept;

/// True for GET, HEAD, PUT, DELETE, OPTIONS and TRACE: sending one twice does what sending it once
/// does (RFC 9110 9.2.2).
[[nodiscard]] bool is_idempotent(method m) noexcept;

/// `Not Found` for 404; empty for a code that is not registered.
[[nodiscard]] std::string_view reason(int status) noexcept;

}  // namespace weft::http
