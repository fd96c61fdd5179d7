#pragma once
/// `json::parse<T>(text)`: JSON into a described struct, a container or a value.

#include <weft/json/describe.hpp>
#include <weft/json/detail/document.hpp>
#include <weft/json/detail/traits.hpp>
#include <weft/json/error.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weft::json {
namespace detail {

template <class T>
void read_value(const document& doc, std::uint32_t index, const path_link* path, T& out);

template <class T>
void read_integer(const document& doc, const node& n, const path_link* path, T& out) {
  const bool fits = n.kind == node_kind::integer            ? std::in_range<T>(n.integer)
                    : n.kind == node_kind::unsigned_integer ? std::in_range<T>(n.unsigned_integer)
                                                            : false;
  if (!fits) {
    doc.mismatch(n, path,
                 "an integer from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
                     std::to_string(std::numeric_limits<T>::max()));
  }
  out =
      n.kind == node_kind::integer ? static_cast<T>(n.integer) : static_cast<T>(n.unsigned_integer);
}

template <class T>
void read_floating(const document& doc, const node& n, const path_link* path, T& out) {
  if (n.kind == node_kind::integer) {
    out = static_cast<T>(n.integer);
  } else if (n.kind == node_kind::unsigned_integer) {
    out = static_cast<T>(n.unsigned_integer);
  } else if (n.kind != node_kind::number) {
    doc.mismatch(n, path, "a number");
  } else if (n.number > static_cast<double>(std::numeric_limits<T>::max()) ||
             n.number < static_cast<double>(std::numeric_limits<T>::lowest())) {
    doc.mismatch(n, path, "a number that fits in a float");
  } else {
    out = static_cast<T>(n.number);
  }
}

template <class T>
void read_elements(const document& doc, const node& n, std::uint32_t index, const path_link* path,
                   T& out) {
  if (n.kind != node_kind::array) {
    doc.mismatch(n, path, "an array");
  }
  if constexpr (is_array<T>) {
    if (n.count != out.size()) {
      doc.fail(n, path, "an array of " + std::to_string(out.size()) + " elements",
               "one of " + std::to_string(n.count));
    }
  } else {
    out.clear();
    out.reserve(n.count);
  }
  path_link link{path, {}, 0};
  for (std::uint32_t i = index + 1; i != n.end; i = doc.at(i).end, ++link.index) {
    if constexpr (is_array<T>) {
      read_value(doc, i, &link, out[link.index]);
    } else {
      typename T::value_type element{};
      read_value(doc, i, &link, element);
      out.push_back(std::move(element));
    }
  }
}

template <class T>
void read_map(const document& doc, const node& n, std::uint32_t index, const path_link* path,
              T& out) {
  if (n.kind != node_kind::object) {
    doc.mismatch(n, path, "an object");
  }
  out.clear();
  for (std::uint32_t i = index + 1; i != n.end; i = doc.at(i + 1).end) {
    const path_link link{path, doc.text_of(doc.at(i)), 0};
    typename T::mapped_type element{};
    read_value(doc, i + 1, &link, element);
    out.insert_or_assign(std::string(link.name), std::move(element));
  }
}

template <class T>
void read_members(const document& doc, const node& n, std::uint32_t index, const path_link* path,
                  T& out) {
  if (n.kind != node_kind::object) {
    doc.mismatch(n, path, "an object");
  }
  std::array<bool, member_count<T>> seen{};
  for (std::uint32_t i = index + 1; i != n.end; i = doc.at(i + 1).end) {
    const path_link link{path, doc.text_of(doc.at(i)), 0};
    std::size_t which = 0;
    for_each_member(out, [&](std::string_view name, auto& member) {
      if (name == link.name) {
        seen[which] = true;
        read_value(doc, i + 1, &link, member);
      }
      ++which;
    });
  }
  std::size_t which = 0;
  for_each_member(out, [&](std::string_view name, auto& member) {
    if (!seen[which++]) {
      if constexpr (is_optional<std::remove_reference_t<decltype(member)>>) {
        member.reset();
      } else {
        doc.fail(n, path, "a member \"" + std::string(name) + "\"", "an object without it");
      }
    }
  });
}

template <class T>
void read_value(const document& doc, std::uint32_t index, const path_link* path, T& out) {
  const node& n = doc.at(index);
  if constexpr (is_optional<T>) {
    if (n.kind == node_kind::null) {
      out.reset();
    } else {
      read_value(doc, index, path, out.emplace());
    }
  } else if constexpr (std::is_same_v<T, bool>) {
    if (n.kind != node_kind::boolean) {
      doc.mismatch(n, path, "true or false");
    }
    out = n.boolean;
  } else if constexpr (std::is_integral_v<T> && !is_character<T>) {
    read_integer(doc, n, path, out);
  } else if constexpr (std::is_enum_v<T>) {
    std::underlying_type_t<T> number{};
    read_value(doc, index, path, number);
    out = static_cast<T>(number);
  } else if constexpr (std::is_floating_point_v<T>) {
    read_floating(doc, n, path, out);
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (n.kind != node_kind::string) {
      doc.mismatch(n, path, "a string");
    }
    out.assign(n.text, n.count);
  } else if constexpr (is_vector<T> || is_array<T>) {
    read_elements(doc, n, index, path, out);
  } else if constexpr (is_string_map<T>) {
    read_map(doc, n, index, path, out);
  } else if constexpr (described<T>) {
    read_members(doc, n, index, path, out);
  } else {
    static_assert(never<T>,
                  "weft: this type cannot be read from JSON; give it WEFT_JSON(type, members…)");
  }
}

}  // namespace detail

/// Reads one value of type `T` from `text`, which holds nothing else.
/// `T`: bool, integers, floating point, enums (as numbers), std::string, std::optional (null or
/// absent), std::vector, std::array, maps from std::string, and structs with `WEFT_JSON`, nested at
/// will; default-constructible. Members of the text that the struct lacks are ignored; of a name
/// given twice the last one counts; members of the struct that the text lacks are an error unless
/// optional. Nesting is limited to 256 levels, the text to 4 GiB. Throws: parse_error. Cost: one
/// copy of the text (the parser wants room behind it). Source: RFC 8259; .NET's
/// JsonSerializer.Deserialize, but a member that is missing is an error here.
template <class T>
[[nodiscard]] T parse(std::string_view text) {
  const detail::document doc(text);
  T value{};
  detail::read_value(doc, 0, nullptr, value);
  return value;
}

}  // namespace weft::json
