#include "pool.hpp"

#include <weft/base/assert.hpp>
#include <weft/base/cpu_quota.hpp>
#include <weft/task/suspension.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include <pthread.h>

namespace weft::detail {
namespace {

constexpr int default_spare_threads = 1024;

int checked_size(const thread_pool_options& o) {
  if (o.min_threads < 0 || o.max_threads < 0) {
    throw std::invalid_argument(
        "weft: thread_pool: min_threads and max_threads must not be negative");
  }
  const int size = o.min_threads > 0 ? o.min_threads : static_cast<int>(usable_cpus());
  if (o.max_threads != 0 && o.max_threads < size) {
    if (o.min_threads > 0) {
      throw std::invalid_argument("weft: thread_pool: max_threads (" +
                                  std::to_string(o.max_threads) + ") is below min_threads (" +
                                  std::to_string(size) + ")");
    }
    return o.max_threads;
  }
  return size;
}

}  // namespace

void pool_thread::work(pool* p, worker* self) noexcept {
  p->thread_main(self);
  {
    lock_guard guard(p->lock_);
    p->forget_thread(self);
  }
  delete self;
  leave(p);
}

void pool_thread::monitor(pool* p) noexcept {
  p->monitor_main();
  leave(p);
}

void pool_thread::leave(pool* p) noexcept {
  // order: release; pairs with acquire in shutdown: what this thread did is over.
  p->ended_.fetch_add(1, std::memory_order_release);
  futex_wake_all(p->ended_);
  // order: release; pairs with acquire in shutdown, which lets the pool be freed. The last access.
  p->live_.fetch_sub(1, std::memory_order_release);
}

pool::pool(thread_pool_options options, std::unique_ptr<idle_driver> driver, timer_service* timers)
    : driver_(std::move(driver)), timers_(timers), name_(options.name) {
  const int size = checked_size(options);
  max_threads_ = options.max_threads != 0 ? options.max_threads : size + default_spare_threads;
  for (int i = 0; i < size; ++i) {
    slots_.push_back(std::make_unique<slot>());
    slots_.back()->owner = this;
    slots_.back()->idle_slots = &idle_slots_;
    slots_.back()->searching = &searching_;
    slots_.back()->keep_shown = size;
    slots_.back()->monitored = true;
    slots_.back()->wake = [](worker_queue& q) noexcept { static_cast<slot&>(q).owner->wake_one(); };
    slots_.back()->victim_seed = static_cast<std::uint32_t>(i) * 2654435761U + 1;
    push_idle_slot(slots_.back().get());
  }
}

pool::~pool() {
  shutdown(-1);
}

worker* pool::this_worker() noexcept {
  return static_cast<worker*>(this_thread().worker);
}

void pool::post(job* item) noexcept {
  worker* self = this_worker();
  if (self != nullptr && self->owner == this && self->held != nullptr) {
    try {
      self->held->deque.push(item);
      notify();
      return;
    } catch (...) {  // no memory to grow: the shared queue needs none
    }
  }
  post_fair(item);
}

bool pool::take_back(const job* item) noexcept {
  worker* self = this_worker();
  if (self == nullptr || self->owner != this || self->held == nullptr) {
    return false;
  }
  job* last = self->held->deque.pop();
  if (last != nullptr && last != item) {
    post(last);
  }
  return last == item;
}

void pool::post_soon(job* item) noexcept {
  worker* self = this_worker();
  if (self == nullptr || self->owner != this || self->held == nullptr) {
    post_fair(item);
    return;
  }
  slot& s = *self->held;
  // order: relaxed; only this thread makes `next` something.
  if (s.next.load(std::memory_order_relaxed) == nullptr && s.deque.empty_hint()) {
    // order: release; pairs with acquire in take_next: the thief sees the job.
    s.next.store(item, std::memory_order_release);
    wake_for_next(s);
    return;
  }
  post(item);
}

bool pool::has_waiting_jobs() const noexcept {
  // order: relaxed; a hint.
  if (injected_count_.load(std::memory_order_relaxed) != 0) {
    return true;
  }
  const worker* self = this_worker();
  // order: relaxed; a hint, see above.
  return self != nullptr && self->owner == this && self->held != nullptr &&
         (self->held->next.load(std::memory_order_relaxed) != nullptr ||
          !self->held->deque.empty_hint());
}

void pool::post_fair(job* item) noexcept {
  job_list one;
  one.push_back(item);
  inject(one, 1);
  notify();
}

void pool::post_behind(job* item) noexcept {
  worker* self = this_worker();
  // order: relaxed, all; what comes at this moment has come after it. Only this thread makes `next`
  // something.
  if (self != nullptr && self->owner == this && self->held != nullptr &&
      injected_count_.load(std::memory_order_relaxed) == 0 && self->held->deque.empty_hint() &&
      self->held->next.load(std::memory_order_relaxed) == nullptr) {
    // order: release; pairs with take_next, by a thief when this worker does not come to it.
    self->held->next.store(item, std::memory_order_release);
    return;
  }
  post_fair(item);
}

void pool::post_all(job_list items) noexcept {
  std::uint64_t count = 0;
  for (const job* at = items.front(); at != nullptr; at = at->next) {
    ++count;
  }
  if (count != 0) {
    inject(items, count);
    notify();
  }
}

void pool::hand_over(job_list items) noexcept {
  worker* self = this_worker();
  job* first = items.front();
  if (first == nullptr) {
    return;
  }
  if (self == nullptr || self->owner != this || self->held == nullptr || first->next != nullptr) {
    post_all(items);
    return;
  }
  slot& s = *self->held;
  // order: relaxed; only this thread makes `next` something.
  if (s.next.load(std::memory_order_relaxed) != nullptr) {
    // order: release; pairs with acquire in take_next: the thief sees the job. What comes back was
    // put there by a holder of this slot, of which there is one at a time.
    if (job* former = s.next.exchange(first, std::memory_order_release)) {
      post_fair(former);  // notifies; in the order of their turns
      return;
    }
  } else {
    s.next.store(first, std::memory_order_release);  // order: release; as above
  }
  wake_for_next(s);
}

void pool::wake_for_next(slot& s) noexcept {
  // order: relaxed, both; who is missed here is woken by the monitor, if this worker does not take
  // the job itself before.
  if (searching_.load(std::memory_order_relaxed) == 0 &&
      idle_slots_.load(std::memory_order_relaxed) > 0) {
    // order: relaxed; a hint. Where those that were woken for this found nothing, since the job ran
    // here before they came, fewer and fewer are woken.
    const std::uint32_t futile = futile_.load(std::memory_order_relaxed);
    if (++s.hand_overs >> futile != 0) {
      s.hand_overs = 0;
      wake_one(true);
    }
  }
}

void pool::inject(job_list& items, std::uint64_t count) noexcept {
  lock_guard guard(inject_lock_);
  injected_.append(items);
  // order: relaxed; the fence in notify comes before the poster's look at idle_slots_.
  injected_count_.fetch_add(count, std::memory_order_relaxed);
}

bool pool::has_work() const noexcept {
  // order: relaxed; where the answer counts, a fence comes before it, see notify.
  if (injected_count_.load(std::memory_order_relaxed) != 0) {
    return true;
  }
  return std::any_of(slots_.begin(), slots_.end(),
                     [](const auto& s) { return !s->deque.empty_hint(); });
}

void pool::notify() noexcept {
  // The job was queued before; a worker that goes to sleep gave its slot back before its last look
  // at the queues. The fence here and the one in park make one of the two see the other.
  // Store→load pair: the queue, then searching_ and idle_slots_; against park. A searcher looks at
  // the queues again, behind a fence, after it has ceased to search.
  full_fence();
  // order: relaxed, both; the fence orders them.
  if (searching_.load(std::memory_order_relaxed) == 0 &&
      idle_slots_.load(std::memory_order_relaxed) > 0) {
    wake_one();
  }
}

void pool::wake_one(bool for_next) noexcept {
  worker* woken = nullptr;
  bool wake_driver = false;
  {
    lock_guard guard(lock_);
    // order: relaxed; a second look under the lock, under which both are changed when it matters.
    if (idle_ == nullptr || searching_.load(std::memory_order_relaxed) != 0) {
      return;
    }
    woken = pop_parked();
    if (woken != nullptr) {
      woken->held = pop_idle_slot();
      woken->searching = true;
      woken->for_next = for_next;
      // order: relaxed; a poster that is told of a searcher relies on its last look, which comes
      // after the fence of whoever ceases to search.
      searching_.fetch_add(1, std::memory_order_relaxed);
    } else if (driving_ != nullptr) {
      wake_driver = true;
      driver_for_next_ = for_next;
    } else if (threads_ < max_threads_) {
      start_thread(pop_idle_slot(), true);
    }
  }
  if (woken != nullptr) {
    signal(*woken, worker::run);
  } else if (wake_driver) {
    driver_->wake();
  }
  wake_monitor();
}

slot* pool::pop_idle_slot() noexcept {
  slot* s = idle_;
  if (s != nullptr) {
    idle_ = s->next_idle;
    ++wakes_;
    // order: relaxed; posters read it as a hint, and the lock orders it for who decides.
    const int idle = idle_slots_.fetch_sub(1, std::memory_order_relaxed) - 1;
    max_running_ = std::max(max_running_, size() - idle);
  }
  return s;
}

void pool::push_idle_slot(slot* s) noexcept {
  s->next_idle = idle_;
  idle_ = s;
  for (const auto& busy : slots_) {
    busy->deque.ask();  // before the sleeper's fence and its look at the queues
  }
  // order: relaxed; the sleeper fences before it looks at the queues.
  idle_slots_.fetch_add(1, std::memory_order_relaxed);
}

worker* pool::pop_parked() noexcept {
  worker* w = parked_;
  if (w != nullptr) {
    parked_ = w->next_parked;
    w->parked = false;
    ++wakes_;
  }
  return w;
}

bool pool::unpark_self(worker& self) noexcept {
  if (!self.parked) {
    return false;
  }
  worker** at = &parked_;
  while (*at != &self) {
    at = &(*at)->next_parked;
  }
  *at = self.next_parked;
  self.parked = false;
  ++wakes_;
  return true;
}

bool pool::try_acquire_slot(worker& self) noexcept {
  lock_guard guard(lock_);
  self.held = pop_idle_slot();
  return self.held != nullptr;
}

void pool::signal(worker& w, worker::signal what) noexcept {
  // order: release; pairs with acquire in sleep_parked. Publishes the slot that goes with it.
  w.word.store(what, std::memory_order_release);
  futex_wake_one(w.word);
}

void pool::forget_thread(worker* w) noexcept {
  std::erase(all_, w);
}

void pool::start_thread(slot* with, bool searching, bool spare) noexcept {
  auto* w = new (std::nothrow) worker(*this);
  if (w != nullptr) {
    try {
      all_.push_back(w);
    } catch (const std::bad_alloc&) {
      delete std::exchange(w, nullptr);
    }
  }
  if (w == nullptr) {
    if (with != nullptr) {
      push_idle_slot(with);
    }
    return;
  }
  w->held = with;
  w->searching = searching;
  w->is_spare = spare;
  ++wakes_;
  spares_ += spare ? 1 : 0;
  if (searching) {
    // order: relaxed; as in wake_one.
    searching_.fetch_add(1, std::memory_order_relaxed);
  }
  ++threads_;
  // order: relaxed; the thread's start publishes it.
  live_.fetch_add(1, std::memory_order_relaxed);
  try {
    std::thread(&pool_thread::work, this, w).detach();
  } catch (const std::system_error&) {  // no more threads: those that are there go on
    // order: relaxed; as above.
    live_.fetch_sub(1, std::memory_order_relaxed);
    --threads_;
    if (searching) {
      // order: relaxed; under the lock; posters read it as a hint.
      searching_.fetch_sub(1, std::memory_order_relaxed);
    }
    spares_ -= spare ? 1 : 0;
    forget_thread(w);
    delete w;
    if (with != nullptr) {
      push_idle_slot(with);
    }
  }
}

void pool::begin_blocking() noexcept {
  worker* self = this_worker();
  if (self == nullptr || self->owner != this || self->blocking_depth++ != 0) {
    return;
  }
  bool cover = false;
  if (self->held != nullptr) {
    give_forks(*self->held);
  }
  {
    lock_guard guard(lock_);
    ++blocked_;
    if (self->held != nullptr) {
      give_up_next(*self->held);
      push_idle_slot(std::exchange(self->held, nullptr));
      this_thread().queue = nullptr;
    }
    cover = driver_ != nullptr && driving_ == nullptr;
  }
  full_fence();
  if (has_work()) {
    wake_one();
  }
  if (cover) {
    cover_driver();
  }
}

void pool::end_blocking() noexcept {
  worker* self = this_worker();
  if (self == nullptr || self->owner != this || --self->blocking_depth != 0) {
    return;
  }
  bool watched = false;
  {
    lock_guard guard(lock_);
    --blocked_;
    // Without a free slot it goes on all the same, one too many, until its job ends: it may hold
    // what others wait for.
    self->held = pop_idle_slot();
    this_thread().queue = self->held;
    watched = sleepers_ != nullptr;
  }
  if (watched) {
    wake_monitor();  // it tells those who sleep when this thread does so, too
  }
}

void pool::cover_driver() noexcept {
  worker* woken = nullptr;
  {
    lock_guard guard(lock_);
    if (driver_ == nullptr || driving_ != nullptr || polling_) {
      return;
    }
    woken = pop_parked();
    if (woken != nullptr) {
      driving_ = woken;
    } else if (threads_ < max_threads_) {
      start_thread(nullptr, false);  // finds no slot, and the driver free
      return;
    }
  }
  if (woken != nullptr) {
    signal(*woken, worker::drive);
  }
}

void pool::timers_changed() noexcept {
  bool nobody = false;
  {
    lock_guard guard(lock_);
    nobody = driving_ == nullptr;
    if (nobody && threads_ == 0) {
      start_thread(nullptr, false);
      return;
    }
  }
  if (nobody) {
    wake_monitor();
  } else {
    driver_->wake();
  }
}

void pool::freeze() noexcept {
  // order: release; pairs with acquire in pool::run. The process is ending: no worker starts
  // another job.
  frozen_.store(true, std::memory_order_release);
}

bool pool::shutdown(std::int64_t timeout_ns) noexcept {
  // order: relaxed; who parks reads it under the lock under which the sleepers are woken below.
  stopping_.store(true, std::memory_order_relaxed);
  // order: relaxed; publishes nothing.
  monitor_word_.store(2, std::memory_order_relaxed);
  futex_wake_all(monitor_word_);
  const std::int64_t end = timeout_ns < 0 ? INT64_MAX : monotonic_ns() + timeout_ns;
  for (;;) {
    // order: acquire; pairs with release in leave. Read before the look at live_.
    const std::uint32_t seen = ended_.load(std::memory_order_acquire);
    bool work_left = false;
    {
      lock_guard guard(lock_);
      while (worker* w = pop_parked()) {
        signal(*w, worker::leave);
      }
      if (driving_ != nullptr) {
        driver_->wake();
      }
      work_left = threads_ == 0 && has_work();
      if (work_left) {
        start_thread(pop_idle_slot(), false);
      }
    }
    // order: acquire; pairs with release in leave.
    if (live_.load(std::memory_order_acquire) == 0 && !work_left) {
      return true;
    }
    const std::int64_t left = end - monotonic_ns();
    if (left <= 0) {
      return false;
    }
    constexpr std::int64_t look_again_ns =
        1'000'000;  // a worker may have parked after the loop above
    futex_wait(ended_, seen, std::min(left, look_again_ns));
  }
}

thread_pool_stats pool::stats() noexcept {
  thread_pool_stats s{};
  lock_guard guard(lock_);
  s.size = size();
  s.threads = threads_;
  // order: relaxed; figures for people.
  s.idle = idle_slots_.load(std::memory_order_relaxed);
  s.blocked = blocked_;
  s.max_running = max_running_;
  // order: relaxed; figures for people.
  s.queued = injected_count_.load(std::memory_order_relaxed);
  for (const auto& one : slots_) {
    s.queued += static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, static_cast<std::int64_t>(one->deque.size_hint())));
  }
  return s;
}

}  // namespace weft::detail
