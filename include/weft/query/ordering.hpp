#pragma once
/// Queries in the order of a key: `order_by`, `then_by` and their descending kin.

#include <weft/query/detail/ordered.hpp>
#include <weft/query/elements.hpp>

#include <concepts>
#include <functional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weft::query {

/// A query that `order_by` has just ordered: `then_by` may follow.
template <class Q>
concept ordered_query =
    any_query<Q> && detail::is_ordered_source<decltype(std::remove_cvref_t<Q>::source)> &&
    std::same_as<decltype(std::remove_cvref_t<Q>::chain), detail::no_stage>;

namespace detail {

template <class KeyOf, class Less, bool Descending>
struct order_by_op : query_operator {
  using key_type = sort_key<KeyOf, Less, Descending>;
  key_type key;
  order_by_op(KeyOf k, Less l) : key{std::move(k), std::move(l)} {}
  template <any_query Q>
    requires sort_key_for<KeyOf, Less, Q>
  auto operator()(Q q) && {
    auto how = q.how;
    how.ordered = true;
    return query_over<Q::parallel>(
        ordered_source<Q, key_type>(std::move(q), std::tuple<key_type>(std::move(key))),
        std::move(how));
  }
};

template <class KeyOf, class Less, bool Descending>
struct then_by_op : query_operator {
  using key_type = sort_key<KeyOf, Less, Descending>;
  key_type key;
  then_by_op(KeyOf k, Less l) : key{std::move(k), std::move(l)} {}
  template <ordered_query Q>
    requires sort_key_for<KeyOf, Less, typename decltype(Q::source)::query_type>
  auto operator()(Q q) && {
    return query_over<Q::parallel>(std::move(q.source).then(std::move(key)), std::move(q.how));
  }
};

}  // namespace detail

/// The elements from the smallest `key(element)` to the largest, as `less` says. Stable where the
/// query has an order. A key is asked for once an element. NaN comes before all numbers.
/// **Cost**: keys that are numbers, up to eight bytes in all, are sorted by their bits; others by
/// about n log n comparisons.
template <class KeyOf, class Less = std::less<>>
[[nodiscard]] auto order_by(KeyOf key, Less less = {}) {
  return detail::order_by_op<KeyOf, Less, false>(std::move(key), std::move(less));
}
/// From the largest to the smallest; equal ones keep their order all the same.
template <class KeyOf, class Less = std::less<>>
[[nodiscard]] auto order_by_descending(KeyOf key, Less less = {}) {
  return detail::order_by_op<KeyOf, Less, true>(std::move(key), std::move(less));
}
/// Directly behind `order_by` or another `then_by`: how elements stand whose keys so far are equal.
template <class KeyOf, class Less = std::less<>>
[[nodiscard]] auto then_by(KeyOf key, Less less = {}) {
  return detail::then_by_op<KeyOf, Less, false>(std::move(key), std::move(less));
}
template <class KeyOf, class Less = std::less<>>
[[nodiscard]] auto then_by_descending(KeyOf key, Less less = {}) {
  return detail::then_by_op<KeyOf, Less, true>(std::move(key), std::move(less));
}

}  // namespace weft::query
