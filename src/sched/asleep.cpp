/// Whether anything can still happen: asked by threads that block without a limit. The proof is in
/// src/task/README.md, "Everything asleep".

#include <weft/task/detail/ender.hpp>
#include <weft/task/detail/sleeper.hpp>

#include "pool.hpp"

#include <algorithm>

namespace weft::detail {
namespace {

/// Has it been asked to go on? One that is asked to look again waits still.
bool is_awake(const sleeper& s) noexcept {
  // order: acquire; pairs with release in blocked_thread::wake. Who set it may be asleep since, and
  // then the lock orders the two.
  const std::uint32_t word = s.word->load(std::memory_order_acquire);
  return word != sleep_word::waits && word != sleep_word::looks_again;
}

void ask(const sleeper& s) noexcept {
  std::uint32_t waits = sleep_word::waits;
  // order: relaxed; what there is to see is guarded by the lock. A completion that came first
  // stays.
  s.word->compare_exchange_strong(waits, sleep_word::looks_again, std::memory_order_relaxed,
                                  std::memory_order_relaxed);
  futex_wake_one(*s.word);
}

bool same(const sleep_view& a, const sleep_view& b) noexcept {
  return a.wakes == b.wakes && a.events == b.events && a.timers == b.timers;
}

/// One turn may have begun before the first look; what a whole one finds is all there was.
constexpr std::uint64_t turns_of_proof = 2;

}  // namespace

bool pool::begin_sleep(sleeper& s) noexcept {
  worker* self = this_worker();
  if (self != nullptr && self->owner != this) {
    return false;
  }
  lock_guard guard(lock_);
  s.in_pool = self != nullptr;
  if (self != nullptr) {
    self->sleeps = true;
  }
  s.next = sleepers_;
  sleepers_ = &s;
  ++wakes_;
  return true;
}

void pool::end_sleep(sleeper& s) noexcept {
  lock_guard guard(lock_);
  sleeper** at = &sleepers_;
  while (*at != &s) {
    at = &(*at)->next;
  }
  *at = s.next;
  if (s.in_pool) {
    this_worker()->sleeps = false;
  }
  ++wakes_;
}

void pool::ask_sleeper() noexcept {
  if (const sleeper* told = sleeper_to_tell(sleepers_)) {
    ask(*told);
  }
}

bool pool::is_asleep() const noexcept {
  for (const sleeper* s = sleepers_; s != nullptr; s = s->next) {
    if (is_awake(*s)) {
      return false;
    }
  }
  // order: relaxed; under the lock, under which slots change hands.
  return idle_slots_.load(std::memory_order_relaxed) == size() && !has_work() && !is_watching() &&
         std::all_of(all_.begin(), all_.end(),
                     [this](const worker* w) { return w->parked || w->sleeps || w == driving_; });
}

sleep_verdict pool::look_at_sleep(sleeper& s, bool (*has_only)(int) noexcept) noexcept {
  {
    lock_guard guard(lock_);
    const timer_service::tally timers = timers_->count();
    const sleep_view before = s.seen;
    s.seen = {};
    if (timers.armed != 0 || living_enders() != 0 || !is_asleep()) {
      return sleep_verdict::awake;
    }
    int known = 0;
    for (const sleeper* at = sleepers_; at != nullptr; at = at->next) {
      known += at->in_pool ? 0 : 1;
    }
    if (known > 1) {
      return sleep_verdict::awake;  // a thread of others, though it blocks: api.md, law 11
    }
    // order: relaxed, both; threads start under the lock, and one that ends between the two shows
    // in the second: with two that are the same, all of them are among those that the system
    // counts.
    const std::int32_t live = live_.load(std::memory_order_relaxed);
    const bool alone = has_only(known + live);
    if (!alone || live_.load(std::memory_order_relaxed) != live) {  // order: relaxed; as above
      return sleep_verdict::crowded;
    }
    const sleeper* told = sleeper_to_tell(sleepers_);
    if (told != &s) {
      ask(*told);
      return sleep_verdict::awake;
    }
    s.seen = {wakes_, drive_epoch_, timers.changes, drive_turns_, true};
    if (driving_ == nullptr) {
      return sleep_verdict::proven;  // nobody has anything in hand
    }
    if (before.asleep && same(before, s.seen)) {
      s.seen.turns = before.turns;
      if (drive_turns_ - before.turns >= turns_of_proof) {
        return sleep_verdict::proven;
      }
    }
  }
  driver_->wake();
  return sleep_verdict::unsettled;
}

}  // namespace weft::detail
