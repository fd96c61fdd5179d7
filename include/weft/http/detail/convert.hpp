#pragma once
/// Text of a route or query to a value.

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace weft::http::detail {

/// `text` as a `T`: an integer, a floating-point number, true or false, or a string. Nothing if it
/// is not wholly one.
template <class T>
[[nodiscard]] std::optional<T> convert(std::string_view text) {
  if constexpr (std::is_same_v<T, bool>) {
    if (text == "true" || text == "false") {
      return text == "true";
    }
    return std::nullopt;
  } else if constexpr (std::is_arithmetic_v<T>) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
      return std::nullopt;
    }
    return value;
  } else {
    static_assert(
        std::is_constructible_v<T, std::string_view>,
        "weft: a route parameter is an integer, a floating-point number, bool or std::string");
    return T(text);
  }
}

}  // namespace weft::http::detail
