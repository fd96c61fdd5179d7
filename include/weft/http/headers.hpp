#pragma once
/// `http::headers`: the header fields of a message, in order.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::http {

/// A multimap from names (their case does not matter) to values that keeps the order in which
/// fields were added. All text lies in one buffer that `clear` keeps: a headers object used again
/// does not allocate.
/// **Lifetime**: a `string_view` from here lives until the next change.
/// **Thread-safety**: that of a standard container.
class headers {
 public:
  struct field {
    std::string_view name;
    std::string_view value;
  };
  class iterator;

  headers() = default;

  /// Adds a field behind the others. Throws: std::invalid_argument if `name` is no token (RFC
  /// 9110 5.6.2) or `value` holds a CR, LF, NUL or another control character: that is how responses
  /// are split.
  void add(std::string_view name, std::string_view value);
  /// Replaces all fields of that name by one, which stands where the first of them stood.
  void set(std::string_view name, std::string_view value);
  /// Returns how many there were.
  std::size_t remove(std::string_view name);
  void clear() noexcept;

  /// The value of the first field of that name.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const noexcept;
  [[nodiscard]] bool contains(std::string_view name) const noexcept {
    return get(name).has_value();
  }
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
  /// True if a field of that name has `token` in its comma-separated list, in any case:
  /// `Connection: close, x`.
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] iterator begin() const noexcept;
  [[nodiscard]] iterator end() const noexcept;

 private:
  struct entry {
    std::uint32_t name_at;
    std::uint32_t name_size;
    std::uint32_t value_at;
    std::uint32_t value_size;
  };
  [[nodiscard]] field at(std::size_t index) const noexcept {
    const entry& e = entries_[index];
    return {{text_.data() + e.name_at, e.name_size}, {text_.data() + e.value_at, e.value_size}};
  }
  entry store(std::string_view name, std::string_view value);

  std::string text_;
  std::vector<entry> entries_;
};

class headers::iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = field;
  using difference_type = std::ptrdiff_t;
  using pointer = void;
  using reference = field;

  iterator() = default;
  iterator(const headers& owner, std::size_t index) noexcept : owner_(&owner), index_(index) {}
  field operator*() const noexcept { return owner_->at(index_); }
  iterator& operator++() noexcept {
    ++index_;
    return *this;
  }
  iterator operator++(int) noexcept {
    iterator old = *this;
    ++index_;
    return old;
  }
  bool operator==(const iterator&) const = default;

 private:
  const headers* owner_ = nullptr;
  std::size_t index_ = 0;
};

inline headers::iterator headers::begin() const noexcept {
  return {*this, 0};
}
inline headers::iterator headers::end() const noexcept {
  return {*this, entries_.size()};
}

/// True if both are the same but for the case of ASCII letters.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace weft::http
