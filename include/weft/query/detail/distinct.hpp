#pragma once
/// How sets are made: on one thread element by element, on several by a table for each.

#include <weft/query/detail/compose.hpp>
#include <weft/query/detail/folds.hpp>
#include <weft/query/detail/scatter.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::query::detail {

/// How elements are told apart.
template <class Hash, class Equal>
struct equality {
  [[no_unique_address]] Hash hash;
  [[no_unique_address]] Equal equal;
};

template <class Q, class Hash, class Equal>
concept comparable_elements =
    any_query<Q> && keepable_elements<Q> && std::copy_constructible<typename Q::value_type> &&
    hashes<Hash, typename Q::value_type> && compares<Equal, typename Q::value_type>;

/// Puts elements into a table a thread.
template <class T, class Hash, class Equal>
struct key_fold : unordered_fold {
  using part = key_part<T, Hash, Equal>;
  const equality<Hash, Equal>& same;
  std::vector<part>& parts;
  key_fold(const equality<Hash, Equal>& how, std::vector<part>& into) : same(how), parts(into) {}

  bool may_scatter = false;
  [[nodiscard]] part make() const { return {{same.hash, same.equal}, may_scatter}; }
  template <class E>
  static bool add(part& partial, E&& element) {
    partial.add(std::forward<E>(element));
    return true;
  }
  void merge(part&& partial) { parts.push_back(std::move(partial)); }
};

/// The distinct elements of `query` as further tables; one after another where order counts.
template <class Query, class T, class Hash, class Equal>
void tables_of(Query& query, const equality<Hash, Equal>& same,
               std::vector<key_part<T, Hash, Equal>>& parts) {
  if constexpr (Query::parallel) {
    if (query.how.ordered) {
      const settings how = query.how;
      using held = held_of<Query>;
      auto all = gather(query, true);
      const std::size_t blocks = blocks_for(all.size(), how);
      const std::size_t before = parts.size();
      for (std::size_t i = 0; i != blocks; ++i) {
        parts.push_back({{same.hash, same.equal}, false});
      }
      share<true>(blocks, how, [&](std::size_t i) {
        auto& into = parts[before + i];
        for (auto [at, last] = block(all.size(), blocks, i); at != last; ++at) {
          into.add(held::give(all[at]));
        }
      });
      return;
    }
  }
  key_fold<T, Hash, Equal> fold(same, parts);
  fold.may_scatter = Query::parallel && !query.how.ordered;
  execute(query, fold);
}

template <class T, class Hash, class Equal>
using index_of = key_index<key_table<T, Hash, Equal>, T>;

template <bool Parallel, class T, class Hash, class Equal>
[[nodiscard]] index_of<T, Hash, Equal> joined_index(std::vector<key_part<T, Hash, Equal>>& parts,
                                                    const equality<Hash, Equal>& same,
                                                    const settings& how) {
  if (parts.empty()) {
    parts.push_back({{same.hash, same.equal}, false});
  }
  index_of<T, Hash, Equal> index;
  join_keys<Parallel>(index, parts, how);
  return index;
}

/// All distinct elements of a query, to look into.
template <class Query, class Hash, class Equal>
[[nodiscard]] auto set_of(Query& query, const equality<Hash, Equal>& same) {
  using T = typename Query::value_type;
  const settings how = query.how;
  std::vector<key_part<T, Hash, Equal>> parts;
  tables_of(query, same, parts);
  return guarded<Query::parallel>(
      how, [&] { return joined_index<Query::parallel, T>(parts, same, how); });
}

// ---- parallel: a source over the elements of a set

template <class T, class Hash, class Equal>
class set_elements : public gathered_elements<value_kept<T>> {
 protected:
  void hold_keys(std::vector<key_part<T, Hash, Equal>>& parts, const equality<Hash, Equal>& same,
                 const settings& how) {
    guarded<true>(how, [&] {
      auto index = joined_index<true, T>(parts, same, how);
      using stored = typename value_kept<T>::type;
      if constexpr (key_part<T, Hash, Equal>::scatters && vector_in_parts<stored>::possible) {
        if (index.is_unordered() && index.tables().size() > 1) {
          vector_in_parts<stored> side_by_side(index.size());
          settings copying = how;
          copying.stop = {};
          share<true>(index.tables().size(), copying, [&](std::size_t i) {
            auto& table = index.tables()[i];
            stored* const to = side_by_side.data() + index.first_of(i);
            for (std::uint32_t k = 0; k != table.size(); ++k) {
              std::construct_at(to + k, value_kept<T>::keep(table.key(k)));
            }
          });
          this->hold(std::move(side_by_side).result());
          return;
        }
      }
      std::vector<stored> all;
      all.reserve(index.size());
      index.each(
          [&](std::uint32_t, T& key) { all.push_back(value_kept<T>::keep(std::move(key))); });
      this->hold(std::move(all));
    });
  }
};

template <class Query, class Hash, class Equal>
class distinct_source : public set_elements<typename Query::value_type, Hash, Equal> {
 public:
  distinct_source(Query query, equality<Hash, Equal> same)
      : query_(std::move(query)), same_(std::move(same)) {}
  [[gnu::noinline]] void prepare(const settings& how) {
    query_.how.limit(how);
    std::vector<key_part<typename Query::value_type, Hash, Equal>> parts;
    tables_of(query_, same_, parts);
    this->hold_keys(parts, same_, how);
  }

 private:
  Query query_;
  equality<Hash, Equal> same_;
};

template <class First, class Second, class Hash, class Equal>
class union_source : public set_elements<typename First::value_type, Hash, Equal> {
 public:
  union_source(First first, Second second, equality<Hash, Equal> same)
      : first_(std::move(first)), second_(std::move(second)), same_(std::move(same)) {}
  [[gnu::noinline]] void prepare(const settings& how) {
    first_.how.limit(how);
    second_.how.limit(how);
    // One table for both: keys that are scattered have no order left.
    first_.how.ordered = second_.how.ordered = first_.how.ordered || second_.how.ordered;
    std::vector<key_part<typename First::value_type, Hash, Equal>> parts;
    tables_of(first_, same_, parts);
    tables_of(second_, same_, parts);
    this->hold_keys(parts, same_, how);
  }

 private:
  First first_;
  Second second_;
  equality<Hash, Equal> same_;
};

/// `except` and `intersect`: the distinct elements of the first that are, or are not, in the
/// second.
template <class First, class Second, class Hash, class Equal, bool In>
class filtered_set_source : public set_elements<typename First::value_type, Hash, Equal> {
 public:
  using value = typename First::value_type;
  filtered_set_source(First first, Second second, equality<Hash, Equal> same)
      : first_(std::move(first)), second_(std::move(second)), same_(std::move(same)) {}
  [[gnu::noinline]] void prepare(const settings& how) {
    first_.how.limit(how);
    second_.how.limit(how);
    const auto others = set_of(second_, same_);
    const auto wanted = [&](const value& one) { return (others.find(one) != others.none) == In; };
    using stage = where_stage<decltype(first_.chain), decltype(wanted)>;
    basic_query<decltype(first_.source), stage, true> run{
        std::move(first_.source), stage{{std::move(first_.chain)}, wanted}, std::move(first_.how)};
    std::vector<key_part<value, Hash, Equal>> parts;
    tables_of(run, same_, parts);
    this->hold_keys(parts, same_, how);
  }

 private:
  First first_;
  Second second_;
  equality<Hash, Equal> same_;
};

// ---- sequential: a stage that knows what has passed

template <class T, class Hash, class Equal, class Sink>
struct distinct_sink : passing_sink<Sink> {
  key_table<T, Hash, Equal> seen;
  template <class E>
  bool operator()(E&& element) {
    const std::uint64_t hash = seen.hash_of(element);
    return !seen.find_or_add(std::as_const(element), hash).is_new ||
           this->sink(std::forward<E>(element));
  }
};

template <class Before, class T, class Hash, class Equal>
struct distinct_stage : plain_stage<Before> {
  template <class E>
  using out = typename Before::template out<E>;
  template <class Sink>
  [[nodiscard]] auto wrap(Sink sink) {
    return this->before.wrap(distinct_sink<T, Hash, Equal, Sink>{
        {std::move(sink)}, key_table<T, Hash, Equal>(same.hash, same.equal)});
  }
  equality<Hash, Equal> same;
};

/// The set of the second input is made when the first element is asked for, as in .NET.
template <class Second, class T, class Hash, class Equal, bool In, class Sink>
struct filtered_set_sink : passing_sink<Sink> {
  Second* second;
  key_table<T, Hash, Equal> table;
  std::vector<bool> passed{};

  bool begin() {
    for (auto&& element : *second) {
      const std::uint64_t hash = table.hash_of(element);
      static_cast<void>(table.find_or_add(std::as_const(element), hash));
    }
    passed.resize(In ? table.size() : 0);
    return this->sink.begin();
  }
  template <class E>
  bool operator()(E&& element) {
    const std::uint64_t hash = table.hash_of(element);
    if constexpr (In) {
      const std::uint32_t found = table.find(element, hash);
      if (found == table.none || passed[found]) {
        return true;
      }
      passed[found] = true;
    } else if (!table.find_or_add(std::as_const(element), hash).is_new) {
      return true;
    }
    return this->sink(std::forward<E>(element));
  }
};

template <class Before, class Second, class T, class Hash, class Equal, bool In>
struct filtered_set_stage : plain_stage<Before> {
  template <class E>
  using out = typename Before::template out<E>;
  template <class Sink>
  [[nodiscard]] auto wrap(Sink sink) {
    return this->before.wrap(filtered_set_sink<Second, T, Hash, Equal, In, Sink>{
        {std::move(sink)}, &second, key_table<T, Hash, Equal>(same.hash, same.equal)});
  }
  Second second;
  equality<Hash, Equal> same;
};

}  // namespace weft::query::detail
