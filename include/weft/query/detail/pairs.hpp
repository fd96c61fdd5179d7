#pragma once
/// An element with each of its inner ones: what `select_many` with a result, and `join`, push.

#include <weft/query/detail/stages.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <ranges>
#include <type_traits>
#include <utility>

namespace weft::query::detail {

/// `result(element, inner)` for the inner elements of one element. An input range.
template <class E, class Range, class F>
class pair_range {
 public:
  using kept = std::conditional_t<std::is_lvalue_reference_v<E>, std::remove_reference_t<E>*,
                                  std::remove_cvref_t<E>>;
  using outer = std::remove_reference_t<E>&;
  using value =
      std::remove_cvref_t<std::invoke_result_t<F&, outer, std::ranges::range_reference_t<Range>>>;

  template <class Make>
  pair_range(E&& element, Make& make, F& f)
      : element_(keep(element)), range_(make(look())), f_(&f) {}

  struct iterator {
    using iterator_concept = std::input_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = value;
    [[nodiscard]] value operator*() const { return std::invoke(*of->f_, of->look(), *at); }
    iterator& operator++() {
      ++at;
      return *this;
    }
    void operator++(int) { ++at; }
    [[nodiscard]] bool operator==(std::default_sentinel_t) const {
      return at == std::ranges::end(of->range_);
    }
    pair_range* of;
    std::ranges::iterator_t<Range> at;
  };
  [[nodiscard]] iterator begin() { return {this, std::ranges::begin(range_)}; }
  [[nodiscard]] static std::default_sentinel_t end() noexcept { return {}; }

 private:
  static kept keep(std::remove_reference_t<E>& element) {
    if constexpr (std::is_lvalue_reference_v<E>) {
      return std::addressof(element);
    } else {
      return std::move(element);
    }
  }
  outer look() noexcept {
    if constexpr (std::is_lvalue_reference_v<E>) {
      return *element_;
    } else {
      return element_;
    }
  }
  kept element_;
  Range range_;
  F* f_;
};

/// Makes the `pair_range` of an element out of the range that `F` makes of it.
template <class F, class R>
struct paired {
  F f;
  R result;
  void prepare(const settings& how) { prepare_function(f, how); }
  /// Calls `each(element, inner)` for the elements [first, last) of `source`, or says how many it
  /// did when `each` wants no more: for an `f` that can find the ranges of several at a time.
  template <class Reader, class Each>
    requires requires(F& g, Reader& source, std::uint64_t i, typename F::found* to) {
      g.find_several(source, i, i, to);
    }
  std::uint64_t block(Reader& source, std::uint64_t first, std::uint64_t last, Each each) {
    typename F::found found[F::at_once] = {};
    while (first != last) {
      const std::uint64_t end = std::min(last, first + F::at_once);
      f.find_several(source, first, end, found);
      for (const auto* next = found; first != end; ++first, ++next) {
        for (auto* inner = next->first; inner != next->last; ++inner) {
          auto&& element = source.at(first);
          if (!each(std::invoke(result, element, *inner))) {
            return first;
          }
        }
      }
    }
    return last;
  }
  template <class E>
    requires std::invocable<F&, std::remove_reference_t<E>&>
  auto operator()(E&& element) {
    using range = std::invoke_result_t<F&, std::remove_reference_t<E>&>;
    const auto make = [this](auto& kept) -> range { return std::invoke(f, kept); };
    return pair_range<E, range, R>(std::forward<E>(element), make, result);
  }
};

}  // namespace weft::query::detail
