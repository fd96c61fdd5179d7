#pragma once
/// `continue_with`: what runs when a task has ended.

#include <weft/base/stop_ref.hpp>
#include <weft/task/wait_async.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace weft {

/// When and where a continuation runs. **Source**: TaskContinuationOptions, with the token and the
/// scheduler that .NET takes beside it.
struct task_continuation_options {
  bool only_on_ran_to_completion = false;
  bool only_on_faulted = false;
  bool only_on_canceled = false;
  bool not_on_ran_to_completion = false;
  bool not_on_faulted = false;
  bool not_on_canceled = false;
  /// On the thread that completes the task, inside of that; at once if it has completed.
  bool execute_synchronously = false;
  /// Copied at the call.
  stop_ref stop = {};
  /// Null: the one that is current at the call.
  task_scheduler* scheduler = nullptr;
};

namespace detail {

/// The options, checked, as the continuation keeps them.
class continuation_plan {
 public:
  /// **Throws** `std::invalid_argument` when no end of the task would let it run.
  explicit continuation_plan(const task_continuation_options& options);
  [[nodiscard]] bool runs_after(const task_handle& ended) const;
  /// May it run on this thread, right where the task was completed?
  [[nodiscard]] bool runs_here() const noexcept;
  [[nodiscard]] run_options where() const noexcept { return {false, scheduler_}; }

 private:
  bool not_on_[3];  // by outcome: ran to completion, faulted, canceled
  bool synchronously_;
  task_scheduler* scheduler_;
};

/// `Handle`: a task or a shared_task.
template <class Handle, class F>
run_coroutine<std::invoke_result_t<F&, Handle&>> continue_on(Handle antecedent, F f,
                                                             continuation_plan plan,
                                                             std::stop_token stop) {
  Handle ended(std::move(antecedent));  // let go of before the continuation completes
  // Whoever completes it may have forbidden that anything runs inside of that.
  const bool apart =
      !ended.is_completed() && ended.checked().has_flag(task_core::continuations_asynchronous);
  const wait_end end =
      co_await end_awaiter(ended.checked(), std::chrono::nanoseconds(-1), nullptr, stop);
  if (end == wait_end::stopped || stop.stop_requested() || !plan.runs_after(ended)) {
    throw operation_canceled(stop);
  }
  if (apart || !plan.runs_here()) {
    co_await schedule_awaiter(plan.where(), true);
    throw_if_stopped(stop);
  }
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<F&, Handle&>>) {
      f(ended);
    } else {
      co_return f(ended);
    }
  } catch (const operation_canceled& e) {
    throw_canceled_by(e, stop);
  }
}

}  // namespace detail

template <class T>
template <class F>
  requires std::invocable<F&, task<T>&>
task<std::invoke_result_t<F&, task<T>&>> task<T>::continue_with(
    F f, task_continuation_options options) & {
  return detail::continue_on<task<T>, F>(detail::another_handle(*this), std::move(f),
                                         detail::continuation_plan(options), options.stop.token());
}
template <class T>
template <class F>
  requires std::invocable<F&, task<T>&>
task<std::invoke_result_t<F&, task<T>&>> task<T>::continue_with(
    F f, task_continuation_options options) && {
  checked();
  return detail::continue_on<task<T>, F>(std::move(*this), std::move(f),
                                         detail::continuation_plan(options), options.stop.token());
}

template <class T>
template <class F>
  requires std::invocable<F&, task<T>&>
task<std::invoke_result_t<F&, task<T>&>> task<T>::continue_with(F f) & {
  return continue_with(std::move(f), {});
}
template <class T>
template <class F>
  requires std::invocable<F&, task<T>&>
task<std::invoke_result_t<F&, task<T>&>> task<T>::continue_with(F f) && {
  return std::move(*this).continue_with(std::move(f), {});
}

}  // namespace weft
