#pragma once
/// What an element passes through: each stage wraps the sink behind it, so that a whole query
/// becomes one function that is called per element of the source.
///
/// A sink returns false when it wants no more. Stages of sequential queries may keep state in their
/// sinks: `begin()` is called before the elements and says whether any are wanted, `end()` after
/// them. Stages of parallel queries are called by several threads, each with a sink of its own, and
/// neither is called; what all threads share is made by `prepare`.

#include <weft/query/detail/settings.hpp>

#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

namespace weft::query::detail {

/// The beginning of every chain.
struct no_stage {
  template <class E>
  using out = E;
  /// Each element that comes in gives one that goes out, so that it keeps its number.
  static constexpr bool one_to_one = true;
  static void prepare(const settings&) noexcept {}
  template <class Sink>
  [[nodiscard]] Sink wrap(Sink sink) {
    return sink;
  }
  template <class E>
  [[nodiscard]] E apply(E&& element) {
    return std::forward<E>(element);
  }
};

/// Functions of weft's own may need what all threads share.
template <class F>
void prepare_function([[maybe_unused]] F& f, [[maybe_unused]] const settings& how) {
  if constexpr (requires { f.prepare(how); }) {
    f.prepare(how);
  }
}

/// What sinks have in common that pass elements on.
template <class Sink>
struct passing_sink {
  Sink sink;
  bool begin() { return sink.begin(); }
  void end() { sink.end(); }
};

/// What stages have in common that neither prepare anything nor keep numbers.
template <class Before>
struct plain_stage {
  static constexpr bool one_to_one = false;
  void prepare(const settings& how) { before.prepare(how); }
  Before before;
};

template <class Predicate, class Sink>
struct where_sink : passing_sink<Sink> {
  Predicate* predicate;
  template <class E>
  bool operator()(E&& element) {
    return !std::invoke(*predicate, element) || this->sink(std::forward<E>(element));
  }
};

template <class Before, class Predicate>
struct where_stage : plain_stage<Before> {
  template <class E>
  using out = typename Before::template out<E>;
  template <class Sink>
  [[nodiscard]] auto wrap(Sink sink) {
    return this->before.wrap(where_sink<Predicate, Sink>{{std::move(sink)}, &predicate});
  }
  Predicate predicate;
};

template <class F, class Sink>
struct select_sink : passing_sink<Sink> {
  F* f;
  template <class E>
  bool operator()(E&& element) {
    return this->sink(std::invoke(*f, std::forward<E>(element)));
  }
};

/// What a function makes; an rvalue reference would outlive its argument, so that it is a value.
template <class R>
using made = std::conditional_t<std::is_rvalue_reference_v<R>, std::remove_cvref_t<R>, R>;

template <class Before, class F>
struct select_stage {
  template <class E>
  using out = made<std::invoke_result_t<F&, typename Before::template out<E>>>;
  static constexpr bool one_to_one = Before::one_to_one;
  void prepare(const settings& how) {
    before.prepare(how);
    prepare_function(f, how);
  }
  template <class Sink>
  [[nodiscard]] auto wrap(Sink sink) {
    return before.wrap(select_sink<F, Sink>{{std::move(sink)}, &f});
  }
  template <class E>
  [[nodiscard]] out<E> apply(E&& element) {
    return std::invoke(f, before.template apply<E>(std::forward<E>(element)));
  }
  Before before;
  F f;
};

/// An element with its number.
template <class E>
struct numbered {
  E element;
  std::uint64_t number;
};

template <class F, class Sink>
struct numbered_where_sink : passing_sink<Sink> {
  F* predicate;
  template <class E>
  bool operator()(numbered<E>&& in) {
    return !std::invoke(*predicate, in.element, in.number) ||
           this->sink(std::forward<E>(in.element));
  }
};

template <class Before, class Predicate>
struct numbered_where_stage : plain_stage<Before> {
  template <class E>
  using out = decltype(std::declval<typename Before::template out<E>>().element);
  template <class Sink>
  [[nodiscard]] auto wrap(Sink sink) {
    return this->before.wrap(numbered_where_sink<Predicate, Sink>{{std::move(sink)}, &predicate});
  }
  Predicate predicate;
};

/// A function of an element and its number, called with both.
template <class F>
struct with_number {
  F f;
  template <class E>
  decltype(auto) operator()(numbered<E>&& in) {
    return std::invoke(f, std::forward<E>(in.element), in.number);
  }
};

// ---- stages of sequential queries only

template <class Sink>
struct number_sink : passing_sink<Sink> {
  std::uint64_t next = 0;
  template <class E>
  bool operator()(E&& element) {
    return this->sink(numbered<E&&>{std::forward<E>(element), next++});
  }
};

template <class Before>
struct number_stage : plain_stage<Before> {
  template <class E>
  using out = numbered<typename Before::template out<E>&&>;
  template <class Sink>
  [[nodiscard]] auto wrap(Sink sink) {
    return this->before.wrap(number_sink<Sink>{{std::move(sink)}});
  }
};

template <class Sink>
struct take_sink : passing_sink<Sink> {
  std::uint64_t left;
  bool begin() { return this->sink.begin() && left != 0; }
  template <class E>
  bool operator()(E&& element) {
    if (left == 0) {
      return false;
    }
    --left;
    return this->sink(std::forward<E>(element)) && left != 0;
  }
};

template <class Before>
struct take_stage : plain_stage<Before> {
  template <class E>
  using out = typename Before::template out<E>;
  template <class Sink>
  [[nodiscard]] auto wrap(Sink sink) {
    return this->before.wrap(take_sink<Sink>{{std::move(sink)}, count});
  }
  std::uint64_t count;
};

template <class Sink>
struct skip_sink : passing_sink<Sink> {
  std::uint64_t left;
  template <class E>
  bool operator()(E&& element) {
    if (left != 0) {
      --left;
      return true;
    }
    return this->sink(std::forward<E>(element));
  }
};

template <class Before>
struct skip_stage : plain_stage<Before> {
  template <class E>
  using out = typename Before::template out<E>;
  template <class Sink>
  [[nodiscard]] auto wrap(Sink sink) {
    return this->before.wrap(skip_sink<Sink>{{std::move(sink)}, count});
  }
  std::uint64_t count;
};

template <class Predicate, class Sink>
struct take_while_sink : passing_sink<Sink> {
  Predicate* predicate;
  template <class E>
  bool operator()(E&& element) {
    return std::invoke(*predicate, element) && this->sink(std::forward<E>(element));
  }
};

template <class Before, class Predicate>
struct take_while_stage : plain_stage<Before> {
  template <class E>
  using out = typename Before::template out<E>;
  template <class Sink>
  [[nodiscard]] auto wrap(Sink sink) {
    return this->before.wrap(take_while_sink<Predicate, Sink>{{std::move(sink)}, &predicate});
  }
  Predicate predicate;
};

template <class Predicate, class Sink>
struct skip_while_sink : passing_sink<Sink> {
  Predicate* predicate;
  bool skipping = true;
  template <class E>
  bool operator()(E&& element) {
    if (skipping && std::invoke(*predicate, element)) {
      return true;
    }
    skipping = false;
    return this->sink(std::forward<E>(element));
  }
};

template <class Before, class Predicate>
struct skip_while_stage : plain_stage<Before> {
  template <class E>
  using out = typename Before::template out<E>;
  template <class Sink>
  [[nodiscard]] auto wrap(Sink sink) {
    return this->before.wrap(skip_while_sink<Predicate, Sink>{{std::move(sink)}, &predicate});
  }
  Predicate predicate;
};

/// Passes `value` on when nothing else came.
template <class T, class Sink>
struct default_sink : passing_sink<Sink> {
  const T* value;
  bool some = false;
  template <class E>
  bool operator()(E&& element) {
    some = true;
    return this->sink(T(std::forward<E>(element)));
  }
  void end() {
    if (!some) {
      static_cast<void>(this->sink(T(*value)));
    }
    this->sink.end();
  }
};

template <class Before, class T>
struct default_stage : plain_stage<Before> {
  template <class E>
  using out = T;
  template <class Sink>
  [[nodiscard]] auto wrap(Sink sink) {
    return this->before.wrap(default_sink<T, Sink>{{std::move(sink)}, &value});
  }
  T value;
};

}  // namespace weft::query::detail
