#pragma once
/// `parallel_scan` and `parallel_exclusive_scan`: running totals of a range, on all cores.

#include <weft/parallel/detail/radix_sort.hpp>
#include <weft/parallel/options.hpp>
#include <weft/parallel/parallel_for.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <ranges>
#include <utility>
#include <vector>

namespace weft {
namespace detail {

struct plus {
  template <class A, class B>
  auto operator()(A&& a, B&& b) const {
    return std::forward<A>(a) + std::forward<B>(b);
  }
};

template <class Range, class Output, class T, class Combine>
concept scans =
    std::ranges::random_access_range<Range> && std::ranges::sized_range<Range> &&
    std::random_access_iterator<Output> && std::copy_constructible<T> &&
    std::is_invocable_r_v<T, Combine&, T, std::ranges::range_reference_t<Range>> &&
    std::is_invocable_r_v<T, Combine&, T, T> && std::indirectly_writable<Output, const T&>;

/// One part more than there are threads. The first round scans the first part, whose beginning is
/// known, and reduces the others but the last; then all their beginnings are known, and the second
/// round scans them.
template <bool Inclusive, class In, class Out, class T, class Combine>
void scan_range(In in, std::size_t n, Out out, std::optional<T> before, Combine& combine,
                const parallel_options& given) {
  parallel_options options = given;
  options.partitioner = partitioner::chunked(1);
  constexpr std::size_t worth = 1U << 14;  // elements of a part
  const std::size_t threads = std::max<std::size_t>(1, std::min(threads_for(options), n / worth));
  const std::size_t parts = threads == 1 ? 1 : threads + 1;
  const auto border = [&](std::size_t i) {
    return static_cast<std::ptrdiff_t>(n / parts * i + std::min(i, n % parts));
  };
  const auto scan = [&](std::size_t part, std::optional<T> total) {
    for (auto i = border(part); i != border(part + 1); ++i) {
      if constexpr (Inclusive) {
        total = total ? T(combine(std::move(*total), in[i])) : T(in[i]);
        out[i] = *total;
      } else {
        T next = combine(*total, in[i]);  // read before it is written: in and out may be the same
        out[i] = std::move(*total);
        total = std::move(next);
      }
    }
    return total;
  };
  std::vector<std::optional<T>> totals(parts);  // of each part, then of all before it
  const auto reduce = [&](std::size_t part) {
    T total(in[border(part)]);
    for (auto i = border(part) + 1; i != border(part + 1); ++i) {
      total = combine(std::move(total), in[i]);
    }
    return total;
  };
  static_cast<void>(parallel_for(
      std::size_t{0}, threads,
      [&](std::size_t part) {
        totals[part] = part == 0 ? scan(0, before) : std::optional<T>(reduce(part));
      },
      options));
  for (std::size_t part = 1; part < threads; ++part) {
    totals[part] = combine(T(*totals[part - 1]), *totals[part]);
  }
  static_cast<void>(parallel_for(
      std::size_t{1}, parts,
      [&](std::size_t part) { static_cast<void>(scan(part, totals[part - 1])); }, options));
}

}  // namespace detail

/// `out[i]` becomes `combine` of all elements up to number i, that one included. `out` may be the
/// beginning of `range` itself.
/// **Pre**: `combine` is associative; of floating-point numbers the last bits depend on how many
/// threads there are.
/// **Throws**, **Cancellation**: as `parallel_for`; the output is then written in part.
/// **Cost**: with p threads 2n / (p + 1) calls of `combine` one after another.
template <std::ranges::random_access_range Range, std::random_access_iterator Output,
          class Combine = detail::plus>
  requires detail::scans<Range, Output, std::ranges::range_value_t<Range>, Combine>
void parallel_scan(Range&& range, Output out, Combine combine = {},
                   const parallel_options& options = {}) {
  using T = std::ranges::range_value_t<Range>;
  const auto n = static_cast<std::size_t>(std::ranges::size(range));
  if (n != 0) {
    detail::scan_range<true, std::ranges::iterator_t<Range>, Output, T>(
        std::ranges::begin(range), n, out, std::nullopt, combine, options);
  }
}

/// The same without element number i; `out[0]` becomes `initial`.
template <std::ranges::random_access_range Range, std::random_access_iterator Output, class T,
          class Combine = detail::plus>
  requires detail::scans<Range, Output, T, Combine> &&
           std::constructible_from<T, std::ranges::range_reference_t<Range>>
void parallel_exclusive_scan(Range&& range, Output out, T initial, Combine combine = {},
                             const parallel_options& options = {}) {
  const auto n = static_cast<std::size_t>(std::ranges::size(range));
  if (n != 0) {
    detail::scan_range<false, std::ranges::iterator_t<Range>, Output, T>(
        std::ranges::begin(range), n, out, std::optional<T>(std::move(initial)), combine, options);
  }
}

}  // namespace weft
