#pragma once
/// What a body can ask and say while it is simulated; `simulate`: one run on virtual time.

#include <weft/task/run.hpp>
#include <weft/testkit/report.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

namespace weft::testkit {

/// Does this thread run a simulation?
[[nodiscard]] bool in_simulation() noexcept;

/// Virtual time since the run began. **Pre**: in a simulation.
[[nodiscard]] std::chrono::nanoseconds elapsed();

/// A number below `n` that the schedule decides: explored, recorded, replayed and shrunk (towards
/// 0) as the order of tasks is. **Pre**: in a simulation, `n` > 0.
[[nodiscard]] std::uint32_t choose(std::uint32_t n);
/// True once in about `one_in` times; exploring looks at both. 0: never.
[[nodiscard]] bool chance(std::uint32_t one_in);

/// A random number that follows from the run's seed alone. **Pre**: in a simulation.
[[nodiscard]] std::uint64_t random();

/// Fails the run with `text` and the caller's place when `holds` is false: throws what `explore`
/// reports. For frameworks whose own checks do not throw.
void require(bool holds, const char* text = "a requirement does not hold",
             std::source_location place = std::source_location::current());

namespace detail {
struct interleave_awaiter : weft::detail::yield_awaiter {
  [[nodiscard]] static bool await_ready() noexcept { return !in_simulation(); }
};

template <class F, class... Args>
task<> call_as_task(F& f, Args... args) {
  using called = std::invoke_result_t<F&, Args...>;
  if constexpr (awaitable<called>) {
    auto work = std::invoke(f, std::move(args)...);
    co_await std::move(work);
  } else {
    std::invoke(f, std::move(args)...);
    co_return;
  }
}
/// `f()` as the task that a run waits for.
template <class F, class... Args>
[[nodiscard]] task<> start(F& f, Args... args) {
  if constexpr (std::same_as<std::invoke_result_t<F&, Args...>, task<>>) {
    return std::invoke(f, std::move(args)...);
  } else {
    return call_as_task(f, std::move(args)...);
  }
}
void simulate_once(weft::detail::function_ref<task<>()> body, const options& how);
}  // namespace detail

/// `co_await interleave()`: in a simulation others may run here, elsewhere it is nothing. For code
/// that threads would interleave at a place where it has no await.
[[nodiscard]] inline detail::interleave_awaiter interleave() noexcept {
  return {};
}

/// Runs `body` (a function, or one that returns an awaitable) once: on this thread, first come,
/// first served, on virtual time, where an hour of `delay` takes no longer than its timer.
/// **Returns** what the body gives. **Throws** what leaves it; `simulation_failed` for everything
/// else that counts as a failure.
template <class F>
auto simulate(F body, options how = {}) {
  using called = std::invoke_result_t<F&>;
  using result = typename weft::detail::unwrapped<called>::type;
  if constexpr (std::is_void_v<result>) {
    detail::simulate_once([&] { return detail::start(body); }, how);
  } else {
    std::optional<result> given;
    auto storing = [&body, &given]() -> task<> {
      if constexpr (awaitable<called>) {
        auto work = body();
        given.emplace(co_await std::move(work));
      } else {
        given.emplace(body());
        co_return;
      }
    };
    detail::simulate_once([&] { return storing(); }, how);
    return std::move(*given);
  }
}

}  // namespace weft::testkit
