/// Reads text into `document`'s nodes: the one file that names simdjson.
///
/// simdjson's on-demand front end, not its DOM, because it tells where in the text each value
/// stands (errors name line and column) and reads a number as what it is. It checks only what is
/// visited, so everything is visited here, also what the reader will ignore: a text is either JSON
/// or an error, whatever type it is read into.

#include <weft/json/detail/document.hpp>

#include <weft/json/error.hpp>

#include <cstdio>
#include <limits>
#include <utility>

#include <simdjson.h>

namespace weft::json::detail {
namespace {

namespace od = simdjson::ondemand;

parse_error::position locate(std::string_view text, std::size_t offset) {
  parse_error::position where{offset, 1, 1};
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    ++where.column;
    if (text[i] == '\n') {
      ++where.line;
      where.column = 1;
    }
  }
  return where;
}

/// The byte at `offset` in words.
std::string byte_at(std::string_view text, std::size_t offset) {
  if (offset >= text.size()) {
    return "the end of the text";
  }
  const char c = text[offset];
  if (c > ' ' && c < 0x7f) {
    return std::string("'") + c + "'";
  }
  char hex[16];
  std::snprintf(hex, sizeof hex, "byte 0x%02x",
                static_cast<unsigned>(static_cast<unsigned char>(c)));
  return hex;
}

/// The first control character inside a string, else the start of the string that is not closed,
/// else the end.
std::size_t broken_string(std::string_view text) noexcept {
  std::size_t start = std::string_view::npos;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool inside = start != std::string_view::npos;
    if (inside && static_cast<unsigned char>(text[i]) < 0x20) {
      return i;
    }
    if (text[i] == '"') {
      start = inside ? std::string_view::npos : i;
    } else if (text[i] == '\\' && inside) {
      ++i;
    }
  }
  return start != std::string_view::npos ? start : text.size();
}

/// What both parser and strings need to stay alive: the strings lie in the parser's buffer.
struct storage {
  explicit storage(std::string_view text) : padded(text) {}
  simdjson::padded_string padded;
  od::parser parser;
};

}  // namespace

/// The walk over simdjson's values. Its errors become exceptions at once.
struct document::parser {
  document& out;
  const char* begin;
  od::document root;

  [[noreturn]] void fail(std::size_t offset, const path_link* path, std::string expected,
                         std::string found) const {
    throw parse_error(locate(out.text_, offset), to_string(path), std::move(expected),
                      std::move(found));
  }

  /// Where simdjson stands, for an error between values; `last` when it does not say.
  std::size_t here(std::size_t last) {
    const char* at = nullptr;
    if (root.current_location().get(at) != simdjson::SUCCESS || at < begin) {
      return last;
    }
    const auto offset = static_cast<std::size_t>(at - begin);
    return offset < out.text_.size() ? offset : out.text_.size();
  }

  [[noreturn]] void broken(std::size_t last, const path_link* path, const char* expected) {
    const std::size_t offset = here(last);
    fail(offset, path, expected, byte_at(out.text_, offset));
  }

  std::uint32_t add(node_kind kind, std::size_t offset) {
    const auto index = static_cast<std::uint32_t>(out.nodes_.size());
    node n;
    n.kind = kind;
    n.end = index + 1;
    n.offset = static_cast<std::uint32_t>(offset);
    out.nodes_.push_back(n);
    return index;
  }

  void add_string(std::string_view text, std::size_t offset) {
    node& n = out.nodes_[add(node_kind::string, offset)];
    n.text = text.data();
    n.count = static_cast<std::uint32_t>(text.size());
  }

  template <class Value>
  void walk(Value&& value, const path_link* path, unsigned depth) {
    od::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) {
      broken(out.text_.size(), path, "a value");
    }
    const std::string_view token = value.raw_json_token();
    const auto offset = static_cast<std::size_t>(token.data() - begin);
    switch (type) {
      case od::json_type::array:
        return walk_array(value, offset, path, depth);
      case od::json_type::object:
        return walk_object(value, offset, path, depth);
      case od::json_type::number:
        return walk_number(value, token, offset, path);
      case od::json_type::string: {
        std::string_view text;
        if (value.get_string().get(text) != simdjson::SUCCESS) {
          fail(offset, path, "a string", "one with a broken escape");
        }
        return add_string(text, offset);
      }
      case od::json_type::boolean: {
        bool flag = false;
        // simdjson 3.0 takes "falsey" at the top for false.
        if (value.get_bool().get(flag) != simdjson::SUCCESS ||
            trim(token) != (flag ? "true" : "false")) {
          fail(offset, path, "a value", word(offset));
        }
        out.nodes_[add(node_kind::boolean, offset)].boolean = flag;
        return;
      }
      case od::json_type::null:
        // In this order: simdjson 3.0 ends the program when it is asked about "nu" inside an array.
        if (trim(token) != "null" || !value.is_null()) {
          fail(offset, path, "a value", word(offset));
        }
        add(node_kind::null, offset);
    }
  }

  static std::string_view trim(std::string_view token) noexcept {
    return token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
  }

  void check_depth(unsigned depth, std::size_t offset) const {
    if (depth >= max_depth) {
      fail(offset, nullptr, "at most " + std::to_string(max_depth) + " levels of nesting", "more");
    }
  }

  template <class Value>
  void walk_array(Value& value, std::size_t offset, const path_link* path, unsigned depth) {
    check_depth(depth, offset);
    const std::uint32_t index = add(node_kind::array, offset);
    od::array elements;
    if (value.get_array().get(elements) != simdjson::SUCCESS) {
      fail(out.text_.size(), path, "']'", "the end of the text");
    }
    path_link link{path, {}, 0};
    for (auto element : elements) {
      if (element.error() != simdjson::SUCCESS) {
        broken(offset, path, "',' or ']'");
      }
      walk(element.value_unsafe(), &link, depth + 1);
      ++link.index;
    }
    close(index, link.index);
  }

  template <class Value>
  void walk_object(Value& value, std::size_t offset, const path_link* path, unsigned depth) {
    check_depth(depth, offset);
    const std::uint32_t index = add(node_kind::object, offset);
    od::object members;
    if (value.get_object().get(members) != simdjson::SUCCESS) {
      broken(out.text_.size(), path, "a member or '}'");
    }
    std::size_t count = 0;
    for (auto member : members) {
      if (member.error() != simdjson::SUCCESS) {
        broken(offset, path, "\"name\": value, ',' or '}'");
      }
      const char* raw = member.key().value_unsafe().raw();
      const auto at = static_cast<std::size_t>(raw - begin) - 1;
      std::string_view name;
      if (member.unescaped_key().get(name) != simdjson::SUCCESS) {
        fail(at, path, "the name of a member", "one with a broken escape");
      }
      add_string(name, at);
      const path_link link{path, name, 0};
      walk(member.value_unsafe().value(), &link, depth + 1);
      ++count;
    }
    close(index, count);
  }

  void close(std::uint32_t index, std::size_t count) {
    out.nodes_[index].end = static_cast<std::uint32_t>(out.nodes_.size());
    out.nodes_[index].count = static_cast<std::uint32_t>(count);
  }

  template <class Value>
  void walk_number(Value& value, std::string_view token, std::size_t offset,
                   const path_link* path) {
    const bool fractional = token.find_first_of(".eE") != std::string_view::npos;
    node n;
    if (!fractional && value.get_int64().get(n.integer) == simdjson::SUCCESS) {
      out.nodes_[add(node_kind::integer, offset)].integer = n.integer;
    } else if (!fractional && value.get_uint64().get(n.unsigned_integer) == simdjson::SUCCESS) {
      out.nodes_[add(node_kind::unsigned_integer, offset)].unsigned_integer = n.unsigned_integer;
    } else if (value.get_double().get(n.number) == simdjson::SUCCESS) {
      out.nodes_[add(node_kind::number, offset)].number = n.number;
    } else {
      fail(offset, path, "a number that fits in a double", word(offset));
    }
  }

  /// The characters from `offset` to the next separator, at most 32.
  std::string word(std::size_t offset) const {
    const std::string_view rest = out.text_.substr(offset);
    const std::string_view all = rest.substr(0, rest.find_first_of(" \t\r\n,:]}[{\""));
    return '"' + std::string(all.substr(0, 32)) + (all.size() > 32 ? "…\"" : "\"");
  }

  /// Errors that simdjson finds in the whole text before the first value, with places that it does
  /// not tell.
  [[noreturn]] void refuse(simdjson::error_code error) const {
    if (const std::size_t bad = first_invalid_utf8(out.text_); bad != std::string_view::npos) {
      fail(bad, nullptr, "UTF-8", byte_at(out.text_, bad));
    }
    const std::size_t bad = broken_string(out.text_);
    if (error == simdjson::UNCLOSED_STRING && bad < out.text_.size() && out.text_[bad] == '"') {
      fail(bad, nullptr, "'\"' at the end of a string", "the end of the text");
    }
    if (error == simdjson::EMPTY || bad >= out.text_.size()) {
      fail(out.text_.size(), nullptr, "a value", "the end of the text");
    }
    fail(bad, nullptr, "a string without control characters (escape them)",
         byte_at(out.text_, bad));
  }
};

document::document(std::string_view text) : text_(text) {
  if (text.size() >= std::numeric_limits<std::uint32_t>::max()) {
    throw parse_error({}, "", "a text below 4 GiB",
                      "one of " + std::to_string(text.size()) + " bytes");
  }
  auto store = std::make_shared<storage>(text);
  parser p{*this, store->padded.data(), {}};
  if (const auto error = store->parser.iterate(store->padded).get(p.root);
      error != simdjson::SUCCESS) {
    p.refuse(error);
  }
  p.walk(p.root, nullptr, 0);
  if (p.root.current_location().error() !=
      simdjson::OUT_OF_BOUNDS) {  // which is how it says "at the end"
    const std::size_t offset = p.here(text.size());
    p.fail(offset, nullptr, "the end of the text", byte_at(text, offset));
  }
  strings_ = std::move(store);
}

void document::mismatch(const node& n, const path_link* path, std::string expected) const {
  std::string found;
  switch (n.kind) {
    case node_kind::null:
      found = "null";
      break;
    case node_kind::boolean:
      found = n.boolean ? "true" : "false";
      break;
    case node_kind::integer:
      found = std::to_string(n.integer);
      break;
    case node_kind::unsigned_integer:
      found = std::to_string(n.unsigned_integer);
      break;
    case node_kind::number: {
      const std::string_view rest = text_.substr(n.offset);
      found = rest.substr(0, rest.find_first_not_of("+-.0123456789eE")).substr(0, 32);
      break;
    }
    case node_kind::string:
      found = "a string";
      break;
    case node_kind::array:
      found = "an array";
      break;
    case node_kind::object:
      found = "an object";
      break;
  }
  fail(n, path, std::move(expected), std::move(found));
}

void document::fail(const node& n, const path_link* path, std::string expected,
                    std::string found) const {
  throw parse_error(locate(text_, n.offset), to_string(path), std::move(expected),
                    std::move(found));
}

}  // namespace weft::json::detail
