#include <weft/sync/waiter.hpp>

#include <weft/task/runtime_slot.hpp>

#include "../task/place.hpp"

namespace weft::detail {

wait_queue::~wait_queue() {
  // order: relaxed; nobody uses it any more.
  if (owned_waitable* made = owner.load(std::memory_order_relaxed)) {
    frame_delete(made);
  }
}

std::string wait_queue::users() {
  constexpr std::size_t most = 8;  // a report of thousands helps nobody
  std::string text;
  // order: acquire; pairs with release in make_owner.
  if (const owned_waitable* made = owner.load(std::memory_order_acquire)) {
    // order: acquire; as above.
    const auto holder = made->owner.load(std::memory_order_acquire);
    if (holder != 0) {
      text = "held by " + describe(reinterpret_cast<const promise_base*>(holder)->place_) + "; ";
    }
  }
  brief_guard held(guard);
  text += std::to_string(count) + (count == 1 ? " waits" : " wait");
  std::size_t named = 0;
  for (const waiter_base& one : waiters) {
    if (named == most) {
      return text + ", …";
    }
    text += (named++ == 0 ? ": " : ", ") + describe(one.asked_at);
  }
  return text;
}

// Not inline: g++ 12 takes an object whose guard it sees moved from for a null pointer that is
// read.
void wait_queue::disown() noexcept {
  // order: relaxed; a holder wrote it, and the lock orders holders.
  if (owned_waitable* made = owner.load(std::memory_order_relaxed)) {
    // order: release; pairs with the reads of follow_to_core. What comes next is not the owner's.
    made->owner.store(0, std::memory_order_release);
  }
}

owned_waitable* wait_queue::make_owner(const char* what) noexcept {
  try {
    auto* made = frame_new<owned_waitable>(what);
    // order: release; pairs with acquire in waiter::edge.
    owner.store(made, std::memory_order_release);
    return made;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

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
  wait_queue& queue = *waiter.queue;
  intrusive_list<waiter_base> behind;
  {
    brief_guard held(queue.guard);
    if (waiter.handed_over || !waiter.is_linked()) {
      return;  // handed over already: its end is on the way
    }
    waiter.unlink();
    --queue.count;
    waiter.take_behind(queue, behind);
  }
  if (!behind.empty()) {  // whom the queue outlives; without them it may be gone
    waiter.let_in(queue, behind);
  }
  job_list ready;
  waiter.cancel(ready);
  post_ready(ready);
}

}  // namespace weft::detail
