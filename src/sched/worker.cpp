/// What a thread of the pool does: run, search, park, wait in the driver.

#include <weft/task/suspension.hpp>
#include <weft/trace/event.hpp>

#include "pool.hpp"

#include <algorithm>
#include <utility>

#include <pthread.h>
#include <unistd.h>

namespace weft::detail {
namespace {

/// A worker that found nothing looks for this long before it sleeps.
constexpr std::int64_t search_ns = 20'000;
/// A busy worker looks at the driver that often when nobody waits in it.
constexpr std::int64_t poll_period_ns = 500'000;
/// A thread beyond those that the pool needs ends after so long without work.
constexpr std::int64_t retire_after_ns = 2'000'000'000;
constexpr int pauses_between_rounds = 32;
/// A worker that has searched for so long takes what another was about to run next.
constexpr std::int64_t steal_next_after_ns = 5'000;
/// At most every 2 to the power of so many hand-overs wakes somebody in vain: about a millisecond,
/// and the monitor looks as often.
constexpr std::uint32_t most_futile = 14;
/// So many jobs are taken from the shared queue, or stolen, at once at most.
constexpr std::size_t most_at_once = 16;

}  // namespace

void pool::thread_main(worker* self) noexcept {
  thread_state& state = this_thread();
  state.worker = self;
  state.scheduler = scheduler_;
  state.nest_limit = state.own_nest_limit = stack_position() - nested_stack;
  pthread_setname_np(pthread_self(), std::string(name_).substr(0, 15).c_str());
  bool spare = false;
  {
    lock_guard guard(lock_);
    self->thread = ::gettid();
    spare = self->is_spare;
  }
  if (spare) {
    run_as_spare(*self);
  }
  if (self->held == nullptr) {
    static_cast<void>(try_acquire_slot(*self));
  }
  for (;;) {
    if (self->held != nullptr) {
      if (job* next = next_job(*self)) {
        run(*self, next);
        if (self->held == nullptr) {
          // It blocked, and its slot was taken meanwhile.
          static_cast<void>(try_acquire_slot(*self));
        }
        continue;
      }
    }
    if (!park(*self)) {
      break;
    }
  }
  state.worker = nullptr;
}

/// Without a slot, and so without a queue of its own: runs what waits, as long as others are stuck.
void pool::run_as_spare(worker& self) noexcept {
  for (;;) {
    job* item = take_injected(self);
    if (item == nullptr) {
      item = steal_any();
    }
    if (item != nullptr) {
      run(self, item);
    }
    lock_guard guard(lock_);
    // order: relaxed; the monitor's last word; the next look corrects it.
    if (item == nullptr || spares_ > stuck_.load(std::memory_order_relaxed) ||
        self.held != nullptr) {
      self.is_spare = false;
      --spares_;
      return;
    }
  }
}

job* pool::steal_any() noexcept {
  for (const auto& victim : slots_) {
    for (;;) {
      const steal_result got = victim->deque.steal();
      if (got.outcome == steal_result::status::taken) {
        return got.item;
      }
      if (got.outcome == steal_result::status::empty) {
        break;
      }
    }
  }
  for (const auto& victim : slots_) {
    if (job* item = take_next(*victim)) {
      return item;
    }
  }
  return nullptr;
}

void pool::run(worker& self, job* item) noexcept {
  // order: acquire; pairs with release in freeze.
  if (frozen_.load(std::memory_order_acquire)) [[unlikely]] {
    // The process ends: what has not started never will. The thread ends with the process.
    atomic<std::uint32_t> forever{0};
    for (;;) {
      futex_wait(forever, 0);
    }
  }
  this_thread().queue = self.held;
  run_job(item);
}

job* pool::next_job(worker& self) noexcept {
  slot& s = *self.held;
  // order: relaxed, both; written here only, a thief compares two values.
  const std::uint32_t tick = s.tick.load(std::memory_order_relaxed) + 1;
  s.tick.store(tick, std::memory_order_relaxed);  // order: relaxed; as above
  if (tick % fairness_period == 0) [[unlikely]] {
    poll();
    if (job* item = take_injected(self)) {
      return item;
    }
    // Nor does what is at the bottom of the own deque.
    if (const steal_result got = s.deque.steal(); got.outcome == steal_result::status::taken) {
      if (self.searching) {
        found_while_searching(self);
      }
      return got.item;
    }
  }
  // Two that hand over to each other do not keep the rest of this queue waiting for good.
  job* item = tick % most_nexts != 0 ? take_next(s) : nullptr;
  if (item == nullptr) {
    item = s.deque.pop();
  }
  if (item == nullptr) {
    item = take_next(s);
  }
  if (item != nullptr) {
    if (self.searching) {
      found_while_searching(self);
    }
    return item;
  }
  item = take_injected(self);
  return item != nullptr ? item : search(self);
}

job* pool::take_injected(worker& self) noexcept {
  // order: relaxed; a hint: the look before sleeping is the one that counts.
  if (injected_count_.load(std::memory_order_relaxed) == 0) {
    return nullptr;
  }
  job* first = nullptr;
  job* more[most_at_once - 1];
  std::size_t count = 0;
  {
    lock_guard guard(inject_lock_);
    first = injected_.pop_front();
    if (first != nullptr) {
      // order: relaxed; under the lock.
      const std::uint64_t left = injected_count_.load(std::memory_order_relaxed) - 1;
      if (self.held != nullptr) {
        const std::uint64_t share = std::min<std::uint64_t>(left / slots_.size(), std::size(more));
        while (count < share) {
          more[count++] = injected_.pop_front();
        }
      }
      // order: relaxed; under the lock; the count only ever errs upwards for those without it.
      injected_count_.fetch_sub(1 + count, std::memory_order_relaxed);
    }
  }
  const bool some = count != 0;
  while (count != 0) {  // the first of them on top
    keep(*self.held, more[--count]);
  }
  if (first != nullptr && self.searching) {
    found_while_searching(self);
  } else if (some) {
    notify();  // nobody saw them while they were in neither queue
  }
  return first;
}

void pool::keep(slot& s, job* item) noexcept {
  try {
    s.deque.push(item);
  } catch (const std::bad_alloc&) {  // the shared queue needs no memory
    post_fair(item);
  }
}

void pool::found_while_searching(worker& self) noexcept {
  self.searching = false;
  if (std::exchange(self.for_next, false)) {
    futile_.store(0, std::memory_order_relaxed);  // order: relaxed; a hint
  }
  // order: relaxed; the fence orders it. Posters that saw us searching woke nobody, so we look for
  // them.
  if (searching_.fetch_sub(1, std::memory_order_relaxed) == 1) {
    full_fence();  // store→load pair: searching_ here, then the queues; against notify
    // order: relaxed; as in notify.
    if (idle_slots_.load(std::memory_order_relaxed) > 0 && has_work()) {
      wake_one();
    }
  }
}

job* pool::steal_round(worker& self) noexcept {
  const std::size_t count = slots_.size();
  slot& mine = *self.held;
  // xorshift: thieves start at different victims.
  mine.victim_seed ^= mine.victim_seed << 13;
  mine.victim_seed ^= mine.victim_seed >> 17;
  mine.victim_seed ^= mine.victim_seed << 5;
  const std::size_t first = mine.victim_seed % count;
  for (std::size_t i = 0; i < count; ++i) {
    slot& victim = *slots_[(first + i) % count];
    if (&victim == &mine) {
      continue;
    }
    for (;;) {
      const steal_result got = victim.deque.steal();
      if (got.outcome == steal_result::status::taken) {
        steal_more(self, victim);
        return got.item;
      }
      if (got.outcome == steal_result::status::empty) {
        break;
      }
    }
  }
  return nullptr;
}

// Of many, some more at once: the victim's end of the deque is then left alone for as long as they
// last. Of few only one: those may be the big pieces of something that was just divided.
void pool::steal_more(worker& self, slot& victim) noexcept {
  const std::size_t seen = victim.deque.size_hint();
  if (seen < 2 * slots_.size()) {
    return;
  }
  std::size_t left = std::min(seen / 2, most_at_once - 1);
  for (; left != 0; --left) {
    const steal_result got = victim.deque.steal();
    if (got.outcome != steal_result::status::taken) {
      break;
    }
    keep(*self.held, got.item);
  }
  if (!self.searching) {
    notify();  // as in take_injected; a searcher looks for the others when it ceases to be one
  }
}

job* pool::take_next(slot& from) noexcept {
  // order: relaxed; a look that spares the RMW. The owner sees what it has put there itself.
  if (from.next.load(std::memory_order_relaxed) == nullptr) {
    return nullptr;
  }
  // order: acquire; pairs with hand_over. One of owner and thieves gets it.
  return from.next.exchange(nullptr, std::memory_order_acquire);
}

/// What a searcher has seen of a worker that has something to run next.
struct pool::busy_slot {
  slot* whose = nullptr;
  std::uint32_t tick = 0;
  std::int64_t since = 0;
};

// Only from a worker that has been running the same job for a while: else it would run the next one
// sooner itself, and the two that hand over to each other would wander from core to core.
job* pool::steal_next(const worker& self, std::int64_t now, busy_slot& seen) noexcept {
  for (const auto& victim : slots_) {
    // order: relaxed; a look, take_next decides.
    if (victim.get() == self.held || victim->next.load(std::memory_order_relaxed) == nullptr) {
      continue;
    }
    // order: relaxed; a value to compare.
    const std::uint32_t tick = victim->tick.load(std::memory_order_relaxed);
    if (seen.whose != victim.get() || seen.tick != tick) {
      seen = {victim.get(), tick, now};
    } else if (now - seen.since >= steal_next_after_ns) {
      return take_next(*victim);
    }
    return nullptr;
  }
  seen.whose = nullptr;
  return nullptr;
}

void pool::give_up_next(slot& s) noexcept {
  if (job* item = take_next(s)) {
    try {
      s.deque.push(item);
    } catch (...) {  // no memory to grow: thieves find it here, too
      // order: release; as in hand_over.
      s.next.store(item, std::memory_order_release);
    }
  }
}

/// False: enough search already.
bool pool::begin_search(worker& self) noexcept {
  // At most half of the workers search at a time: more would only take the line from each other.
  // order: relaxed; a hint, one searcher more or less does no harm.
  if (2 * searching_.load(std::memory_order_relaxed) >= size() && size() > 1) {
    return false;
  }
  self.searching = true;
  // order: relaxed; as in wake_one.
  searching_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

void pool::about_to_search() noexcept {
  worker* self = this_worker();
  if (self != nullptr && self->owner == this && self->held != nullptr && !self->searching) {
    static_cast<void>(begin_search(*self));
  }
}

job* pool::search(worker& self) noexcept {
  if (!self.searching && !begin_search(self)) {
    return slots_.size() > 1 ? steal_round(self) : nullptr;
  }
  std::int64_t now = monotonic_ns();
  const std::int64_t until = self.from_driver ? 0 : now + search_ns;
  busy_slot seen;
  do {
    if (job* item = steal_round(self)) {
      found_while_searching(self);
      self.from_driver = false;
      return item;
    }
    if (job* item = take_injected(self)) {
      return item;
    }
    now = monotonic_ns();
    if (job* item = steal_next(self, now, seen)) {
      found_while_searching(self);
      return item;
    }
    for (int i = 0; i < pauses_between_rounds; ++i) {
      cpu_relax();
      if (job* item = take_injected(self)) {
        return item;
      }
    }
  } while (!self.from_driver && now < until);
  if (std::exchange(self.for_next, false)) {
    // order: relaxed, both; a hint.
    const std::uint32_t futile = futile_.load(std::memory_order_relaxed);
    futile_.store(std::min(futile + 1, most_futile),
                  std::memory_order_relaxed);  // order: relaxed; as above
  }
  return nullptr;
}

bool pool::park(worker& self) noexcept {
  bool drives = false;
  bool searched = false;
  {
    lock_guard guard(lock_);
    // order: relaxed; set before the sleepers are woken under this lock, see shutdown.
    if (stopping_.load(std::memory_order_relaxed) && self.held != nullptr && !has_work()) {
      push_idle_slot(std::exchange(self.held, nullptr));
    }
    if (stopping_.load(std::memory_order_relaxed) &&
        self.held == nullptr) {  // order: relaxed; as above
      if (std::exchange(self.searching, false)) {
        // order: relaxed; has_work was asked under the lock, and nobody sleeps on the answer.
        searching_.fetch_sub(1, std::memory_order_relaxed);
      }
      --threads_;
      return false;
    }
    if (self.held != nullptr) {
      push_idle_slot(std::exchange(self.held, nullptr));
    }
    // Before we are on the list: who takes us off it says that we search again.
    searched = std::exchange(self.searching, false);
    if (driver_ != nullptr && driving_ == nullptr && !polling_) {
      driving_ = &self;
      drives = true;
    } else {
      // order: relaxed; nobody can signal before it is on the list, which the lock publishes.
      self.word.store(worker::none, std::memory_order_relaxed);
      self.parked = true;
      self.next_parked = parked_;
      parked_ = &self;
    }
  }
  if (searched) {
    // order: relaxed; the fence orders it before the look at the queues below.
    searching_.fetch_sub(1, std::memory_order_relaxed);
  }
  // The slot is free and we can be woken: whoever queues from here on sees an idle slot. What was
  // queued before, we see. Store→load pair: idle_slots_ and searching_, then the queues; against
  // notify.
  full_fence();
  if (has_work()) {
    lock_guard guard(lock_);
    if (drives || self.parked) {
      self.held = pop_idle_slot();
      if (self.held != nullptr) {
        if (drives) {
          driving_ = nullptr;
        } else {
          static_cast<void>(unpark_self(self));
        }
        // As any woken worker: those that queued while we still searched woke nobody, and there may
        // be more than we take.
        self.searching = true;
        // order: relaxed; as in wake_one.
        searching_.fetch_add(1, std::memory_order_relaxed);
        return true;
      }
    }
  }
  if (trace::enabled()) [[unlikely]] {
    trace::emit(trace::event::worker_parked, &self, {}, drives ? "driver" : "futex");
  }
  const bool stays = drives ? drive(self) : sleep_parked(self);
  if (trace::enabled()) [[unlikely]] {
    trace::emit(trace::event::worker_woke, &self);
  }
  return stays;
}

bool pool::sleep_parked(worker& self) noexcept {
  for (;;) {
    bool surplus = false;
    {
      lock_guard guard(lock_);
      surplus = threads_ > size() + (driver_ != nullptr ? 1 : 0) + blocked_;
    }
    bool woken = true;
    std::uint32_t signaled = worker::none;
    // order: acquire; pairs with release in signal. The slot that came with it.
    while ((signaled = self.word.load(std::memory_order_acquire)) == worker::none && woken) {
      woken = futex_wait(self.word, worker::none, surplus ? retire_after_ns : -1);
    }
    switch (signaled) {
      case worker::run:
        self.from_driver = false;
        return true;
      case worker::drive:
        return drive(self);
      case worker::spare:
        self.from_driver = false;
        run_as_spare(self);
        return true;
      case worker::leave: {
        lock_guard guard(lock_);
        --threads_;
        return false;
      }
      default:
        break;
    }
    lock_guard guard(lock_);
    if (threads_ > size() + (driver_ != nullptr ? 1 : 0) + blocked_ && unpark_self(self)) {
      --threads_;
      return false;
    }
  }
}

bool pool::drive(worker& self) noexcept {
  for (;;) {
    job_list ready;
    driver_->wait(ready, timers_->wait_ns());
    timers_->expire(ready);
    {
      lock_guard guard(lock_);
      // order: relaxed; set before the driver is woken.
      const bool stopping = stopping_.load(std::memory_order_relaxed);
      const bool for_next = std::exchange(driver_for_next_, false) && ready.empty();
      if (ready.empty() && !stopping && !(idle_ != nullptr && (for_next || has_work()))) {
        ++drive_turns_;
        continue;
      }
      self.for_next = for_next;
      driving_ = nullptr;
      ++drive_epoch_;
      self.held = pop_idle_slot();
      if (self.held != nullptr) {
        // As any woken worker: whoever queues meanwhile relies on us to look, and to wake others if
        // there is more.
        self.searching = true;
        // order: relaxed; as in wake_one.
        searching_.fetch_add(1, std::memory_order_relaxed);
      }
      if (stopping && self.held == nullptr && ready.empty()) {
        --threads_;
        return false;
      }
    }
    // Woken for what others have queued, it searches like anybody; what came from here comes back
    // here.
    self.from_driver = !ready.empty();
    dispatch(self, ready);
    if (self.held != nullptr) {
      return true;
    }
    // All slots compute: the short continuations have run here; back to waiting, unless somebody
    // else does by now.
    lock_guard guard(lock_);
    if (driving_ != nullptr || polling_) {
      return true;
    }
    driving_ = &self;
  }
}

void pool::dispatch(worker& self, job_list& ready) noexcept {
  // While it runs what came, nobody waits in the driver: the monitor sees to it when that takes
  // long.
  wake_monitor();
  if (ready.empty()) {
    return;
  }
  if (self.held == nullptr) {
    while (job* item = ready.pop_front()) {
      run(self, item);
    }
    return;
  }
  job* first = ready.pop_front();
  if (!ready.empty()) {
    post_all(ready);
  }
  found_while_searching(self);
  run(self, first);
}

void pool::poll() noexcept {
  if (driver_ == nullptr) {
    return;
  }
  worker* self = this_worker();
  if (self == nullptr || self->owner != this || self->held == nullptr) {
    return;
  }
  const std::int64_t now = monotonic_ns();
  if (now - self->held->last_poll_ns < poll_period_ns) {
    return;
  }
  self->held->last_poll_ns = now;
  give_up_next(*self->held);
  give_forks(*self->held);
  {
    lock_guard guard(lock_);
    if (driving_ != nullptr || polling_) {
      return;
    }
    polling_ = true;
    ++drive_epoch_;
  }
  job_list ready;
  driver_->wait(ready, 0);
  timers_->expire(ready);
  {
    lock_guard guard(lock_);
    polling_ = false;
  }
  // Who went to sleep meanwhile could not take the driver.
  wake_monitor();
  post_all(ready);
}

}  // namespace weft::detail
