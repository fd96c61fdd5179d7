#pragma once
/// Tables of distinct keys: one for each thread, then joined. Keys are numbered in the order in
/// which they first came.

#include <weft/query/detail/settings.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::query::detail {

template <class Hash, class K>
concept hashes = requires(const Hash& hash, const K& key) {
  { hash(key) } -> std::convertible_to<std::size_t>;
};
template <class Equal, class K>
concept compares = std::predicate<const Equal&, const K&, const K&>;

/// `std::hash`, also of pairs and tuples.
struct default_hash {
  template <class K>
    requires requires(const K& key) { std::hash<K>{}(key); }
  std::size_t operator()(const K& key) const {
    return std::hash<K>{}(key);
  }
  template <class... T>
    requires(hashes<default_hash, T> && ...)
  std::size_t operator()(const std::tuple<T...>& key) const {
    std::uint64_t all = 0;
    std::apply([&](const T&... part) { ((all = mixed(all, (*this)(part))), ...); }, key);
    return all;
  }
  template <class A, class B>
    requires hashes<default_hash, A> && hashes<default_hash, B>
  std::size_t operator()(const std::pair<A, B>& key) const {
    return mixed((*this)(key.first), (*this)(key.second));
  }

 private:
  static std::uint64_t mixed(std::uint64_t a, std::uint64_t b) noexcept {
    return (a ^ (a >> 29)) * 0xBF58476D1CE4E5B9U + b;
  }
};

/// Spreads a hash over all bits: standard libraries hash integers to themselves.
[[nodiscard]] constexpr std::uint64_t spread(std::uint64_t hash) noexcept {
  hash *= 0x9E3779B97F4A7C15U;
  return hash ^ (hash >> 32);
}

/// Open addressing with linear probing; slots hold the number of a key, and small keys themselves.
template <class K, class Hash, class Equal>
class key_table {
 public:
  static constexpr std::uint32_t none = UINT32_MAX;
  // Keys that are compared as fast as their hashes stand in the slots.
  static constexpr bool inlined = std::is_trivially_copyable_v<K> &&
                                  std::is_default_constructible_v<K> &&
                                  sizeof(K) <= sizeof(std::uint64_t);

  key_table(Hash hash, Equal equal)
      : hash_(std::move(hash)), equal_(std::move(equal)), slots_(std::size_t{1} << least_bits) {}

  [[nodiscard]] std::uint64_t hash_of(const K& key) const {
    return spread(static_cast<std::uint64_t>(hash_(key)));
  }
  [[nodiscard]] std::uint32_t size() const noexcept {
    return static_cast<std::uint32_t>(keys_.size());
  }
  [[nodiscard]] K& key(std::uint32_t number) noexcept { return keys_[number].key; }
  [[nodiscard]] const std::vector<std::uint64_t>& hashes() const noexcept { return hashes_; }
  [[nodiscard]] const Hash& hash() const noexcept { return hash_; }
  [[nodiscard]] const Equal& equal() const noexcept { return equal_; }

  [[nodiscard]] std::uint32_t find(const K& key, std::uint64_t hash) const {
    for (std::size_t at = hash >> shift_;; at = (at + 1) & mask_) {
      const slot& s = slots_[at];
      if (s.number == 0) {
        return none;
      }
      if (is(s, key, hash)) {
        return s.number - 1;
      }
    }
  }

  /// Brings what `find` looks at first into the cache.
  void prefetch(std::uint64_t hash) const noexcept {
    __builtin_prefetch(slots_.data() + (hash >> shift_));
  }

  struct added {
    std::uint32_t number;
    bool is_new;
  };
  /// The number of `key`, which is put in if it is not there.
  template <class Key>
  added find_or_add(Key&& key, std::uint64_t hash) {
    std::size_t at = hash >> shift_;
    for (;; at = (at + 1) & mask_) {
      const slot& s = slots_[at];
      if (s.number == 0) {
        break;
      }
      if (is(s, key, hash)) {
        return {s.number - 1, false};
      }
    }
    return {put(std::forward<Key>(key), hash, slots_[at]), true};
  }

 private:
  struct inlined_slot {
    std::uint32_t number = 0;  // one more than the key's; 0: free
    K key{};
  };
  struct tagged_slot {
    std::uint32_t number = 0;
    std::uint32_t tag = 0;
  };
  struct cell {  // a vector of plain `bool` would hold bits
    K key;
  };
  using slot = std::conditional_t<inlined, inlined_slot, tagged_slot>;
  static constexpr int least_bits = 6;

  // Out of line, so that looking up stays small enough to become part of its caller's loop.
  template <class Key>
  [[gnu::noinline]] std::uint32_t put(Key&& key, std::uint64_t hash, slot& free) {
    const std::uint32_t number = size();
    if (number == none - 1) {
      throw std::length_error("weft: a query met more distinct keys than it can number");
    }
    keys_.push_back({K(std::forward<Key>(key))});
    hashes_.push_back(hash);
    fill(free, number);
    if (std::size_t{number} + 1 > slots_.size() / 2) {
      grow();
    }
    return number;
  }
  [[nodiscard]] bool is(const slot& s, const K& key, [[maybe_unused]] std::uint64_t hash) const {
    if constexpr (inlined) {
      return equal_(s.key, key);
    } else {
      return s.tag == static_cast<std::uint32_t>(hash) && equal_(keys_[s.number - 1].key, key);
    }
  }
  void fill(slot& s, std::uint32_t number) noexcept {
    s.number = number + 1;
    if constexpr (inlined) {
      s.key = keys_[number].key;
    } else {
      s.tag = static_cast<std::uint32_t>(hashes_[number]);
    }
  }
  void grow() {
    const std::size_t factor = slots_.size() < fast_growth ? 8 : 2;
    std::vector<slot>(slots_.size() * factor).swap(slots_);
    shift_ = 64 - std::countr_zero(slots_.size());
    mask_ = slots_.size() - 1;
    for (std::uint32_t number = 0; number != size(); ++number) {
      std::size_t at = hashes_[number] >> shift_;
      while (slots_[at].number != 0) {
        at = (at + 1) & mask_;
      }
      fill(slots_[at], number);
    }
  }
  static constexpr std::size_t fast_growth = 1U << 16;  // slots

  [[no_unique_address]] Hash hash_;
  [[no_unique_address]] Equal equal_;
  int shift_ = 64 - least_bits;
  std::size_t mask_ = (std::size_t{1} << least_bits) - 1;
  std::vector<slot> slots_;
  std::vector<cell> keys_;
  std::vector<std::uint64_t> hashes_;
};

/// What `key_index` does by the hashes of keys alone, whatever they are.
class key_places {
 public:
  static constexpr std::uint32_t none = UINT32_MAX;

  [[nodiscard]] std::uint32_t size() const noexcept { return first_.back(); }
  [[nodiscard]] std::uint32_t first_of(std::size_t table) const noexcept { return first_[table]; }
  /// Places are those of the tables one after another.
  [[nodiscard]] bool is_unordered() const noexcept { return order_.empty(); }

 protected:
  static constexpr std::size_t parts_count = 64;  // enough for balance on many threads

  struct entry {
    std::uint32_t part;
    std::uint32_t key;
  };
  /// A table whose keys go into other tables, by the lowest bits of their hashes.
  struct leaving {
    const std::vector<std::uint64_t>* hashes;
    std::vector<std::uint32_t> sorted{};   // keys by part; within each as they stand
    std::vector<std::uint32_t> borders{};  // of the parts in it
    std::vector<std::uint32_t>* places{};  // of the keys in their parts, then in all
    std::vector<std::uint8_t> is_new{};    // by key
  };
  static void sort_by_part(std::vector<leaving>& tables, const settings& how);
  /// When each key has its place in its part, and `first_` says where those begin.
  void place_keys(std::vector<leaving>& tables);

  std::vector<std::uint32_t> first_{0};  // place of each table's first key, and the end
  std::vector<entry> order_;             // empty: as they stand
};

/// The keys of several tables in one numbering. A number is the place of a key; `order_` lists the
/// places as the keys first came.
template <class Table, class K>
class key_index : public key_places {
 public:
  /// Takes tables whose keys lie apart by their hashes' lowest bits: one for each part.
  void adopt(std::vector<Table> tables) {
    tables_ = std::move(tables);
    count_keys();
    order_.clear();
  }
  [[nodiscard]] std::vector<Table>& tables() noexcept { return tables_; }

  [[nodiscard]] std::uint64_t hash_of(const K& key) const { return tables_.front().hash_of(key); }
  void prefetch(std::uint64_t hash) const noexcept { tables_[part_of(hash)].prefetch(hash); }

  /// Joins tables; `places[p][k]` becomes the place of key k of table p, or `places[p]` is empty
  /// and the place is k. Keys are moved out. **Pre**: there is at least one table.
  template <bool Parallel>
  void join(std::vector<Table>& parts, std::vector<std::vector<std::uint32_t>>& places,
            const settings& how) {
    places.resize(parts.size());
    std::size_t all = 0;
    for (const Table& part : parts) {
      all += part.size();
    }
    if (!Parallel || parts.size() <= 1 || all < worth_parts) {
      join_here(parts, places);
    } else {
      join_in_parts(parts, places, how);
    }
  }

  [[nodiscard]] std::uint32_t find(const K& key) const { return find(key, hash_of(key)); }
  [[nodiscard]] std::uint32_t find(const K& key, std::uint64_t hash) const {
    const std::size_t part = part_of(hash);
    const std::uint32_t found = tables_[part].find(key, hash);
    return found == none ? none : first_[part] + found;
  }
  [[nodiscard]] K& key(std::uint32_t place) noexcept {
    std::size_t part = 0;
    while (first_[part + 1] <= place) {
      ++part;
    }
    return tables_[part].key(place - first_[part]);
  }
  /// Calls `f(place, key)` as the keys first came.
  template <class F>
  void each(F f) {
    if (order_.empty()) {
      for (std::size_t t = 0; t != tables_.size(); ++t) {
        for (std::uint32_t k = 0; k != tables_[t].size(); ++k) {
          f(first_[t] + k, tables_[t].key(k));
        }
      }
      return;
    }
    for (const entry at : order_) {
      f(first_[at.part] + at.key, tables_[at.part].key(at.key));
    }
  }

 private:
  static constexpr std::size_t worth_parts = 1U << 15;  // keys; below, threads are not worth it

  void count_keys() {
    first_.assign(1, 0);
    for (const Table& table : tables_) {
      first_.push_back(first_.back() + table.size());
    }
  }
  [[nodiscard]] std::size_t part_of(std::uint64_t hash) const noexcept {
    return tables_.size() == 1 ? 0 : hash & (parts_count - 1);
  }

  void join_here(std::vector<Table>& parts, std::vector<std::vector<std::uint32_t>>& places) {
    Table all = std::move(parts.front());
    places.front().clear();  // empty: the same numbers
    for (std::size_t p = 1; p < parts.size(); ++p) {
      places[p].reserve(parts[p].size());
      for (std::uint32_t k = 0; k != parts[p].size(); ++k) {
        places[p].push_back(
            all.find_or_add(std::move(parts[p].key(k)), parts[p].hashes()[k]).number);
      }
    }
    first_ = {0, all.size()};
    tables_.clear();
    tables_.push_back(std::move(all));
  }

  void join_in_parts(std::vector<Table>& parts, std::vector<std::vector<std::uint32_t>>& places,
                     const settings& how) {
    std::vector<leaving> from;
    for (std::size_t p = 0; p != parts.size(); ++p) {
      from.push_back({.hashes = &parts[p].hashes(), .places = &places[p]});
    }
    sort_by_part(from, how);
    tables_.clear();
    for (std::size_t i = 0; i != parts_count; ++i) {
      tables_.emplace_back(parts.front().hash(), parts.front().equal());
    }
    share<true>(parts_count, how, [&](std::size_t part) {
      Table& into = tables_[part];
      for (std::size_t p = 0; p != parts.size(); ++p) {
        leaving& keys = from[p];
        for (std::uint32_t i = keys.borders[part]; i != keys.borders[part + 1]; ++i) {
          const std::uint32_t k = keys.sorted[i];
          const auto [number, added] =
              into.find_or_add(std::move(parts[p].key(k)), (*keys.hashes)[k]);
          (*keys.places)[k] = number;
          keys.is_new[k] = added;
        }
      }
    });
    count_keys();
    place_keys(from);
  }

  std::vector<Table> tables_;
};

}  // namespace weft::query::detail
