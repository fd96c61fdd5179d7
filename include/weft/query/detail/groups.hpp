#pragma once
/// How elements are brought together by key: tables and lists of each thread's own first, then one
/// array in which the elements of a key stand side by side.

#include <weft/query/detail/distinct.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::query::detail {

/// Memory for `n` objects, the first `built` of which are there.
template <class T>
class raw_array {
 public:
  raw_array() = default;
  explicit raw_array(std::size_t n)
      : data_(static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t{alignof(T)}))) {}
  raw_array(raw_array&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), built_(std::exchange(other.built_, 0)) {}
  raw_array& operator=(raw_array&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(built_, other.built_);
    return *this;
  }
  ~raw_array() {
    std::destroy_n(data_, built_);
    ::operator delete(data_, std::align_val_t{alignof(T)});
  }
  [[nodiscard]] T* data() const noexcept { return data_; }
  void add(T&& value) {
    std::construct_at(data_ + built_, std::move(value));
    ++built_;
  }
  void all_built(std::size_t n) noexcept { built_ = n; }

 private:
  T* data_ = nullptr;
  std::size_t built_ = 0;
};

/// Elements by key. Does not move once made: groupings point into it.
template <class K, class T, class Hash, class Equal>
struct group_store {
  struct group {
    const K* key;
    T* first;
    T* last;
  };
  index_of<K, Hash, Equal> keys;
  std::vector<std::size_t> borders;  // of the elements, by the key's place
  raw_array<T> elements;
  std::vector<group> listed;  // as the keys first came
  bool single = false;        // every key has one element, which stands at the key's place

  struct span {
    T* first;
    T* last;
  };
  [[nodiscard]] span found(const K& key) const {
    const std::uint32_t place = keys.find(key);
    return place == keys.none ? span{nullptr, nullptr} : of(place);
  }
  /// Brings what `of` looks at into the cache, or the element itself.
  void prefetch(std::uint32_t place) const noexcept {
    const std::uint32_t at = place == keys.none ? 0 : place;
    if (single) {
      __builtin_prefetch(elements.data() + at);
    } else {
      __builtin_prefetch(borders.data() + at);
    }
  }
  void count_keys(std::size_t elements_in_all) noexcept { single = elements_in_all == keys.size(); }
  [[nodiscard]] span of(std::uint32_t place) const noexcept {
    if (single) {
      return {elements.data() + place, elements.data() + place + 1};
    }
    return {elements.data() + borders[place], elements.data() + borders[place + 1]};
  }
  void list() {
    listed.reserve(keys.size());
    keys.each([&](std::uint32_t place, K& key) {
      const auto [first, last] = of(place);
      listed.push_back({&key, first, last});
    });
  }
};

/// What a thread has found.
template <class K, class T, class Hash, class Equal>
struct group_part {
  using table = key_table<K, Hash, Equal>;
  using value_type = T;
  struct numbered_element {
    std::uint32_t number;  // of its key
    T value;
  };
  struct keyed_element {
    K key;
    T value;
  };
  // Elements that may be left behind half built.
  static constexpr bool scatters = table::inlined && std::is_trivially_copyable_v<T>;

  table keys;
  bool may_scatter = false;
  chunk_list<numbered_element> elements{};
  std::vector<std::size_t> counts{};  // by the key's number
  std::unique_ptr<scattered<keyed_element>> lists{};

  template <class Key, class E>
  void add(Key&& key, E&& element) {
    const std::uint64_t hash = keys.hash_of(key);
    if constexpr (scatters) {
      if (lists != nullptr) {
        (*lists)[scatter_part(hash)].add(std::forward<Key>(key), std::forward<E>(element));
        return;
      }
    }
    const auto [number, is_new] = keys.find_or_add(std::forward<Key>(key), hash);
    if (is_new) [[unlikely]] {
      counts.push_back(0);
    }
    ++counts[number];
    elements.add(number, std::forward<E>(element));
    if (is_new && may_scatter && number > most_near_keys) [[unlikely]] {
      scatter();
    }
  }
  /// From here on into lists, and all that has come before.
  [[gnu::noinline]] void scatter() {
    if constexpr (scatters) {
      if (lists == nullptr) {
        auto made = std::make_unique<scattered<keyed_element>>();
        elements.each([&](numbered_element& one) {
          (*made)[scatter_part(keys.hashes()[one.number])].add(keys.key(one.number), one.value);
        });
        elements = {};
        lists = std::move(made);
      }
    }
  }
};

/// The functions that say under which key an element stands, and as what.
template <class KeyOf, class ValueOf, class Hash, class Equal>
struct group_functions {
  KeyOf key;
  ValueOf value;
  equality<Hash, Equal> same;
};

template <class Q, class KeyOf>
using key_of =
    std::remove_cvref_t<std::invoke_result_t<KeyOf&, std::add_lvalue_reference_t<element_of<Q>>>>;
template <class Q, class ValueOf>
using grouped_value = std::remove_cvref_t<std::invoke_result_t<ValueOf&, element_of<Q>>>;

/// Passes an element on as it is; one of a reference is copied.
struct as_it_is {
  template <class E>
  E&& operator()(E&& element) const noexcept {
    return std::forward<E>(element);
  }
};

template <class KeyOf, class Q, class Hash, class Equal>
concept key_selector_for =
    any_query<Q> && std::invocable<KeyOf&, std::add_lvalue_reference_t<element_of<Q>>> &&
    hashes<Hash, key_of<Q, KeyOf>> && compares<Equal, key_of<Q, KeyOf>>;

template <class Part, class Functions>
struct group_fold : unordered_fold {
  Functions& functions;
  std::vector<Part>& parts;
  group_fold(Functions& with, std::vector<Part>& into) : functions(with), parts(into) {}

  bool may_scatter = false;
  [[nodiscard]] Part make() const {
    return {{functions.same.hash, functions.same.equal}, may_scatter};
  }
  template <class E>
  bool add(Part& partial, E&& element) {
    auto key = std::invoke(functions.key, element);
    partial.add(std::move(key), std::invoke(functions.value, std::forward<E>(element)));
    return true;
  }
  void merge(Part&& partial) { parts.push_back(std::move(partial)); }
};

/// Runs `query` into parts, in order where order counts.
template <class Query, class Functions, class Part>
void group_parts(Query& query, Functions& functions, std::vector<Part>& parts) {
  group_fold<Part, Functions> fold(functions, parts);
  if constexpr (Query::parallel) {
    if (query.how.ordered) {
      const settings how = query.how;
      using held = held_of<Query>;
      auto all = gather(query, true);
      const std::size_t blocks = blocks_for(all.size(), how);
      for (std::size_t i = 0; i != blocks; ++i) {
        parts.push_back(fold.make());
      }
      share<true>(blocks, how, [&](std::size_t i) {
        for (auto [at, last] = block(all.size(), blocks, i); at != last; ++at) {
          fold.add(parts[i], held::give(all[at]));
        }
      });
      return;
    }
    fold.may_scatter = true;
  }
  execute(query, fold);
}

/// The borders of each key's elements when those of several parts stand side by side. `counts`, by
/// the part's number of the key, become the index of the part's next element of a key.
[[nodiscard]] std::vector<std::size_t> group_borders(
    std::size_t keys, const std::vector<std::vector<std::size_t>*>& counts,
    const std::vector<std::vector<std::uint32_t>>& places);

/// Elements of several parts side by side, those of earlier parts first.
template <bool Parallel, class Store, class Part>
void bring_together(Store& store, std::vector<Part>& parts,
                    const std::vector<std::vector<std::uint32_t>>& places, settings how) {
  using value = typename Part::value_type;
  std::size_t total = 0;
  std::vector<std::vector<std::size_t>*> counts;
  for (Part& part : parts) {
    total += part.elements.size();
    counts.push_back(&part.counts);
  }
  store.borders = group_borders(store.keys.size(), counts, places);
  store.count_keys(total);
  store.elements = raw_array<value>(total);
  if constexpr (std::is_nothrow_move_constructible_v<value>) {
    how.stop = {};  // nothing is left half built
    share<Parallel>(parts.size(), how, [&](std::size_t p) {
      Part& part = parts[p];
      value* const into = store.elements.data();
      part.elements.each([&](typename Part::numbered_element& one) {
        std::construct_at(into + part.counts[one.number]++, std::move(one.value));
      });
      part.elements = {};
    });
    store.elements.all_built(total);
  } else {  // a move may throw: build from the front
    std::vector<value*> order(total);
    for (Part& part : parts) {
      part.elements.each([&](typename Part::numbered_element& one) {
        order[part.counts[one.number]++] = &one.value;
      });
    }
    for (value* each : order) {
      store.elements.add(std::move(*each));
    }
  }
}

/// The same for parts with lists: a part of all keys at a time, whose table and elements are near.
template <class Store, class Part>
void bring_lists_together(Store& store, std::vector<Part>& parts, settings how) {
  using value = typename Part::value_type;
  using table = typename Part::table;
  how.stop = {};
  for (Part& part : parts) {
    part.scatter();
  }
  std::array<std::size_t, scatter_parts + 1> first{};  // element of each part
  for (std::size_t i = 0; i != scatter_parts; ++i) {
    first[i + 1] = first[i];
    for (const Part& part : parts) {
      first[i + 1] += (*part.lists)[i].size();
    }
  }
  store.elements = raw_array<value>(first.back());
  std::vector<table> tables(scatter_parts,
                            table(parts.front().keys.hash(), parts.front().keys.equal()));
  std::vector<std::vector<std::size_t>> borders(scatter_parts);
  share<true>(scatter_parts, how, [&](std::size_t i) {
    table& mine = tables[i];
    std::vector<std::uint32_t> numbers;
    numbers.reserve(first[i + 1] - first[i]);
    std::vector<std::size_t> next;
    for (Part& part : parts) {
      (*part.lists)[i].each([&](typename Part::keyed_element& one) {
        const auto [number, is_new] = mine.find_or_add(one.key, mine.hash_of(one.key));
        if (is_new) {
          next.push_back(0);
        }
        ++next[number];
        numbers.push_back(number);
      });
    }
    std::size_t at = first[i];
    for (std::size_t& n : next) {
      n = std::exchange(at, at + n);
    }
    borders[i] = next;
    const std::uint32_t* number = numbers.data();
    for (Part& part : parts) {
      auto& list = (*part.lists)[i];
      list.each([&](typename Part::keyed_element& one) {
        std::construct_at(store.elements.data() + next[*number++]++, one.value);
      });
      list = {};
    }
  });
  store.elements.all_built(first.back());
  store.keys.adopt(std::move(tables));
  store.count_keys(first.back());
  store.borders.reserve(std::size_t{store.keys.size()} + 1);
  for (const auto& part : borders) {
    store.borders.insert(store.borders.end(), part.begin(), part.end());
  }
  store.borders.push_back(first.back());
}

template <class Query, class Functions>
struct store_types;
template <class Query, class KeyOf, class ValueOf, class Hash, class Equal>
struct store_types<Query, group_functions<KeyOf, ValueOf, Hash, Equal>> {
  using key = key_of<Query, KeyOf>;
  using value = grouped_value<Query, ValueOf>;
  using store = group_store<key, value, Hash, Equal>;
  using part = group_part<key, value, Hash, Equal>;
};

/// Runs a query and groups its elements.
template <class Query, class Functions>
[[nodiscard, gnu::noinline]] auto grouped(Query& query, Functions& functions) {
  using types = store_types<Query, Functions>;
  constexpr bool parallel = Query::parallel;
  const settings how = query.how;
  std::vector<typename types::part> parts;
  group_parts(query, functions, parts);
  return guarded<parallel>(how, [&] {
    if (parts.empty()) {
      parts.push_back({{functions.same.hash, functions.same.equal}});
    }
    auto store = co_owned<typename types::store>::make();
    if constexpr (parallel && types::part::scatters) {
      if (std::ranges::any_of(parts, [](const auto& part) { return part.lists != nullptr; })) {
        bring_lists_together(*store, parts, how);
        return store;
      }
    }
    std::vector<decltype(types::part::keys)> tables;
    tables.reserve(parts.size());
    for (auto& part : parts) {
      tables.push_back(std::move(part.keys));
    }
    std::vector<std::vector<std::uint32_t>> places;
    store->keys.template join<parallel>(tables, places, how);
    bring_together<parallel>(*store, parts, places, how);
    return store;
  });
}

}  // namespace weft::query::detail
