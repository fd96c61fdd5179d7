#pragma once
/// `explore` and `check`: many schedules of one body. `replay`: one of them again.
/// `sweep_cancellation`: a stop request at every await.

#include <weft/testkit/simulation.hpp>

#include <stop_token>
#include <string_view>

namespace weft::testkit {

namespace detail {
[[nodiscard]] report explore(weft::detail::function_ref<task<>()> body, const options& how);
[[nodiscard]] report replay(weft::detail::function_ref<task<>()> body, std::string_view schedule,
                            const options& how);
[[nodiscard]] report sweep(weft::detail::function_ref<task<>(std::stop_token)> body,
                           const options& how);
[[nodiscard]] report replay_sweep(weft::detail::function_ref<task<>(std::stop_token)> body,
                                  std::string_view schedule, const options& how);
void throw_if_failed(report found);
}  // namespace detail

/// Runs `body` (a function, or one that returns an awaitable) under many schedules, each from the
/// start, until one fails. What tasks share is made inside the body: each run needs its own, and
/// what a failed run leaves suspended must not be destroyed under it.
///
/// Every resumption is a choice: which of those that are ready goes on next. The code between two
/// awaits runs in one piece. The virtual clock moves only when nothing is ready. In the
/// environment, `WEFT_TESTKIT_REPLAY` names one schedule to run instead (`report::replay_line`).
/// **Throws** `invalid_operation` inside a simulation and on a thread of a pool.
/// **Lifetime**: a run that does not end leaves its suspended coroutines behind, for good.
/// **Cost**: some microseconds a run; with `run_twice` two runs a schedule.
template <class F>
[[nodiscard]] report explore(F body, options how = {}) {
  return detail::explore([&] { return detail::start(body); }, how);
}

/// The same. **Throws** `simulation_failed` when a schedule fails: what test frameworks want.
template <class F>
void check(F body, options how = {}) {
  detail::throw_if_failed(explore(std::move(body), how));
}

/// Runs the schedule that a report gave (`report::schedule`), exactly.
/// **Throws** `std::invalid_argument` when `schedule` is none.
template <class F>
[[nodiscard]] report replay(F body, std::string_view schedule, options how = {}) {
  return detail::replay([&] { return detail::start(body); }, schedule, how);
}

/// Runs `body(token)` once undisturbed, and then again for every await that it and its tasks came
/// to, with a stop request right behind that one; and once with a request before it starts. Each
/// first come, first served, and as often by other schedules as `how.schedules` leaves room for.
/// That the body ends canceled is no failure; everything else is as in `explore`.
template <class F>
[[nodiscard]] report sweep_cancellation(F body, options how = {}) {
  return detail::sweep([&](std::stop_token stop) { return detail::start(body, std::move(stop)); },
                       how);
}
/// The same. **Throws** `simulation_failed`.
template <class F>
void check_cancellation(F body, options how = {}) {
  detail::throw_if_failed(sweep_cancellation(std::move(body), how));
}
/// Runs a schedule of a sweep's report.
template <class F>
[[nodiscard]] report replay_cancellation(F body, std::string_view schedule, options how = {}) {
  return detail::replay_sweep(
      [&](std::stop_token stop) { return detail::start(body, std::move(stop)); }, schedule, how);
}

}  // namespace weft::testkit
