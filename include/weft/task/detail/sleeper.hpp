#pragma once
/// Threads that block without a limit, as the proof that everything is asleep sees them.
/// `src/task/README.md`, "Everything asleep", has the proof.

#include <weft/base/atomic.hpp>

#include <cstdint>

namespace weft::detail {

class task_core;
struct running_task;

/// What the word of a blocked thread says.
struct sleep_word {
  static constexpr std::uint32_t waits = 0;
  static constexpr std::uint32_t completed = 1;
  static constexpr std::uint32_t stopped = 2;
  static constexpr std::uint32_t looks_again = 3;  ///< Waits still; it was asked to look again.
};

/// What one look saw. Two that are the same enclose a time in which nobody was woken.
struct sleep_view {
  std::uint64_t wakes = 0;   ///< Threads of the pool that were woken or started, or fell asleep.
  std::uint64_t events = 0;  ///< Times that the one in the driver came out with something.
  std::uint64_t timers = 0;  ///< Timers that were armed, taken back or fired.
  std::uint64_t turns = 0;   ///< Times that the one in the driver looked and found nothing.
  bool asleep = false;
};

/// One thread that blocks without a limit on `awaited`; on its stack.
struct sleeper {
  // Constant while it is known to the runtime:
  atomic<std::uint32_t>* word = nullptr;
  task_core* awaited = nullptr;
  const running_task* running = nullptr;  ///< What it is inside of.
  bool in_pool = false;                   ///< A worker of the default pool.
  // Guarded by the runtime's lock:
  sleeper* next = nullptr;  ///< One that fell asleep before.
  sleep_view seen;
};

enum class sleep_verdict : std::uint8_t {
  awake,      ///< Something can still happen: whoever ends that asks this thread to look again.
  unsettled,  ///< Look again in a moment.
  crowded,    ///< Only threads that are not known stand against it. Some may be about to end.
  proven      ///< Nothing can happen any more, and this thread is the one to be told.
};

/// Who of these threads, all of which sleep for good, is told first: one that waits for none of the
/// others, rather one of the pool's, rather one that fell asleep late. Not null unless `newest` is.
[[nodiscard]] sleeper* sleeper_to_tell(sleeper* newest) noexcept;

}  // namespace weft::detail
