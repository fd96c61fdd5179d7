#pragma once
/// `value`: anything that a column or a parameter can hold.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace weft::db {

/// Bytes of a BLOB (SQLite) or bytea (PostgreSQL).
using blob = std::vector<std::byte>;

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
concept integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                  !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                  !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

[[noreturn]] void throw_integer_too_large(std::uint64_t number);

}  // namespace detail

/// One value of SQL, owned. NULL when default-constructed.
class value {
 public:
  using storage =
      std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, weft::db::blob>;

  value() noexcept = default;
  value(std::nullptr_t) noexcept {}  // NOLINT(google-explicit-constructor): these are conversions
  value(std::nullopt_t) noexcept {}  // NOLINT(google-explicit-constructor)
  template <std::same_as<bool> T>
  value(T b) noexcept
      : data_(std::in_place_type<bool>, b) {}  // NOLINT(google-explicit-constructor)
  /// **Throws** `std::out_of_range` for an unsigned number above the largest signed one.
  template <detail::integer T>
  value(T number)  // NOLINT(google-explicit-constructor)
      : data_(std::in_place_type<std::int64_t>, static_cast<std::int64_t>(number)) {
    if constexpr (std::is_unsigned_v<T> && sizeof(T) == sizeof(std::int64_t)) {
      if (number > static_cast<std::uint64_t>(INT64_MAX)) {
        detail::throw_integer_too_large(number);
      }
    }
  }
  template <class T>
    requires std::is_enum_v<T>
  value(T number)  // NOLINT(google-explicit-constructor)
      : value(static_cast<std::underlying_type_t<T>>(number)) {}
  template <std::floating_point T>
  value(T number) noexcept  // NOLINT(google-explicit-constructor)
      : data_(std::in_place_type<double>, static_cast<double>(number)) {}
  value(std::string text) noexcept  // NOLINT(google-explicit-constructor)
      : data_(std::in_place_type<std::string>, std::move(text)) {}
  value(std::string_view text)  // NOLINT(google-explicit-constructor)
      : data_(std::in_place_type<std::string>, text) {}
  /// A null pointer is NULL.
  value(const char* text) {  // NOLINT(google-explicit-constructor)
    if (text != nullptr) {
      data_.emplace<std::string>(text);
    }
  }
  value(weft::db::blob bytes) noexcept  // NOLINT(google-explicit-constructor)
      : data_(std::in_place_type<weft::db::blob>, std::move(bytes)) {}
  value(std::span<const std::byte> bytes)  // NOLINT(google-explicit-constructor)
      : data_(std::in_place_type<weft::db::blob>, bytes.begin(), bytes.end()) {}
  template <class T>
    requires std::constructible_from<value, T>
  value(std::optional<T> maybe) {  // NOLINT(google-explicit-constructor)
    if (maybe.has_value()) {
      *this = value(*std::move(maybe));
    }
  }

  [[nodiscard]] bool is_null() const noexcept { return data_.index() == 0; }
  /// The variant inside, for `std::visit` and `std::get`.
  [[nodiscard]] const storage& data() const noexcept { return data_; }

  friend bool operator==(const value&, const value&) = default;

 private:
  storage data_{nullptr};
};

/// What can be given for a parameter of a statement.
template <class T>
concept parameter = std::constructible_from<value, T>;

}  // namespace weft::db
