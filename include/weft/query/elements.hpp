#pragma once
/// Operators that change which elements there are, and in which order: `take`, `skip`, `reverse`,
/// `select_many`, `concat`, `zip` and their kin.

#include <weft/query/detail/prefix.hpp>
#include <weft/query/operators.hpp>

#include <algorithm>
#include <any>
#include <concepts>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>

namespace weft::query {
namespace detail {

template <std::integral N>
[[nodiscard]] constexpr std::uint64_t not_negative(N n) noexcept {
  return n < 0 ? 0 : static_cast<std::uint64_t>(n);
}

/// Elements [skip, skip + most) of a query with numbers.
template <class Q>
[[nodiscard]] auto slice(Q q, std::uint64_t skip, std::uint64_t most) {
  auto how = q.how;
  using source = slice_source<numbered_source_for<Q>>;
  return query_over<Q::parallel>(source(numbered_source_of(std::move(q)), skip, most),
                                 std::move(how));
}

struct take_op : query_operator {
  std::uint64_t count;
  explicit take_op(std::uint64_t n) : count(n) {}
  template <any_query Q>
  auto operator()(Q q) const {
    if constexpr (Q::numbered) {
      return slice(std::move(q), 0, count);
    } else if constexpr (Q::parallel) {
      auto how = q.how;
      return query_over<true>(take_source<Q>(std::move(q), count), std::move(how));
    } else {
      return add_stage(std::move(q), [&](auto chain) {
        return take_stage<decltype(chain)>{{std::move(chain)}, count};
      });
    }
  }
};

struct skip_op : query_operator {
  std::uint64_t count;
  explicit skip_op(std::uint64_t n) : count(n) {}
  template <any_query Q>
  auto operator()(Q q) const {
    if constexpr (Q::numbered || Q::parallel) {
      return slice(std::move(q), count, UINT64_MAX);
    } else {
      return add_stage(std::move(q), [&](auto chain) {
        return skip_stage<decltype(chain)>{{std::move(chain)}, count};
      });
    }
  }
};

/// Gives the element back that it was numbered with.
struct without_number {
  template <class E>
  E operator()(numbered<E>&& in) const {
    return std::forward<E>(in.element);
  }
};
template <class P>
struct number_predicate {
  P predicate;
  template <class E>
  bool operator()(const numbered<E>& in) {
    return std::invoke(predicate, in.element, in.number);
  }
};

template <class P, bool Taking>
struct while_op : query_operator {
  P predicate;
  explicit while_op(P p) : predicate(std::move(p)) {}

  template <class Q>
    requires predicate_for<P, Q>
  auto operator()(Q q) && {
    if constexpr (Q::parallel) {
      auto how = q.how;
      return query_over<true>(while_source<Q, P, Taking>(std::move(q), std::move(predicate)),
                              std::move(how));
    } else {
      return add_stage(std::move(q), [&](auto chain) {
        using stage = std::conditional_t<Taking, take_while_stage<decltype(chain), P>,
                                         skip_while_stage<decltype(chain), P>>;
        return stage{{std::move(chain)}, std::move(predicate)};
      });
    }
  }
  template <class Q>
    requires(!predicate_for<P, Q> && numbered_predicate_for<P, Q>)
  auto operator()(Q q) && {
    return numbering(std::move(q)) | while_op<number_predicate<P>, Taking>({std::move(predicate)}) |
           select_op<without_number>({});
  }
};

struct reverse_op : query_operator {
  template <any_query Q>
  auto operator()(Q q) const {
    auto how = q.how;
    // User functions of a sequential query are called in its order.
    constexpr bool plain = Q::parallel || std::same_as<decltype(q.chain), no_stage>;
    if constexpr (Q::numbered && plain) {
      using source = reverse_source<mapped_source<Q>>;
      return query_over<Q::parallel>(source(mapped_source<Q>(std::move(q))), std::move(how));
    } else {
      using source = reverse_source<gathered_source<Q>>;
      return query_over<Q::parallel>(source(gathered_source<Q>(std::move(q))), std::move(how));
    }
  }
};

template <class T>
struct default_op : query_operator {
  T value;
  explicit default_op(T v) : value(std::move(v)) {}
  template <any_query Q>
    requires std::constructible_from<T, element_of<Q>>
  auto operator()(Q q) && {
    if constexpr (Q::parallel) {
      auto how = q.how;
      return query_over<true>(default_source<Q, T>(std::move(q), std::move(value)), std::move(how));
    } else {
      return add_stage(std::move(q), [&](auto chain) {
        return default_stage<decltype(chain), T>{{std::move(chain)}, std::move(value)};
      });
    }
  }
};

struct plain_default_op : query_operator {
  template <any_query Q>
  auto operator()(Q q) const {
    using value = typename Q::value_type;
    return std::move(q) | default_op<value>(value{});
  }
};

template <class F>
struct select_many_op : query_operator {
  F f;
  explicit select_many_op(F with) : f(std::move(with)) {}
  template <class Q>
    requires range_selector_for<F, Q>
  auto operator()(Q q) && {
    if constexpr (Q::parallel) {
      return add_stage(std::move(q), [&](auto chain) {
        return flat_stage<decltype(chain), F>{{std::move(chain)}, std::move(f)};
      });
    } else {
      auto how = q.how;
      return query_over<false>(flat_source<Q, F>(std::move(q), std::move(f)), std::move(how));
    }
  }
  template <class Q>
    requires(!range_selector_for<F, Q> &&
             range_selector_for<with_number<F>, decltype(numbering(std::declval<Q>()))>)
  auto operator()(Q q) && {
    return numbering(std::move(q)) | select_many_op<with_number<F>>({std::move(f)});
  }
};

template <class F, class R>
struct select_many_with_op : query_operator {
  F f;
  R result;
  select_many_with_op(F with, R of) : f(std::move(with)), result(std::move(of)) {}
  template <any_query Q>
    requires range_selector_for<paired<F, R>, Q>
  auto operator()(Q q) && {
    return std::move(q) | select_many_op<paired<F, R>>({std::move(f), std::move(result)});
  }
};

template <class Second>
struct concat_op : query_operator {
  Second second;
  explicit concat_op(Second s) : second(std::move(s)) {}
  template <any_query Q>
    requires can_follow<Q, Second>
  auto operator()(Q q) && {
    auto how = joined(q.how, second.how);
    if constexpr (Q::parallel) {
      auto first = numbered_source_of(std::move(q));
      auto behind = numbered_source_of(std::move(second));
      return query_over<true>(
          joined_source<decltype(first), decltype(behind)>(std::move(first), std::move(behind)),
          std::move(how));
    } else {
      return query_over<false>(concat_source<Q, Second>(std::move(q), std::move(second)),
                               std::move(how));
    }
  }
};

struct pair_up {
  template <class A, class B>
  std::pair<std::remove_cvref_t<A>, std::remove_cvref_t<B>> operator()(A&& a, B&& b) const {
    return {std::forward<A>(a), std::forward<B>(b)};
  }
};

template <class Second, class F>
struct zip_op : query_operator {
  Second second;
  F f;
  zip_op(Second s, F with) : second(std::move(s)), f(std::move(with)) {}
  template <any_query Q>
    requires zips<F, Q, Second>
  auto operator()(Q q) && {
    auto how = joined(q.how, second.how);
    if constexpr (Q::parallel || (Q::numbered && Second::numbered && !Second::parallel)) {
      auto left = numbered_source_of(std::move(q));
      auto right = numbered_source_of(std::move(second));
      return query_over<Q::parallel>(zip_source<decltype(left), decltype(right), F>(
                                         std::move(left), std::move(right), std::move(f)),
                                     std::move(how));
    } else {
      return query_over<false>(
          walked_zip_source<Q, Second, F>(std::move(q), std::move(second), std::move(f)),
          std::move(how));
    }
  }
};

// ---- casts

template <class T, class E>
inline constexpr bool is_alternative = false;
template <class T, class... Ts>
inline constexpr bool is_alternative<T, std::variant<Ts...>> = (std::same_as<T, Ts> || ...);

/// Whether an element, looked at, holds a `T`, and the `T`.
template <class T>
struct holds {
  template <class E>
  static bool is(const E& element) {
    if constexpr (is_alternative<T, E>) {
      return std::holds_alternative<T>(element);
    } else if constexpr (std::same_as<E, std::any>) {
      return std::any_cast<T>(&element) != nullptr;
    } else if constexpr (std::is_pointer_v<E> && std::is_pointer_v<T>) {
      return element != nullptr && dynamic_cast<T>(element) != nullptr;
    } else {
      static_assert(std::same_as<T, E>,
                    "weft: of_type needs elements that may be of several types: std::variant, "
                    "std::any, or pointers to a polymorphic class");
      return true;
    }
  }
  template <class E>
  static T get(E&& element) {
    using plain = std::remove_cvref_t<E>;
    if constexpr (is_alternative<T, plain>) {
      return std::get<T>(std::forward<E>(element));
    } else if constexpr (std::same_as<plain, std::any>) {
      return std::any_cast<T>(std::forward<E>(element));
    } else if constexpr (std::is_pointer_v<plain> && std::is_pointer_v<T> &&
                         !std::convertible_to<plain, T>) {
      T result = dynamic_cast<T>(element);
      if (element != nullptr && result == nullptr) {
        throw std::bad_cast();
      }
      return result;
    } else {
      return static_cast<T>(std::forward<E>(element));
    }
  }
  template <class E>
  bool operator()(const E& element) const {
    return is(element);
  }
};
template <class T>
struct cast_to {
  template <class E>
  T operator()(E&& element) const {
    return holds<T>::get(std::forward<E>(element));
  }
};

template <class T>
struct of_type_op : query_operator {
  template <any_query Q>
  auto operator()(Q q) const {
    return std::move(q) | where_op<holds<T>>({}) | select_op<cast_to<T>>({});
  }
};

}  // namespace detail

/// The first `count` elements; any of a parallel query without order. A negative count is none.
template <std::integral N>
[[nodiscard]] auto take(N count) {
  return detail::take_op(detail::not_negative(count));
}
/// All but the first `count`.
template <std::integral N>
[[nodiscard]] auto skip(N count) {
  return detail::skip_op(detail::not_negative(count));
}
/// The elements before the first that the predicate is false for, in the source's order. The
/// predicate of this and the next may take the element's number as well.
template <class P>
[[nodiscard]] auto take_while(P predicate) {
  return detail::while_op<P, true>(std::move(predicate));
}
/// The first element that the predicate is false for, and all behind it.
template <class P>
[[nodiscard]] auto skip_while(P predicate) {
  return detail::while_op<P, false>(std::move(predicate));
}
/// The elements from the last to the first.
[[nodiscard]] inline auto reverse() {
  return detail::reverse_op{};
}
/// `value`, or a default one, when there are no elements.
template <class T>
[[nodiscard]] auto default_if_empty(T value) {
  return detail::default_op<T>(std::move(value));
}
[[nodiscard]] inline auto default_if_empty() {
  return detail::plain_default_op{};
}
/// The elements of the ranges that `f(element)`, or `f(element, number)`, returns.
template <class F>
[[nodiscard]] auto select_many(F f) {
  return detail::select_many_op<F>(std::move(f));
}
/// `result(element, inner)` for the elements of the ranges that `f(element)` returns.
template <class F, class R>
[[nodiscard]] auto select_many(F f, R result) {
  return detail::select_many_with_op<F, R>(std::move(f), std::move(result));
}
/// The elements of a second query or range behind those of the first.
template <detail::query_input Second>
[[nodiscard]] auto concat(Second&& second) {
  return detail::concat_op<detail::query_of<Second>>(
      detail::as_query(std::forward<Second>(second)));
}
/// `f(a, b)` of the elements with the same number, as many as the shorter one has; pairs without
/// `f`.
template <detail::query_input Second, class F>
[[nodiscard]] auto zip(Second&& second, F f) {
  return detail::zip_op<detail::query_of<Second>, F>(detail::as_query(std::forward<Second>(second)),
                                                     std::move(f));
}
template <detail::query_input Second>
[[nodiscard]] auto zip(Second&& second) {
  return zip(std::forward<Second>(second), detail::pair_up{});
}
/// Each element as a `T`: converted, or what a variant, an `any` or a pointer to a base holds.
/// **Throws** what the conversion throws (`std::bad_cast`, `std::bad_variant_access`).
template <class T>
[[nodiscard]] auto cast() {
  return select(detail::cast_to<T>{});
}
/// The elements that hold a `T`, as such: of variants, of `any`, of pointers to a base.
template <class T>
[[nodiscard]] auto of_type() {
  return detail::of_type_op<T>{};
}

}  // namespace weft::query
