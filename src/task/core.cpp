#include <weft/task/core.hpp>

#include <weft/base/assert.hpp>
#include <weft/base/error.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/task/suspension.hpp>
#include <weft/task/unobserved.hpp>
#include <weft/trace/event.hpp>

#include "deadlock/deadlock.hpp"

namespace weft::detail {

bool task_core::try_add_awaiter(job* awaiter) noexcept {
  // order: acquire; pairs with release in finish. On "completed" the caller reads the result next.
  std::uintptr_t s = state_.load(std::memory_order_acquire);
  for (;;) {
    if ((s & completed_bit) != 0) {
      return false;
    }
    if ((s & locked_bit) != 0) {
      cpu_relax();
      // order: acquire; pairs with release in finish, as above.
      s = state_.load(std::memory_order_acquire);
      continue;
    }
    const std::uintptr_t first = s & pointer_mask;
    if (first != 0) {
      // order: relaxed; the exchange below publishes it to whoever sees the completion.
      handles_.fetch_or(several_awaiters, std::memory_order_relaxed);
    }
    awaiter->next = reinterpret_cast<job*>(first);
    const std::uintptr_t desired = reinterpret_cast<std::uintptr_t>(awaiter) | (s & ~pointer_mask);
    // order: release; publishes the awaiter's frame, pairs with acquire in publish; acquire on
    // failure, for the result.
    if (state_.compare_exchange_weak(s, desired, std::memory_order_release,
                                     std::memory_order_acquire)) {
      return true;
    }
  }
}

namespace {

[[gnu::noinline]] bool not_suspended(job* self) noexcept {
  release_capture(self);
  return false;
}

[[gnu::noinline]] bool add_awaiter_slowly(task_core& core, job* self, promise_base& promise) {
  try {
    forbid_circle(promise, self, core);
  } catch (...) {
    release_capture(self);
    throw;
  }
  return core.try_add_awaiter(self) || not_suspended(self);
}

}  // namespace

bool add_awaiter(task_core& core, job* self, promise_base& promise, bool known) {
  if (core.leads_on(known)) [[unlikely]] {
    return add_awaiter_slowly(core, self, promise);
  }
  return core.try_add_awaiter(self) || not_suspended(self);
}

// A coroutine that others may know, resumed by the worker itself, has nobody below it on the stack
// who would go on while it waits: then what it awaits may run in its place. It is taken from the
// worker exactly when the worker's loop would take it.
job* add_awaiter_or_run(task_core& core, job* self, promise_base& promise, bool known) {
  thread_state& t = this_thread();
  if (known && t.queue != nullptr && t.inline_depth == 0 && t.is_plain() && !trace::any_hook() &&
      core.what() == task_core::kind::coroutine && core.expects_only_awaiter()) {
    worker_queue& q = *t.queue;
    job* const frame = core.promise()->frame();
    // order: relaxed, both; written by this thread, but for thieves that make `next` null.
    const std::uint32_t tick = q.tick.load(std::memory_order_relaxed) + 1;
    if (q.next.load(std::memory_order_relaxed) == frame && tick % fairness_period != 0 &&
        tick % most_nexts != 0 &&
        // order: acquire; pairs with hand_over, as in take_next. This thread or a thief gets it.
        q.next.exchange(nullptr, std::memory_order_acquire) == frame) {
      q.tick.store(tick, std::memory_order_relaxed);  // order: relaxed; as above
      core.add_only_awaiter(self);
      return frame;
    }
  }
  return add_awaiter(core, self, promise, known) ? nullptr : promise.frame();
}

bool task_core::remove_awaiter(job* awaiter) noexcept {
  // order: relaxed; the exchange below reads it again with acquire. That it has completed says only
  // that the awaiter is run: who waits for that is told by the awaiter.
  std::uintptr_t s = state_.load(std::memory_order_relaxed);
  for (;;) {
    if ((s & completed_bit) != 0) {
      return false;
    }
    if ((s & locked_bit) != 0) {
      cpu_relax();
      // order: relaxed; as above.
      s = state_.load(std::memory_order_relaxed);
      continue;
    }
    // order: acquire; pairs with release in try_add_awaiter and below: the links of the list are
    // followed. Nobody adds, removes or completes while it is locked.
    if (state_.compare_exchange_weak(s, s | locked_bit, std::memory_order_acquire,
                                     std::memory_order_relaxed)) {
      break;
    }
  }
  auto* first = reinterpret_cast<job*>(s & pointer_mask);
  bool found = false;
  if (first == awaiter) {
    first = awaiter->next;
    found = true;
  } else {
    for (job* at = first; at != nullptr; at = at->next) {
      if (at->next == awaiter) {
        at->next = awaiter->next;
        found = true;
        break;
      }
    }
  }
  // The abandoned bit may have come meanwhile: only the pointer and the lock change.
  const std::uintptr_t change =
      (s & pointer_mask) ^ reinterpret_cast<std::uintptr_t>(first) ^ locked_bit;
  // order: release; pairs with acquire in the exchange above and in publish. Publishes the links.
  state_.fetch_xor(change, std::memory_order_release);
  return found;
}

std::uintptr_t task_core::publish(outcome how) noexcept {
  const std::uintptr_t done = completed_bit | (static_cast<std::uintptr_t>(how) << outcome_shift);
  // order: acquire; pairs with release in expect_only_awaiter. Whoever stood in the word before has
  // gone, so whoever stands there now is the only one.
  if ((handles_.load(std::memory_order_acquire) & only_awaiter) != 0) {
    // order: acquire; pairs with release in try_add_awaiter. For the awaiter.
    const std::uintptr_t s = state_.load(std::memory_order_acquire);
    if ((s & pointer_mask) != 0) {
      // Nobody adds, removes or abandons any more.
      // order: relaxed; read by this awaiter only, to which what resumes it orders it.
      state_.store(done, std::memory_order_relaxed);
      return s;
    }
  }
  // order: relaxed; the exchange below reads it again with acquire.
  std::uintptr_t s = state_.load(std::memory_order_relaxed);
  for (;;) {
    if ((s & locked_bit) != 0) {
      cpu_relax();
      // order: relaxed; as above.
      s = state_.load(std::memory_order_relaxed);
      continue;
    }
    WEFT_ASSERT((s & completed_bit) == 0, "a task was completed twice", s);
    // order: acq_rel; release publishes the result, pairs with acquire in is_completed; acquire for
    // the awaiters.
    if (state_.compare_exchange_weak(s, done | (s & abandoned_bit), std::memory_order_acq_rel,
                                     std::memory_order_relaxed)) {
      return s;
    }
  }
}

namespace {

void trace_completed(task_core* core, outcome how) noexcept {
  const void* subject = core->what() == task_core::kind::coroutine
                            ? static_cast<const void*>(core->promise())
                            : static_cast<const void*>(core);
  trace::emit(trace::event::task_completed, subject, {}, nullptr, static_cast<std::uint64_t>(how));
}

/// The list as registered: newest first. Gives it oldest first, each awaiter marked as running
/// again.
job* oldest_first(job* newest) noexcept {
  job* oldest = nullptr;
  while (newest != nullptr) {
    job* next = newest->next;
    mark_resumable(newest);
    newest->next = oldest;
    oldest = newest;
    newest = next;
  }
  return oldest;
}

}  // namespace

/// `finish_coroutine` where others know the task, or something else has to be done.
job* task_core::finish_suspended(outcome how) noexcept {
  if (trace::any_hook()) [[unlikely]] {
    return finish_hooked(how);
  }
  job* first = finish_published(how);
  if (first == nullptr) {
    return nullptr;
  }
  if (first->drop == &action_marker || this_thread().is_plain()) {
    return first;
  }
  resume(first);
  return nullptr;
}

/// The same while events are traced or values flow.
job* task_core::finish_hooked(outcome how) noexcept {
  if (trace::enabled()) {
    trace_completed(this, how);
  }
  const bool called = trace::flowing() && leave_call();
  if (!published_) {
    // order: release; as in finish_coroutine.
    state_.store(completed_bit | (static_cast<std::uintptr_t>(how) << outcome_shift),
                 std::memory_order_release);
    return nullptr;
  }
  job* first = finish_published(how);
  if (first == nullptr) {
    return nullptr;
  }
  // A caller of this coroutine that comes next on this stack has its values back already: the
  // awaiter must not run in its place.
  if (!called && (first->drop == &action_marker || this_thread().is_plain())) {
    return first->drop == &action_marker ? first : transfer_target(first);
  }
  resume(first);
  return nullptr;
}

/// Resumes the awaiters after the first one, in order. Those that go to the default pool go there
/// together: there may be thousands.
[[gnu::noinline]] static void resume_others(job* item) noexcept {
  job_list together;
  const auto post_together = [&together] {
    if (!together.empty()) {
      runtime().post_all(together.take());
    }
  };
  while (item != nullptr) {
    job* next = item->next;
    if (item->drop == &action_marker ||
        (item->drop == &suspension_marker && static_cast<suspension*>(item)->target != nullptr)) {
      post_together();
      resume_rest(item);
    } else {
      together.push_back(item);
    }
    item = next;
  }
  post_together();
}

/// Publishes the outcome, and posts the awaiters but the first, which it gives. The core may be
/// gone afterwards.
[[gnu::always_inline]] inline job* task_core::finish_published(outcome how) noexcept {
  const std::uintptr_t old = publish(how);
  if ((old & pointer_mask) == 0) {
    if ((old & abandoned_bit) != 0) {
      destroy_reporting(how);
    }
    return nullptr;
  }
  // Before the core can be freed: an edge that stands leads to a core that is there.
  job* first = oldest_first(reinterpret_cast<job*>(old & pointer_mask));
  if ((old & abandoned_bit) != 0) [[unlikely]] {
    destroy_reporting(how);
  }
  if (first->next != nullptr) {
    resume_others(first->next);
  }
  return first;
}

void note_created(task_core* core, std::source_location place) noexcept {
  if (trace::enabled()) {
    trace::emit(trace::event::task_created, core, place);
  }
  if (trace::flowing()) {
    enter_call();
  }
}

void task_core::finish(outcome how) noexcept {
  if (trace::enabled()) [[unlikely]] {
    trace_completed(this, how);
  }
  const bool asynchronous = has_flag(continuations_asynchronous);
  job* first = finish_published(how);
  if (first == nullptr) {
    return;
  }
  if (asynchronous) {
    resume_rest(first);
  } else {
    resume(first);
  }
}

void task_core::finish_into(outcome how, job_list& ready) noexcept {
  if (trace::enabled()) [[unlikely]] {
    trace_completed(this, how);
  }
  const std::uintptr_t old = publish(how);
  if ((old & abandoned_bit) != 0) {
    destroy_reporting(how);
  }
  for (job* at = oldest_first(reinterpret_cast<job*>(old & pointer_mask)); at != nullptr;) {
    job* next = at->next;
    ready.push_back(at);
    at = next;
  }
}

/// `release_handle` of all but a lone handle of a coroutine that gave a value.
void task_core::release_shared() noexcept {
  // order: acquire; pairs with release in the fetch_sub below. Alone: what former holders did is
  // over.
  std::uint32_t h = handles_.load(std::memory_order_acquire);
  if ((h & (count_mask | source_alive)) != 1) {
    // order: acq_rel; release publishes what this holder did to the last one; acquire for being the
    // last one.
    h = handles_.fetch_sub(1, std::memory_order_acq_rel);
    if ((h & (count_mask | source_alive)) != 1) {
      return;
    }
  }
  // order: acquire; pairs with release in finish. The result is destroyed next.
  std::uintptr_t s = state_.load(std::memory_order_acquire);
  if ((s & completed_bit) == 0) {
    if (kind_ != kind::coroutine && ops()->abandon != nullptr) {
      ops()->abandon(this);  // while it is still ours
    }
    // order: acq_rel; release hands the core to whoever completes it; acquire when that has
    // happened meanwhile.
    s = state_.fetch_or(abandoned_bit, std::memory_order_acq_rel);
    if ((s & completed_bit) == 0) {
      return;
    }
  }
  destroy_reporting(static_cast<outcome>((s >> outcome_shift) & 3));
}

void task_core::release_source() noexcept {
  // order: acq_rel; as in release_shared.
  const std::uint32_t h = handles_.fetch_and(~source_alive, std::memory_order_acq_rel);
  if ((h & count_mask) == 0) {
    destroy_reporting(how());
  }
}

void task_core::destroy_reporting(outcome how) noexcept {
  if (how == outcome::fault || how == outcome::faults) {
    // order: relaxed; whoever observed it did so through a handle, given back before this one.
    if ((state_.load(std::memory_order_relaxed) & observed_bit) == 0) {
      report_unobserved(*this);
    }
  }
  if (kind_ == kind::coroutine) {
    promise()->frame()->drop(promise()->frame());
  } else {
    ops()->destroy(this);
  }
}

const std::exception_ptr& first_error_of(const task_core& core) noexcept {
  // The union lies at the same place whatever the value type is, see result_core.
  return static_cast<const result_core<no_value>&>(core).first_error();
}

outcome outcome_of(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const operation_canceled&) {
    return outcome::canceled;
  } catch (...) {
    return outcome::fault;
  }
}

outcome outcome_of_current_exception() noexcept {
  try {
    throw;
  } catch (const operation_canceled&) {
    return outcome::canceled;
  } catch (...) {
    return outcome::fault;
  }
}

}  // namespace weft::detail
