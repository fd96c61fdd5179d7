#pragma once
/// The operators that run a query and give its result. They block; a parallel query throws
/// `aggregate_exception` of what its functions threw, and `operation_canceled` when its token was
/// requested.

#include <weft/parallel/detail/blocks.hpp>
#include <weft/query/detail/folds.hpp>
#include <weft/query/operators.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::query {
namespace detail {

/// A terminal runs the query that it is called with.
template <class F>
struct terminal : query_operator {
  F run;
  explicit terminal(F f) : run(std::move(f)) {}
  template <any_query Q>
    requires std::invocable<F&, Q&>
  decltype(auto) operator()(Q q) {
    return run(q);
  }
};

template <class F>
[[nodiscard]] auto make_terminal(F f) {
  return terminal<F>(std::move(f));
}

template <class Q>
concept numbers = any_query<Q> && requires(typename Q::value_type a) { a += a; };
template <class Q>
concept averaged = any_query<Q> && std::convertible_to<typename Q::value_type, double>;
template <class Q, class Compare>
concept ordered_by =
    any_query<Q> &&
    std::predicate<Compare&, const typename Q::value_type&, const typename Q::value_type&>;

/// All elements. Where each has a number and a place can be written twice, threads write to the
/// result itself.
template <class Q>
[[gnu::noinline]] std::vector<typename Q::value_type> vector_of(Q& q) {
  using T = typename Q::value_type;
  if constexpr (Q::parallel && Q::numbered && std::is_trivially_copyable_v<T> &&
                std::is_trivially_default_constructible_v<T> && !std::is_same_v<T, bool>) {
    q.prepare();
    const std::uint64_t size = q.source.size();
    vector_in_parts<T> all(static_cast<std::size_t>(size));
    T* const to = all.data();
    static constinit weft::detail::loop_site site{};
    const auto write = [&](std::uint64_t i, std::uint64_t last) {
      auto source = reader_of(q.source);
      for (; i != last; ++i) {
        using in = decltype(source.at(i));
        std::construct_at(to + i, q.chain.template apply<in>(source.at(i)));
      }
    };
    weft::detail::run_ranges(size, q.how.options(), site, write);
    return std::move(all).result();
  } else {
    return vector_from(q);
  }
}

template <class F, class A, class Q>
concept accumulates = any_query<Q> && std::is_invocable_r_v<A, F&, A, element_of<Q>>;
template <class F, class A>
concept combines = std::is_invocable_r_v<A, F&, A, A>;

/// What an accumulator begins with: a value, or what a function makes.
template <class A>
[[nodiscard]] auto seed_of(A& seed) {
  if constexpr (std::invocable<A&>) {
    return std::invoke(seed);
  } else {
    return A(seed);
  }
}
template <class A>
using seeded = decltype(seed_of(std::declval<A&>()));

template <class Q, class A, class F>
auto fold_in_order(Q& q, A& seed, F& f) {
  if constexpr (Q::parallel) {
    q.how.ordered = true;
  }
  const auto how = q.how;
  return guarded<Q::parallel>(how, [&] {
    auto total = seed_of(seed);
    for (iteration_of<Q> at(std::move(q)); !at.done(); at.next()) {
      total = std::invoke(f, std::move(total), passed<element_of<Q>>(at.get()));
    }
    return total;
  });
}

template <class Q, class A, class Update, class Combine>
auto accumulate(Q& q, A& seed, Update& update, Combine& combine) {
  accumulate_fold<A, seeded<A>, Update, Combine> fold(seed, update, combine);
  execute(q, fold);
  return fold.total ? std::move(*fold.total) : seed_of(seed);
}

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

}  // namespace detail

/// All elements; in the source's order unless the query is parallel without `as_ordered`.
[[nodiscard]] inline auto to_vector() {
  return detail::make_terminal([]<any_query Q>(Q& q) { return detail::vector_of(q); });
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

/// `count`, as a signed number of 64 bits. **Source**: ParallelEnumerable.LongCount.
[[nodiscard]] inline auto long_count() {
  return detail::make_terminal(
      []<any_query Q>(Q& q) { return static_cast<std::int64_t>(std::move(q) | count()); });
}
template <class P>
[[nodiscard]] auto long_count(P predicate) {
  return detail::make_terminal([p = std::move(predicate)]<any_query Q>(Q& q)
                                 requires predicate_for<P, Q>
                               { return static_cast<std::int64_t>(std::move(q) | count(p)); });
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
/// The mean of `f(element)`.
template <class F>
[[nodiscard]] auto average(F f) {
  return detail::make_terminal([f = std::move(f)]<any_query Q>(Q& q)
                                 requires selector_for<F, Q>
                               { return std::move(q) | select(f) | average(); });
}
[[nodiscard]] inline auto min() {
  return detail::best_of("min", std::less<>{});
}
[[nodiscard]] inline auto max() {
  return detail::best_of("max", std::greater<>{});
}
/// The smallest and the largest `f(element)`.
template <class F>
[[nodiscard]] auto min(F f) {
  return detail::make_terminal([f = std::move(f)]<any_query Q>(Q& q)
                                 requires selector_for<F, Q>
                               { return std::move(q) | select(f) | min(); });
}
template <class F>
[[nodiscard]] auto max(F f) {
  return detail::make_terminal([f = std::move(f)]<any_query Q>(Q& q)
                                 requires selector_for<F, Q>
                               { return std::move(q) | select(f) | max(); });
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
  return detail::make_terminal([seed = std::move(seed), f = std::move(f)]<any_query Q>(Q& q) mutable
                                 requires detail::accumulates<F, A, Q>
                               { return detail::fold_in_order(q, seed, f); });
}
/// With a third function of one argument: `result` of that. With one of two: each thread begins
/// with a copy of `seed` and takes its elements in by `update(a, element)`, and `combine(a, b)`
/// joins the threads' results in no particular order. `seed` may also be a function that makes each
/// thread's seed. **Source**: ParallelEnumerable.Aggregate.
template <class A, class Update, class Last>
[[nodiscard]] auto aggregate(A seed, Update update, Last combine_or_result) {
  return detail::make_terminal(
      [seed = std::move(seed), update = std::move(update),
       last = std::move(combine_or_result)]<any_query Q>(Q& q) mutable
        requires detail::accumulates<Update, detail::seeded<A>, Q> &&
                 (detail::combines<Last, detail::seeded<A>> ||
                  std::invocable<Last&, detail::seeded<A>>)
      {
        if constexpr (detail::combines<Last, detail::seeded<A>>) {
          return detail::accumulate(q, seed, update, last);
        } else {
          const auto how = q.how;
          return detail::guarded<Q::parallel>(
              how, [&] { return std::invoke(last, detail::fold_in_order(q, seed, update)); });
        }
      });
}
template <class A, class Update, class Combine, class Result>
[[nodiscard]] auto aggregate(A seed, Update update, Combine combine, Result result) {
  return detail::make_terminal(
      [seed = std::move(seed), update = std::move(update), combine = std::move(combine),
       result = std::move(result)]<any_query Q>(Q& q) mutable
        requires detail::accumulates<Update, detail::seeded<A>, Q> &&
                 detail::combines<Combine, detail::seeded<A>> &&
                 std::invocable<Result&, detail::seeded<A>>
      {
        const auto how = q.how;
        return detail::guarded<Q::parallel>(
            how, [&] { return std::invoke(result, detail::accumulate(q, seed, update, combine)); });
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
