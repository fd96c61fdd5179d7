#pragma once
/// `json::to_string(v)`: a described struct, a container or a value as compact JSON.

#include <weft/json/describe.hpp>
#include <weft/json/detail/path.hpp>
#include <weft/json/detail/traits.hpp>
#include <weft/json/error.hpp>

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace weft::json {
namespace detail {

/// Appends `text` in quotes, escaped. Throws: write_error if it is not UTF-8.
void append_string(std::string& out, std::string_view text, const path_link* path);
/// Appends the shortest form that reads back as the same number. Throws: write_error if it is NaN
/// or infinite.
void append_number(std::string& out, double number, const path_link* path);
void append_number(std::string& out, float number, const path_link* path);

template <class T>
void write_value(std::string& out, const T& value, const path_link* path);

template <class T>
void append_integer(std::string& out, T number) {
  char digits[24];  // 20 digits and a sign fit
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

template <class T>
void write_elements(std::string& out, const T& values, const path_link* path) {
  path_link link{path, {}, 0};
  out += '[';
  for (auto&& element : values) {
    if (link.index != 0) {
      out += ',';
    }
    if constexpr (std::is_same_v<typename T::value_type, bool>) {
      write_value(out, static_cast<bool>(element), &link);
    } else {
      write_value(out, element, &link);
    }
    ++link.index;
  }
  out += ']';
}

template <class T>
void write_member(std::string& out, std::string_view name, const T& value, const path_link* path,
                  bool& first) {
  if (!first) {
    out += ',';
  }
  first = false;
  const path_link link{path, name, 0};
  append_string(out, name, &link);
  out += ':';
  write_value(out, value, &link);
}

template <class T>
void write_value(std::string& out, const T& value, const path_link* path) {
  if constexpr (is_optional<T>) {
    if (value.has_value()) {
      write_value(out, *value, path);
    } else {
      out += "null";
    }
  } else if constexpr (std::is_same_v<T, bool>) {
    out += value ? "true" : "false";
  } else if constexpr (std::is_integral_v<T> && !is_character<T>) {
    append_integer(out, value);
  } else if constexpr (std::is_enum_v<T>) {
    write_value(out, static_cast<std::underlying_type_t<T>>(value), path);
  } else if constexpr (std::is_same_v<T, float>) {
    append_number(out, value, path);
  } else if constexpr (std::is_floating_point_v<T>) {
    append_number(out, static_cast<double>(value), path);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    append_string(out, value, path);
  } else if constexpr (is_vector<T> || is_array<T>) {
    write_elements(out, value, path);
  } else if constexpr (is_string_map<T>) {
    bool first = true;
    out += '{';
    for (const auto& [name, element] : value) {
      write_member(out, name, element, path, first);
    }
    out += '}';
  } else if constexpr (described<T>) {
    bool first = true;
    out += '{';
    for_each_member(value, [&](std::string_view name, const auto& member) {
      if constexpr (is_optional<std::remove_cvref_t<decltype(member)>>) {
        if (!member.has_value()) {
          return;
        }
      }
      write_member(out, name, member, path, first);
    });
    out += '}';
  } else {
    static_assert(never<T>,
                  "weft: this type cannot be written as JSON; give it WEFT_JSON(type, members…)");
  }
}

}  // namespace detail

/// Appends `value` as compact JSON. On an error `out` is as it was.
template <class T>
void append(std::string& out, const T& value) {
  const std::size_t before = out.size();
  try {
    detail::write_value(out, value, nullptr);
  } catch (...) {
    out.resize(before);
    throw;
  }
}

/// `value` as compact JSON; for which types, see `parse` (also anything that converts to
/// std::string_view). Optional members without a value are left out; numbers are written in the
/// shortest form that reads back the same. Throws: write_error for NaN, infinities and text that is
/// not UTF-8. Source: RFC 8259; .NET's JsonSerializer.Serialize, but an absent optional is left
/// out, not null.
template <class T>
[[nodiscard]] std::string to_string(const T& value) {
  std::string out;
  detail::write_value(out, value, nullptr);
  return out;
}

}  // namespace weft::json
