#pragma once
/// Where in a document a reader or writer stands: a chain of links on its stack, put into words
/// only for an error.

#include <cstddef>
#include <string>
#include <string_view>

namespace weft::json::detail {

struct path_link {
  const path_link* parent = nullptr;
  std::string_view name;  ///< of a member; data() is null for an element
  std::size_t index = 0;  ///< of an element
};

/// `orders[3].id`; names that are no identifiers as `["the name"]`. Null: empty.
[[nodiscard]] std::string to_string(const path_link* path);

/// The offset of the first byte that is not UTF-8 (RFC 3629: no overlong forms, no surrogates), or
/// npos.
[[nodiscard]] std::size_t first_invalid_utf8(std::string_view text) noexcept;

}  // namespace weft::json::detail
