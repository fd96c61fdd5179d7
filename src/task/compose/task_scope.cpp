#include <weft/task/task_scope.hpp>

namespace weft {

void task_scope::cancel() noexcept {
  stop_.request_stop();
}

void task_scope::enter(const std::source_location& place) {
  // order: relaxed; only a count that is not zero is used, whose holder keeps the scope.
  std::size_t running = running_.load(std::memory_order_relaxed);
  do {
    if (running == 0) {
      detail::throw_scope_ended(place);
    }
    // order: relaxed; as above.
  } while (!running_.compare_exchange_weak(running, running + 1, std::memory_order_relaxed,
                                           std::memory_order_relaxed));
}

void task_scope::watch(detail::task_handle& t) {
  auto* node = detail::frame_new<child>();
  node->run = &child_ended;
  node->drop = &detail::action_marker;
  node->scope = this;
  node->core = &t.checked();
  node->core->add_handle();
  if (!node->core->try_add_awaiter(node)) {
    child_ended(node);
  }
}

void task_scope::child_ended(detail::job* self) noexcept {
  auto* node = static_cast<child*>(self);
  task_scope* scope = node->scope;
  {
    // The last handle, if the one of spawn was dropped: what the child kept goes here, before the
    // scope can end.
    const detail::task_handle ended(node->core);
    scope->note_end(ended);
  }
  detail::frame_delete(node);
  scope->leave();
}

void task_scope::note_end(const detail::task_handle& ended) {
  if (ended.is_completed_successfully()) {
    return;
  }
  const bool asked = stop_.stop_requested();
  const bool faulted = ended.is_faulted();
  auto errors = ended.exceptions();  // taken: not reported as unobserved
  {
    const detail::lock_guard guard(lock_);
    if (faulted) {
      faults_.insert(faults_.end(), errors.begin(), errors.end());
    } else if (asked) {
      was_asked_ = true;
    } else if (canceled_ == nullptr) {
      canceled_ = detail::first_error_of(ended.checked());
    }
  }
  if (faulted || !asked) {
    stop_.request_stop();
  }
}

void task_scope::leave() noexcept {
  // order: acq_rel; release publishes what this child did, acquire (for the last one) that of all,
  // and the coroutine that waits.
  if (running_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    detail::mark_resumable(waiting_);
    detail::resume(waiting_);
  }
}

bool task_scope::wait(detail::job* self) noexcept {
  waiting_ = self;
  // order: acq_rel; release publishes the coroutine to leave; acquire as there.
  return running_.fetch_sub(1, std::memory_order_acq_rel) != 1;
}

void task_scope::throw_failures() {
  if (!faults_.empty()) {
    throw detail::run_faults{std::move(faults_)};
  }
  if (canceled_ != nullptr) {
    std::rethrow_exception(canceled_);
  }
  if (was_asked_ && outer_.stop_requested()) {
    throw operation_canceled(outer_);
  }
}

}  // namespace weft
