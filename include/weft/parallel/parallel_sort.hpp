#pragma once
/// `parallel_sort` and `parallel_stable_sort`: a range sorted on all cores.

#include <weft/parallel/detail/merge_sort.hpp>
#include <weft/parallel/detail/radix_sort.hpp>
#include <weft/parallel/options.hpp>

#include <algorithm>  // std::less as well: <functional> costs too much
#include <concepts>
#include <iterator>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft {
namespace detail {

template <class Compare, class T>
inline constexpr bool is_less =
    std::same_as<Compare, std::ranges::less> || std::same_as<Compare, std::less<>> ||
    std::same_as<Compare, std::less<T>>;
template <class Compare, class T>
inline constexpr bool is_greater =
    std::same_as<Compare, std::ranges::greater> || std::same_as<Compare, std::greater<>> ||
    std::same_as<Compare, std::greater<T>>;

template <class Compare, class Range>
concept sorts = std::ranges::random_access_range<Range> && std::ranges::sized_range<Range> &&
                std::permutable<std::ranges::iterator_t<Range>> &&
                std::predicate<Compare&, const std::ranges::range_value_t<Range>&,
                               const std::ranges::range_value_t<Range>&>;

template <bool Descending>
struct plain_bits {
  template <class T>
  auto operator()(const T& key) const noexcept {
    const auto bits = bits_of(key);
    return Descending ? static_cast<decltype(bits_of(key))>(~bits) : bits;
  }
};

template <bool Stable, class Range, class Compare>
void sort_range(Range& range, Compare& compare, const parallel_options& options) {
  using T = std::ranges::range_value_t<Range>;
  constexpr bool descending = is_greater<Compare, T>;
  throw_if_stopped(options.stop.token());
  const auto n = static_cast<std::size_t>(std::ranges::size(range));
  if (n < 2) {
    return;
  }
  if constexpr (std::ranges::contiguous_range<Range> && radix_key<T> &&
                (is_less<Compare, T> || descending)) {
    constexpr std::size_t worth_radix = 512;  // elements; the digits' counts must be worth it
    if (n >= worth_radix) {
      const auto buffer = uninitialized<T>(n);
      using key = plain_bits<descending>;
      radix_sorter<T, key>(key{}, options).sort(std::ranges::data(range), buffer.get(), n);
      return;
    }
  }
  const auto begin = std::ranges::begin(range);
  if constexpr (std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>) {
    merge_sorter<T, decltype(begin), Compare, Stable>(begin, n, compare, options).sort();
  } else {  // a move that throws must not meet a merge half done: sort numbers, then move
    std::vector<std::ptrdiff_t> order(n);
    for (std::size_t i = 0; i != n; ++i) {
      order[i] = static_cast<std::ptrdiff_t>(i);
    }
    auto before = [&](std::ptrdiff_t a, std::ptrdiff_t b) -> bool {
      return compare(std::as_const(begin[a]), std::as_const(begin[b]));
    };
    merge_sorter<std::ptrdiff_t, std::ptrdiff_t*, decltype(before), Stable>(order.data(), n, before,
                                                                            options)
        .sort();
    std::vector<T> sorted;
    sorted.reserve(n);
    for (const std::ptrdiff_t i : order) {
      sorted.push_back(std::move(begin[i]));
    }
    std::ranges::move(sorted, begin);
  }
}

}  // namespace detail

/// Sorts by `compare`, several threads at the same time calling it. Equal elements may change
/// places; see `parallel_stable_sort`.
/// **Throws** `aggregate_exception` of what `compare` and moves throw, `operation_canceled` when
/// the options' token was requested; every element is in the range then, in some order.
/// **Cost**: memory for as many elements again. Numbers under `<` or `>` are sorted by their bits,
/// others by merging, with about n log n comparisons.
/// **Source**: for the digits, Knuth, The Art of Computer Programming 3, 5.2.5; for how merges are
/// cut, Odeh et al., Merge Path, doi:10.1109/IPDPSW.2012.202.
template <std::ranges::random_access_range Range, class Compare = std::ranges::less>
  requires detail::sorts<Compare, Range>
void parallel_sort(Range&& range, Compare compare = {}, const parallel_options& options = {}) {
  detail::sort_range<false>(range, compare, options);
}
/// The same; equal elements keep their order.
template <std::ranges::random_access_range Range, class Compare = std::ranges::less>
  requires detail::sorts<Compare, Range>
void parallel_stable_sort(Range&& range, Compare compare = {},
                          const parallel_options& options = {}) {
  detail::sort_range<true>(range, compare, options);
}

/// The same for iterators, as `std::sort`.
template <std::random_access_iterator Iterator, class Compare = std::ranges::less>
void parallel_sort(Iterator first, Iterator last, Compare compare = {},
                   const parallel_options& options = {}) {
  parallel_sort(std::ranges::subrange(first, last), std::move(compare), options);
}
template <std::random_access_iterator Iterator, class Compare = std::ranges::less>
void parallel_stable_sort(Iterator first, Iterator last, Compare compare = {},
                          const parallel_options& options = {}) {
  parallel_stable_sort(std::ranges::subrange(first, last), std::move(compare), options);
}

}  // namespace weft
