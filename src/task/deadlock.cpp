#include "deadlock.hpp"

#include <weft/base/error.hpp>
#include <weft/base/frame_allocator.hpp>
#include <weft/task/suspension.hpp>
#include <weft/task/synchronization_context.hpp>

#include "place.hpp"

#include <bit>
#include <string>

#include <unistd.h>

namespace weft::detail {
namespace {

/// No chain of the user's is longer; a search that gets here has run in a circle.
constexpr int longest_chain = 1'000'000;

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
  for (int distance = 0, limit = 1; core != nullptr && steps < longest_chain;) {
    promise_base* promise = core->suspended_promise(&word_at<atomic<std::uintptr_t>>);
    if (promise == nullptr) {
      return {};
    }
    if (++distance == limit) {
      mark = core;
      distance = 0;
      limit *= 2;
    }
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

}  // namespace

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
