#pragma once
/// Messages to bytes; no I/O.

#include <weft/http/request.hpp>
#include <weft/http/response.hpp>
#include <weft/http/url.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace weft::http::detail {

struct response_framing {
  bool keep_alive = true;
  bool version_1_0 = false;  ///< of the request: keep-alive must then be said
  std::int64_t now = 0;      ///< seconds since 1970, for Date
};

/// Appends the head of `r` with its length, connection and date. Content-Length, Transfer-Encoding,
/// Connection and Date of the handler's own are left out: this side alone decides how a message
/// ends.
void append_response_head(std::string& out, const response& r, const response_framing& framing);

/// Appends the head of `r`, sent to `to`.
void append_request_head(std::string& out, const request& r, const url& to);

/// True if a response with that status has a body at all.
[[nodiscard]] constexpr bool may_have_body(int status) noexcept {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace weft::http::detail
