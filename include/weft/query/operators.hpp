#pragma once
/// The beginnings of queries, and the operators that make one query into another.

#include <weft/query/detail/query.hpp>

#include <memory>
#include <ranges>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

namespace weft::query {
namespace detail {

template <class Source>
using new_query = basic_query<Source, no_stage, false>;

/// Start's own type if it can hold the end, else the wider; signed when the start is.
template <class Start, class Count>
using range_value = std::conditional_t<std::is_signed_v<Start> && std::is_unsigned_v<Count>,
                                       std::common_type_t<Start, std::make_signed_t<Count>>,
                                       std::common_type_t<Start, Count>>;

template <class Count>
std::uint64_t checked_count(Count count) {
  if constexpr (std::is_signed_v<Count>) {
    if (count < 0) {
      throw std::invalid_argument("weft: a query over " + std::to_string(count) +
                                  " elements: the count must not be negative");
    }
  }
  return static_cast<std::uint64_t>(count);
}

template <class Q>
Q with(Q query, auto change) {
  change(query.how);
  return query;
}

struct as_parallel_op {};
struct as_ordered_op {
  bool ordered;
};
struct as_sequential_op {};
struct degree_op {
  int degree;
};
struct cancellation_op {
  std::stop_token stop;
};
template <class P>
struct where_op {
  P predicate;
};
template <class F>
struct select_op {
  F f;
};

}  // namespace detail

/// `count` integers from `start` on. **Throws** `std::invalid_argument` for a negative count.
/// **Source**: Enumerable.Range.
template <std::integral Start, std::integral Count>
[[nodiscard]] auto range(Start start, Count count) {
  using value = detail::range_value<Start, Count>;
  return detail::new_query<detail::range_source<value>>{
      {static_cast<value>(start), detail::checked_count(count)}, {}};
}

/// The elements of a range: of an lvalue by reference; an rvalue is moved into the query.
template <std::ranges::input_range R>
[[nodiscard]] auto from(R&& range) {
  using held = std::remove_reference_t<R>;
  using source = detail::from_source<held>;
  if constexpr (std::is_lvalue_reference_v<R>) {
    return detail::new_query<source>{source(range), {}};
  } else {
    return detail::new_query<source>{source(std::make_shared<held>(std::forward<R>(range))), {}};
  }
}

/// `value`, `count` times.
template <class T, std::integral Count>
[[nodiscard]] auto repeat(T value, Count count) {
  return detail::new_query<detail::repeat_source<T>>{
      {std::move(value), detail::checked_count(count)}, {}};
}

template <class T>
[[nodiscard]] auto empty() {
  return detail::new_query<detail::empty_source<T>>{{}, {}};
}

/// From here on the query runs on all cores: functions are called by several threads, in no
/// particular order; errors come as `aggregate_exception`. **Source**:
/// ParallelEnumerable.AsParallel.
[[nodiscard]] inline auto as_parallel() {
  return detail::as_parallel_op{};
}
/// From here on one element after another on the calling thread; what stands before is run as a
/// whole first.
[[nodiscard]] inline auto as_sequential() {
  return detail::as_sequential_op{};
}
/// Results stand in the order of their sources.
[[nodiscard]] inline auto as_ordered() {
  return detail::as_ordered_op{true};
}
[[nodiscard]] inline auto as_unordered() {
  return detail::as_ordered_op{false};
}
/// Threads at most. **Throws** `std::invalid_argument` below 1.
[[nodiscard]] inline auto with_degree_of_parallelism(int n) {
  if (n < 1) {
    throw std::invalid_argument("weft: a query with a degree of parallelism of " +
                                std::to_string(n) + ": it must be at least 1");
  }
  return detail::degree_op{n};
}
/// The terminal operator throws `operation_canceled` once `stop` is requested.
[[nodiscard]] inline auto with_cancellation(std::stop_token stop) {
  return detail::cancellation_op{std::move(stop)};
}
/// The elements that the predicate is true for.
template <class P>
[[nodiscard]] auto where(P predicate) {
  return detail::where_op<P>{std::move(predicate)};
}
/// `f(element)` of each.
template <class F>
[[nodiscard]] auto select(F f) {
  return detail::select_op<F>{std::move(f)};
}

namespace detail {

template <class Source, class Chain, bool Parallel>
[[nodiscard]] auto operator|(basic_query<Source, Chain, Parallel> q, as_parallel_op) {
  return basic_query<Source, Chain, true>{std::move(q.source), std::move(q.chain),
                                          std::move(q.how)};
}
template <any_query Q>
[[nodiscard]] auto operator|(Q q, as_sequential_op) {
  if constexpr (parallel_query<Q>) {
    return from(std::move(q));
  } else {
    return q;
  }
}
template <parallel_query Q>
[[nodiscard]] Q operator|(Q q, as_ordered_op op) {
  return with(std::move(q), [&](settings& how) { how.ordered = op.ordered; });
}
template <parallel_query Q>
[[nodiscard]] Q operator|(Q q, degree_op op) {
  return with(std::move(q), [&](settings& how) { how.degree = op.degree; });
}
template <parallel_query Q>
[[nodiscard]] Q operator|(Q q, cancellation_op op) {
  return with(std::move(q), [&](settings& how) { how.stop = std::move(op.stop); });
}
template <class Source, class Chain, bool Parallel, class P>
  requires predicate_for<P, basic_query<Source, Chain, Parallel>>
[[nodiscard]] auto operator|(basic_query<Source, Chain, Parallel> q, where_op<P> op) {
  using stage = where_stage<Chain, P>;
  return basic_query<Source, stage, Parallel>{
      std::move(q.source), stage{std::move(q.chain), std::move(op.predicate)}, std::move(q.how)};
}
template <class Source, class Chain, bool Parallel, class F>
  requires selector_for<F, basic_query<Source, Chain, Parallel>>
[[nodiscard]] auto operator|(basic_query<Source, Chain, Parallel> q, select_op<F> op) {
  using stage = select_stage<Chain, F>;
  return basic_query<Source, stage, Parallel>{
      std::move(q.source), stage{std::move(q.chain), std::move(op.f)}, std::move(q.how)};
}

}  // namespace detail
}  // namespace weft::query
