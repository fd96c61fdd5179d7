#pragma once
/// Concepts of what can be awaited, and the type that awaiting it gives.

#include <concepts>
#include <coroutine>
#include <memory>
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

/// Stands for an awaiter that lives elsewhere.
template <class A>
struct awaiter_reference {
  A* it;
  [[nodiscard]] auto await_ready() { return it->await_ready(); }
  template <class Promise>
  auto await_suspend(std::coroutine_handle<Promise> handle) {
    return it->await_suspend(handle);
  }
  decltype(auto) await_resume() { return it->await_resume(); }
};

/// What `await_transform` gives for an `A`: the very object. g++ (12.2) copies an awaiter that
/// comes back as an lvalue, or refuses to when it cannot be copied: it gets a stand-in.
#if defined(__GNUC__) && !defined(__clang__)
template <class A>
using passed_through =
    std::conditional_t<std::is_lvalue_reference_v<A> && !member_awaitable<A> &&
                           !free_awaitable<A> && awaiter<std::remove_reference_t<A>>,
                       awaiter_reference<std::remove_reference_t<A>>, A&&>;
template <class A>
[[nodiscard]] passed_through<A> pass_through(std::remove_reference_t<A>& a) noexcept {
  if constexpr (std::is_reference_v<passed_through<A>>) {
    return static_cast<A&&>(a);
  } else {
    return {std::addressof(a)};
  }
}
#else
template <class A>
using passed_through = A&&;
template <class A>
[[nodiscard]] constexpr A&& pass_through(std::remove_reference_t<A>& a) noexcept {
  return static_cast<A&&>(a);
}
#endif

/// An awaitable of weft's own: its awaiter captures the coroutine itself.
template <class A>
concept own_awaitable = requires { typename std::remove_cvref_t<A>::weft_awaitable; };

}  // namespace weft::detail

namespace weft {

/// Anything that `co_await` takes.
template <class A>
concept awaitable = detail::member_awaitable<A> || detail::free_awaitable<A> ||
                    detail::awaiter<std::remove_cvref_t<A>>;

/// The type of `co_await std::declval<A>()`.
template <awaitable A>
using await_result =
    decltype(std::declval<std::add_lvalue_reference_t<
                 std::remove_reference_t<decltype(detail::get_awaiter(std::declval<A>()))>>>()
                 .await_resume());

}  // namespace weft
