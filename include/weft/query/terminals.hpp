#pragma once
/// The operators that run a query and give its result. They block; a parallel query throws
/// `aggregate_exception` of what its functions threw, and `operation_canceled` when its token was
/// requested.

#include <weft/query/detail/folds.hpp>
#include <weft/query/operators.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace weft::query {
namespace detail {

/// A terminal is a function object of the query.
template <class F>
struct terminal {
  F run;
};

template <any_query Q, class F>
  requires std::invocable<F&, Q&>
decltype(auto) operator|(Q q, terminal<F> op) {
  return op.run(q);
}

template <class F>
[[nodiscard]] auto make_terminal(F f) {
  return terminal<F>{std::move(f)};
}

template <class Q>
concept numbers = any_query<Q> && requires(typename Q::value_type a) { a += a; };
template <class Q>
concept averaged = any_query<Q> && std::convertible_to<typename Q::value_type, double>;
template <class Q, class Compare>
concept ordered_by =
    any_query<Q> &&
    std::predicate<Compare&, const typename Q::value_type&, const typename Q::value_type&>;

template <class Compare>
[[nodiscard]] auto best_of(const char* name, Compare compare) {
  return make_terminal([=]<ordered_by<Compare> Q>(Q& q) {
    best_fold<typename Q::value_type, Compare> fold{compare};
    execute(q, fold);
    if (!fold.best) {
      throw_no_elements(name);
    }
    return std::move(*fold.best);
  });
}

template <class Q>
auto first_of(Q& q) {
  first_fold<typename Q::value_type> fold;
  execute(q, fold);
  return std::move(fold.best.element);
}

}  // namespace detail

/// All elements; in the source's order unless the query is parallel without `as_ordered`.
[[nodiscard]] inline auto to_vector() {
  return detail::make_terminal([]<any_query Q>(Q& q) {
    detail::vector_fold<typename Q::value_type> fold;
    detail::execute(q, fold);
    return std::move(fold).result();
  });
}

/// How many there are.
[[nodiscard]] inline auto count() {
  return detail::make_terminal([]<any_query Q>(Q& q) {
    detail::count_fold fold;
    detail::execute(q, fold);
    return fold.total;
  });
}
/// How many there are that the predicate is true for.
template <class P>
[[nodiscard]] auto count(P predicate) {
  return detail::make_terminal([p = std::move(predicate)]<any_query Q>(Q& q)
                                 requires predicate_for<P, Q>
                               { return std::move(q) | where(p) | count(); });
}

/// Integers are added in 64 bits. An empty query gives zero.
[[nodiscard]] inline auto sum() {
  return detail::make_terminal([]<detail::numbers Q>(Q& q) {
    detail::sum_fold<typename Q::value_type> fold;
    detail::execute(q, fold);
    return fold.total;
  });
}
/// The sum of `f(element)`.
template <class F>
[[nodiscard]] auto sum(F f) {
  return detail::make_terminal([f = std::move(f)]<any_query Q>(Q& q)
                                 requires selector_for<F, Q>
                               { return std::move(q) | select(f) | sum(); });
}

/// **Throws** `invalid_operation` when there are no elements; the next two as well.
[[nodiscard]] inline auto average() {
  return detail::make_terminal([]<detail::averaged Q>(Q& q) {
    detail::average_fold fold;
    detail::execute(q, fold);
    if (fold.total.count == 0) {
      detail::throw_no_elements("average");
    }
    return fold.total.sum / static_cast<double>(fold.total.count);
  });
}
[[nodiscard]] inline auto min() {
  return detail::best_of("min", std::less<>{});
}
[[nodiscard]] inline auto max() {
  return detail::best_of("max", std::greater<>{});
}

/// Is there an element? Ends at the first.
[[nodiscard]] inline auto any() {
  return detail::make_terminal([]<any_query Q>(Q& q) {
    detail::any_fold fold;
    detail::execute(q, fold);
    return fold.found;
  });
}
template <class P>
[[nodiscard]] auto any(P predicate) {
  return detail::make_terminal([p = std::move(predicate)]<any_query Q>(Q& q)
                                 requires predicate_for<P, Q>
                               { return std::move(q) | where(p) | any(); });
}
/// Is the predicate true for all? Ends at the first that it is not true for.
template <class P>
[[nodiscard]] auto all(P predicate) {
  return detail::make_terminal([p = std::move(predicate)]<any_query Q>(Q& q)
                                 requires predicate_for<P, Q>
                               { return !(std::move(q) | where(std::not_fn(p)) | any()); });
}
/// Is there an element equal to `value`?
template <class T>
[[nodiscard]] auto contains(T value) {
  return detail::make_terminal(
      [v = std::move(value)]<any_query Q>(Q& q)
        requires std::equality_comparable_with<T, typename Q::value_type>
      { return std::move(q) | any([&](const auto& x) { return x == v; }); });
}

/// The first element in the source's order; any one of a parallel query without `as_ordered`.
/// **Throws** `invalid_operation` when there are none.
[[nodiscard]] inline auto first() {
  return detail::make_terminal([]<any_query Q>(Q& q) {
    auto found = detail::first_of(q);
    if (!found) {
      detail::throw_no_elements("first");
    }
    return std::move(*found);
  });
}
template <class P>
[[nodiscard]] auto first(P predicate) {
  return detail::make_terminal([p = std::move(predicate)]<any_query Q>(Q& q)
                                 requires predicate_for<P, Q>
                               { return std::move(q) | where(p) | first(); });
}
/// The same, a default value when there are none.
[[nodiscard]] inline auto first_or_default() {
  return detail::make_terminal([]<any_query Q>(Q& q) {
    auto found = detail::first_of(q);
    return found ? std::move(*found) : typename Q::value_type{};
  });
}

/// `f(f(f(e1, e2), e3) …)`. A parallel query combines partial results too: `f` must be associative
/// and commutative.
/// **Throws** `invalid_operation` when there are no elements.
template <class F>
[[nodiscard]] auto aggregate(F f) {
  return detail::make_terminal([f = std::move(f)]<any_query Q>(Q& q) mutable {
    using value = typename Q::value_type;
    detail::reduce_fold<value, F> fold(f);
    detail::execute(q, fold);
    if (!fold.total) {
      detail::throw_no_elements("aggregate");
    }
    return std::move(*fold.total);
  });
}
/// `f(f(f(seed, e1), e2) …)`, one after another in the source's order, whatever the query's
/// parallelism.
template <class A, class F>
[[nodiscard]] auto aggregate(A seed, F f) {
  return detail::make_terminal(
      [seed = std::move(seed), f = std::move(f)]<any_query Q>(Q& q) mutable {
        A total = std::move(seed);
        if constexpr (Q::parallel) {
          q.how.ordered = true;
        }
        for (auto&& element : q) {
          total = std::invoke(f, std::move(total), std::forward<decltype(element)>(element));
        }
        return total;
      });
}
/// Each thread begins with a copy of `seed` and takes its elements in by `update(a, element)`;
/// `combine(a, b)` joins the threads' results in no particular order. **Source**:
/// ParallelEnumerable.Aggregate.
template <std::copy_constructible A, class Update, class Combine>
[[nodiscard]] auto aggregate(A seed, Update update, Combine combine) {
  return detail::make_terminal([seed = std::move(seed), update = std::move(update),
                                combine = std::move(combine)]<any_query Q>(Q& q) mutable {
    detail::accumulate_fold<A, Update, Combine> fold(seed, update, combine);
    detail::execute(q, fold);
    return fold.total ? std::move(*fold.total) : std::move(seed);
  });
}
template <std::copy_constructible A, class Update, class Combine, class Result>
[[nodiscard]] auto aggregate(A seed, Update update, Combine combine, Result result) {
  return detail::make_terminal(
      [run = aggregate(std::move(seed), std::move(update), std::move(combine)),
       result = std::move(result)]<any_query Q>(Q& q) mutable {
        return std::invoke(result, run.run(q));
      });
}

/// Calls `f` for every element, in no order when the query is parallel. **Source**:
/// ParallelEnumerable.ForAll.
template <class F>
[[nodiscard]] auto for_all(F f) {
  return detail::make_terminal([f = std::move(f)]<any_query Q>(Q& q) mutable
                                 requires std::invocable<F&, element_of<Q>>
                               {
                                 detail::call_fold<F> fold(f);
                                 detail::execute(q, fold);
                               });
}

}  // namespace weft::query
