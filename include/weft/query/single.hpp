#pragma once
/// Terminal operators that give one element: `first`, `last`, `single`, `element_at`; and
/// `sequence_equal`. Those with `_or_default` give a default value instead of throwing.

#include <weft/query/detail/folds.hpp>
#include <weft/query/elements.hpp>
#include <weft/query/terminals.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace weft::query {
namespace detail {

struct find_first {
  static constexpr const char* name = "first";
  template <class Q>
  [[nodiscard]] static std::optional<typename Q::value_type> in(Q& q) {
    first_fold<typename Q::value_type> fold;
    execute(q, fold);
    return std::move(fold.best.element);
  }
};
struct find_last {
  static constexpr const char* name = "last";
  template <class Q>
  [[nodiscard]] static std::optional<typename Q::value_type> in(Q& q) {
    using T = typename Q::value_type;
    if constexpr (Q::numbered) {
      q.prepare();
      throw_if_stopped(q.how.stop.get());
      const std::uint64_t size = q.source.size();
      if (size == 0) {
        return std::nullopt;
      }
      return guarded<Q::parallel>(q.how, [&] {
        using in_type = decltype(q.source.at(0));
        return std::optional<T>(q.chain.template apply<in_type>(q.source.at(size - 1)));
      });
    } else {
      last_fold<T> fold;
      execute(q, fold);
      return std::move(fold.best.element);
    }
  }
};
struct find_single {
  static constexpr const char* name = "single";
  template <class Q>
  [[nodiscard]] static std::optional<typename Q::value_type> in(Q& q) {
    single_fold<typename Q::value_type> fold;
    execute(q, fold);
    if (fold.total.several) {
      throw_several_elements();
    }
    return std::move(fold.total.element);
  }
};

template <class Find>
[[nodiscard]] auto one_of() {
  return make_terminal([]<any_query Q>(Q& q)
                         requires keepable_elements<Q>
                       {
                         auto found = Find::in(q);
                         if (!found) {
                           throw_no_elements(Find::name);
                         }
                         return std::move(*found);
                       });
}
template <class Find>
[[nodiscard]] auto one_or_default() {
  return make_terminal(
      []<any_query Q>(Q& q)
        requires keepable_elements<Q> && std::default_initializable<typename Q::value_type>
      {
        auto found = Find::in(q);
        return found ? std::move(*found) : typename Q::value_type{};
      });
}
template <class Find, class P>
[[nodiscard]] auto one_of(P predicate) {
  return make_terminal([p = std::move(predicate)]<any_query Q>(Q& q)
                         requires predicate_for<P, Q>
                       { return std::move(q) | where(p) | one_of<Find>(); });
}
template <class Find, class P>
[[nodiscard]] auto one_or_default(P predicate) {
  return make_terminal([p = std::move(predicate)]<any_query Q>(Q& q)
                         requires predicate_for<P, Q>
                       { return std::move(q) | where(p) | one_or_default<Find>(); });
}

template <class Q>
[[nodiscard]] std::optional<typename Q::value_type> element_number(Q& q, std::uint64_t number) {
  auto rest = std::move(q) | skip_op(number);
  return find_first::in(rest);
}

}  // namespace detail

/// The first element in the source's order; any one of a parallel query without `as_ordered`. With
/// a predicate: of those that it is true for.
/// **Throws** `invalid_operation` when there are none.
[[nodiscard]] inline auto first() {
  return detail::one_of<detail::find_first>();
}
template <class P>
[[nodiscard]] auto first(P predicate) {
  return detail::one_of<detail::find_first>(std::move(predicate));
}
[[nodiscard]] inline auto first_or_default() {
  return detail::one_or_default<detail::find_first>();
}
template <class P>
[[nodiscard]] auto first_or_default(P predicate) {
  return detail::one_or_default<detail::find_first>(std::move(predicate));
}
/// The last element, as `first`.
[[nodiscard]] inline auto last() {
  return detail::one_of<detail::find_last>();
}
template <class P>
[[nodiscard]] auto last(P predicate) {
  return detail::one_of<detail::find_last>(std::move(predicate));
}
[[nodiscard]] inline auto last_or_default() {
  return detail::one_or_default<detail::find_last>();
}
template <class P>
[[nodiscard]] auto last_or_default(P predicate) {
  return detail::one_or_default<detail::find_last>(std::move(predicate));
}
/// The only element. **Throws** `invalid_operation` when there is more than one; without
/// `_or_default` also when there is none.
[[nodiscard]] inline auto single() {
  return detail::one_of<detail::find_single>();
}
template <class P>
[[nodiscard]] auto single(P predicate) {
  return detail::one_of<detail::find_single>(std::move(predicate));
}
[[nodiscard]] inline auto single_or_default() {
  return detail::one_or_default<detail::find_single>();
}
template <class P>
[[nodiscard]] auto single_or_default(P predicate) {
  return detail::one_or_default<detail::find_single>(std::move(predicate));
}
/// The element with this number, from 0. **Throws** `std::out_of_range` when there is none.
template <std::integral N>
[[nodiscard]] auto element_at(N number) {
  return detail::make_terminal([=]<any_query Q>(Q& q)
                                 requires keepable_elements<Q>
                               {
                                 if (number < 0) {
                                   detail::throw_no_such_element();
                                 }
                                 auto found =
                                     detail::element_number(q, static_cast<std::uint64_t>(number));
                                 if (!found) {
                                   detail::throw_no_such_element();
                                 }
                                 return std::move(*found);
                               });
}
template <std::integral N>
[[nodiscard]] auto element_at_or_default(N number) {
  return detail::make_terminal(
      [=]<any_query Q>(Q& q)
        requires keepable_elements<Q> && std::default_initializable<typename Q::value_type>
      {
        using T = typename Q::value_type;
        if (number < 0) {
          return T{};
        }
        auto found = detail::element_number(q, static_cast<std::uint64_t>(number));
        return found ? std::move(*found) : T{};
      });
}

/// Are the elements of a second input equal to these, one by one?
template <detail::query_input Second, class Equal = std::equal_to<>>
[[nodiscard]] auto sequence_equal(Second&& second, Equal equal = {}) {
  using other = detail::query_of<Second>;
  return detail::make_terminal([other_query = detail::as_query(std::forward<Second>(second)),
                                equal = std::move(equal)]<any_query Q>(Q& q) mutable
                                 requires std::predicate<Equal&, const typename Q::value_type&,
                                                         const typename other::value_type&>
                               {
                                 auto how = detail::joined(q.how, other_query.how);
                                 q.how.limit(how);
                                 other_query.how.limit(how);
                                 return detail::guarded<Q::parallel>(how, [&] {
                                   detail::iteration_of<Q> a(std::move(q));
                                   detail::iteration_of<other> b(std::move(other_query));
                                   for (; !a.done() && !b.done(); a.next(), b.next()) {
                                     if (!std::invoke(equal, a.get(), b.get())) {
                                       return false;
                                     }
                                   }
                                   return a.done() && b.done();
                                 });
                               });
}

}  // namespace weft::query
