#pragma once
/// From a row of a result to a C++ value: `row_reader<T>`.

#include <weft/db/value.hpp>
#include <weft/json/describe.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace weft::db::detail {

enum class column_kind : std::uint8_t { null, boolean, integer, real, text, blob };

/// The row that a connection stands on. Views are good until the next row.
class row {
 public:
  [[nodiscard]] virtual std::size_t size() const noexcept = 0;
  [[nodiscard]] virtual std::string_view name(std::size_t column) const = 0;
  [[nodiscard]] virtual std::string_view sql() const noexcept = 0;
  // Below: pre: column < size(), and of that kind.
  [[nodiscard]] virtual column_kind kind(std::size_t column) const noexcept = 0;
  [[nodiscard]] virtual bool boolean(std::size_t column) const = 0;
  [[nodiscard]] virtual std::int64_t integer(std::size_t column) const = 0;
  [[nodiscard]] virtual double real(std::size_t column) const = 0;
  [[nodiscard]] virtual std::string_view text(std::size_t column) const = 0;
  [[nodiscard]] virtual std::span<const std::byte> blob(std::size_t column) const = 0;

 protected:
  ~row() = default;
};

[[noreturn]] void throw_mismatch(const row& from, std::size_t column, const char* wanted);
[[noreturn]] void throw_out_of_range(const row& from, std::size_t column, std::int64_t number,
                                     const char* wanted);
[[noreturn]] void throw_too_few_columns(const row& from, std::size_t wanted);
/// The column of that name, whatever its case. **Throws** `error` when there is none, or more than
/// one.
[[nodiscard]] std::size_t find_column(const row& from, std::string_view name);

template <class T>
inline constexpr bool is_tuple = false;
template <class... T>
inline constexpr bool is_tuple<std::tuple<T...>> = true;

/// A type that one column gives.
template <class T>
concept scalar =
    std::same_as<T, bool> || integer<T> || std::floating_point<T> || std::is_enum_v<T> ||
    std::same_as<T, std::string> || std::same_as<T, weft::db::blob> || std::same_as<T, value>;
template <class T>
inline constexpr bool is_column = scalar<T>;
template <class T>
inline constexpr bool is_column<std::optional<T>> = scalar<T>;
template <class T>
inline constexpr bool is_column_tuple = false;
template <class... T>
inline constexpr bool is_column_tuple<std::tuple<T...>> = sizeof...(T) > 0 && (is_column<T> && ...);

template <integer T>
T narrow(const row& from, std::size_t column, std::int64_t number) {
  if (!std::in_range<T>(number)) {
    throw_out_of_range(from, column, number,
                       std::is_signed_v<T> ? "a smaller integer type" : "an unsigned type");
  }
  return static_cast<T>(number);
}

[[nodiscard]] bool read_bool(const row& from, std::size_t column);
[[nodiscard]] std::int64_t read_integer(const row& from, std::size_t column);
[[nodiscard]] double read_real(const row& from, std::size_t column);
[[nodiscard]] std::string read_text(const row& from, std::size_t column);
[[nodiscard]] blob read_blob(const row& from, std::size_t column);
[[nodiscard]] value read_value(const row& from, std::size_t column);

/// Nothing is guessed: an integer is no text and a text no number; only an integer may stand for a
/// real number, and 0 and 1 for a bool.
template <class T>
T read_column(const row& from, std::size_t column) {
  if constexpr (is_optional<T>) {
    if (from.kind(column) == column_kind::null) {
      return std::nullopt;
    }
    return read_column<typename T::value_type>(from, column);
  } else if constexpr (std::same_as<T, bool>) {
    return read_bool(from, column);
  } else if constexpr (integer<T>) {
    return narrow<T>(from, column, read_integer(from, column));
  } else if constexpr (std::is_enum_v<T>) {
    using number = std::underlying_type_t<T>;
    return static_cast<T>(narrow<number>(from, column, read_integer(from, column)));
  } else if constexpr (std::floating_point<T>) {
    return static_cast<T>(read_real(from, column));
  } else if constexpr (std::same_as<T, std::string>) {
    return read_text(from, column);
  } else if constexpr (std::same_as<T, blob>) {
    return read_blob(from, column);
  } else {
    return read_value(from, column);
  }
}

/// Reads the rows of one result, all of the same shape.
template <class T>
class row_reader {
 public:
  T read(const row& from) {
    if constexpr (json::described<T>) {
      if (!bound_) {
        bind(from);
      }
      T object{};
      std::size_t member = 0;
      json::for_each_member(object, [&](std::string_view, auto& to) {
        using type = std::remove_cvref_t<decltype(to)>;
        static_assert(is_column<type>, "weft: this member's type is none that a column can hold");
        to = read_column<type>(from, columns_[member++]);
      });
      return object;
    } else if constexpr (is_tuple<T>) {
      return read_tuple(from, std::make_index_sequence<std::tuple_size_v<T>>());
    } else {
      need(from, 1);
      return read_column<T>(from, 0);
    }
  }

 private:
  static constexpr std::size_t member_count() {
    if constexpr (json::described<T>) {
      return json::member_count<T>;
    } else {
      return 0;
    }
  }
  static void need(const row& from, std::size_t count) {
    if (from.size() < count) {
      throw_too_few_columns(from, count);
    }
  }
  template <std::size_t... I>
  static T read_tuple(const row& from, std::index_sequence<I...>) {
    need(from, sizeof...(I));
    return T{read_column<std::tuple_element_t<I, T>>(from, I)...};
  }
  void bind(const row& from) {
    T object{};
    std::size_t member = 0;
    json::for_each_member(object, [&](std::string_view name, auto&) {
      columns_[member++] = find_column(from, name);
    });
    bound_ = true;
  }

  std::array<std::size_t, member_count()> columns_{};
  bool bound_ = false;
};

}  // namespace weft::db::detail

namespace weft::db {

/// What a row can become: a value, a `std::optional` of one for columns that may be NULL, a
/// `std::tuple` of those by position, or a struct with `WEFT_JSON` by the columns' names. Further
/// columns are ignored.
template <class T>
concept readable = detail::is_column<T> || detail::is_column_tuple<T> || json::described<T>;

}  // namespace weft::db
