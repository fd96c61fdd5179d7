#include "deadlock.hpp"

#include <weft/base/error.hpp>
#include <weft/base/frame_allocator.hpp>
#include <weft/task/suspension.hpp>
#include <weft/task/synchronization_context.hpp>

#include "../place.hpp"

#include <bit>
#include <optional>
#include <string>

#include <unistd.h>

namespace weft::detail {
namespace {

/// No chain of the user's is longer; a search that gets here has run in a circle.
constexpr int longest_chain = 1'000'000;
/// The same for locks that wait for each other's holders with no task between them.
constexpr int longest_chain_of_locks = 1'000;

/// Contexts whose threads block, that a search follows at most.
constexpr int most_contexts = 32;

struct found {
  promise_base* who = nullptr;
  std::uintptr_t edge = 0;
  bool is_cycle = false;  // the chain comes back to itself; else it ends at this thread
};

/// Tasks that the threads of other contexts block on: a coroutine that has to resume in such a
/// context waits for them, too.
struct other_waits {
  task_core* cores[most_contexts];
  int count = 0;
  void add(task_core* core) noexcept {
    for (int i = 0; i < count; ++i) {
      if (cores[i] == core) {
        return;
      }
    }
    if (core != nullptr && count < most_contexts) {
      cores[count++] = core;
    }
  }
};

// Frames and suspensions are read while others may free them: only where the memory is known to be
// readable, without sanitizers, and a verdict needs two looks that agree; see README.md.
#define WEFT_READS_FREED_MEMORY \
  __attribute__((no_sanitize("thread"), no_sanitize("address"), noinline))

template <class T>
WEFT_READS_FREED_MEMORY std::uintptr_t word_at(const T* field) noexcept {
  static_assert(sizeof(T) == sizeof(std::uintptr_t));
  if (!frame_is_readable(field, sizeof(T))) {
    return 0;
  }
  return *reinterpret_cast<const volatile std::uintptr_t*>(field);
}

/// The coroutine that has to let go of what the edge leads to, or null: not a lock, or nobody
/// known.
promise_base* owner_of(std::uintptr_t to) noexcept {
  const auto* lock = reinterpret_cast<const owned_waitable*>(to & ~std::uintptr_t{3});
  if (word_at(&lock->tag) != reinterpret_cast<std::uintptr_t>(&owned_waitable::tag_of_all)) {
    return nullptr;
  }
  return reinterpret_cast<promise_base*>(word_at(&lock->owner));
}

bool is_running_here(const running_task* here, const task_core* core) noexcept {
  for (; here != nullptr; here = here->outer) {
    if (here->core == core) {
      return true;
    }
  }
  return false;
}

bool occupies(const occupation* here, std::uintptr_t group) noexcept {
  for (; here != nullptr; here = here->outer) {
    if (reinterpret_cast<std::uintptr_t>(*here->anchor->group()) == group) {
      return true;
    }
  }
  return false;
}

/// Follows what `promise` waits for, through lazies, to a core; stops at an await that has to
/// resume in `here`.
found follow_to_core(const occupation* here, promise_base* promise, task_core*& core,
                     other_waits& others, int& steps) noexcept {
  int locks = 0;
  while (steps++ < longest_chain) {
    const std::uintptr_t to = word_at(&promise->awaited_);
    std::uintptr_t next = to;
    if (static_cast<edge>(to & 3) == edge::suspension) {
      const auto* s = reinterpret_cast<const suspension*>(to & ~std::uintptr_t{3});
      if (const std::uintptr_t target = word_at(&s->target)) {
        const auto* anchor = reinterpret_cast<const context_anchor*>(target);
        const std::uintptr_t group = word_at(anchor->group());
        if (occupies(here, group)) {
          return {promise, to};
        }
        anchor = reinterpret_cast<const context_anchor*>(group);
        others.add(reinterpret_cast<task_core*>(word_at(anchor->blocked_on())));
      }
      next = word_at(&s->awaited);
    }
    switch (static_cast<edge>(next & 3)) {
      case edge::lazy:
        promise = reinterpret_cast<promise_base*>(next & ~std::uintptr_t{3});
        continue;
      case edge::core:
        core = reinterpret_cast<task_core*>(next);
        return {};
      case edge::waitable:
        if (++locks > longest_chain_of_locks) {
          return {promise, to, true};
        }
        promise = owner_of(next);
        if (promise == nullptr) {
          return {};
        }
        continue;
      default:
        return {};
    }
  }
  return {};
}

/// One chain of tasks, to an await that needs this thread or back to itself.
found follow_chain(const occupation* here, task_core* core, other_waits& others,
                   int& steps) noexcept {
  // Brent's algorithm: a mark moves up to the chain's end each time that its distance has doubled.
  const task_core* mark = nullptr;
  promise_base* before = nullptr;
  for (int distance = 0, limit = 1; core != nullptr && steps < longest_chain;) {
    if (is_running_here(this_thread().running, core)) {
      return {before != nullptr ? before : core->promise(), reinterpret_cast<std::uintptr_t>(core),
              true};
    }
    promise_base* promise = core->suspended_promise(&word_at<atomic<std::uintptr_t>>);
    if (promise == nullptr) {
      return {};
    }
    if (++distance == limit) {
      mark = core;
      distance = 0;
      limit *= 2;
    }
    before = promise;
    core = nullptr;
    const found end = follow_to_core(here, promise, core, others, steps);
    if (end.who != nullptr) {
      return end;
    }
    if (core != nullptr && core == mark) {
      return {promise, reinterpret_cast<std::uintptr_t>(core), true};
    }
  }
  return {};
}

found find_closed_chain(const occupation* here, task_core* core) noexcept {
  other_waits others;
  others.add(core);
  int steps = 0;
  for (int i = 0; i < others.count; ++i) {
    const found end = follow_chain(here, others.cores[i], others, steps);
    if (end.who != nullptr) {
      return end;
    }
  }
  return {};
}

/// The coroutine that `to` leads to, or null: it runs, has ended, or waits for something outside.
promise_base* step(std::uintptr_t to) noexcept {
  if (static_cast<edge>(to & 3) == edge::suspension) {
    to = word_at(&reinterpret_cast<const suspension*>(to & ~std::uintptr_t{3})->awaited);
  }
  switch (static_cast<edge>(to & 3)) {
    case edge::lazy:
      return reinterpret_cast<promise_base*>(to & ~std::uintptr_t{3});
    case edge::waitable:
      return owner_of(to);
    case edge::core:
      return to == 0 ? nullptr
                     : reinterpret_cast<task_core*>(to)->suspended_promise(
                           &word_at<atomic<std::uintptr_t>>);
    default:
      return nullptr;
  }
}

/// A chain of waits, each link as it was read.
class chain {
 public:
  /// True when it comes to `self`.
  bool follow(const promise_base& self, std::uintptr_t to) noexcept {
    for (promise_base* at = step(to); at != nullptr && length_ < longest; at = step(to)) {
      if (at == &self) {
        return true;
      }
      to = word_at(&at->awaited_);
      links_[length_++] = {at, to};
    }
    return false;
  }
  /// Reads all links again, the last one first and then the first one first: is each as it was?
  [[nodiscard]] bool stands(const promise_base& self) const noexcept {
    bool same = true;
    for (int i = length_; i-- > 0 && same;) {
      same = is_as_it_was(i, self);
    }
    for (int i = 0; i < length_ && same; ++i) {
      same = is_as_it_was(i, self);
    }
    return same;
  }
  [[nodiscard]] promise_base* last() const noexcept {
    return length_ == 0 ? nullptr : links_[length_ - 1].who;
  }

 private:
  static constexpr int longest = 64;  // longer ones are left to threads that block on them
  struct link {
    promise_base* who;
    std::uintptr_t to;
  };
  [[nodiscard]] bool is_as_it_was(int i, const promise_base& self) const noexcept {
    const promise_base* next = i + 1 == length_ ? &self : links_[i + 1].who;
    return word_at(&links_[i].who->awaited_) == links_[i].to && step(links_[i].to) == next;
  }

  link links_[longest];
  int length_ = 0;
};

}  // namespace

const char owned_waitable::tag_of_all = 0;

void forbid_circle(promise_base& self, job* captured, task_core& core) {
  std::uintptr_t to = edge_to(&core);
  if (core.what() == task_core::kind::external && core.ops()->edge != nullptr) {
    to = core.ops()->edge(&core);
    if (captured->drop == &suspension_marker) {
      // order: release; pairs with the reads of follow_to_core, as in record_edge.
      static_cast<suspension*>(captured)->awaited.store(to, std::memory_order_release);
    } else {
      record_edge(self, to);
    }
    // order: acquire; pairs with release in is_owned_by. The lock is there: this waits for it.
    if (static_cast<edge>(to & 3) == edge::waitable &&
        reinterpret_cast<const owned_waitable*>(to & ~std::uintptr_t{3})
                ->owner.load(std::memory_order_acquire) == 0) {
      return;  // given to somebody who has not gone on yet, so it leads nowhere
    }
  }
  chain waits;
  // A coroutine that runs waits for nothing, so awaiting oneself is the case without links.
  const bool itself = static_cast<edge>(to & 3) == edge::core &&
                      reinterpret_cast<task_core*>(to)->what() == task_core::kind::coroutine &&
                      reinterpret_cast<task_core*>(to)->promise() == &self;
  if (!itself && (!waits.follow(self, to) || !waits.stands(self))) {
    return;
  }
  const promise_base* last = waits.last();
  std::string text = "weft: deadlock: the await in " + describe(self.place_);
  if (last == nullptr) {
    text += static_cast<edge>(to & 3) == edge::waitable
                ? " waits for a lock that this very coroutine holds"
                : " waits for the very task that it stands in";
    throw deadlock_error(text, static_cast<std::uint64_t>(::gettid()), self.place_, self.place_);
  }
  const auto awaiting = std::bit_cast<std::source_location>(word_at(&last->place_));
  text += " would close a circle: what it waits for waits for this coroutine, by the await in ";
  text += describe(awaiting);
  throw deadlock_error(text, static_cast<std::uint64_t>(::gettid()), self.place_, awaiting);
}

std::uintptr_t target_of_edge(std::uintptr_t to) noexcept {
  return static_cast<edge>(to & 3) == edge::suspension
             ? word_at(&reinterpret_cast<const suspension*>(to & ~std::uintptr_t{3})->awaited)
             : to;
}

std::uintptr_t next_edge(std::uintptr_t to) noexcept {
  const promise_base* at = step(to);
  return at == nullptr ? 0 : word_at(&at->awaited_);
}

bool is_depended_on(const thread_state& here) noexcept {
  return here.occupied != nullptr;
}

void deadlock_search::look() {
  const thread_state& here = this_thread();
  const found now = find_closed_chain(here.occupied, start_);
  if (now.who != nullptr && now.who == seen_ && now.edge == seen_edge_) {
    report(now.who, now.is_cycle);
  }
  seen_ = now.who;
  seen_edge_ = now.edge;
}

void deadlock_search::report_asleep() {
  // The last await of the user's code; what weft's own coroutines wait for says nothing to people.
  std::optional<std::source_location> last;
  int links = 0;
  for (promise_base* at = step(edge_to(start_)); at != nullptr && links < longest_chain; ++links) {
    const auto place = std::bit_cast<std::source_location>(word_at(&at->place_));
    if (!clean_function_name(place.function_name()).starts_with("weft::detail::")) {
      last = place;
    }
    at = step(word_at(&at->awaited_));
  }
  std::string text = "weft: deadlock: this thread blocks in " + describe(place_) +
                     " while everything is asleep, and nothing is left that could wake it: no "
                     "timer, descriptor, source, event, semaphore, channel writer, context or "
                     "other thread";
  std::source_location awaiting = place_;
  if (last.has_value()) {
    awaiting = *last;
    text += ". What it waits for stands at the await in " + describe(awaiting);
  }
  throw deadlock_error(text, static_cast<std::uint64_t>(::gettid()), place_, awaiting);
}

void deadlock_search::report(promise_base* last, bool is_cycle) {
  // Written before the edge that led here; read like the edge, without an order that TSan knows.
  const auto awaiting = std::bit_cast<std::source_location>(word_at(&last->place_));
  std::string text = "weft: deadlock: this thread blocks in ";
  text += describe(place_);
  if (is_cycle) {
    text += " on tasks that wait for each other: the circle closes at the await in ";
    text += describe(awaiting);
  } else {
    text += " on a task that can only go on on this very thread: it awaits in ";
    text += describe(awaiting);
    text +=
        " and has to resume in the context that this thread runs. co_await the task instead of "
        "blocking, or use configure_await(false) on the awaits inside it";
  }
  throw deadlock_error(text, static_cast<std::uint64_t>(::gettid()), place_, awaiting);
}

}  // namespace weft::detail
