#pragma once
/// Concepts of what can be awaited, and the type that awaiting it gives.

#include <weft/task/detail/flow.hpp>

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

/// An awaitable of weft's own: its awaiter captures the coroutine itself.
template <class A>
concept own_awaitable = requires { typename std::remove_cvref_t<A>::weft_awaitable; };

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

/// What `await_transform` gives for an `A`: the very object when it is of weft's own. g++ (12.2)
/// copies an awaiter that comes back as an lvalue, or refuses to when it cannot be copied: it gets
/// a stand-in. Awaiters of others are wrapped, so that the values of `async_local`s come back.
template <class A>
struct passing {
  using type = A&&;
};
#if defined(__GNUC__) && !defined(__clang__)
template <own_awaitable A>
  requires(std::is_lvalue_reference_v<A> && !member_awaitable<A> && !free_awaitable<A> &&
           awaiter<std::remove_reference_t<A>>)
struct passing<A> {
  using type = awaiter_reference<std::remove_reference_t<A>>;
};
#endif
template <class A>
  requires(!own_awaitable<A>)
struct passing<A> {
  using type = foreign_awaiter<A, decltype(get_awaiter(std::declval<A>()))>;
};
/// An awaitable whose awaiter wants to know who awaits, also where that need not suspend.
template <class A>
concept wants_owner = own_awaitable<A> && !std::is_lvalue_reference_v<A> &&
                      requires { requires std::remove_cvref_t<A>::awaiter::wants_owner; };
template <wants_owner A>
struct passing<A> {
  using type = typename std::remove_cvref_t<A>::awaiter;
};
template <class A>
using passed_through = typename passing<A>::type;

/// `promise`: of the coroutine that awaits.
template <class A, class Promise>
[[nodiscard]] passed_through<A> pass_through(std::remove_reference_t<A>& a,
                                             [[maybe_unused]] Promise& promise) {
  if constexpr (wants_owner<A>) {
    return static_cast<A&&>(a).awaiter_for(promise);
  } else if constexpr (!own_awaitable<A>) {
    return {static_cast<A&&>(a),
            [](A&& of) -> decltype(auto) { return get_awaiter(static_cast<A&&>(of)); }};
  } else if constexpr (std::is_reference_v<passed_through<A>>) {
    return static_cast<A&&>(a);
  } else {
    return {std::addressof(a)};
  }
}

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
