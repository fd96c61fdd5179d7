#pragma once
/// Elements by key: `group_by`, `join`, `group_join`, `to_lookup`, `to_map`.

#include <weft/query/detail/groups.hpp>
#include <weft/query/grouping_types.hpp>
#include <weft/query/terminals.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace weft::query {
namespace detail {

/// The groups of a query, made by `prepare`.
template <class Query, class Functions>
class group_source {
 public:
  using types = store_types<Query, Functions>;
  using element = grouping<typename types::key, typename types::value>;
  static constexpr bool lasting = true;

  group_source(Query query, Functions functions)
      : query_(std::move(query)), functions_(std::move(functions)) {}
  [[gnu::noinline]] void prepare(const settings& how) {
    query_.how.limit(how);
    store_ = grouped(query_, functions_);
    store_->list();
  }
  [[nodiscard]] std::uint64_t size() const noexcept { return store_->listed.size(); }
  [[nodiscard]] element at(std::uint64_t i) const {
    const auto& group = store_->listed[i];
    return element(store_, group.key, group.first, group.last);
  }
  [[nodiscard]] auto cursor() { return index_cursor<group_source>(*this); }

 private:
  Query query_;
  Functions functions_;
  co_owned<typename types::store> store_;
};

template <class KeyOf, class ValueOf, class Hash, class Equal>
struct group_by_op : query_operator {
  using functions = group_functions<KeyOf, ValueOf, Hash, Equal>;
  functions with;
  explicit group_by_op(functions f) : with(std::move(f)) {}
  template <any_query Q>
    requires key_selector_for<KeyOf, Q, Hash, Equal> && selector_for<ValueOf, Q>
  auto operator()(Q q) && {
    auto how = q.how;
    return query_over<Q::parallel>(group_source<Q, functions>(std::move(q), std::move(with)),
                                   std::move(how));
  }
};

/// A function of two arguments makes a result of a key and its group; one of one selects elements.
template <class F, class Q, class KeyOf>
concept group_result_for =
    any_query<Q> && std::invocable<F&, const key_of<Q, KeyOf>&,
                                   const grouping<key_of<Q, KeyOf>, typename Q::value_type>&>;

template <class R>
struct result_of_group {
  R result;
  template <class K, class T>
  decltype(auto) operator()(const grouping<K, T>& group) {
    return std::invoke(result, group.key(), group);
  }
};

template <class KeyOf, class F, class Hash, class Equal>
struct group_by_with_op : query_operator {
  KeyOf key;
  F f;
  equality<Hash, Equal> same;
  group_by_with_op(KeyOf k, F with, equality<Hash, Equal> by)
      : key(std::move(k)), f(std::move(with)), same(std::move(by)) {}
  template <any_query Q>
    requires key_selector_for<KeyOf, Q, Hash, Equal> &&
             (selector_for<F, Q> || group_result_for<F, Q, KeyOf>)
  auto operator()(Q q) && {
    if constexpr (group_result_for<F, Q, KeyOf>) {
      return std::move(q) |
             group_by_op<KeyOf, as_it_is, Hash, Equal>({std::move(key), {}, std::move(same)}) |
             select_op<result_of_group<F>>({std::move(f)});
    } else {
      return std::move(q) |
             group_by_op<KeyOf, F, Hash, Equal>({std::move(key), std::move(f), std::move(same)});
    }
  }
};

template <class KeyOf, class ValueOf, class R, class Hash, class Equal>
struct group_by_into_op : query_operator {
  group_functions<KeyOf, ValueOf, Hash, Equal> with;
  R result;
  group_by_into_op(group_functions<KeyOf, ValueOf, Hash, Equal> f, R r)
      : with(std::move(f)), result(std::move(r)) {}
  template <any_query Q>
    requires key_selector_for<KeyOf, Q, Hash, Equal> && selector_for<ValueOf, Q>
  auto operator()(Q q) && {
    return std::move(q) | group_by_op<KeyOf, ValueOf, Hash, Equal>(std::move(with)) |
           select_op<result_of_group<R>>({std::move(result)});
  }
};

// ---- joins

/// The elements of the inner query by key: made by `prepare` for a parallel query, when the first
/// element asks for a sequential one, as in .NET.
template <class Inner, class InnerKey, class OuterKey, class Hash, class Equal, bool Parallel>
class join_table {
 public:
  using functions = group_functions<InnerKey, as_it_is, Hash, Equal>;
  using types = store_types<Inner, functions>;
  using value = typename types::value;

  join_table(Inner inner, OuterKey outer, InnerKey key, equality<Hash, Equal> same)
      : inner_(std::move(inner)),
        functions_{std::move(key), {}, std::move(same)},
        outer_(std::move(outer)) {}

  void prepare(const settings& how) {
    if constexpr (Parallel) {
      inner_.how.limit(how);
      store_ = grouped(inner_, functions_);
    }
  }
  template <class E>
  [[nodiscard]] auto find(E& element) {
    if constexpr (!Parallel) {
      if (!store_) {
        Inner inner = inner_;
        store_ = grouped(inner, functions_);
      }
    }
    const typename types::key& key = std::invoke(outer_, element);
    return store_->found(key);
  }
  using found = typename types::store::span;
  static constexpr std::uint64_t at_once = 32;
  /// What `find` gives for the elements [first, last) of a source: step by step for all of them, so
  /// that the memory that one step needs comes while it is asked for the next ones'.
  template <repeatable_reader Reader>
    requires(Parallel && types::part::table::inlined)
  void find_several(Reader& source, std::uint64_t first, std::uint64_t last, found* to) {
    typename types::key keys[at_once] = {};
    std::uint64_t hashes[at_once] = {};
    std::uint32_t places[at_once] = {};
    auto& index = store_->keys;
    const auto n = static_cast<std::size_t>(last - first);
    for (std::size_t i = 0; i != n; ++i) {
      auto&& element = source.at(first + i);
      keys[i] = std::invoke(outer_, element);
      hashes[i] = index.hash_of(keys[i]);
      index.prefetch(hashes[i]);
    }
    for (std::size_t i = 0; i != n; ++i) {
      places[i] = index.find(keys[i], hashes[i]);
      store_->prefetch(places[i]);
    }
    for (std::size_t i = 0; i != n; ++i) {
      to[i] = places[i] == index.none ? found{nullptr, nullptr} : store_->of(places[i]);
      __builtin_prefetch(to[i].first);
    }
  }
  [[nodiscard]] const auto& owner() const noexcept { return store_; }

 private:
  Inner inner_;
  functions functions_;
  OuterKey outer_;
  co_owned<typename types::store> store_;
};

template <class Table>
struct matching : Table {
  using Table::Table;
  template <class E>
  std::span<typename Table::value> operator()(E&& element) {
    const auto [first, last] = this->find(element);
    return {first, last};
  }
};

template <class Table, class R>
struct matching_all {
  Table table;
  R result;
  void prepare(const settings& how) { table.prepare(how); }
  template <class E>
  auto operator()(E&& element) {
    const auto [first, last] = table.find(element);
    return std::invoke(result, std::forward<E>(element),
                       matches<typename Table::value>(table.owner(), first, last));
  }
};

template <class Q, class Inner, class OuterKey, class InnerKey, class Hash, class Equal>
concept joinable = any_query<Q> && any_query<Inner> && keepable_elements<Inner> &&
                   key_selector_for<InnerKey, Inner, Hash, Equal> &&
                   std::invocable<OuterKey&, std::add_lvalue_reference_t<element_of<Q>>> &&
                   std::convertible_to<key_of<Q, OuterKey>, key_of<Inner, InnerKey>>;
template <class R, class Q, class Inner>
concept join_result_for =
    std::invocable<R&, std::add_lvalue_reference_t<element_of<Q>>, typename Inner::value_type&>;
template <class R, class Q, class Inner>
concept group_join_result_for =
    std::invocable<R&, element_of<Q>, matches<typename Inner::value_type>>;

template <class Inner, class OuterKey, class InnerKey, class R, class Hash, class Equal>
struct join_op : query_operator {
  Inner inner;
  OuterKey outer_key;
  InnerKey inner_key;
  R result;
  equality<Hash, Equal> same;
  join_op(Inner i, OuterKey o, InnerKey k, R r, equality<Hash, Equal> by)
      : inner(std::move(i)),
        outer_key(std::move(o)),
        inner_key(std::move(k)),
        result(std::move(r)),
        same(std::move(by)) {}
  template <any_query Q>
    requires joinable<Q, Inner, OuterKey, InnerKey, Hash, Equal> && join_result_for<R, Q, Inner>
  auto operator()(Q q) && {
    using table = matching<join_table<Inner, InnerKey, OuterKey, Hash, Equal, Q::parallel>>;
    q.how = joined(std::move(q.how), inner.how);
    return std::move(q) |
           select_many_with_op<table, R>(
               table(std::move(inner), std::move(outer_key), std::move(inner_key), std::move(same)),
               std::move(result));
  }
};

template <class Inner, class OuterKey, class InnerKey, class R, class Hash, class Equal>
struct group_join_op : query_operator {
  Inner inner;
  OuterKey outer_key;
  InnerKey inner_key;
  R result;
  equality<Hash, Equal> same;
  group_join_op(Inner i, OuterKey o, InnerKey k, R r, equality<Hash, Equal> by)
      : inner(std::move(i)),
        outer_key(std::move(o)),
        inner_key(std::move(k)),
        result(std::move(r)),
        same(std::move(by)) {}
  template <any_query Q>
    requires joinable<Q, Inner, OuterKey, InnerKey, Hash, Equal> &&
             group_join_result_for<R, Q, Inner>
  auto operator()(Q q) && {
    using table = join_table<Inner, InnerKey, OuterKey, Hash, Equal, Q::parallel>;
    using all = matching_all<table, R>;
    q.how = joined(std::move(q.how), inner.how);
    return std::move(q) | select_op<all>(all{table(std::move(inner), std::move(outer_key),
                                                   std::move(inner_key), std::move(same)),
                                             std::move(result)});
  }
};

}  // namespace detail

/// Elements with the same key together, as `grouping`s: in the order in which the keys first came,
/// where the query has an order. `value` selects what the groups hold; a function of two arguments
/// in its place makes a result of each `(key, group)`.
/// **Cost**: one table lookup an element, the elements are moved twice.
template <class KeyOf>
[[nodiscard]] auto group_by(KeyOf key) {
  return detail::group_by_op<KeyOf, detail::as_it_is, detail::default_hash, std::equal_to<>>(
      {std::move(key), {}, {}});
}
template <class KeyOf, class F>
[[nodiscard]] auto group_by(KeyOf key, F value_or_result) {
  return detail::group_by_with_op<KeyOf, F, detail::default_hash, std::equal_to<>>(
      std::move(key), std::move(value_or_result), {});
}
template <class KeyOf, class F, class Hash, class Equal>
[[nodiscard]] auto group_by(KeyOf key, F value_or_result, Hash hash, Equal equal) {
  return detail::group_by_with_op<KeyOf, F, Hash, Equal>(std::move(key), std::move(value_or_result),
                                                         {std::move(hash), std::move(equal)});
}
/// `result(key, group)` of groups that hold `value(element)`.
template <class KeyOf, class ValueOf, class R, class Hash, class Equal>
[[nodiscard]] auto group_by(KeyOf key, ValueOf value, R result, Hash hash, Equal equal) {
  return detail::group_by_into_op<KeyOf, ValueOf, R, Hash, Equal>(
      {std::move(key), std::move(value), {std::move(hash), std::move(equal)}}, std::move(result));
}

template <class KeyOf, class ValueOf, class R>
[[nodiscard]] auto group_by(KeyOf key, ValueOf value, R result) {
  return group_by(std::move(key), std::move(value), std::move(result), detail::default_hash{},
                  std::equal_to<>{});
}
/// `result(element, inner element)` for every two whose keys are equal: in the order of the
/// elements, then of the inner ones, where the query has an order.
/// **Cost**: the inner input is gathered and its keys put into a table.
template <detail::query_input Inner, class OuterKey, class InnerKey, class R,
          class Hash = detail::default_hash, class Equal = std::equal_to<>>
[[nodiscard]] auto join(Inner&& inner, OuterKey outer_key, InnerKey inner_key, R result,
                        Hash hash = {}, Equal equal = {}) {
  return detail::join_op<detail::query_of<Inner>, OuterKey, InnerKey, R, Hash, Equal>(
      detail::as_query(std::forward<Inner>(inner)), std::move(outer_key), std::move(inner_key),
      std::move(result), {std::move(hash), std::move(equal)});
}
/// `result(element, matches)` for every element, with all inner ones whose keys are equal to its.
template <detail::query_input Inner, class OuterKey, class InnerKey, class R,
          class Hash = detail::default_hash, class Equal = std::equal_to<>>
[[nodiscard]] auto group_join(Inner&& inner, OuterKey outer_key, InnerKey inner_key, R result,
                              Hash hash = {}, Equal equal = {}) {
  return detail::group_join_op<detail::query_of<Inner>, OuterKey, InnerKey, R, Hash, Equal>(
      detail::as_query(std::forward<Inner>(inner)), std::move(outer_key), std::move(inner_key),
      std::move(result), {std::move(hash), std::move(equal)});
}

/// A `lookup` of all elements by key.
template <class KeyOf, class ValueOf = detail::as_it_is, class Hash = detail::default_hash,
          class Equal = std::equal_to<>>
[[nodiscard]] auto to_lookup(KeyOf key, ValueOf value = {}, Hash hash = {}, Equal equal = {}) {
  using functions = detail::group_functions<KeyOf, ValueOf, Hash, Equal>;
  return detail::make_terminal(
      [f = functions{std::move(key),
                     std::move(value),
                     {std::move(hash), std::move(equal)}}]<any_query Q>(Q& q) mutable
        requires detail::key_selector_for<KeyOf, Q, Hash, Equal> && selector_for<ValueOf, Q>
      {
        using types = detail::store_types<Q, functions>;
        auto store = detail::grouped(q, f);
        store->list();
        return lookup<typename types::key, typename types::value, Hash, Equal>(std::move(store));
      });
}

/// A `std::unordered_map` of all elements, or of `value(element)`, by key. **Throws**
/// `std::invalid_argument` when two have the same key.
template <class KeyOf, class ValueOf = detail::as_it_is, class Hash = detail::default_hash,
          class Equal = std::equal_to<>>
[[nodiscard]] auto to_map(KeyOf key, ValueOf value = {}, Hash hash = {}, Equal equal = {}) {
  return detail::make_terminal(
      [key = std::move(key), value = std::move(value), hash = std::move(hash),
       equal = std::move(equal)]<any_query Q>(Q& q) mutable
        requires detail::key_selector_for<KeyOf, Q, Hash, Equal> && selector_for<ValueOf, Q>
      {
        using K = detail::key_of<Q, KeyOf>;
        using V = detail::grouped_value<Q, ValueOf>;
        const auto how = q.how;
        auto pairs =
            std::move(q) | select([&](auto&& element) {
              K k = std::invoke(key, element);
              return std::pair<K, V>(std::move(k),
                                     std::invoke(value, std::forward<decltype(element)>(element)));
            }) |
            to_vector();
        return detail::guarded<Q::parallel>(how, [&] {
          std::unordered_map<K, V, Hash, Equal> map(pairs.size(), hash, equal);
          for (auto& [k, v] : pairs) {
            if (!map.try_emplace(std::move(k), std::move(v)).second) {
              detail::throw_duplicate_key();
            }
          }
          return map;
        });
      });
}

}  // namespace weft::query
