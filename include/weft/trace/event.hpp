#pragma once
/// Event points: what happened, where and when, written into a ring per thread. Off by default; an
/// event point costs one predictable branch then.

#include <weft/base/atomic.hpp>

#include <cstdint>
#include <source_location>

namespace weft::trace {

/// What happened to a subject.
enum class event : std::uint8_t {
  task_created,
  task_started,
  task_suspended,
  task_resumed,
  task_completed,
  worker_parked,
  worker_woke,
  operation_submitted,  ///< Handed to whoever carries it out; the label names the kind of resource.
  operation_completed,
  blocked_begin,  ///< A thread waits, and runs nothing meanwhile.
  blocked_end,
  mark,  ///< A point of the user's own.
};

/// The event's name as in the code ("task_created").
[[nodiscard]] const char* name_of(event kind) noexcept;

namespace detail {
/// What the hot paths have to do besides their work; 0 in most programs, so that one look at it
/// covers all.
enum hook : std::uint32_t {
  tracing = 1,     ///< A session runs.
  flowing = 2,     ///< A value of an `async_local` has been set, once or ever again.
  simulating = 4,  ///< Some thread belongs to a simulation.
};
extern constinit weft::detail::atomic<std::uint32_t> hooks;
}  // namespace detail

/// True while a session runs. **Cost**: a relaxed load and a branch that is predicted as false.
[[nodiscard]] inline bool enabled() noexcept {
  // order: relaxed; an event point that sees the change late loses or adds an event, which is
  // dropped by its time.
  return __builtin_expect((detail::hooks.load(std::memory_order_relaxed) & detail::tracing) != 0,
                          false);
}

/// True when a hot path has anything to do besides its work. **Cost**: as `enabled`.
[[nodiscard]] inline bool any_hook() noexcept {
  // order: relaxed; events as above. Values flow from thread to thread by what orders the threads,
  // and the bit with them.
  return __builtin_expect(detail::hooks.load(std::memory_order_relaxed) != 0, false);
}
/// True when values may flow. **Cost**: as `enabled`.
[[nodiscard]] inline bool flowing() noexcept {
  // order: relaxed; as in any_hook.
  return __builtin_expect((detail::hooks.load(std::memory_order_relaxed) & detail::flowing) != 0,
                          false);
}
/// From now on values may flow, for good.
inline void begin_flowing() noexcept {
  // order: relaxed; as in any_hook.
  if ((detail::hooks.load(std::memory_order_relaxed) & detail::flowing) == 0) {
    // order: relaxed; as above.
    detail::hooks.fetch_or(detail::flowing, std::memory_order_relaxed);
  }
}

/// Records an event of this thread, if a session runs; call it under `enabled()`.
/// `subject` is an identity, never followed. `label` is a string literal ("timer", "file",
/// "socket", "sqlite", "http") or null; `aux` is whatever the event point says.
/// **Thread-safety**: from any thread. **Cost**: a read of the processor's counter and a cache
/// line, about 15 ns; the first event of a thread allocates its ring; without memory the event is
/// dropped.
void emit(event kind, const void* subject, std::source_location place = {},
          const char* label = nullptr, std::uint64_t aux = 0) noexcept;

/// A small number for the calling thread, from 1, in the order in which threads first asked or
/// emitted; never used again in this process.
[[nodiscard]] std::uint32_t this_thread_number() noexcept;

}  // namespace weft::trace
