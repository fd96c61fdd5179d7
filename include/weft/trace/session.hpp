#pragma once
/// `session`: records the events of all threads from its start on.

#include <weft/trace/event.hpp>

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <vector>

namespace weft::trace {

/// One event as a session gives it.
struct record {
  std::int64_t time_ns;        ///< Monotonic clock (as `steady_clock`), to about 100 ns.
  std::uint64_t sequence;      ///< Its place in this list, from 0: the order over all threads.
  std::uint32_t thread;        ///< The thread's small number.
  std::uint32_t os_thread;     ///< The thread as the operating system numbers it.
  event kind;                  ///< What happened.
  const void* subject;         ///< To whom.
  std::source_location place;  ///< Where in the code; line 0 when not known.
  const char* label;           ///< A literal, or null.
  std::uint64_t aux;
};

/// Tracing is on while at least one session runs.
///
/// Each thread keeps its newest `ring_capacity` events; a thread that emits more overwrites its
/// oldest. Events of threads that end are kept while a session runs, the newest
/// `ended_capacity` of them.
/// **Thread-safety**: sessions are independent of each other; one session by one thread at a time.
/// **Cost**: start and stop a lock; `snapshot` reads all rings (48 B an event) and sorts.
class session {
 public:
  static constexpr std::size_t ring_capacity = 8192;       // events a thread; 384 KiB
  static constexpr std::size_t ended_capacity = 1u << 18;  // events of ended threads; 18 MiB

  session();  ///< Starts.
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session();  ///< Stops, if still running.

  /// What was recorded so far, in order of time. It goes on.
  [[nodiscard]] std::vector<record> snapshot() const;

  /// Stops and returns what was recorded; nothing when it was stopped before.
  std::vector<record> stop();

  [[nodiscard]] bool is_running() const noexcept { return running_; }

  /// Events that were overwritten since the start. Above 0: the oldest ones may be missing.
  [[nodiscard]] std::uint64_t lost() const noexcept;

 private:
  void end() noexcept;

  std::int64_t started_ticks_;  // of the event points' clock
  std::int64_t started_ns_;
  std::uint64_t lost_before_;
  bool running_ = true;
};

}  // namespace weft::trace
