#pragma once
/// Where the elements of a query come from.

#include <concepts>
#include <cstdint>
#include <iterator>
#include <memory>
#include <ranges>
#include <type_traits>
#include <utility>

namespace weft::query::detail {

/// A source gives `element`, a cursor for one thread (`cursor()`: `done`, `get`, `next`), and, when
/// it is indexed, `size()` and `at(i)` for many. Sources are cheap to copy.
template <class S>
concept indexed_source = requires(S& s, std::uint64_t i) {
  { s.size() } -> std::same_as<std::uint64_t>;
  { s.at(i) } -> std::same_as<typename S::element>;
};

/// Walks an indexed source.
template <class Source>
class index_cursor {
 public:
  explicit index_cursor(Source& source) : source_(source), size_(source.size()) {}
  [[nodiscard]] bool done() const noexcept { return at_ == size_; }
  [[nodiscard]] typename Source::element get() { return source_.at(at_); }
  void next() noexcept { ++at_; }

 private:
  Source source_;
  std::uint64_t at_ = 0;
  std::uint64_t size_;
};

template <class T>
class range_source {
 public:
  using element = T;
  range_source(T start, std::uint64_t count) noexcept : start_(start), count_(count) {}
  [[nodiscard]] std::uint64_t size() const noexcept { return count_; }
  [[nodiscard]] T at(std::uint64_t i) const noexcept {
    return static_cast<T>(static_cast<std::uint64_t>(start_) + i);
  }
  [[nodiscard]] auto cursor() { return index_cursor<range_source>(*this); }

 private:
  T start_;
  std::uint64_t count_;
};

template <class T>
class repeat_source {
 public:
  using element = const T&;
  repeat_source(T value, std::uint64_t count)
      : value_(std::make_shared<const T>(std::move(value))), count_(count) {}
  [[nodiscard]] std::uint64_t size() const noexcept { return count_; }
  [[nodiscard]] const T& at(std::uint64_t) const noexcept { return *value_; }
  [[nodiscard]] auto cursor() { return index_cursor<repeat_source>(*this); }

 private:
  std::shared_ptr<const T> value_;
  std::uint64_t count_;
};

template <class T>
class empty_source {
 public:
  using element = T&;
  [[nodiscard]] static std::uint64_t size() noexcept { return 0; }
  [[nodiscard]] static T& at(std::uint64_t) noexcept { __builtin_unreachable(); }
  [[nodiscard]] auto cursor() { return index_cursor<empty_source>(*this); }
};

/// A C++ range: an lvalue by reference, an rvalue owned together with the copies of the query.
template <std::ranges::input_range R>
class from_source {
 public:
  using range_type = R;
  using element = std::ranges::range_reference_t<R>;

  explicit from_source(R& range) noexcept : range_(std::addressof(range)) {}
  explicit from_source(std::shared_ptr<R> owned) noexcept
      : range_(owned.get()), owner_(std::move(owned)) {}

  [[nodiscard]] R& range() const noexcept { return *range_; }
  [[nodiscard]] std::uint64_t size() const
    requires(std::ranges::random_access_range<R> && std::ranges::sized_range<R>)
  {
    return static_cast<std::uint64_t>(std::ranges::size(*range_));
  }
  [[nodiscard]] element at(std::uint64_t i) const
    requires(std::ranges::random_access_range<R> && std::ranges::sized_range<R>)
  {
    return std::ranges::begin(*range_)[static_cast<std::ranges::range_difference_t<R>>(i)];
  }

  class walker {
   public:
    explicit walker(from_source s)
        : source_(std::move(s)),
          at_(std::ranges::begin(*source_.range_)),
          end_(std::ranges::end(*source_.range_)) {}
    [[nodiscard]] bool done() const { return at_ == end_; }
    [[nodiscard]] element get() { return *at_; }
    void next() { ++at_; }

   private:
    from_source source_;
    std::ranges::iterator_t<R> at_;
    std::ranges::sentinel_t<R> end_;
  };
  [[nodiscard]] auto cursor() { return walker(*this); }

 private:
  R* range_;
  std::shared_ptr<R> owner_;
};

}  // namespace weft::query::detail
