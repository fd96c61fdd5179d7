#pragma once
/// How the bodies of loops are called, in each of their forms.

#include <weft/parallel/detail/loop.hpp>
#include <weft/task/awaitable.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace weft::detail {

/// A loop body may look at an element, at the state of the loop, and (elements only) at the
/// element's number.
template <class Body, class Element>
concept loop_body =
    std::invocable<Body&, Element> || std::invocable<Body&, Element, parallel_loop_state&> ||
    std::invocable<Body&, Element, parallel_loop_state&, std::int64_t>;

template <class Body, class Element, class Local>
concept local_loop_body = std::is_invocable_r_v<Local, Body&, Element, parallel_loop_state&, Local>;

template <class R>
constexpr void check_body_result() {
  static_assert(!awaitable<R>,
                "weft: the body of this parallel loop returns an awaitable, which the loop would "
                "not await; use parallel_for_each_async");
}

/// True when the body wants the loop's state: it is then looked at after every iteration.
template <class Body, class Element>
inline constexpr bool wants_state = !std::invocable<Body&, Element>;

/// Calls a body with an element alone; `&image::sharpen` is a body as well.
template <class Body, class Element>
decltype(auto) call_plain(Body& body, Element&& element) {
  if constexpr (!std::is_member_pointer_v<Body>) {
    return body(std::forward<Element>(element));
  } else if constexpr (requires { (std::forward<Element>(element).*body)(); }) {
    return (std::forward<Element>(element).*body)();
  } else {
    return ((*std::forward<Element>(element)).*body)();
  }
}

template <class Body, class Element>
void call_body(Body& body, Element&& element, parallel_loop_state& state,
               [[maybe_unused]] std::uint64_t number) {
  if constexpr (std::invocable<Body&, Element>) {
    check_body_result<std::invoke_result_t<Body&, Element>>();
    static_cast<void>(call_plain<Body, Element>(body, std::forward<Element>(element)));
  } else if constexpr (std::invocable<Body&, Element, parallel_loop_state&>) {
    check_body_result<std::invoke_result_t<Body&, Element, parallel_loop_state&>>();
    static_cast<void>(body(std::forward<Element>(element), state));
  } else {
    check_body_result<std::invoke_result_t<Body&, Element, parallel_loop_state&, std::int64_t>>();
    static_cast<void>(
        body(std::forward<Element>(element), state, static_cast<std::int64_t>(number)));
  }
}

/// The loop over offsets 0 … count, `Access(offset)` giving the element.
template <class Body, class Access>
class plain_loop : public loop_core {
 public:
  using element = std::invoke_result_t<const Access&, std::uint64_t>;

  plain_loop(Body& body, Access access, std::uint64_t count, std::int64_t base,
             const parallel_options& options)
      : loop_core(&run, count, base, options, site), body_(body), access_(std::move(access)) {}

 private:
  static void run(loop_core& core, loop_participant& p) {
    auto& self = static_cast<plain_loop&>(core);
    parallel_loop_state state(core);
    while (core.next(p)) {
      if constexpr (wants_state<Body, element>) {
        p.block = 1;
      }
      while (p.first < p.last) {
        const std::uint64_t end = p.last - p.first > p.block ? p.first + p.block : p.last;
        for (std::uint64_t i = p.first; i != end; ++i) {
          if constexpr (wants_state<Body, element>) {
            state.enter(i);
          }
          call_body<Body, element>(self.body_, self.access_(i), state, i);
        }
        p.first = end;
        if (core.signalled()) [[unlikely]] {
          core.attend(p);
        }
      }
    }
  }

  static inline constinit loop_site site{};
  Body& body_;
  const Access access_;
};

/// The same with a value of each participant's own.
template <class Init, class Body, class Finally, class Access>
class local_loop : public loop_core {
 public:
  using local = std::decay_t<std::invoke_result_t<Init&>>;
  using element = std::invoke_result_t<const Access&, std::uint64_t>;

  local_loop(Init& init, Body& body, Finally& finally, Access access, std::uint64_t count,
             std::int64_t base, const parallel_options& options)
      : loop_core(&run, count, base, options, site),
        init_(init),
        body_(body),
        finally_(finally),
        access_(std::move(access)) {}

 private:
  static void run(loop_core& core, loop_participant& p) {
    auto& self = static_cast<local_loop&>(core);
    if (!core.next(p)) {
      return;  // too late for a value of its own
    }
    local value = self.init_();
    try {
      do {
        self.piece(p, value);
      } while (core.next(p));
    } catch (...) {  // the value gets its end all the same
      core.fail(std::current_exception());
    }
    self.finally_(std::move(value));
  }

  void piece(loop_participant& p, local& value) {
    parallel_loop_state state(*this);
    while (p.first < p.last) {
      state.enter(p.first);
      value = body_(access_(p.first), state, std::move(value));
      ++p.first;
      if (signalled()) [[unlikely]] {
        attend(p);
      }
    }
  }

  static inline constinit loop_site site{};
  Init& init_;
  Body& body_;
  Finally& finally_;
  const Access access_;
};

}  // namespace weft::detail
