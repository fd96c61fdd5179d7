#include <weft/parallel/loop_state.hpp>

#include <weft/base/error.hpp>
#include <weft/parallel/detail/loop.hpp>

namespace weft {

using detail::loop_core;

void parallel_loop_state::stop() {
  // order: relaxed; requests to end publish nothing, here and below.
  const std::uint32_t before =
      loop_->signal_.fetch_or(loop_core::stopped, std::memory_order_relaxed);
  if ((before & loop_core::broken) != 0) {
    // order: relaxed; as above.
    loop_->signal_.fetch_and(~std::uint32_t{loop_core::stopped}, std::memory_order_relaxed);
    detail::throw_invalid_operation(
        "weft: stop was called in a loop that break_loop was called in");
  }
}

void parallel_loop_state::break_loop() {
  // order: relaxed; as in stop.
  if ((loop_->signal_.load(std::memory_order_relaxed) & loop_core::stopped) != 0) {
    detail::throw_invalid_operation(
        "weft: break_loop was called in a loop that stop was called in");
  }
  loop_->break_at(offset_);
}

bool parallel_loop_state::is_stopped() const noexcept {
  // order: relaxed; a request to end.
  return (loop_->signal_.load(std::memory_order_relaxed) & loop_core::stopped) != 0;
}

bool parallel_loop_state::is_exceptional() const noexcept {
  // order: relaxed; a request to end.
  return (loop_->signal_.load(std::memory_order_relaxed) & loop_core::exceptional) != 0;
}

std::optional<std::int64_t> parallel_loop_state::lowest_break_iteration() const noexcept {
  // order: acquire; pairs with release in loop_core::break_at: the iteration, once the bit is seen.
  if ((loop_->signal_.load(std::memory_order_acquire) & loop_core::broken) == 0) {
    return std::nullopt;
  }
  // order: relaxed; ordered by the bit.
  return loop_->index_of(loop_->lowest_break_.load(std::memory_order_relaxed));
}

bool parallel_loop_state::should_exit_current_iteration() const noexcept {
  // order: relaxed; a request to end.
  const std::uint32_t signal = loop_->signal_.load(std::memory_order_relaxed);
  return (signal & loop_core::ending) != 0 || loop_->stop_requested() || loop_->limit() < offset_;
}

}  // namespace weft
