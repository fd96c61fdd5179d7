#include <weft/sync/async_event.hpp>

#include <weft/base/assert.hpp>
#include <weft/task/completion_source.hpp>

#include <stdexcept>
#include <string>

namespace weft {

using taken_list = detail::intrusive_list<detail::waiter_base>;

manual_reset_event::~manual_reset_event() {
  WEFT_ASSERT(queue_.empty(), "a manual_reset_event was destroyed while coroutines wait for it",
              queue_.users().c_str());
}

value_task<void> manual_reset_event::wait(std::stop_token stop, std::source_location place) {
  if (stop.stop_requested()) {
    return from_canceled<void>(std::move(stop));
  }
  detail::brief_guard held(queue_.guard);
  if (set_) {
    return {};
  }
  return detail::wait_in<void, "manual_reset_event">(queue_, held, std::move(stop), place);
}

void manual_reset_event::set() {
  taken_list taken;
  {
    detail::brief_guard held(queue_.guard);
    set_ = true;
    queue_.take_all(taken);
  }
  detail::complete_all(taken);
}

void manual_reset_event::reset() noexcept {
  detail::brief_guard held(queue_.guard);
  set_ = false;
}

bool manual_reset_event::is_set() const noexcept {
  detail::brief_guard held(queue_.guard);
  return set_;
}

auto_reset_event::~auto_reset_event() {
  WEFT_ASSERT(queue_.empty(), "an auto_reset_event was destroyed while coroutines wait for it",
              queue_.users().c_str());
}

value_task<void> auto_reset_event::wait(std::stop_token stop, std::source_location place) {
  if (stop.stop_requested()) {
    return from_canceled<void>(std::move(stop));
  }
  detail::brief_guard held(queue_.guard);
  if (std::exchange(set_, false)) {
    return {};
  }
  return detail::wait_in<void, "auto_reset_event">(queue_, held, std::move(stop), place);
}

bool auto_reset_event::try_wait() {
  detail::brief_guard held(queue_.guard);
  return std::exchange(set_, false);
}

void auto_reset_event::set() {
  taken_list taken;
  {
    detail::brief_guard held(queue_.guard);
    if (queue_.waiters.empty()) {
      set_ = true;
      return;
    }
    queue_.take_front(taken);
  }
  detail::complete_all(taken);
}

void auto_reset_event::reset() noexcept {
  detail::brief_guard held(queue_.guard);
  set_ = false;
}

bool auto_reset_event::is_set() const noexcept {
  detail::brief_guard held(queue_.guard);
  return set_;
}

async_latch::~async_latch() {
  WEFT_ASSERT(queue_.empty(), "an async_latch was destroyed while coroutines wait for it",
              queue_.users().c_str());
}

void async_latch::count_down(std::size_t n) {
  taken_list taken;
  {
    detail::brief_guard held(queue_.guard);
    if (n > count_) {
      throw invalid_operation("weft: async_latch: counting down by " + std::to_string(n) +
                              " but only " + std::to_string(count_) + " are left");
    }
    count_ -= n;
    if (count_ != 0) {
      return;
    }
    queue_.take_all(taken);
  }
  detail::complete_all(taken);
}

value_task<void> async_latch::wait(std::stop_token stop, std::source_location place) {
  if (stop.stop_requested()) {
    return from_canceled<void>(std::move(stop));
  }
  detail::brief_guard held(queue_.guard);
  if (count_ == 0) {
    return {};
  }
  return detail::wait_in<void, "async_latch">(queue_, held, std::move(stop), place);
}

std::size_t async_latch::current_count() const noexcept {
  detail::brief_guard held(queue_.guard);
  return count_;
}

async_barrier::async_barrier(detail::any_integer participants, work post_phase)
    : participants_(participants.as_count("the number of participants of an async_barrier")),
      post_phase_(std::move(post_phase)) {
  if (participants_ == 0) {
    throw std::invalid_argument("weft: async_barrier needs at least one participant, got 0");
  }
}

async_barrier::~async_barrier() {
  WEFT_ASSERT(queue_.empty(), "an async_barrier was destroyed while coroutines wait for it",
              queue_.users().c_str());
}

value_task<void> async_barrier::arrive_and_wait(std::stop_token stop, std::source_location place) {
  if (stop.stop_requested()) {
    return from_canceled<void>(std::move(stop));
  }
  taken_list taken;
  {
    detail::brief_guard held(queue_.guard);
    if (queue_.count + 1 < participants_) {
      return detail::wait_in<void, "async_barrier">(queue_, held, std::move(stop), place);
    }
    queue_.take_all(taken);
  }
  // The last one. The others wait in `taken`; nobody can arrive for the next phase before they have
  // been let go.
  std::exception_ptr error;
  if (post_phase_) {
    try {
      post_phase_.call_in_place();
    } catch (...) {
      error = std::current_exception();
    }
  }
  {
    detail::brief_guard held(queue_.guard);
    ++phase_;
  }
  if (error == nullptr) {
    detail::complete_all(taken);
    return {};
  }
  detail::job_list ready;
  while (detail::waiter_base* next = taken.pop_front()) {
    static_cast<detail::waiter<void>*>(next)->fail_into(ready, error);
  }
  detail::post_ready(ready);
  return from_exception<void>(error);
}

std::uint64_t async_barrier::current_phase() const noexcept {
  detail::brief_guard held(queue_.guard);
  return phase_;
}

}  // namespace weft
