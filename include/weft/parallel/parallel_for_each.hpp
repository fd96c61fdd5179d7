#pragma once
/// `parallel_for_each`: a loop over a range on all cores.

#include <weft/base/error.hpp>
#include <weft/parallel/detail/body.hpp>
#include <weft/parallel/detail/stream_loop.hpp>
#include <weft/parallel/options.hpp>

#include <concepts>
#include <cstdint>
#include <iterator>
#include <type_traits>
#include <utility>

namespace weft {
namespace detail {

/// Elements that several threads may reach by number.
template <class R>
concept indexed_range = std::ranges::random_access_range<R> && std::ranges::sized_range<R>;

template <class Iterator>
struct iterator_access {
  Iterator begin;
  decltype(auto) operator()(std::uint64_t offset) const {
    return begin[static_cast<std::iter_difference_t<Iterator>>(offset)];
  }
};

template <class R>
auto access_to(R& range) {
  if constexpr (std::ranges::contiguous_range<R>) {
    return iterator_access{std::to_address(std::ranges::begin(range))};
  } else {
    return iterator_access{std::ranges::begin(range)};
  }
}

template <class R>
using access_of = decltype(access_to(std::declval<R&>()));

/// What a body gets: a reference into the range; an element of an input range, which is read once
/// and kept for the call, as an lvalue.
template <class R>
using loop_element =
    std::conditional_t<std::ranges::forward_range<R>, std::ranges::range_reference_t<R>,
                       std::ranges::range_value_t<R>&>;

}  // namespace detail

/// Calls `body(element)` for every element, several at the same time; or `body(element,
/// parallel_loop_state&)`, or `body(element, parallel_loop_state&, number)`. Elements of a
/// random-access range are reached by their number; any other range is walked by one thread at a
/// time, a piece at a time.
/// **Pre**: elements of a view may be read by several threads at the same time (of a random-access
/// one also its iterators). **Throws**, **Cancellation**, **Cost**: as `parallel_for`.
/// **Source**: System.Threading.Tasks.Parallel.ForEach.
template <std::ranges::input_range Range, class Body>
  requires detail::loop_body<Body, detail::loop_element<Range>>
parallel_loop_result parallel_for_each(Range&& range, Body&& body,
                                       const parallel_options& options = {}) {
  using body_type = std::remove_reference_t<Body>;
  if constexpr (detail::indexed_range<Range>) {
    const auto count = static_cast<std::uint64_t>(std::ranges::size(range));
    if (count == 0) {
      throw_if_stopped(options.stop.token());
      return {true, std::nullopt};
    }
    return detail::plain_loop<body_type, detail::access_of<Range>>(body, detail::access_to(range),
                                                                   count, 0, options)
        .execute();
  } else {
    return detail::stream_loop<body_type, std::remove_reference_t<Range>>(body, range, options)
        .execute();
  }
}

/// The same with a value of each thread's own, see `parallel_for`.
template <std::ranges::input_range Range, std::invocable Init, class Body, class Finally>
  requires detail::local_loop_body<Body, detail::loop_element<Range>,
                                   std::decay_t<std::invoke_result_t<Init&>>> &&
           std::invocable<Finally&, std::decay_t<std::invoke_result_t<Init&>>>
parallel_loop_result parallel_for_each(Range&& range, Init&& init, Body&& body, Finally&& finally,
                                       const parallel_options& options = {}) {
  using init_type = std::remove_reference_t<Init>;
  using body_type = std::remove_reference_t<Body>;
  using finally_type = std::remove_reference_t<Finally>;
  if constexpr (detail::indexed_range<Range>) {
    const auto count = static_cast<std::uint64_t>(std::ranges::size(range));
    if (count == 0) {
      throw_if_stopped(options.stop.token());
      return {true, std::nullopt};
    }
    return detail::local_loop<init_type, body_type, finally_type, detail::access_of<Range>>(
               init, body, finally, detail::access_to(range), count, 0, options)
        .execute();
  } else {
    return detail::local_stream_loop<init_type, body_type, finally_type,
                                     std::remove_reference_t<Range>>(init, body, finally, range,
                                                                     options)
        .execute();
  }
}

}  // namespace weft
