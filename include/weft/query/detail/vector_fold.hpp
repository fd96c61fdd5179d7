#pragma once
/// `vector_fold`: all elements of a query in one vector.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::query::detail {

/// A piece of an ordered result: where it belongs, and the elements.
template <class T>
struct ordered_piece {
  std::uint64_t first;
  std::vector<T> elements;
};

/// Moves the elements of `from`, `first` and those behind it, to the end of `to`.
template <class T>
void append_moved(std::vector<T>& to, std::vector<T>& from, std::size_t first) {
  if constexpr (std::is_move_assignable_v<T>) {
    to.insert(to.end(), std::make_move_iterator(from.begin() + static_cast<std::ptrdiff_t>(first)),
              std::make_move_iterator(from.end()));
  } else {  // `insert` asks for assignment
    for (; first != from.size(); ++first) {
      to.push_back(std::move(from[first]));
    }
  }
}

/// Gathers all elements of a query that one thread runs.
template <class T>
struct plain_vector_fold {
  std::vector<T> all{};

  [[nodiscard]] static std::vector<T> make() { return {}; }
  static void piece(std::vector<T>&, std::uint64_t) noexcept {}
  template <class E>
  static bool add(std::vector<T>& partial, E&& element) {
    partial.emplace_back(std::forward<E>(element));
    return true;
  }
  void merge(std::vector<T>&& partial) noexcept { all = std::move(partial); }
};

/// Gathers all elements, in the source's order if asked to (it then sorts the pieces, which are
/// few).
template <class T>
struct vector_fold {
  using pieces = std::vector<ordered_piece<T>>;
  bool ordered = true;
  pieces gathered{};

  [[nodiscard]] static pieces make() { return {}; }
  // One vector a piece even where order does not count: growing one large vector copies more.
  static void piece(pieces& partial, std::uint64_t first) {
    if (!partial.empty() && partial.back().elements.empty()) {
      partial.back().first = first;
    } else {
      partial.push_back({first, {}});
    }
  }
  template <class E>
  static bool add(pieces& partial, E&& element) {
    partial.back().elements.emplace_back(std::forward<E>(element));
    return true;
  }
  void merge(pieces&& partial) {
    for (auto& piece : partial) {
      gathered.push_back(std::move(piece));
    }
  }
  static constexpr bool wants_first() noexcept { return false; }
  [[nodiscard]] std::vector<T> result() &&;
};

template <class T>
std::vector<T> vector_fold<T>::result() && {
  if (gathered.size() == 1) {
    return std::move(gathered.front().elements);
  }
  if (ordered) {
    std::ranges::sort(gathered, {}, &ordered_piece<T>::first);
  }
  std::size_t total = 0;
  for (const auto& piece : gathered) {
    total += piece.elements.size();
  }
  std::vector<T> all;
  all.reserve(total);
  for (auto& piece : gathered) {
    append_moved(all, piece.elements, 0);
    std::vector<T>().swap(piece.elements);
  }
  return all;
}

}  // namespace weft::query::detail
