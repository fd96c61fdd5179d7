#include <weft/time/timer_service.hpp>

namespace weft::detail {

timer_service::timer_service(void (*changed)(void*) noexcept, void* context,
                             unsigned tick_shift) noexcept
    : changed_(changed),
      context_(context),
      wheel_(monotonic_ns(), tick_shift),
      announced_ns_(timer_wheel::never) {}

void timer_service::add(timer_node& node, std::int64_t due_ns) noexcept {
  bool nearer = false;
  {
    brief_guard guard(lock_);
    node.due_ns = due_ns;
    wheel_.insert(node);
    ++changes_;
    if (due_ns < announced_ns_) {
      announced_ns_ = due_ns;
      nearer = true;
      // order: relaxed; only a hint for has_due, the waiting thread is woken below.
      next_ns_.store(due_ns, std::memory_order_relaxed);
    }
  }
  if (nearer) {
    changed_(context_);
  }
}

bool timer_service::cancel(timer_node& node) noexcept {
  brief_guard guard(lock_);
  if (node.due_ns == fired || !node.is_linked()) {
    return false;
  }
  wheel_.remove(node);
  ++changes_;
  return true;
}

void timer_service::expire(job_list& ready) noexcept {
  timer_list expired;
  {
    brief_guard guard(lock_);
    wheel_.advance(monotonic_ns(), expired);
    announced_ns_ = wheel_.next_due();
    // order: relaxed; a hint, see add.
    next_ns_.store(announced_ns_, std::memory_order_relaxed);
    for (timer_node& node : expired) {
      node.due_ns = fired;  // from here on cancel leaves it alone
      ++changes_;
    }
  }
  while (timer_node* node = expired.pop_front()) {
    node->fire(node, ready);
  }
}

std::int64_t timer_service::wait_ns() noexcept {
  brief_guard guard(lock_);
  announced_ns_ = wheel_.next_due();
  if (announced_ns_ == timer_wheel::never) {
    return -1;
  }
  const std::int64_t wait = announced_ns_ - monotonic_ns();
  return wait > 0 ? wait : 0;
}

bool timer_service::has_due() noexcept {
  // order: relaxed; a hint: a due time that is seen late is seen at the next look.
  const std::int64_t next = next_ns_.load(std::memory_order_relaxed);
  return next != timer_wheel::never && next <= monotonic_ns();
}

std::size_t timer_service::size() noexcept {
  return count().armed;
}

timer_service::tally timer_service::count() noexcept {
  brief_guard guard(lock_);
  return {wheel_.size(), changes_};
}

}  // namespace weft::detail
