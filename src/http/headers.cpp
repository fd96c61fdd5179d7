/// Header fields: one text buffer, one list of places in it.

#include <weft/http/headers.hpp>

#include "text.hpp"

#include <stdexcept>

namespace weft::http {

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (detail::lower(a[i]) != detail::lower(b[i])) {
      return false;
    }
  }
  return true;
}

headers::entry headers::store(std::string_view name, std::string_view value) {
  if (entries_.capacity() == 0) {  // the fields of an ordinary message, at once
    text_.reserve(240);
    entries_.reserve(8);
  }
  entry e{};
  e.name_at = static_cast<std::uint32_t>(text_.size());
  e.name_size = static_cast<std::uint32_t>(name.size());
  text_ += name;
  e.value_at = static_cast<std::uint32_t>(text_.size());
  e.value_size = static_cast<std::uint32_t>(value.size());
  text_ += value;
  return e;
}

void headers::add(std::string_view name, std::string_view value) {
  if (!detail::is_token(name)) {
    throw std::invalid_argument(
        "http: a header's name may hold letters, digits and !#$%&'*+-.^_`|~ only");
  }
  value = detail::trim(value);
  if (!detail::is_field_value(value)) {
    throw std::invalid_argument(
        "http: the value of header '" + std::string(name) +
        "' holds a control character (CR, LF, NUL …); header values are one line of text");
  }
  // No pointers into what is about to grow: `value` may be a view from here.
  if (value.data() >= text_.data() && value.data() <= text_.data() + text_.size()) {
    const std::string copy(value);
    entries_.push_back(store(name, copy));
    return;
  }
  entries_.push_back(store(name, value));
}

void headers::set(std::string_view name, std::string_view value) {
  const std::string own_name(name);
  add(own_name, value);
  const entry added = entries_.back();
  entries_.pop_back();
  bool placed = false;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!equal_ignoring_case(at(i).name, own_name)) {
      entries_[kept++] = entries_[i];
    } else if (!placed) {
      entries_[kept++] = added;
      placed = true;
    }
  }
  entries_.resize(kept);
  if (!placed) {
    entries_.push_back(added);
  }
}

std::size_t headers::remove(std::string_view name) {
  const std::size_t before = entries_.size();
  std::size_t kept = 0;
  for (std::size_t i = 0; i < before; ++i) {
    if (!equal_ignoring_case(at(i).name, name)) {
      entries_[kept++] = entries_[i];
    }
  }
  entries_.resize(kept);
  return before - kept;
}

void headers::clear() noexcept {
  text_.clear();
  entries_.clear();
}

std::optional<std::string_view> headers::get(std::string_view name) const noexcept {
  for (const field f : *this) {
    if (equal_ignoring_case(f.name, name)) {
      return f.value;
    }
  }
  return std::nullopt;
}

std::size_t headers::count(std::string_view name) const noexcept {
  std::size_t n = 0;
  for (const field f : *this) {
    n += equal_ignoring_case(f.name, name) ? 1 : 0;
  }
  return n;
}

bool headers::has_token(std::string_view name, std::string_view token) const noexcept {
  for (const field f : *this) {
    if (!equal_ignoring_case(f.name, name)) {
      continue;
    }
    std::string_view rest = f.value;
    while (!rest.empty()) {
      const std::size_t comma = rest.find(',');
      if (equal_ignoring_case(detail::trim(rest.substr(0, comma)), token)) {
        return true;
      }
      rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
  }
  return false;
}

}  // namespace weft::http
