#pragma once
/// Bytes of HTTP: character classes, percent-encoding, dates.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weft::http::detail {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

/// A non-empty token of RFC 9110 5.6.2.
[[nodiscard]] bool is_token(std::string_view text) noexcept;
/// No control characters but tabs; bytes from 0x80 up are let through (obs-text).
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;
/// Without spaces and tabs at both ends.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// What `%41` means. Nothing if an escape is broken or stands for NUL.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

/// Seconds since 1970 as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 5.6.7).
void append_date(std::string& out, std::int64_t seconds);

}  // namespace weft::http::detail
