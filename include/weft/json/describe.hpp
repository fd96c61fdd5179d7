#pragma once
/// `WEFT_JSON(type, members…)`: names the members of a struct once, for JSON and for database rows.

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

/// Describes the members of `type`, in the order in which they are written. Stands at namespace
/// scope, in the namespace of the type, after it:
///
///     struct order { int id; std::string what; std::optional<double> price; };
///     WEFT_JSON(order, id, what, price)
#define WEFT_JSON(type, ...)                                                                    \
  [[maybe_unused]] constexpr auto weft_json_members(::weft::json::detail::type_tag<type>) {     \
    return ::std::make_tuple(WEFT_DETAIL_FOR_EACH(WEFT_DETAIL_JSON_MEMBER, type, __VA_ARGS__)); \
  }

#define WEFT_DETAIL_JSON_MEMBER(type, name) ::weft::json::detail::describe(#name, &type::name)

// A macro cannot call itself; it can leave a call behind that the next scan expands. 4^4 scans: 256
// members.
#define WEFT_DETAIL_PARENS ()
#define WEFT_DETAIL_EXPAND(...) \
  WEFT_DETAIL_EXPAND4(WEFT_DETAIL_EXPAND4(WEFT_DETAIL_EXPAND4(WEFT_DETAIL_EXPAND4(__VA_ARGS__))))
#define WEFT_DETAIL_EXPAND4(...) \
  WEFT_DETAIL_EXPAND3(WEFT_DETAIL_EXPAND3(WEFT_DETAIL_EXPAND3(WEFT_DETAIL_EXPAND3(__VA_ARGS__))))
#define WEFT_DETAIL_EXPAND3(...) \
  WEFT_DETAIL_EXPAND2(WEFT_DETAIL_EXPAND2(WEFT_DETAIL_EXPAND2(WEFT_DETAIL_EXPAND2(__VA_ARGS__))))
#define WEFT_DETAIL_EXPAND2(...) \
  WEFT_DETAIL_EXPAND1(WEFT_DETAIL_EXPAND1(WEFT_DETAIL_EXPAND1(WEFT_DETAIL_EXPAND1(__VA_ARGS__))))
#define WEFT_DETAIL_EXPAND1(...) __VA_ARGS__
#define WEFT_DETAIL_FOR_EACH(macro, type, ...) \
  __VA_OPT__(WEFT_DETAIL_EXPAND(WEFT_DETAIL_FOR_EACH_STEP(macro, type, __VA_ARGS__)))
#define WEFT_DETAIL_FOR_EACH_STEP(macro, type, first, ...) \
  macro(type, first)                                       \
      __VA_OPT__(, WEFT_DETAIL_FOR_EACH_AGAIN WEFT_DETAIL_PARENS(macro, type, __VA_ARGS__))
#define WEFT_DETAIL_FOR_EACH_AGAIN() WEFT_DETAIL_FOR_EACH_STEP

namespace weft::json {
namespace detail {

template <class T>
struct type_tag {};

template <class Struct, class Member>
struct member {
  using type = Member;
  std::string_view name;
  Member Struct::* pointer;
};

template <class Struct, class Member>
constexpr member<Struct, Member> describe(std::string_view name, Member Struct::* pointer) {
  return {name, pointer};
}

}  // namespace detail

/// `T` has a `WEFT_JSON`.
template <class T>
concept described = requires { weft_json_members(detail::type_tag<T>{}); };

/// How many members `WEFT_JSON` names for `T`.
template <described T>
inline constexpr std::size_t member_count =
    std::tuple_size_v<decltype(weft_json_members(detail::type_tag<T>{}))>;

/// Calls `f(name, member)` for each described member of `object`, in the order of `WEFT_JSON`.
/// `name` is a `std::string_view` to a literal.
template <class T, class F>
  requires described<std::remove_const_t<T>>
constexpr void for_each_member(T& object, F&& f) {
  constexpr auto members = weft_json_members(detail::type_tag<std::remove_const_t<T>>{});
  std::apply([&](const auto&... m) { (f(m.name, object.*(m.pointer)), ...); }, members);
}

}  // namespace weft::json
