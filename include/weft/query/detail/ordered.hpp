#pragma once
/// How a query is sorted: its elements and their keys are gathered side by side, then sorted by the
/// keys' bits where these say all, else by comparing.

#include <weft/parallel/parallel_sort.hpp>
#include <weft/query/detail/gather.hpp>

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::query::detail {

/// How keys compare.
template <class Less, bool Descending>
struct sort_way {
  [[no_unique_address]] Less less;
  template <class K>
  [[nodiscard]] bool before(const K& a, const K& b) const {
    return Descending ? less(b, a) : less(a, b);
  }
};

/// By what to sort, and how its keys compare.
template <class KeyOf, class Less, bool Descending>
struct sort_key {
  KeyOf key;
  [[no_unique_address]] Less less;
  static constexpr bool descending = Descending;
  static constexpr bool plain = std::same_as<Less, std::less<>>;

  /// Refers to this one's comparison.
  [[nodiscard]] sort_way<std::reference_wrapper<const Less>, Descending> way() const {
    return {std::cref(less)};
  }
};

template <class KeyOf, class Less, class Q>
concept sort_key_for =
    any_query<Q> && std::invocable<KeyOf&, std::add_lvalue_reference_t<element_of<Q>>> &&
    std::predicate<const Less&,
                   const std::remove_cvref_t<
                       std::invoke_result_t<KeyOf&, std::add_lvalue_reference_t<element_of<Q>>>>&,
                   const std::remove_cvref_t<
                       std::invoke_result_t<KeyOf&, std::add_lvalue_reference_t<element_of<Q>>>>&>;

template <class Key, class Query>
using sorted_key = std::remove_cvref_t<
    std::invoke_result_t<decltype(Key::key)&, std::add_lvalue_reference_t<element_of<Query>>>>;

/// All keys together as the bits of one number, if they are numbers and few enough.
template <class Query, class... Keys>
inline constexpr bool keys_are_bits =
    ((Keys::plain && weft::detail::radix_key<sorted_key<Keys, Query>>) && ...) &&
    (sizeof(sorted_key<Keys, Query>) + ...) <= sizeof(std::uint64_t);

/// Bits that compare as the keys do, one after another.
template <class Query, class... Keys>
struct key_bits {
  using type = weft::detail::unsigned_of<std::bit_ceil((sizeof(sorted_key<Keys, Query>) + ...))>;

  template <class E>
  [[nodiscard]] static type of(std::tuple<Keys...>& keys, E& element) {
    std::uint64_t all = 0;
    std::apply([&](Keys&... key) { (add(all, key, element), ...); }, keys);
    return static_cast<type>(all);
  }

 private:
  template <class Key, class E>
  static void add(std::uint64_t& all, Key& key, E& element) {
    using K = sorted_key<Key, Query>;
    const auto bits = weft::detail::bits_of(static_cast<K>(std::invoke(key.key, element)));
    using one = std::remove_const_t<decltype(bits)>;
    const auto directed = Key::descending ? static_cast<one>(~bits) : bits;
    if constexpr (sizeof(K) == sizeof(all)) {
      all = directed;
    } else {
      all = all << (8 * sizeof(K)) | directed;
    }
  }
};

struct by_bits {
  template <class Entry>
  auto operator()(const Entry& entry) const noexcept {
    return entry.bits;
  }
};

/// An element, or its number, with the bits of its keys.
template <class Bits, class Element>
struct bits_entry {
  Bits bits;
  Element element;
};
/// An element with its keys.
template <class Keys, class Element>
struct keys_entry {
  Keys by;
  Element element;
};

/// Which of two entries comes first. Names neither the query nor how it came by its keys: queries
/// whose keys compare alike are sorted by the same code.
template <class... Ways>
struct keys_before {
  std::tuple<Ways...> ways;
  template <class Entry>
  [[nodiscard]] bool operator()(const Entry& a, const Entry& b) const {
    return compare<0>(a.by, b.by);
  }

 private:
  template <std::size_t I, class Keys>
  [[nodiscard]] bool compare(const Keys& a, const Keys& b) const {
    const auto& way = std::get<I>(ways);
    if constexpr (I + 1 == sizeof...(Ways)) {
      return way.before(std::get<I>(a), std::get<I>(b));
    } else {
      if (way.before(std::get<I>(a), std::get<I>(b))) {
        return true;
      }
      return !way.before(std::get<I>(b), std::get<I>(a)) && compare<I + 1>(a, b);
    }
  }
};

/// Sorted elements: the numbers of their keys beside them.
template <class Query, class... Keys>
class sorted_by_bits {
 public:
  using held = held_of<Query>;
  using kept = typename held::type;
  using keys = key_bits<Query, Keys...>;
  // Small elements move with their keys, others are moved once, when they are given out.
  static constexpr std::size_t small = 16;  // bytes
  static constexpr bool moves = std::is_trivially_copyable_v<kept> && sizeof(kept) <= small;
  using entry = bits_entry<typename keys::type, std::conditional_t<moves, kept, std::uint64_t>>;

  void make(Query& query, std::tuple<Keys...>& by, const settings& how) {
    // The functions of a sequential query are all called before those of its keys, as in .NET.
    constexpr bool direct = moves && Query::numbered &&
                            (Query::parallel || std::same_as<decltype(query.chain), no_stage>);
    if constexpr (direct) {
      query.prepare();
      fill(query.source.size(), how, [&] {
        return [&, source = reader_of(query.source)](std::uint64_t i) mutable -> entry {
          using in = decltype(source.at(i));
          auto&& element = query.chain.template apply<in>(source.at(i));
          const auto bits = keys::of(by, element);
          return {bits, held::keep(std::forward<decltype(element)>(element))};
        };
      });
      release(query.source);
    } else {
      elements_ = gather(query, true);
      fill(elements_.size(), how, [&] {
        return [&](std::uint64_t i) -> entry {
          const auto bits = keys::of(by, held::look(elements_[i]));
          if constexpr (moves) {
            return {bits, elements_[i]};
          } else {
            return {bits, i};
          }
        };
      });
    }
    const auto buffer = weft::detail::uninitialized<entry>(size_);
    weft::detail::radix_sorter<entry, by_bits>({}, options(how))
        .sort(entries_.get(), buffer.get(), size_);
  }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  [[nodiscard]] typename held::element give(std::uint64_t i) noexcept {
    if constexpr (moves) {
      return held::give(entries_.get()[i].element);
    } else {
      return held::give(elements_[entries_.get()[i].element]);
    }
  }

 private:
  [[nodiscard]] static parallel_options options(const settings& how) {
    return Query::parallel ? how.options() : parallel_options{.max_degree_of_parallelism = 1};
  }
  /// `reader()` gives a thread its function of the element's number.
  template <class Reader>
  void fill(std::uint64_t size, const settings& how, Reader reader) {
    size_ = static_cast<std::size_t>(size);
    entries_ = weft::detail::uninitialized<entry>(size_);
    constexpr std::size_t pieces = 4;  // for each thread, so that they end together
    const std::size_t blocks = Query::parallel ? pieces * blocks_for(size, how) : 1;
    share<Query::parallel>(blocks, how, [&](std::size_t b) {
      auto make_entry = reader();
      for (auto [i, last] = block(size, blocks, b); i != last; ++i) {
        std::construct_at(entries_.get() + i, make_entry(i));
      }
    });
  }

  std::vector<kept> elements_;
  std::unique_ptr<entry, weft::detail::free_memory<entry>> entries_;
  std::size_t size_ = 0;
};

/// Sorted elements, each with its keys.
template <class Query, class... Keys>
class sorted_by_keys {
 public:
  using held = held_of<Query>;
  using kept = typename held::type;
  using keys = std::tuple<sorted_key<Keys, Query>...>;
  using entry = keys_entry<keys, kept>;

  void make(Query& query, std::tuple<Keys...>& by, const settings& how) {
    if constexpr (Query::parallel) {
      const auto make_entry = [&](auto&& element) -> entry {
        keys k = keys_of(by, element);
        return {std::move(k), held::keep(std::forward<decltype(element)>(element))};
      };
      auto run = borrowed(query, make_entry);
      run.how.ordered = true;
      entries_ = vector_from(run);
    } else {
      auto all = gather(query, true);
      entries_.reserve(all.size());
      for (kept& one : all) {
        entries_.push_back({keys_of(by, held::look(one)), std::move(one)});
      }
    }
    const auto before = std::apply(
        [](const Keys&... key) {
          return keys_before<std::remove_cvref_t<decltype(key.way())>...>{{key.way()...}};
        },
        by);
    if constexpr (Query::parallel) {
      parallel_stable_sort(entries_, before, how.options());
    } else {
      try {
        parallel_stable_sort(entries_, before, {.max_degree_of_parallelism = 1});
      } catch (const aggregate_exception& all) {
        std::rethrow_exception(all.exceptions().front());
      }
    }
  }
  [[nodiscard]] std::uint64_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] typename held::element give(std::uint64_t i) noexcept {
    return held::give(entries_[i].element);
  }

 private:
  template <class E>
  [[nodiscard]] static keys keys_of(std::tuple<Keys...>& by, E& element) {
    return std::apply([&](Keys&... key) { return keys(std::invoke(key.key, element)...); }, by);
  }

  std::vector<entry> entries_;
};

/// The elements of a query in the order of their keys; equal ones in the order of the query, which
/// PLINQ promises only of sequential ones.
template <class Query, class... Keys>
class ordered_source {
 public:
  using element = typename held_of<Query>::element;
  static constexpr bool lasting = true;
  using query_type = Query;
  using sorted = std::conditional_t<keys_are_bits<Query, Keys...>, sorted_by_bits<Query, Keys...>,
                                    sorted_by_keys<Query, Keys...>>;

  ordered_source(Query query, std::tuple<Keys...> keys)
      : query_(std::move(query)), keys_(std::move(keys)) {}

  [[gnu::noinline]] void prepare(const settings& how) {
    query_.how.limit(how);
    sorted_ = detail::co_owned<sorted>::make();
    guarded<Query::parallel>(how, [&] { sorted_->make(query_, keys_, how); });
  }
  struct one_reader {
    sorted* from;
    [[nodiscard]] element at(std::uint64_t i) const noexcept { return from->give(i); }
  };
  [[nodiscard]] std::uint64_t size() const noexcept { return sorted_->size(); }
  [[nodiscard]] element at(std::uint64_t i) const noexcept { return sorted_->give(i); }
  [[nodiscard]] one_reader reader() const noexcept { return {sorted_.get()}; }
  [[nodiscard]] auto cursor() { return index_cursor<ordered_source>(*this); }
  void release() noexcept { sorted_ = {}; }

  /// The same with a further key behind these.
  template <class Key>
  [[nodiscard]] auto then(Key key) && {
    return ordered_source<Query, Keys..., Key>(
        std::move(query_), std::tuple_cat(std::move(keys_), std::tuple<Key>(std::move(key))));
  }

 private:
  Query query_;
  std::tuple<Keys...> keys_;
  detail::co_owned<sorted> sorted_;
};

template <class S>
inline constexpr bool is_ordered_source = false;
template <class Query, class... Keys>
inline constexpr bool is_ordered_source<ordered_source<Query, Keys...>> = true;

}  // namespace weft::query::detail
