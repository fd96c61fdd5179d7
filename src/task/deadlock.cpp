#include "deadlock.hpp"

#include "place.hpp"

#include <weft/base/error.hpp>
#include <weft/task/suspension.hpp>
#include <weft/task/synchronization_context.hpp>
#include <weft/trace/event.hpp>

#include <string>

namespace weft::detail {
namespace {

/// No chain of the user's is longer; a search that gets here has run in a circle.
constexpr int longest_chain = 1'000'000;

struct found {
  promise_base* who = nullptr;
  std::uintptr_t edge = 0;
};

// Frames and suspensions are read while others may free them. They lie in slabs that stay mapped, an edge counts only
// when two looks a millisecond apart agree, and a real deadlock stands still: see README.md. Hence no sanitizer here.
__attribute__((no_sanitize("thread"), no_sanitize("address"), noinline)) found
find_await_that_needs(const synchronization_context* here, task_core* core) noexcept {
  for (int steps = 0; steps < longest_chain; ++steps) {
    if (core->is_completed() || core->what() != task_core::kind::coroutine) {
      return {};
    }
    promise_base* promise = core->promise();
    for (;; ++steps) {
      // order: acquire; pairs with release in record_edge.
      const std::uintptr_t to = promise->awaited_.load(std::memory_order_acquire);
      std::uintptr_t next = to;
      if (static_cast<edge>(to & 3) == edge::suspension) {
        const auto* s = reinterpret_cast<const suspension*>(to & ~std::uintptr_t{3});
        if (s->context == here) {
          return {promise, to};
        }
        next = s->awaited;
      }
      if (next == 0 || steps >= longest_chain) {
        return {};
      }
      switch (static_cast<edge>(next & 3)) {
        case edge::lazy:
          promise = reinterpret_cast<promise_base*>(next & ~std::uintptr_t{3});
          continue;
        case edge::core: core = reinterpret_cast<task_core*>(next); break;
        default: return {};
      }
      break;
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
      " and has to resume in the context that this thread runs. co_await the task instead of blocking, or use "
      "configure_await(false) on the awaits inside it";
  throw deadlock_error(text, trace::this_thread_number(), place_, awaiting);
}

}  // namespace weft::detail
