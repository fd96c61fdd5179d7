#pragma once
/// `when_any`: the index of the first of several tasks to end. `when_each`: one after another, in
/// the order in which they end.

#include <weft/task/async_generator.hpp>
#include <weft/task/operation.hpp>
#include <weft/task/task.hpp>
#include <weft/task/when_all.hpp>

#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <stop_token>
#include <utility>
#include <vector>

namespace weft {
namespace detail {

/// Waits for the first of `cores` (which must outlive it); takes its awaiters back from the others.
[[nodiscard]] task<std::size_t> first_of(std::unique_ptr<task_core*[]> cores, std::size_t count);

}  // namespace detail

/// Ends when the first of the tasks has ended, even if it faulted or was canceled, and gives its
/// index. The others go on. Takes lvalues only: a loser must not be lost.
/// **Throws** `std::invalid_argument` when there are none.
/// **Lifetime**: the tasks must outlive the await.
/// **Source**: Task.WhenAny.
template <std::derived_from<detail::task_handle>... T>
  requires(sizeof...(T) > 0)
[[nodiscard]] task<std::size_t> when_any(T&... tasks) {
  std::unique_ptr<detail::task_core*[]> cores(
      new detail::task_core* [sizeof...(T)] { &tasks.checked()... });
  return detail::first_of(std::move(cores), sizeof...(T));
}
template <std::ranges::forward_range Range>
  requires std::derived_from<std::ranges::range_value_t<Range>, detail::task_handle> &&
           std::is_lvalue_reference_v<std::ranges::range_reference_t<Range>> &&
           std::ranges::borrowed_range<Range>
[[nodiscard]] task<std::size_t> when_any(Range&& tasks) {
  const auto count = static_cast<std::size_t>(std::ranges::distance(tasks));
  auto cores = std::make_unique<detail::task_core*[]>(count);
  std::size_t i = 0;
  for (auto& t : tasks) {
    cores[i++] = &t.checked();
  }
  return detail::first_of(std::move(cores), count);
}

namespace detail {

class each_queue;

/// The owner's end of the queue that tasks enter as they end.
class each_owner {
 public:
  /// Registers at every core, now. They outlive this.
  each_owner(task_core* const* cores, std::size_t count);
  each_owner(each_owner&& other) noexcept : queue_(std::exchange(other.queue_, nullptr)) {}
  each_owner& operator=(each_owner&&) = delete;
  ~each_owner();

  /// Awaits the index of the next one. Pre: there is one to come; one awaiter at a time.
  class next_awaiter {
   public:
    using weft_awaitable = void;
    next_awaiter(each_queue* queue, const std::stop_token& stop) noexcept
        : queue_(queue), stop_(&stop) {}
    [[nodiscard]] bool await_ready() const noexcept;
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
      job* self = capture(handle, edge_to(&what), resume_where::captured, &disposed_);
      if (wait(queue_, self)) {
        return true;
      }
      release_capture(self);
      return false;
    }
    /// **Throws** `operation_canceled`.
    std::size_t await_resume();

   private:
    [[nodiscard]] static bool wait(each_queue* queue, job* self) noexcept;
    static constexpr waitable what{"when_each"};
    each_queue* queue_;
    const std::stop_token* stop_;
    bool disposed_ = false;
  };
  [[nodiscard]] next_awaiter next(const std::stop_token& stop) const noexcept {
    return {queue_, stop};
  }
  /// Wakes the awaiter.
  void stop() const noexcept;

 private:
  each_queue* queue_;
};

template <class T>
[[nodiscard]] each_owner watch_each(const std::vector<task<T>*>& tasks) {
  std::vector<task_core*> cores;
  cores.reserve(tasks.size());
  for (task<T>* t : tasks) {
    cores.push_back(&t->checked());
  }
  return {cores.data(), cores.size()};
}

/// `kept`: what `tasks` points to, unless that is the caller's.
template <class T>
async_generator<task<T>&> give_each(std::vector<task<T>*> tasks, std::vector<task<T>> kept,
                                    each_owner ended, std::stop_token stop) {
  static_cast<void>(kept);
  auto wake = [&ended]() noexcept { ended.stop(); };
  const std::stop_callback<decltype(wake)> on_stop(stop, wake);
  for (std::size_t left = tasks.size(); left != 0; --left) {
    const std::size_t index = co_await ended.next(stop);
    co_yield *tasks[index];
  }
}

template <class T>
[[nodiscard]] async_generator<task<T>&> give_each_of(std::vector<task<T>> kept) {
  std::vector<task<T>*> tasks;
  tasks.reserve(kept.size());
  for (auto& t : kept) {
    tasks.push_back(&t);
  }
  each_owner ended = watch_each<T>(tasks);
  return give_each<T>(std::move(tasks), std::move(kept), std::move(ended), {});
}

}  // namespace detail

/// Gives the tasks as they end, in whatever way: `auto* t = co_await g.next()`, then `t->result()`
/// or `co_await std::move(*t)`. The order is that of their ends since the call.
/// A range by value (of any awaitables; cold ones start here, one after another) is kept by the
/// generator; an lvalue range of tasks, a view of them, or lvalue tasks stay the caller's and must
/// outlive it.
/// **Cancellation**: `with_cancellation`; looked at before each wait. **Thread-safety**: as every
/// generator.
/// **Cost**: one allocation for all; O(1) a task. **Source**: Task.WhenEach.
template <std::ranges::input_range Range>
  requires awaitable<std::ranges::range_value_t<Range>>
[[nodiscard]] auto when_each(Range&& range) {
  using element = std::ranges::range_reference_t<Range>;
  constexpr bool shows = detail::shows_tasks<Range>;
  using task_type = std::remove_cvref_t<decltype(detail::join_argument(
      std::declval<std::ranges::range_value_t<Range>>()))>;
  if constexpr (!shows || !std::ranges::borrowed_range<Range>) {
    std::vector<task_type> kept;
    for (element&& e : range) {
      if constexpr (shows) {
        kept.push_back(detail::another_handle(e));
      } else {
        kept.push_back(detail::join_element<Range>(e));
      }
    }
    return detail::give_each_of(std::move(kept));
  } else {
    std::vector<task_type*> tasks;
    for (auto& t : range) {
      tasks.push_back(&t);
    }
    using T = typename task_type::value_type;
    detail::each_owner ended = detail::watch_each<T>(tasks);
    return detail::give_each<T>(std::move(tasks), {}, std::move(ended), {});
  }
}
template <class T, std::same_as<task<T>>... More>
[[nodiscard]] async_generator<task<T>&> when_each(task<T>& first, More&... more) {
  std::vector<task<T>*> tasks{&first, &more...};
  detail::each_owner ended = detail::watch_each<T>(tasks);
  return detail::give_each<T>(std::move(tasks), {}, std::move(ended), {});
}

}  // namespace weft
