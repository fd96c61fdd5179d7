/// The parts of JSON that know bytes but no types: paths, UTF-8, escapes, numbers, error messages.

#include <weft/json/error.hpp>
#include <weft/json/write.hpp>

#include <cmath>
#include <utility>
#include <vector>

namespace weft::json {
namespace {

std::string describe(const parse_error::position& where, const std::string& path,
                     const std::string& expected, const std::string& found) {
  std::string text =
      "json: line " + std::to_string(where.line) + ", column " + std::to_string(where.column);
  if (!path.empty()) {
    text += ", at " + path;
  }
  return text + ": expected " + expected + ", found " + found;
}

bool is_identifier(std::string_view name) noexcept {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) {
    return false;
  }
  for (const char c : name) {
    const bool word =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!word) {
      return false;
    }
  }
  return true;
}

}  // namespace

parse_error::parse_error(position where, std::string path, std::string expected, std::string found)
    : std::runtime_error(describe(where, path, expected, found)),
      where_(where),
      path_(std::move(path)),
      expected_(std::move(expected)),
      found_(std::move(found)) {}

write_error::write_error(std::string path, const std::string& reason)
    : std::runtime_error("json: " + (path.empty() ? std::string() : "at " + path + ": ") + reason),
      path_(std::move(path)) {}

namespace detail {

std::string to_string(const path_link* path) {
  std::vector<const path_link*> links;
  for (; path != nullptr; path = path->parent) {
    links.push_back(path);
  }
  std::string text;
  for (; !links.empty(); links.pop_back()) {
    const path_link& link = *links.back();
    if (link.name.data() == nullptr) {
      text += '[' + std::to_string(link.index) + ']';
    } else if (is_identifier(link.name)) {
      text += text.empty() ? "" : ".";
      text += link.name;
    } else {
      text += "[\"";
      text += link.name;
      text += "\"]";
    }
  }
  return text;
}

std::size_t first_invalid_utf8(std::string_view text) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const unsigned lead = at(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    // The second byte's range keeps out overlong forms (E0, F0), surrogates (ED) and what is beyond
    // U+10FFFF (F4).
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() - i < length) {
      return i;
    }
    const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (at(i + 1) < low || at(i + 1) > high) {
      return i;
    }
    for (std::size_t k = 2; k < length; ++k) {
      if (at(i + k) < 0x80 || at(i + k) > 0xBF) {
        return i;
      }
    }
    i += length;
  }
  return std::string_view::npos;
}

void append_string(std::string& out, std::string_view text, const path_link* path) {
  if (const std::size_t bad = first_invalid_utf8(text); bad != std::string_view::npos) {
    throw write_error(to_string(path),
                      "the text is not UTF-8 at byte " + std::to_string(bad) +
                          "; JSON holds text only, encode bytes (base64) before writing them");
  }
  static constexpr char hex[] = "0123456789abcdef";
  out += '"';
  std::size_t done = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') {
      continue;
    }
    out.append(text, done, i - done);
    done = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        out += "\\u00";
        out += hex[c >> 4];
        out += hex[c & 15];
    }
  }
  out.append(text, done);
  out += '"';
}

namespace {

template <class T>
void append_floating(std::string& out, T number, const path_link* path) {
  if (!std::isfinite(number)) {
    throw write_error(to_string(path),
                      std::string(std::isnan(number) ? "NaN" : "an infinity") +
                          " cannot be written: JSON has finite numbers only; use std::optional");
  }
  if (number == 0 && std::signbit(number)) {
    out += "-0.0";  // "-0" would read back as an integer, which has no sign at zero
    return;
  }
  char digits[64];  // the shortest form of a double has at most 24 characters
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace

void append_number(std::string& out, double number, const path_link* path) {
  append_floating(out, number, path);
}
void append_number(std::string& out, float number, const path_link* path) {
  append_floating(out, number, path);
}

}  // namespace detail
}  // namespace weft::json
