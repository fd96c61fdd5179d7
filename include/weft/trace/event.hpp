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
extern constinit weft::detail::atomic<bool> tracing;
}

/// True while a session runs. **Cost**: a relaxed load and a branch that is predicted as false.
[[nodiscard]] inline bool enabled() noexcept {
  // order: relaxed; an event point that sees the change late loses or adds an event, which is
  // dropped by its time.
  return __builtin_expect(detail::tracing.load(std::memory_order_relaxed), false);
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
