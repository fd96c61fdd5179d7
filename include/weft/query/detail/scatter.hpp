#pragma once
/// Elements on their way to tables that fit into a cache: once a thread has met many keys, it puts
/// what comes into lists by a part of the key's hash, and each list becomes a table of its own.

#include <weft/query/detail/chunks.hpp>
#include <weft/query/detail/key_table.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace weft::query::detail {

inline constexpr std::size_t scatter_parts = 64;  // as many streams as a TLB has entries
/// Keys of a table that stays in a second-level cache, with what stands beside it.
inline constexpr std::uint32_t most_near_keys = 1U << 14;

[[nodiscard]] constexpr std::size_t scatter_part(std::uint64_t hash) noexcept {
  return hash & (scatter_parts - 1);
}

template <class Entry>
using scattered = std::array<chunk_list<Entry>, scatter_parts>;

/// A thread's keys: a table while they are few, lists when they are many and small.
template <class T, class Hash, class Equal>
struct key_part {
  using table = key_table<T, Hash, Equal>;
  static constexpr bool scatters = table::inlined;
  table keys;
  bool may_scatter;
  std::unique_ptr<scattered<T>> lists{};

  template <class E>
  void add(E&& element) {
    const std::uint64_t hash = keys.hash_of(element);
    if constexpr (scatters) {
      if (lists != nullptr) {
        (*lists)[scatter_part(hash)].add(std::forward<E>(element));
        return;
      }
    }
    static_cast<void>(keys.find_or_add(std::forward<E>(element), hash));
    if (may_scatter && keys.size() > most_near_keys) [[unlikely]] {
      scatter();
    }
  }
  /// From here on into lists, and all that is in the table too.
  void scatter() {
    if constexpr (scatters) {
      if (lists == nullptr) {
        auto made = std::make_unique<scattered<T>>();
        for (std::uint32_t k = 0; k != keys.size(); ++k) {
          (*made)[scatter_part(keys.hashes()[k])].add(keys.key(k));
        }
        lists = std::move(made);
      }
    }
  }
};

/// The keys of several threads in one numbering.
template <bool Parallel, class T, class Hash, class Equal>
void join_keys(key_index<key_table<T, Hash, Equal>, T>& index,
               std::vector<key_part<T, Hash, Equal>>& parts, const settings& how) {
  using table = key_table<T, Hash, Equal>;
  if constexpr (Parallel && key_part<T, Hash, Equal>::scatters) {
    bool any = false;
    for (const auto& part : parts) {
      any = any || part.lists != nullptr;
    }
    if (any) {
      for (auto& part : parts) {
        part.scatter();
      }
      std::vector<table> tables(scatter_parts,
                                table(parts.front().keys.hash(), parts.front().keys.equal()));
      share<true>(scatter_parts, how, [&](std::size_t i) {
        table& mine = tables[i];
        for (auto& part : parts) {
          (*part.lists)[i].each([&](T& key) {
            const std::uint64_t hash = mine.hash_of(key);
            static_cast<void>(mine.find_or_add(key, hash));
          });
        }
      });
      index.adopt(std::move(tables));
      return;
    }
  }
  std::vector<table> tables;
  for (auto& part : parts) {
    tables.push_back(std::move(part.keys));
  }
  std::vector<std::vector<std::uint32_t>> places;
  index.template join<Parallel>(tables, places, how);
}

}  // namespace weft::query::detail
