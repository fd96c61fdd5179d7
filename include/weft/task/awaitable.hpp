#pragma once
/// Concepts of what can be awaited, and the type that awaiting it gives.

#include <concepts>
#include <coroutine>
#include <type_traits>
#include <utility>

namespace weft::detail {

template <class A>
concept awaiter = requires(A& a) {
  { a.await_ready() } -> std::convertible_to<bool>;
  a.await_resume();
};

template <class A>
concept member_awaitable = requires(A&& a) { std::forward<A>(a).operator co_await(); };
template <class A>
concept free_awaitable = requires(A&& a) { operator co_await(std::forward<A>(a)); };

template <class A>
decltype(auto) get_awaiter(A&& a) {
  if constexpr (member_awaitable<A>) {
    return std::forward<A>(a).operator co_await();
  } else if constexpr (free_awaitable<A>) {
    return operator co_await(std::forward<A>(a));
  } else {
    return std::forward<A>(a);
  }
}

/// An awaitable of weft's own: its awaiter captures the coroutine itself.
template <class A>
concept own_awaitable = requires { typename std::remove_cvref_t<A>::weft_awaitable; };

}  // namespace weft::detail

namespace weft {

/// Anything that `co_await` takes.
template <class A>
concept awaitable =
    detail::member_awaitable<A> || detail::free_awaitable<A> || detail::awaiter<std::remove_cvref_t<A>>;

/// The type of `co_await std::declval<A>()`.
template <awaitable A>
using await_result =
    decltype(std::declval<std::add_lvalue_reference_t<
                 std::remove_reference_t<decltype(detail::get_awaiter(std::declval<A>()))>>>()
                 .await_resume());

}  // namespace weft
