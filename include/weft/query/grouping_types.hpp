#pragma once
/// `grouping` and `lookup`: elements by key, as `group_by`, `group_join` and `to_lookup` give them.

#include <weft/query/detail/groups.hpp>

#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>

namespace weft::query {

/// Elements that belong together. A handle: copies share the elements, which live as long as one of
/// them. **Thread-safety**: as a `std::shared_ptr` to a container.
template <class T>
class matches {
 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = T*;

  matches() = default;
  matches(detail::co_owned_any owner, T* first, T* last) noexcept
      : owner_(std::move(owner)), first_(first), last_(last) {}

  [[nodiscard]] T* begin() const noexcept { return first_; }
  [[nodiscard]] T* end() const noexcept { return last_; }
  [[nodiscard]] std::size_t size() const noexcept {
    return static_cast<std::size_t>(last_ - first_);
  }
  [[nodiscard]] bool empty() const noexcept { return first_ == last_; }
  /// **Pre**: `i < size()`.
  [[nodiscard]] T& operator[](std::size_t i) const noexcept { return first_[i]; }

 private:
  detail::co_owned_any owner_;
  T* first_ = nullptr;
  T* last_ = nullptr;
};

/// The elements with one key. **Source**: System.Linq.IGrouping.
template <class K, class T>
class grouping : public matches<T> {
 public:
  grouping(detail::co_owned_any owner, const K* key, T* first, T* last) noexcept
      : matches<T>(std::move(owner), first, last), key_(key) {}
  [[nodiscard]] const K& key() const noexcept { return *key_; }

 private:
  const K* key_;
};

/// Groups to be found by their keys. A range of groupings, in the order in which the keys first
/// came where the query has one. Copies share the groups. **Source**: System.Linq.ILookup.
template <class K, class T, class Hash = detail::default_hash, class Equal = std::equal_to<>>
class lookup {
 public:
  using value_type = grouping<K, T>;

  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using iterator_concept = std::forward_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = grouping<K, T>;
    using reference = value_type;
    using pointer = void;
    iterator() = default;
    iterator(const lookup* of, std::size_t at) noexcept : of_(of), at_(at) {}
    [[nodiscard]] value_type operator*() const { return of_->group(at_); }
    iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    iterator operator++(int) noexcept { return iterator(of_, at_++); }
    [[nodiscard]] bool operator==(const iterator& other) const noexcept { return at_ == other.at_; }

   private:
    const lookup* of_ = nullptr;
    std::size_t at_ = 0;
  };

  explicit lookup(detail::co_owned<detail::group_store<K, T, Hash, Equal>> groups) noexcept
      : groups_(std::move(groups)) {}

  /// How many keys there are.
  [[nodiscard]] std::size_t size() const noexcept { return groups_->listed.size(); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] bool contains(const K& key) const {
    return groups_->keys.find(key) != groups_->keys.none;
  }
  /// The elements with this key; none if there are none.
  [[nodiscard]] matches<T> operator[](const K& key) const {
    const auto [first, last] = groups_->found(key);
    return {groups_, first, last};
  }
  [[nodiscard]] iterator begin() const noexcept { return iterator(this, 0); }
  [[nodiscard]] iterator end() const noexcept { return iterator(this, size()); }

 private:
  [[nodiscard]] grouping<K, T> group(std::size_t i) const {
    const auto& at = groups_->listed[i];
    return {groups_, at.key, at.first, at.last};
  }
  detail::co_owned<detail::group_store<K, T, Hash, Equal>> groups_;
};

}  // namespace weft::query
