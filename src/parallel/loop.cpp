/// The core of parallel loops. README.md has the design and what was rejected.

#include <weft/parallel/detail/loop.hpp>

#include <weft/base/assert.hpp>
#include <weft/base/error.hpp>
#include <weft/base/frame_allocator.hpp>
#include <weft/base/futex.hpp>
#include <weft/sched/loop_place.hpp>
#include <weft/sched/thread_pool.hpp>

#include "../sched/pool.hpp"
#include "ticks.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace weft::detail {
namespace {

/// A caller that waits for bodies looks for so long before it sleeps: as long as an idle worker
/// searches.
constexpr std::int64_t spin_ns = 20'000;
/// A piece has this many blocks, so that one takes about a microsecond. A block is no longer than
/// this all the same: within it nobody sees that iterations have become dear. It is long enough for
/// the ends of a loop of vector instructions (some 30 cycles for a sum) to be lost in it.
constexpr std::uint64_t blocks_a_piece = 32;
constexpr std::uint64_t largest_block = 1024;
/// From so many iterations on it does not matter how many a piece has, but where it ends.
constexpr std::uint64_t whole_line_piece = 16 * line_iterations;
/// A loop that takes less is not worth waking a worker for: about what that costs both sides.
constexpr std::uint64_t short_ticks = piece_ticks / 4;
constexpr std::uint64_t cost_iterations = 64;
/// A helper that has been in a loop for longer lets waiting jobs of the pool run first: about 1 ms.
constexpr std::uint64_t helper_ticks = 32 * piece_ticks;
/// Elements that are read ahead from a range that can only be walked: it bounds memory.
constexpr std::uint64_t largest_walk = 4096;
constexpr std::uint64_t largest_grain = std::uint64_t{1} << 40;

/// Null for a token that nobody can request.
const std::stop_token* possible(const std::stop_token* stop) noexcept {
  return stop != nullptr && stop->stop_possible() ? stop : nullptr;
}

}  // namespace

/// A helper that has not come yet. Two may hold it, the job's queue and the loop; `word` says who
/// was first: a job that finds itself withdrawn frees it without a look at the loop, which may be
/// gone.
struct loop_core::invitation : job {
  enum : std::uint32_t { open = 0, accepted = 1, withdrawn = 2 };

  explicit invitation(loop_core& to) noexcept : job{&accept, &decline, nullptr}, loop(&to) {}

  static void accept(job* self) noexcept {
    auto* mine = static_cast<invitation*>(self);
    // order: acquire; pairs with release in loop_core::withdraw, whose last look at this was that.
    if (mine->word.exchange(accepted, std::memory_order_acquire) == withdrawn) {
      frame_delete(mine);
      return;
    }
    loop_core& loop = *mine->loop;
    loop.join(mine);
    frame_delete(mine);
    loop_participant p;
    p.joined = p.started = ticks();
    loop.take_part(p);
    loop.leave(p);
  }
  /// The scheduler will not run it.
  static void decline(job* self) noexcept {
    auto* mine = static_cast<invitation*>(self);
    // order: acquire; as in accept.
    if (mine->word.exchange(accepted, std::memory_order_acquire) != withdrawn) {
      mine->loop->refuse(mine);
    }
    frame_delete(mine);
  }

  loop_core* const loop;
  atomic<std::uint32_t> word{open};
};

loop_core::loop_core(entry run, std::uint64_t count, std::int64_t base,
                     const parallel_options& options, loop_site& site)
    : run_(run),
      count_(count),
      base_(base),
      stop_(possible(options.stop.get())),
      partitioner_(options.partitioner),
      site_(site) {
  const int degree = options.max_degree_of_parallelism;
  if (degree == 0 || degree < -1) {
    throw std::invalid_argument("weft: max_degree_of_parallelism is " + std::to_string(degree) +
                                "; it must be -1 (as many as there are workers) or above 0");
  }
  if (partitioner_.size == 0) {
    throw std::invalid_argument("weft: a partitioner's size must be above 0");
  }
  if ((degree == 1 && options.scheduler == nullptr) || this_thread().simulated != nullptr) {
    return;  // in a simulation nobody could help
  }
  int width = 0;
  task_scheduler& normal = task_scheduler::default_scheduler();
  if (options.scheduler == nullptr || options.scheduler == &normal) {
    pool_ = &static_cast<thread_pool&>(normal).internals();
    width = pool_->size();
  } else {
    scheduler_ = options.scheduler;
    caller_helps_ = task_scheduler::current() == scheduler_;
    if (auto* own = dynamic_cast<thread_pool*>(scheduler_)) {
      pool_ = &own->internals();
    }
    width = scheduler_->maximum_concurrency();
  }
  const int most = degree == -1 ? width : degree;
  max_helpers_ = static_cast<std::uint32_t>(std::max(most - (caller_helps_ ? 1 : 0), 0));
}

parallel_loop_result loop_core::execute() {
  if (stop_requested()) {
    throw_operation_canceled(*stop_);
  }
  if (count_ == 0) {
    return {true, std::nullopt};
  }
  loop_participant p;
  if (count_ == 1 && caller_helps_) {
    max_helpers_ = 0;
  }
  if (max_helpers_ == 0) {
    take_part(p);
  } else {
    run_on_caller(p);
  }
  // order: relaxed; all that wrote it have left, under the lock.
  const std::uint32_t signal = signal_.load(std::memory_order_relaxed);
  if ((signal & exceptional) != 0) {
    throw_errors();
  }
  if (stop_requested()) {
    throw_operation_canceled(*stop_);
  }
  std::optional<std::int64_t> broken_at;
  if ((signal & broken) != 0) {
    // order: relaxed; as above.
    broken_at = index_of(lowest_break_.load(std::memory_order_relaxed));
  } else if ((signal & stopped) == 0 && work_left()) {
    throw_invalid_operation("weft: the scheduler of a parallel loop has ended before the loop");
  }
  return {(signal & (stopped | broken)) == 0, broken_at};
}

/// What the monitor looks at while a loop runs that was expected to be short.
struct loop_core::watch : watched {
  explicit watch(loop_core& l) noexcept
      : watched{[](watched* self) noexcept { static_cast<watch*>(self)->loop.look_overdue(); }},
        loop(l) {}
  loop_core& loop;
};

void loop_core::look_overdue() noexcept {
  if (ticks() - began_ > short_ticks) {
    invite(false);
  }
}

bool loop_core::likely_short() const noexcept {
  // order: relaxed; a guess.
  const std::uint64_t cost = site_.cost.load(std::memory_order_relaxed);
  return cost != 0 && count_ <= short_ticks * cost_iterations / cost;
}

void loop_core::note_run(std::uint64_t now) noexcept {
  // order: relaxed; written under the lock that this thread has taken since, or never.
  const bool helped = helped_.load(std::memory_order_relaxed);
  const std::uint64_t took = now - began_;
  const std::uint64_t cost = helped || took >= short_ticks
                                 ? 0
                                 : std::max<std::uint64_t>(1, took * cost_iterations / count_);
  // order: relaxed; a guess.
  if (site_.cost.load(std::memory_order_relaxed) != cost) {
    // order: relaxed; as above.
    site_.cost.store(static_cast<std::uint32_t>(cost), std::memory_order_relaxed);
  }
}

/// Runs a loop that may get helpers. One that was short the last time begins without: the monitor
/// calls for help if it is not over soon.
void loop_core::run_on_caller(loop_participant& p) {
  p.started = began_ = ticks();
  watch overdue(*this);
  const bool may_watch = caller_helps_ && pool_ != nullptr;
  const bool watched =
      may_watch && (likely_short() || (pool::this_worker() == nullptr && pool_->is_crowded())) &&
      pool_->watch(overdue);
  if (!watched) {
    invite(true);
  }
  if (caller_helps_) {
    take_part(p);
  }
  if (watched) {
    pool_->unwatch(overdue);
  }
  // order: relaxed; written by this thread, or before unwatch.
  if (!alone_.load(std::memory_order_relaxed)) {
    while (wait_for_helpers(p)) {
      take_part(p);
    }
  }
  note_run(p.started);
}

void loop_core::throw_errors() {
  if (errors_.empty()) {
    throw std::bad_alloc();  // there was an error, and no memory to keep it
  }
  // As in .NET: cancellations alone, by the loop's own token, are one cancellation.
  const bool only_canceled =
      stop_requested() && std::ranges::all_of(errors_, [this](const std::exception_ptr& e) {
        try {
          std::rethrow_exception(e);
        } catch (const operation_canceled& by) {
          return by.token() == *stop_;
        } catch (...) {
          return false;
        }
      });
  if (only_canceled) {
    throw_operation_canceled(*stop_);
  }
  throw aggregate_exception(std::move(errors_));
}

void loop_core::take_part(loop_participant& p) noexcept {
  try {
    flow_.run([&] { run_(*this, p); });
  } catch (...) {
    fail(std::current_exception());
  }
}

void loop_core::fail(std::exception_ptr error) noexcept {
  {
    lock_guard guard(lock_);
    try {
      errors_.push_back(std::move(error));
    } catch (const std::bad_alloc&) {  // execute throws one of its own when it finds none
    }
  }
  // order: relaxed; a request to end; the errors are read after all have left under the lock.
  signal_.fetch_or(exceptional, std::memory_order_relaxed);
}

void loop_core::break_at(std::uint64_t offset) noexcept {
  // order: relaxed; the bit publishes the first of them, and later ones only lower it.
  std::uint64_t lowest = lowest_break_.load(std::memory_order_relaxed);
  while (offset < lowest &&
         // order: relaxed; as above.
         !lowest_break_.compare_exchange_weak(lowest, offset, std::memory_order_relaxed,
                                              std::memory_order_relaxed)) {
  }
  // order: release; pairs with acquire in parallel_loop_state::lowest_break_iteration.
  signal_.fetch_or(broken, std::memory_order_release);
}

void loop_core::end_at(std::uint64_t offset, bool in_order) noexcept {
  if (in_order) {
    break_at(offset);
  } else {
    // order: relaxed; a request to end publishes nothing.
    signal_.fetch_or(stopped, std::memory_order_relaxed);
  }
}

bool loop_core::work_left() const noexcept {
  // order: relaxed; hints, as all looks at the cursor but its own exchange.
  const std::uint32_t signal = signal_.load(std::memory_order_relaxed);
  const std::uint32_t ends = goes_on_ ? stopped | canceled : ending;
  return (signal & ends) == 0 &&
         (cursor_.load(std::memory_order_relaxed) < limit() ||  // order: relaxed; as above
          has_spare_.load(std::memory_order_relaxed));          // order: relaxed; as above
}

// ---- pieces

std::uint64_t loop_core::piece_size(const loop_participant& p, std::uint64_t at,
                                    std::uint64_t left) const noexcept {
  const std::uint64_t participants = most_participants();
  // order: relaxed; a hint: while nobody has been asked for help, nobody needs a share.
  const bool alone = participants == 1 || alone_.load(std::memory_order_relaxed);
  const std::uint64_t share = alone ? left : left / (2 * participants);
  switch (partitioner_.how) {
    case partitioner::kind::fixed:
      return std::min(left, (count_ - 1) / participants + 1);
    case partitioner::kind::guided:
      return std::min(left, std::max(share, partitioner_.size));
    case partitioner::kind::chunked:
      return std::min(left, partitioner_.size);
    default: {
      // The last pieces become smaller and smaller, until taking one costs more than what is in it:
      // none is below a block, by which the ends of the participants may then differ.
      const std::uint64_t least = std::max<std::uint64_t>(1, p.grain / blocks_a_piece);
      const std::uint64_t size = std::min(left, std::clamp(share, least, p.grain));
      return size < whole_line_piece ? size : std::min(left, at_line(at + size) - at);
    }
  }
}

std::uint64_t loop_core::walked_piece(const loop_participant& p) const noexcept {
  return partitioner_.how == partitioner::kind::automatic
             ? std::min(p.grain, largest_walk)
             : std::min(partitioner_.size, largest_walk);
}

void loop_core::measure(loop_participant& p) noexcept {
  const std::uint64_t now = p.size == 0 && p.started != 0 ? p.started : ticks();
  if (p.size == 0) {
    // order: relaxed; a hint from whoever came before.
    p.grain = usual_grain_.load(std::memory_order_relaxed);
  } else {
    const std::uint64_t took = (now - p.started) / p.longer;
    if (took < piece_ticks / 2) {
      if (p.size >= p.grain && p.grain < largest_grain) {
        p.grain *= took < piece_ticks / 16 ? 8 : 2;
      }
    } else if (took > 2 * piece_ticks) {
      const std::uint64_t fitting = p.size / (took / piece_ticks);
      p.grain = std::max<std::uint64_t>(1, fitting);
    }
    if (took > piece_ticks / 4) {
      // order: relaxed; a hint.
      usual_grain_.store(p.grain, std::memory_order_relaxed);
      if (worker* self = pool::this_worker()) {
        self->owner->poll();
      }
    }
  }
  p.started = now;
}

void loop_core::begin_piece(loop_participant& p, std::uint64_t first, std::uint64_t last) noexcept {
  p.first = first;
  p.last = last;
  p.size = last - first;
  const std::uint64_t part = std::max(p.size, p.grain) / blocks_a_piece;
  p.block = whole_lines(std::clamp<std::uint64_t>(part, 1, largest_block));
}

bool loop_core::border(loop_participant& p) noexcept {
  measure(p);
  // order: relaxed; a request to end.
  std::uint32_t signal = signal_.load(std::memory_order_relaxed);
  if (stop_requested()) [[unlikely]] {
    // order: relaxed; as above.
    signal |= signal_.fetch_or(canceled, std::memory_order_relaxed) | canceled;
  }
  if ((signal & (goes_on_ ? stopped | canceled : ending)) != 0) [[unlikely]] {
    return false;
  }
  if (p.joined != 0 && p.started - p.joined > helper_ticks && pool_ != nullptr &&
      pool_->has_waiting_jobs()) [[unlikely]] {
    p.yields = true;
    return false;
  }
  if (helpers_wanted() && p.started - began_ > short_ticks) {
    invite(false);
  }
  return true;
}

bool loop_core::next(loop_participant& p) noexcept {
  if (!border(p)) {
    return false;
  }
  // order: relaxed; the iterations were published when the helper was invited.
  std::uint64_t at = cursor_.load(std::memory_order_relaxed);
  for (;;) {
    const std::uint64_t end = limit();
    if (at >= end) {
      return take_spare(p);
    }
    const std::uint64_t size = piece_size(p, at, end - at);
    // order: relaxed; claims iterations, publishes nothing.
    if (cursor_.compare_exchange_weak(at, at + size, std::memory_order_relaxed,
                                      std::memory_order_relaxed)) {
      begin_piece(p, at, at + size);
      return true;
    }
  }
}

void loop_core::exhaust() noexcept {
  // order: relaxed; a hint: it ends the invitations.
  cursor_.store(count_, std::memory_order_relaxed);
}

void loop_core::attend(loop_participant& p) noexcept {
  // order: relaxed; requests publish nothing.
  const std::uint32_t signal = signal_.load(std::memory_order_relaxed);
  if ((signal & (goes_on_ ? stopped | canceled : ending)) != 0 || stop_requested()) {
    p.last = p.first;
    return;
  }
  if ((signal & broken) != 0) {
    p.last = std::max(p.first, std::min(p.last, limit()));
  }
  if ((signal & hungry) != 0 && p.last - p.first > 1) {
    // order: relaxed; hints: sharing is for those who would take it now.
    const bool wanted = !has_spare_.load(std::memory_order_relaxed) &&
                        (caller_waits_.load(std::memory_order_relaxed) || helpers_wanted());
    if (wanted) {
      share(p);
    }
  }
}

void loop_core::share(loop_participant& p) noexcept {
  bool wake = false;
  bool waits = false;
  {
    lock_guard guard(lock_);
    if (spare_first_ != spare_last_) {
      return;
    }
    spare_last_ = p.last;
    const std::uint64_t half = (p.last - p.first + 1) / 2;
    spare_first_ = half < whole_line_piece ? p.first + half : at_line(p.first + half);
    p.last = spare_first_;
    // order: relaxed; under the lock, which is what counts.
    has_spare_.store(true, std::memory_order_relaxed);
    signal_.fetch_and(~std::uint32_t{hungry},
                      std::memory_order_relaxed);           // order: relaxed; as above
    waits = caller_waits_.load(std::memory_order_relaxed);  // order: relaxed; as above
    wake = caller_sleeps_ && waits;
    if (wake) {
      // order: relaxed; the caller takes the lock.
      wake_word_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  if (wake) {
    futex_wake_one(wake_word_);
  } else if (!waits) {
    invite(false);
  }
}

bool loop_core::take_spare(loop_participant& p) noexcept {
  // order: relaxed; a look without the lock first.
  if (!has_spare_.load(std::memory_order_relaxed)) {
    // order: relaxed, all; a request publishes nothing. Of one who is alone it would be in vain.
    if (!alone_.load(std::memory_order_relaxed) &&
        (signal_.load(std::memory_order_relaxed) & hungry) == 0) {
      signal_.fetch_or(hungry, std::memory_order_relaxed);  // order: relaxed; as above
    }
    return false;
  }
  lock_guard guard(lock_);
  if (spare_first_ == spare_last_) {
    // order: relaxed; a request publishes nothing.
    signal_.fetch_or(hungry, std::memory_order_relaxed);
    return false;
  }
  const std::uint64_t last = std::min(spare_last_, limit());
  const std::uint64_t first = std::exchange(spare_first_, spare_last_);
  // order: relaxed; under the lock, which is what counts.
  has_spare_.store(false, std::memory_order_relaxed);
  if (first >= last) {
    return false;
  }
  begin_piece(p, first, last);
  return true;
}

// ---- helpers

bool loop_core::helpers_wanted() const noexcept {
  // order: relaxed; hints: the lock decides.
  if (helpers_.load(std::memory_order_relaxed) >= max_helpers_ ||
      invited_.load(std::memory_order_relaxed)) {  // order: relaxed; as above
    return false;
  }
  return pool_ == nullptr || pool_->wants_work();
}

void loop_core::invite(bool needed) noexcept {
  if (!needed && (!helpers_wanted() || !work_left())) {
    return;
  }
  invitation* made = nullptr;
  try {
    made = frame_new<invitation>(*this);
  } catch (const std::bad_alloc&) {
    if (!caller_helps_) {
      fail(std::current_exception());
    }
    return;
  }
  {
    lock_guard guard(lock_);
    // order: relaxed; under the lock, as all stores of these.
    if (pending_ != nullptr || helpers_.load(std::memory_order_relaxed) >= max_helpers_) {
      guard.release();
      frame_delete(made);
      return;
    }
    pending_ = made;
    alone_.store(false, std::memory_order_relaxed);    // order: relaxed; as above
    invited_.store(true, std::memory_order_relaxed);   // order: relaxed; as above
    helpers_.fetch_add(1, std::memory_order_relaxed);  // order: relaxed; as above
  }
  if (scheduler_ == nullptr) {
    pool_->post(made);
    return;
  }
  try {
    scheduler_->queue_job(made);
  } catch (...) {
    // The scheduler takes nothing: the loop goes on without, or fails if it cannot. The job itself
    // may have been sent to the default pool; if it comes from there it finds itself withdrawn, or
    // the loop at its end.
    if (!caller_helps_) {
      fail(std::current_exception());
    }
    lock_guard guard(lock_);
    withdraw();
  }
}

void loop_core::withdraw() noexcept {
  invitation* open = std::exchange(pending_, nullptr);
  if (open == nullptr) {
    return;
  }
  invited_.store(false, std::memory_order_relaxed);  // order: relaxed; under the lock
  // order: release; pairs with acquire in invitation::accept, which frees it. An accepted one is on
  // its way in, where the lock orders the rest.
  if (open->word.exchange(invitation::withdrawn, std::memory_order_release) == invitation::open) {
    helpers_.fetch_sub(1, std::memory_order_relaxed);  // order: relaxed; under the lock
    if (pool_ != nullptr && pool_->take_back(open)) {
      frame_delete(open);
    }
  }
}

void loop_core::join(invitation* by) noexcept {
  {
    lock_guard guard(lock_);
    if (pending_ == by) {
      pending_ = nullptr;
      invited_.store(false, std::memory_order_relaxed);  // order: relaxed; under the lock
    }
  }
}

void loop_core::refuse(invitation* by) noexcept {
  join(by);
  leave({});
}

void loop_core::leave(const loop_participant& p) noexcept {
  bool wake = false;
  invitation* successor = nullptr;
  if (p.yields) {
    try {
      successor = frame_new<invitation>(*this);
    } catch (const std::bad_alloc&) {  // the loop goes on with one helper less
    }
  }
  pool* const where = pool_;
  if (where != nullptr && p.joined != 0 && successor == nullptr) {
    // The caller may go on to its next loop before this thread is back in the pool.
    where->about_to_search();
  }
  {
    lock_guard guard(lock_);
    if (p.size != 0) {
      helped_.store(true, std::memory_order_relaxed);  // order: relaxed; under the lock
    }
    const bool over = !work_left();
    if (over) {
      withdraw();
    }
    if (successor != nullptr && pending_ == nullptr && !over) {
      // This helper's place in the count goes to whoever follows the new invitation.
      pending_ = successor;
      invited_.store(true, std::memory_order_relaxed);  // order: relaxed; under the lock
    } else {
      if (successor != nullptr) {
        frame_delete(std::exchange(successor, nullptr));
      }
      // order: relaxed; under the lock.
      const bool last = helpers_.fetch_sub(1, std::memory_order_relaxed) == 1;
      wake = last && caller_sleeps_;
    }
    // The caller withdraws an invitation that nobody has followed yet when it looks again.
    wake = wake || (successor != nullptr && caller_sleeps_);
    if (wake) {
      // order: relaxed; the caller takes the lock.
      wake_word_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  // From here on the loop may be gone: its word's address alone is used.
  if (wake) {
    futex_wake_one(wake_word_);
  }
  if (successor != nullptr) {
    where->post_fair(successor);
  }
}

void loop_core::spin_for_helpers() const noexcept {
  std::int64_t until = 0;
  for (;;) {
    constexpr int pauses = 32;
    for (int i = 0; i < pauses; ++i) {
      // order: relaxed; a look; the lock decides.
      if (helpers_.load(std::memory_order_relaxed) == 0 ||
          (caller_helps_ &&
           has_spare_.load(std::memory_order_relaxed))) {  // order: relaxed; as above
        return;
      }
      cpu_relax();
    }
    const std::int64_t now = monotonic_ns();  // costs as much as a short wait
    if (until == 0) {
      until = now + spin_ns;
    } else if (now >= until) {
      return;
    }
  }
}

/// False: all helpers have left. True: there is a piece for the caller.
bool loop_core::wait_for_helpers(loop_participant& p) noexcept {
  bool announced = false;
  bool spun = false;
  // order: relaxed; hints. An open invitation is to be taken back first; else the helpers are left
  // the lock, which they need to go.
  caller_waits_.store(caller_helps_, std::memory_order_relaxed);
  if (!invited_.load(std::memory_order_relaxed)) {  // order: relaxed; as above
    spin_for_helpers();
    spun = true;
  }
  for (;;) {
    std::uint32_t seen = 0;
    bool ended = false;
    bool piece = false;
    {
      lock_guard guard(lock_);
      if (caller_helps_ || !work_left()) {
        withdraw();
      }
      ended = helpers_.load(std::memory_order_relaxed) == 0;  // order: relaxed; under the lock
      piece = caller_helps_ && spare_first_ != spare_last_ && work_left();
      // order: relaxed; under the lock, as the one below.
      caller_waits_.store(caller_helps_ && !ended && !piece, std::memory_order_relaxed);
      caller_sleeps_ = spun && !ended && !piece;
      seen = wake_word_.load(std::memory_order_relaxed);  // order: relaxed; as above
    }
    if (ended || piece) {
      if (announced) {
        if (worker* self = pool::this_worker()) {
          self->owner->end_blocking();
        }
      }
      p.size = 0;
      p.started = ticks();
      return piece;
    }
    if (!std::exchange(spun, true)) {
      spin_for_helpers();
      continue;
    }
    if (!std::exchange(announced, true)) {
      if (worker* self = pool::this_worker()) {
        self->owner->begin_blocking();
      }
      if (loop_place* const loop = loop_of_this_thread) {
        loop->about_to_block();
      }
    }
    futex_wait(wake_word_, seen);
  }
}

}  // namespace weft::detail
