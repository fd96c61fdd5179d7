#pragma once
/// Queries as sets: `distinct`, `union_`, `except`, `intersect`. Elements are told apart by a hash
/// and an equality: `std::hash` (also of pairs and tuples) and `==`, unless others are given.

#include <weft/query/detail/distinct.hpp>
#include <weft/query/elements.hpp>

#include <functional>
#include <utility>

namespace weft::query {
namespace detail {

template <class Hash, class Equal>
struct distinct_op : query_operator {
  equality<Hash, Equal> same;
  explicit distinct_op(equality<Hash, Equal> by) : same(std::move(by)) {}
  template <any_query Q>
    requires comparable_elements<Q, Hash, Equal>
  auto operator()(Q q) && {
    if constexpr (Q::parallel) {
      auto how = q.how;
      return query_over<true>(distinct_source<Q, Hash, Equal>(std::move(q), std::move(same)),
                              std::move(how));
    } else {
      using T = typename Q::value_type;
      return add_stage(std::move(q), [&](auto chain) {
        return distinct_stage<decltype(chain), T, Hash, Equal>{{std::move(chain)}, std::move(same)};
      });
    }
  }
};

/// Two inputs whose elements are of one type.
template <class Q, class Second>
concept same_elements = any_query<Q> && any_query<Second> &&
                        std::same_as<typename Q::value_type, typename Second::value_type>;

template <class Second, class Hash, class Equal>
struct union_op : query_operator {
  Second second;
  equality<Hash, Equal> same;
  union_op(Second s, equality<Hash, Equal> by) : second(std::move(s)), same(std::move(by)) {}
  template <any_query Q>
    requires same_elements<Q, Second> && comparable_elements<Q, Hash, Equal>
  auto operator()(Q q) && {
    if constexpr (Q::parallel) {
      auto how = joined(q.how, second.how);
      return query_over<true>(
          union_source<Q, Second, Hash, Equal>(std::move(q), std::move(second), std::move(same)),
          std::move(how));
    } else {
      return std::move(q) | concat_op<Second>(std::move(second)) |
             distinct_op<Hash, Equal>(std::move(same));
    }
  }
};

template <class Second, class Hash, class Equal, bool In>
struct filter_set_op : query_operator {
  Second second;
  equality<Hash, Equal> same;
  filter_set_op(Second s, equality<Hash, Equal> by) : second(std::move(s)), same(std::move(by)) {}
  template <any_query Q>
    requires same_elements<Q, Second> && comparable_elements<Q, Hash, Equal>
  auto operator()(Q q) && {
    if constexpr (Q::parallel) {
      auto how = joined(q.how, second.how);
      return query_over<true>(filtered_set_source<Q, Second, Hash, Equal, In>(
                                  std::move(q), std::move(second), std::move(same)),
                              std::move(how));
    } else {
      using T = typename Q::value_type;
      return add_stage(std::move(q), [&](auto chain) {
        return filtered_set_stage<decltype(chain), Second, T, Hash, Equal, In>{
            {std::move(chain)}, std::move(second), std::move(same)};
      });
    }
  }
};

}  // namespace detail

/// Each element once: its first appearance where order counts.
template <class Hash = detail::default_hash, class Equal = std::equal_to<>>
[[nodiscard]] auto distinct(Hash hash = {}, Equal equal = {}) {
  return detail::distinct_op<Hash, Equal>({std::move(hash), std::move(equal)});
}
/// Each element of this query and of a second input once.
template <detail::query_input Second, class Hash = detail::default_hash,
          class Equal = std::equal_to<>>
[[nodiscard]] auto union_(Second&& second, Hash hash = {}, Equal equal = {}) {
  return detail::union_op<detail::query_of<Second>, Hash, Equal>(
      detail::as_query(std::forward<Second>(second)), {std::move(hash), std::move(equal)});
}
/// Each element once that a second input has not.
template <detail::query_input Second, class Hash = detail::default_hash,
          class Equal = std::equal_to<>>
[[nodiscard]] auto except(Second&& second, Hash hash = {}, Equal equal = {}) {
  return detail::filter_set_op<detail::query_of<Second>, Hash, Equal, false>(
      detail::as_query(std::forward<Second>(second)), {std::move(hash), std::move(equal)});
}
/// Each element once that a second input has, too.
template <detail::query_input Second, class Hash = detail::default_hash,
          class Equal = std::equal_to<>>
[[nodiscard]] auto intersect(Second&& second, Hash hash = {}, Equal equal = {}) {
  return detail::filter_set_op<detail::query_of<Second>, Hash, Equal, true>(
      detail::as_query(std::forward<Second>(second)), {std::move(hash), std::move(equal)});
}

}  // namespace weft::query
