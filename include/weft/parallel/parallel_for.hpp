#pragma once
/// `parallel_for`: a loop over integers on all cores.

#include <weft/parallel/detail/body.hpp>
#include <weft/parallel/loop_state.hpp>
#include <weft/parallel/options.hpp>

#include <concepts>
#include <cstdint>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace weft {
namespace detail {

template <class T>
concept loop_index = std::integral<T> && !std::same_as<std::remove_cv_t<T>, bool>;

template <class Index>
struct index_access {
  Index begin;
  Index operator()(std::uint64_t offset) const noexcept {
    return static_cast<Index>(static_cast<std::uint64_t>(begin) + offset);
  }
};

template <class Index>
struct step_access {
  Index begin;
  std::uint64_t step;  // as of a number of two's complement
  Index operator()(std::uint64_t offset) const noexcept {
    return static_cast<Index>(static_cast<std::uint64_t>(begin) + offset * step);
  }
};

/// Iterations from `begin` to `end`, counted without overflow; 0 when they are reversed.
template <class Index, class Begin, class End>
std::uint64_t iterations(Begin begin, End end) {
  if (!std::cmp_less(begin, end)) {
    return 0;
  }
  if constexpr (std::is_unsigned_v<Index> && std::is_signed_v<Begin>) {
    if (begin < 0) {
      throw std::invalid_argument(
          "weft: parallel_for from a negative begin to an unsigned end: give both a signed type");
    }
  }
  return static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(begin);
}

}  // namespace detail

/// Calls `body(i)` for every i in [begin, end), several at the same time, in no particular order;
/// or `body(i, parallel_loop_state&)`. Blocks until all that were started have ended; the caller
/// takes part. The index has the common type of begin and end. A reversed range is empty.
///
/// A loop may be called inside another and inside a task: it takes workers that are idle, and never
/// waits for one that is not.
/// **Throws** `aggregate_exception` of everything that bodies threw, the first of which ends the
/// loop; `operation_canceled` when the options' token was requested; `std::invalid_argument` for
/// bad options.
/// **Cancellation**: no body is started after it; those that run are waited for.
/// **Cost**: pieces of some tens of microseconds are handed out, so that a loop shorter than that
/// stays on the caller.
/// **Source**: System.Threading.Tasks.Parallel.For.
template <detail::loop_index Begin, detail::loop_index End, class Body>
  requires detail::loop_body<Body, std::common_type_t<Begin, End>>
parallel_loop_result parallel_for(Begin begin, End end, Body&& body,
                                  const parallel_options& options = {}) {
  using index = std::common_type_t<Begin, End>;
  using access = detail::index_access<index>;
  const std::uint64_t count = detail::iterations<index>(begin, end);
  if (count == 0) {
    return {true, std::nullopt};
  }
  return detail::plain_loop<std::remove_reference_t<Body>, access>(
             body, access{static_cast<index>(begin)}, count, static_cast<std::int64_t>(begin),
             options)
      .execute();
}

/// Every `step`th index: `begin`, `begin + step` … up to `end`, which is not reached; downwards for
/// a negative step. **Throws** also `std::invalid_argument` for a step of 0. The numbers of the
/// loop's state are those of the iterations, from 0 on.
template <detail::loop_index Begin, detail::loop_index End, detail::loop_index Step, class Body>
  requires detail::loop_body<Body, std::common_type_t<Begin, End>>
parallel_loop_result parallel_for(Begin begin, End end, Step step, Body&& body,
                                  const parallel_options& options = {}) {
  using index = std::common_type_t<Begin, End>;
  using access = detail::step_access<index>;
  if (step == 0) {
    throw std::invalid_argument("weft: parallel_for with a step of 0 never ends");
  }
  const bool down = std::cmp_less(step, 0);
  const std::uint64_t span =
      down ? detail::iterations<index>(end, begin) : detail::iterations<index>(begin, end);
  const auto bits = static_cast<std::uint64_t>(step);
  const std::uint64_t stride = down ? std::uint64_t{0} - bits : bits;
  if (span == 0) {
    return {true, std::nullopt};
  }
  return detail::plain_loop<std::remove_reference_t<Body>, access>(
             body, access{static_cast<index>(begin), bits}, (span - 1) / stride + 1, 0, options)
      .execute();
}

/// The same with a value of each thread's own: `init()` makes it, `body(i, state, value)` returns
/// the next, and `finally(value)` is called with the last; several threads call `init` and
/// `finally` at the same time.
template <detail::loop_index Begin, detail::loop_index End, std::invocable Init, class Body,
          class Finally>
  requires detail::local_loop_body<Body, std::common_type_t<Begin, End>,
                                   std::decay_t<std::invoke_result_t<Init&>>> &&
           std::invocable<Finally&, std::decay_t<std::invoke_result_t<Init&>>>
parallel_loop_result parallel_for(Begin begin, End end, Init&& init, Body&& body, Finally&& finally,
                                  const parallel_options& options = {}) {
  using index = std::common_type_t<Begin, End>;
  using access = detail::index_access<index>;
  const std::uint64_t count = detail::iterations<index>(begin, end);
  if (count == 0) {
    return {true, std::nullopt};
  }
  return detail::local_loop<std::remove_reference_t<Init>, std::remove_reference_t<Body>,
                            std::remove_reference_t<Finally>, access>(
             init, body, finally, access{static_cast<index>(begin)}, count,
             static_cast<std::int64_t>(begin), options)
      .execute();
}

}  // namespace weft
