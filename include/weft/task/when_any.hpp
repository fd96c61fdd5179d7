#pragma once
/// `when_any`: the index of the first of several tasks to end.

#include <weft/task/operation.hpp>
#include <weft/task/task.hpp>

#include <iterator>
#include <memory>

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
template <class... T>
  requires(sizeof...(T) > 0)
[[nodiscard]] task<std::size_t> when_any(task<T>&... tasks) {
  std::unique_ptr<detail::task_core*[]> cores(
      new detail::task_core* [sizeof...(T)] { &tasks.checked()... });
  return detail::first_of(std::move(cores), sizeof...(T));
}
template <std::ranges::forward_range Range>
  requires std::derived_from<std::ranges::range_value_t<Range>, detail::task_handle> &&
           std::is_lvalue_reference_v<std::ranges::range_reference_t<Range>>
[[nodiscard]] task<std::size_t> when_any(Range& tasks) {
  const auto count = static_cast<std::size_t>(std::ranges::distance(tasks));
  auto cores = std::make_unique<detail::task_core*[]>(count);
  std::size_t i = 0;
  for (auto& t : tasks) {
    cores[i++] = &t.checked();
  }
  return detail::first_of(std::move(cores), count);
}

}  // namespace weft
