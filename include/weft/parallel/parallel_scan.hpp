#pragma once
/// `parallel_scan` and `parallel_exclusive_scan`: running totals of a range, on all cores.

#include <weft/parallel/detail/scan_plan.hpp>
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

/// Whoever comes to the frontier scans on from there; the others add up blocks ahead of it, which
/// are scanned when it has passed them. A single participant does all in one pass.
template <bool Inclusive, class In, class Out, class T, class Combine>
class scan_run {
 public:
  scan_run(In in, std::size_t n, Out out, std::optional<T> before, Combine& combine)
      : in_(in), n_(n), out_(out), total_(std::move(before)), combine_(combine) {}

  void execute(const parallel_options& given) {
    parallel_options options = given;
    options.partitioner = partitioner::chunked(1);
    static_cast<void>(parallel_for(0, 1, [&](int) { begin(); }, options));
    const std::size_t blocks = (n_ - begun_ + length_ - 1) / length_;
    if (blocks == 0) {
      return;
    }
    sums_.resize(blocks);
    scan_plan plan(blocks);
    // Each block takes three steps at most. A round ends early when somebody finds nothing to do,
    // and begins again when what the others did has ended.
    while (!plan.finished()) {
      static_cast<void>(parallel_for(
          std::size_t{0}, 3 * blocks,
          [&](std::size_t, parallel_loop_state& round) {
            const scan_plan::work work = plan.next();
            if (work.what == scan_plan::step::none) {
              if (!plan.wait_for_work()) {
                round.stop();
              }
              return;
            }
            run(work);
            plan.end(work);
          },
          options));
    }
  }

 private:
  [[nodiscard]] std::size_t border(std::size_t block) const {
    return std::min(n_, begun_ + block * length_);
  }

  /// Scans until it is known how many elements are worth a block, or all.
  void begin() {
    if constexpr (Inclusive) {
      total_.emplace(in_[0]);
      out_[0] = *total_;
      begun_ = 1;
    }
    scan_grain grain(std::max(sizeof(T), sizeof(std::iter_value_t<In>)));
    for (std::size_t step = 0; begun_ != n_ && (step = grain.step()) != 0;) {
      const std::size_t end = n_ - begun_ > step ? begun_ + step : n_;
      total_.emplace(scan(begun_, end, std::move(*total_)));
      begun_ = end;
    }
    length_ = std::max<std::size_t>(1, grain.length());
    if (n_ - begun_ <= 2 * length_) {  // not worth sharing
      static_cast<void>(scan(begun_, n_, std::move(*total_)));
      begun_ = n_;
    }
  }

  void run(scan_plan::work work) {
    const std::size_t first = border(work.block);
    const std::size_t last = border(work.block + 1);
    std::optional<T>& sum = sums_[work.block];
    switch (work.what) {
      case scan_plan::step::none:
        break;
      case scan_plan::step::scan:
        total_.emplace(scan(first, last, std::move(*total_)));
        break;
      case scan_plan::step::pass: {
        T before = *total_;
        total_.emplace(combine_(std::move(*total_), std::move(*sum)));
        sum.emplace(std::move(before));
        break;
      }
      case scan_plan::step::scan_reduced:
        static_cast<void>(scan(first, last, std::move(*sum)));
        sum.reset();
        break;
      case scan_plan::step::reduce:
        sum.emplace(reduce(first, last));
        break;
    }
  }

  [[nodiscard]] T scan(std::size_t first, std::size_t last, T total) {
    const In in = in_;
    const Out out = out_;
    for (auto i = static_cast<std::ptrdiff_t>(first); i != static_cast<std::ptrdiff_t>(last); ++i) {
      if constexpr (Inclusive) {
        total = combine_(std::move(total), in[i]);
        out[i] = total;
      } else {
        T next =
            combine_(T(total), in[i]);  // read before it is written: in and out may be the same
        out[i] = std::move(total);
        total = std::move(next);
      }
    }
    return total;
  }

  [[nodiscard]] T reduce(std::size_t first, std::size_t last) {
    const In in = in_;
    T total(in[static_cast<std::ptrdiff_t>(first)]);
    for (std::size_t i = first + 1; i != last; ++i) {
      total = combine_(std::move(total), in[static_cast<std::ptrdiff_t>(i)]);
    }
    return total;
  }

  const In in_;
  const std::size_t n_;
  const Out out_;
  std::optional<T> total_;  // of all before the frontier, whose owner has it
  Combine& combine_;
  std::size_t begun_ = 0;   // elements that `begin` has scanned
  std::size_t length_ = 1;  // of a block
  std::vector<std::optional<T>>
      sums_;  // of a block, then of all before it; whose work it is has it
};

template <bool Inclusive, class In, class Out, class T, class Combine>
void scan_range(In in, std::size_t n, Out out, std::optional<T> before, Combine& combine,
                const parallel_options& options) {
  scan_run<Inclusive, In, Out, T, Combine>(in, n, out, std::move(before), combine).execute(options);
}

}  // namespace detail

/// `out[i]` becomes `combine` of all elements up to number i, that one included. `out` may be the
/// beginning of `range` itself.
/// **Pre**: `combine` is associative; of floating-point numbers the last bits depend on how many
/// threads there are.
/// **Throws**, **Cancellation**: as `parallel_for`; the output is then written in part.
/// **Cost**: n calls of `combine` on one thread; with p threads 2n / (p + 1) one after another. The
/// range is read once if two blocks of 128 KiB fit a cache. A short range stays on the caller.
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
