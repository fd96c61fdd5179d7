#pragma once
/// What an element passes through: each stage wraps the sink behind it, so that a whole query
/// becomes one function that is called per element of the source and returns false when it wants no
/// more.

#include <functional>
#include <type_traits>
#include <utility>

namespace weft::query::detail {

/// The beginning of every chain.
struct no_stage {
  template <class E>
  using out = E;
  template <class Sink>
  [[nodiscard]] Sink wrap(Sink sink) {
    return sink;
  }
};

template <class Predicate, class Sink>
struct where_sink {
  Predicate* predicate;
  Sink sink;
  template <class E>
  bool operator()(E&& element) {
    return !std::invoke(*predicate, element) || sink(std::forward<E>(element));
  }
};

template <class Before, class Predicate>
struct where_stage {
  template <class E>
  using out = typename Before::template out<E>;
  template <class Sink>
  [[nodiscard]] auto wrap(Sink sink) {
    return before.wrap(where_sink<Predicate, Sink>{&predicate, std::move(sink)});
  }
  Before before;
  Predicate predicate;
};

template <class F, class Sink>
struct select_sink {
  F* f;
  Sink sink;
  template <class E>
  bool operator()(E&& element) {
    return sink(std::invoke(*f, std::forward<E>(element)));
  }
};

template <class Before, class F>
struct select_stage {
  template <class E>
  using out = std::invoke_result_t<F&, typename Before::template out<E>>;
  template <class Sink>
  [[nodiscard]] auto wrap(Sink sink) {
    return before.wrap(select_sink<F, Sink>{&f, std::move(sink)});
  }
  Before before;
  F f;
};

}  // namespace weft::query::detail
