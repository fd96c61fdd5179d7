#pragma once
/// The beginnings of queries, how they run, and what looks at one element at a time.

#include <weft/query/detail/compose.hpp>

#include <concepts>
#include <initializer_list>
#include <memory>
#include <ranges>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::query {
namespace detail {

/// An operator is a function object of a query, called by `|`. Its call says in a concept what it
/// needs of the query.
struct query_operator {};

template <any_query Q, std::derived_from<query_operator> Operator>
decltype(auto) operator|(Q q, Operator op) {
  return std::move(op)(std::move(q));
}

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
  using value = std::remove_reference_t<R>;
  constexpr bool owned = !std::is_lvalue_reference_v<R>;
  using source = detail::from_source<value, owned>;
  if constexpr (owned) {
    return detail::new_query<source>{source(detail::co_owned<value>::make(std::forward<R>(range))),
                                     {}};
  } else {
    return detail::new_query<source>{source(range), {}};
  }
}

/// The elements of a list in braces, copied: `from({1, 2, 3})`.
template <class T>
[[nodiscard]] auto from(std::initializer_list<T> elements) {
  return from(std::vector<T>(elements));
}

namespace detail {
/// A range that is no query yet: `orders | as_parallel()` is `from(orders) | as_parallel()`.
template <std::ranges::input_range R, std::derived_from<query_operator> Operator>
  requires(!any_query<R>)
decltype(auto) operator|(R&& range, Operator op) {
  return from(std::forward<R>(range)) | std::move(op);
}
}  // namespace detail

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

namespace detail {

/// A second input: a query as it is, a range as `from` takes it.
template <class Input>
[[nodiscard]] auto as_query(Input&& input) {
  if constexpr (any_query<Input>) {
    return std::remove_cvref_t<Input>(std::forward<Input>(input));
  } else {
    return from(std::forward<Input>(input));
  }
}
template <class Input>
using query_of = decltype(as_query(std::declval<Input>()));

/// `q` with a stage behind its others; `make(chain)` makes it.
template <class Q, class Make>
[[nodiscard]] auto add_stage(Q q, Make make) {
  auto stage = make(std::move(q.chain));
  return basic_query<decltype(q.source), decltype(stage), Q::parallel>{
      std::move(q.source), std::move(stage), std::move(q.how)};
}

/// `q` with its elements numbered.
template <class Q>
[[nodiscard]] auto numbering(Q q) {
  if constexpr (Q::numbered || Q::parallel) {
    auto how = q.how;
    using source = number_source<numbered_source_for<Q>>;
    return query_over<Q::parallel>(source(numbered_source_of(std::move(q))), std::move(how));
  } else {
    return add_stage(std::move(q),
                     [](auto chain) { return number_stage<decltype(chain)>{{std::move(chain)}}; });
  }
}

struct as_parallel_op : query_operator {
  template <any_query Q>
  auto operator()(Q q) const {
    using source = decltype(q.source);
    if constexpr (Q::parallel) {
      return q;
    } else if constexpr (std::same_as<decltype(q.chain), no_stage> &&
                         (indexed_source<source> || is_from_source<source>)) {
      return query_over<true>(std::move(q.source), std::move(q.how));
    } else {
      return from(std::move(q)) | *this;
    }
  }
};

struct as_sequential_op : query_operator {
  template <any_query Q>
  auto operator()(Q q) const {
    if constexpr (Q::parallel) {
      return from(std::move(q));
    } else {
      return q;
    }
  }
};

struct as_ordered_op : query_operator {
  bool ordered;
  explicit as_ordered_op(bool on) : ordered(on) {}
  template <parallel_query Q>
  Q operator()(Q q) const {
    q.how.ordered = ordered;
    return q;
  }
};

struct degree_op : query_operator {
  int degree;
  explicit degree_op(int n) : degree(n) {}
  template <parallel_query Q>
  Q operator()(Q q) const {
    settings more;
    more.degree = degree;
    q.how = joined(std::move(q.how), more);
    return q;
  }
};

struct cancellation_op : query_operator {
  std::stop_token stop;
  explicit cancellation_op(std::stop_token token) : stop(std::move(token)) {}
  template <parallel_query Q>
  Q operator()(Q q) const {
    settings more;
    more.stop = query_token(stop);
    q.how = joined(std::move(q.how), more);
    return q;
  }
};

struct merging_op : query_operator {
  merge_options merging;
  explicit merging_op(merge_options how) : merging(how) {}
  template <parallel_query Q>
  Q operator()(Q q) const {
    settings more;
    more.merging = merging;
    q.how = joined(std::move(q.how), more);
    return q;
  }
};

struct mode_op : query_operator {
  template <parallel_query Q>
  Q operator()(Q q) const {
    return q;
  }
};

template <class P>
struct where_op : query_operator {
  P predicate;
  explicit where_op(P p) : predicate(std::move(p)) {}

  template <class Q>
    requires predicate_for<P, Q>
  auto operator()(Q q) && {
    return add_stage(std::move(q), [&](auto chain) {
      return where_stage<decltype(chain), P>{{std::move(chain)}, std::move(predicate)};
    });
  }
  template <class Q>
    requires(!predicate_for<P, Q> && numbered_predicate_for<P, Q>)
  auto operator()(Q q) && {
    return add_stage(numbering(std::move(q)), [&](auto chain) {
      return numbered_where_stage<decltype(chain), P>{{std::move(chain)}, std::move(predicate)};
    });
  }
};

template <class F>
struct select_op : query_operator {
  F f;
  explicit select_op(F with) : f(std::move(with)) {}

  template <class Q>
    requires selector_for<F, Q>
  auto operator()(Q q) && {
    return add_stage(std::move(q), [&](auto chain) {
      return select_stage<decltype(chain), F>{std::move(chain), std::move(f)};
    });
  }
  template <class Q>
    requires(!selector_for<F, Q> && numbered_selector_for<F, Q>)
  auto operator()(Q q) && {
    return numbering(std::move(q)) | select_op<with_number<F>>({std::move(f)});
  }
};

}  // namespace detail

/// From here on the query runs on all cores: functions are called by several threads, in no
/// particular order; errors come as `aggregate_exception`. What stands before goes on being run by
/// one thread at a time. **Source**: ParallelEnumerable.AsParallel.
[[nodiscard]] inline auto as_parallel() {
  return detail::as_parallel_op{};
}
/// From here on one element after another on the calling thread; what stands before is run as a
/// whole first.
[[nodiscard]] inline auto as_sequential() {
  return detail::as_sequential_op{};
}
/// The same. **Source**: ParallelEnumerable.AsEnumerable.
[[nodiscard]] inline auto as_enumerable() {
  return as_sequential();
}
/// Results stand in the order of their sources.
[[nodiscard]] inline auto as_ordered() {
  return detail::as_ordered_op(true);
}
[[nodiscard]] inline auto as_unordered() {
  return detail::as_ordered_op(false);
}
/// Threads at most. May be said once, as the next two. **Throws** `std::invalid_argument` below 1.
[[nodiscard]] inline auto with_degree_of_parallelism(int n) {
  if (n < 1) {
    throw std::invalid_argument("weft: a query with a degree of parallelism of " +
                                std::to_string(n) + ": it must be at least 1");
  }
  return detail::degree_op(n);
}
/// The terminal operator throws `operation_canceled` once `stop` is requested.
[[nodiscard]] inline auto with_cancellation(std::stop_token stop) {
  return detail::cancellation_op(std::move(stop));
}
/// How results reach an iteration; terminal operators gather in any case.
[[nodiscard]] inline auto with_merge_options(merge_options how) {
  return detail::merging_op(how);
}
/// A query behind `as_parallel` is always run by loops that take the threads which are free: there
/// is nothing to force.
[[nodiscard]] inline auto with_execution_mode(execution_mode) {
  return detail::mode_op{};
}
/// The elements that the predicate is true for. It may take the element's number as well.
template <class P>
[[nodiscard]] auto where(P predicate) {
  return detail::where_op<P>(std::move(predicate));
}
/// `f(element)` of each, or `f(element, number)`.
template <class F>
[[nodiscard]] auto select(F f) {
  return detail::select_op<F>(std::move(f));
}

}  // namespace weft::query
