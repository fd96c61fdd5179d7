#pragma once
/// `document`: a parsed text as a flat list of nodes that the readers of `weft/json/read.hpp` walk.

#include <weft/json/detail/path.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace weft::json::detail {

enum class node_kind : std::uint8_t {
  null,
  boolean,
  integer,
  unsigned_integer,
  number,
  string,
  array,
  object
};

/// A value, in document order. The children of an array or object follow it; before each member
/// stands a string node with its name.
struct node {
  node_kind kind = node_kind::null;
  std::uint32_t end = 0;     ///< index of the node behind this one and all its children
  std::uint32_t offset = 0;  ///< of its first byte in the text
  std::uint32_t count = 0;   ///< string: bytes; array, object: elements, members
  union {
    bool boolean;
    std::int64_t integer = 0;        ///< integer: fits in 64 bits with a sign
    std::uint64_t unsigned_integer;  ///< unsigned_integer: fits only without one
    double number;
    const char* text;  ///< string: unescaped, valid UTF-8, in the document's own memory
  };
};

class document {
 public:
  /// Limit of nesting. Every reader recurses; 256 levels fit in any stack, and no honest document
  /// is deeper.
  static constexpr unsigned max_depth = 256;

  /// Throws: parse_error if `text` is not JSON. `text` must live as long as the document (errors
  /// name lines in it).
  explicit document(std::string_view text);

  [[nodiscard]] const node& at(std::uint32_t index) const noexcept { return nodes_[index]; }
  [[nodiscard]] std::string_view text_of(const node& n) const noexcept { return {n.text, n.count}; }

  /// Throws parse_error at `n`: expected `expected`, found what `n` is.
  [[noreturn]] void mismatch(const node& n, const path_link* path, std::string expected) const;
  /// Throws parse_error at `n`.
  [[noreturn]] void fail(const node& n, const path_link* path, std::string expected,
                         std::string found) const;

 private:
  struct parser;
  std::string_view text_;
  std::vector<node> nodes_;
  std::shared_ptr<void> strings_;
};

}  // namespace weft::json::detail
