#pragma once
/// Where the elements of a query come from.

#include <weft/query/detail/co_owned.hpp>
#include <weft/query/detail/settings.hpp>

#include <concepts>
#include <cstdint>
#include <iterator>
#include <memory>
#include <ranges>
#include <type_traits>
#include <utility>

namespace weft::query::detail {

/// A source gives `element`, and after `prepare` one of
///
/// - `size()` and `at(i)` for many threads: it is *indexed*;
/// - a cursor for one thread (`cursor()`: `done`, `get`, `next`), and, if it can do better for a
///   whole run, `each(sink)`, which returns false when the sink wants no more.
///
/// `lasting`: references that it gives stay valid until the evaluation ends. `prepare` is called
/// once per evaluation, on the thread that asked for it, on a copy that belongs to the evaluation.
/// Sources are cheap to copy then; `reader()`, if there is one, gives a copy for one thread.
template <class S>
concept indexed_source = requires(S& s, std::uint64_t i) {
  { s.size() } -> std::same_as<std::uint64_t>;
  { s.at(i) } -> std::same_as<typename S::element>;
};

template <class Source>
[[nodiscard]] auto reader_of(Source& source) {
  if constexpr (requires { source.reader(); }) {
    return source.reader();
  } else {
    return source;
  }
}

/// A reader whose elements can be looked at more than once.
template <class Reader>
concept repeatable_reader = requires { requires std::remove_cvref_t<Reader>::repeatable; };

/// Gives memory of an evaluation back once its elements have been taken out.
template <class Source>
void release(Source& source) {
  if constexpr (requires { source.release(); }) {
    source.release();
  }
}

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
  static constexpr bool lasting = true;
  static constexpr bool repeatable = true;
  range_source(T start, std::uint64_t count) noexcept : start_(start), count_(count) {}
  static void prepare(const settings&) noexcept {}
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
  static constexpr bool lasting = true;
  repeat_source(T value, std::uint64_t count)
      : value_(co_owned<const T>::make(std::move(value))), count_(count) {}
  static void prepare(const settings&) noexcept {}
  [[nodiscard]] std::uint64_t size() const noexcept { return count_; }
  [[nodiscard]] const T& at(std::uint64_t) const noexcept { return *value_; }
  [[nodiscard]] auto cursor() { return index_cursor<repeat_source>(*this); }

 private:
  co_owned<const T> value_;
  std::uint64_t count_;
};

template <class T>
class empty_source {
 public:
  using element = T&;
  static constexpr bool lasting = true;
  static void prepare(const settings&) noexcept {}
  [[nodiscard]] static std::uint64_t size() noexcept { return 0; }
  [[nodiscard]] static T& at(std::uint64_t) noexcept { __builtin_unreachable(); }
  [[nodiscard]] auto cursor() { return index_cursor<empty_source>(*this); }
};

/// A C++ range: an lvalue by reference (and nothing else, so that its queries are trivial to copy
/// and to drop), an rvalue owned together with the copies of the query.
template <std::ranges::input_range R, bool Owned>
class from_source {
 public:
  using range_type = R;
  using element = std::ranges::range_reference_t<R>;
  static constexpr bool lasting = std::ranges::forward_range<R>;
  static constexpr bool random = std::ranges::random_access_range<R> && std::ranges::sized_range<R>;

  explicit from_source(R& range) noexcept
    requires(!Owned)
      : range_(std::addressof(range)) {}
  explicit from_source(co_owned<R> owned) noexcept
    requires Owned
      : range_(owned.get()), owner_(std::move(owned)) {}

  static void prepare(const settings&) noexcept {}
  [[nodiscard]] R& range() const noexcept { return *range_; }
  [[nodiscard]] std::uint64_t size() const
    requires random
  {
    return static_cast<std::uint64_t>(std::ranges::size(*range_));
  }
  [[nodiscard]] element at(std::uint64_t i) const
    requires random
  {
    return std::ranges::begin(*range_)[static_cast<std::ranges::range_difference_t<R>>(i)];
  }

  /// For one thread: the iterator, so that the range need not be asked for it each time.
  struct indexed_reader {
    /// An element can be looked at twice.
    static constexpr bool repeatable = std::ranges::contiguous_range<R>;
    std::ranges::iterator_t<R> begin;
    [[nodiscard]] element at(std::uint64_t i) const {
      return begin[static_cast<std::ranges::range_difference_t<R>>(i)];
    }
  };
  [[nodiscard]] auto reader() const
    requires random
  {
    return indexed_reader{std::ranges::begin(*range_)};
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
  struct nobody {};
  R* range_;
  [[no_unique_address]] std::conditional_t<Owned, co_owned<R>, nobody> owner_;
};

template <class S>
inline constexpr bool is_from_source = false;
template <class R, bool Owned>
inline constexpr bool is_from_source<from_source<R, Owned>> = true;

}  // namespace weft::query::detail
