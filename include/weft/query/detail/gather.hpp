#pragma once
/// Elements that an operator needs all at once: how they are kept, gathered and given on.

#include <weft/query/detail/query.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::query::detail {

/// A `bool` that is no bit of a `std::vector<bool>`, since several threads write side by side.
struct whole_bool {
  bool value;
};

/// How an element is kept while a query runs: a reference that lasts stays one, unless a copy is
/// small and cheap; anything else is kept by value and moved on.
template <class E, bool Lasting>
struct held_element {
  using value = std::remove_cvref_t<E>;
  static constexpr std::size_t small = 16;  // bytes; two registers
  static constexpr bool by_pointer =
      Lasting && std::is_lvalue_reference_v<E> &&
      !(std::is_trivially_copyable_v<value> && sizeof(value) <= small);
  static constexpr bool is_bool = std::is_same_v<value, bool>;
  using type = std::conditional_t<by_pointer, std::remove_reference_t<E>*,
                                  std::conditional_t<is_bool, whole_bool, value>>;
  using element = std::conditional_t<by_pointer, E, value&&>;

  template <class T>
  [[nodiscard]] static type keep(T&& from) {
    if constexpr (by_pointer) {
      return std::addressof(from);
    } else if constexpr (is_bool) {
      return {static_cast<bool>(from)};
    } else {
      return type(std::forward<T>(from));
    }
  }
  /// To look at.
  [[nodiscard]] static auto& look(type& kept) noexcept {
    if constexpr (by_pointer) {
      return *kept;
    } else if constexpr (is_bool) {
      return kept.value;
    } else {
      return kept;
    }
  }
  /// To pass on, once.
  [[nodiscard]] static element give(type& kept) noexcept {
    return static_cast<element>(look(kept));
  }
};

template <class T>
using value_kept = held_element<T, false>;

template <class Query>
using held_of = held_element<typename Query::element, Query::lasting>;

template <class Held>
struct keep_function {
  template <class E>
  [[nodiscard]] typename Held::type operator()(E&& element) const {
    return Held::keep(std::forward<E>(element));
  }
};

/// Another query's source and functions. What is gathered may refer into them, so that they stay
/// with whoever keeps the elements.
template <class Source>
class borrowed_source {
 public:
  using element = typename Source::element;
  static constexpr bool lasting = Source::lasting;

  explicit borrowed_source(Source& source) noexcept : source_(&source) {}
  void prepare(const settings& how) { source_->prepare(how); }
  [[nodiscard]] std::uint64_t size() const
    requires indexed_source<Source>
  {
    return source_->size();
  }
  [[nodiscard]] element at(std::uint64_t i) const
    requires indexed_source<Source>
  {
    return source_->at(i);
  }
  [[nodiscard]] auto reader() const
    requires indexed_source<Source>
  {
    return reader_of(*source_);
  }
  [[nodiscard]] auto cursor() { return source_->cursor(); }
  template <class Sink>
  void each(Sink& sink)
    requires requires(Source& s) { s.each(sink); }
  {
    source_->each(sink);
  }
  [[nodiscard]] auto& range() const
    requires is_from_source<Source>
  {
    return source_->range();
  }

 private:
  Source* source_;
};

template <class Chain>
struct borrowed_chain {
  template <class E>
  using out = typename Chain::template out<E>;
  static constexpr bool one_to_one = Chain::one_to_one;
  void prepare(const settings& how) { chain->prepare(how); }
  template <class Sink>
  [[nodiscard]] auto wrap(Sink sink) {
    return chain->wrap(std::move(sink));
  }
  template <class E>
  [[nodiscard]] decltype(auto) apply(E&& element) {
    return chain->template apply<E>(std::forward<E>(element));
  }
  Chain* chain;
};

/// `query`, which stays where it is, with `f` behind it.
template <class Query, class F>
[[nodiscard]] auto borrowed(Query& query, F f) {
  using source = borrowed_source<decltype(query.source)>;
  using chain = borrowed_chain<decltype(query.chain)>;
  using stage = select_stage<chain, F>;
  return basic_query<source, stage, Query::parallel>{
      source(query.source), stage{chain{&query.chain}, std::move(f)}, query.how};
}

/// `query`, which stays where it is, with its elements as they are kept.
template <class Query>
[[nodiscard]] auto keeping(Query& query) {
  return borrowed(query, keep_function<held_of<Query>>{});
}

/// Runs `query`; in the source's order if it has one, or if asked to. The query must live as long
/// as the elements are used.
template <class Query>
[[nodiscard]] auto gather(Query& query, bool ordered) {
  auto run = keeping(query);
  run.how.ordered = run.how.ordered || ordered;
  auto all = vector_from(run);
  if constexpr (!held_of<Query>::by_pointer) {
    release(query.source);
  }
  return all;
}

/// A source over elements gathered by `prepare`. Each is given out once.
template <class Held>
class gathered_elements {
 public:
  using element = typename Held::element;
  using kept = typename Held::type;
  static constexpr bool lasting = true;

  struct one_reader {
    kept* elements;
    [[nodiscard]] element at(std::uint64_t i) const noexcept { return Held::give(elements[i]); }
  };
  [[nodiscard]] std::uint64_t size() const noexcept { return elements_->size(); }
  [[nodiscard]] element at(std::uint64_t i) const noexcept { return Held::give((*elements_)[i]); }
  [[nodiscard]] one_reader reader() const noexcept { return {elements_->data()}; }
  [[nodiscard]] auto cursor() { return index_cursor<gathered_elements>(*this); }
  void release() noexcept { elements_ = {}; }

 protected:
  void hold(std::vector<kept>&& elements) {
    elements_ = co_owned<std::vector<kept>>::make(std::move(elements));
  }
  [[nodiscard]] std::vector<kept>& elements() const noexcept { return *elements_; }

 private:
  co_owned<std::vector<kept>> elements_;
};

/// All elements of a query, with numbers.
template <class Query>
class gathered_source : public gathered_elements<held_of<Query>> {
 public:
  explicit gathered_source(Query query) : query_(std::move(query)) {}
  [[gnu::noinline]] void prepare(const settings& how) {
    query_.how.limit(how);
    this->hold(gather(query_, false));
  }

 private:
  Query query_;
};

/// A query whose elements have numbers already, as a source.
template <class Query>
class mapped_source {
 public:
  using element = typename Query::element;
  static constexpr bool lasting = Query::lasting;

  explicit mapped_source(Query query) : query_(std::move(query)) {}
  void prepare(const settings& how) {
    query_.how.limit(how);
    query_.prepare();
  }
  struct one_reader {
    decltype(reader_of(std::declval<Query&>().source)) source;
    decltype(Query::chain)* chain;
    [[nodiscard]] element at(std::uint64_t i) {
      using in = decltype(source.at(i));
      return chain->template apply<in>(source.at(i));
    }
  };
  [[nodiscard]] std::uint64_t size() { return query_.source.size(); }
  [[nodiscard]] element at(std::uint64_t i) { return reader().at(i); }
  [[nodiscard]] one_reader reader() { return {reader_of(query_.source), &query_.chain}; }
  [[nodiscard]] auto cursor() { return index_cursor<mapped_source>(*this); }
  void release() noexcept { detail::release(query_.source); }

 private:
  Query query_;
};

/// A source with numbers for any query; one that has none is gathered first.
template <class Query>
[[nodiscard]] auto numbered_source_of(Query query) {
  if constexpr (Query::numbered) {
    return mapped_source<Query>(std::move(query));
  } else {
    return gathered_source<Query>(std::move(query));
  }
}
template <class Query>
using numbered_source_for = decltype(numbered_source_of(std::declval<Query>()));

/// A query over a source of its own, which goes on as `before` did.
template <bool Parallel, class Source>
[[nodiscard]] auto query_over(Source source, settings how) {
  return basic_query<Source, no_stage, Parallel>{std::move(source), {}, std::move(how)};
}

/// A range becomes a query, a query stays what it is.
template <class Input>
concept query_input = any_query<Input> || std::ranges::input_range<Input>;

}  // namespace weft::query::detail
