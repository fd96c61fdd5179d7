#include <weft/sync/waiter.hpp>

#include <weft/task/runtime_slot.hpp>

namespace weft::detail {

void post_ready(job_list ready) noexcept {
  if (!ready.empty()) {
    runtime().hand_over(ready);
  }
}

void complete_all(intrusive_list<waiter_base>& taken) noexcept {
  job_list ready;
  while (waiter_base* next = taken.pop_front()) {
    static_cast<waiter<void>*>(next)->complete_into(ready);
  }
  post_ready(ready);
}

void withdraw(waiter_base& waiter) noexcept {
  {
    lock_guard held(waiter.queue->guard);
    if (waiter.handed_over || !waiter.is_linked()) {
      return;  // handed over already: its end is on the way
    }
    waiter.unlink();
    --waiter.queue->count;
  }
  job_list ready;
  waiter.cancel(ready);
  post_ready(ready);
}

}  // namespace weft::detail
