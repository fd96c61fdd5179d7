#include "deadlock.hpp"

#include <weft/base/error.hpp>
#include <weft/base/frame_allocator.hpp>
#include <weft/task/suspension.hpp>
#include <weft/task/synchronization_context.hpp>
#include <weft/trace/event.hpp>

#include "place.hpp"

#include <string>

namespace weft::detail {
namespace {

/// No chain of the user's is longer; a search that gets here has run in a circle.
constexpr int longest_chain = 1'000'000;

struct found {
  promise_base* who = nullptr;
  std::uintptr_t edge = 0;
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

/// Follows what `promise` waits for, through lazies, to a core; stops at an await that has to
/// resume in `here`.
found follow_to_core(const synchronization_context* here, promise_base* promise, task_core*& core,
                     int& steps) noexcept {
  while (steps++ < longest_chain) {
    const std::uintptr_t to = word_at(&promise->awaited_);
    std::uintptr_t next = to;
    if (static_cast<edge>(to & 3) == edge::suspension) {
      const auto* s = reinterpret_cast<const suspension*>(to & ~std::uintptr_t{3});
      if (word_at(&s->context) == reinterpret_cast<std::uintptr_t>(here)) {
        return {promise, to};
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

found find_await_that_needs(const synchronization_context* here, task_core* core) noexcept {
  for (int steps = 0; core != nullptr && steps < longest_chain;) {
    promise_base* promise = core->suspended_promise(&word_at<atomic<std::uintptr_t>>);
    if (promise == nullptr) {
      return {};
    }
    core = nullptr;
    const found end = follow_to_core(here, promise, core, steps);
    if (end.who != nullptr) {
      return end;
    }
  }
  return {};
}

}  // namespace

bool is_depended_on(const thread_state& here) noexcept {
  return here.context != nullptr && here.context->is_exclusive();
}

void deadlock_search::look() {
  const found now = find_await_that_needs(this_thread().context, start_);
  if (now.who != nullptr && now.who == seen_ && now.edge == seen_edge_) {
    report(now.who);
  }
  seen_ = now.who;
  seen_edge_ = now.edge;
}

void deadlock_search::report(promise_base* last) {
  const std::source_location awaiting = last->place_;
  std::string text = "weft: deadlock: this thread blocks in ";
  text += describe(place_);
  text += " on a task that can only go on on this very thread: it awaits in ";
  text += describe(awaiting);
  text +=
      " and has to resume in the context that this thread runs. co_await the task instead of "
      "blocking, or use "
      "configure_await(false) on the awaits inside it";
  throw deadlock_error(text, trace::this_thread_number(), place_, awaiting);
}

}  // namespace weft::detail
