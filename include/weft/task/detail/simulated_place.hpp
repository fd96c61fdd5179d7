#pragma once
/// `simulated_place`: what stands in for pool, clock, timers and blocking on a thread that a test
/// kit runs. One virtual call where a thread of the real runtime would meet the outside; nothing on
/// the paths that do not.

#include <weft/base/atomic.hpp>
#include <weft/base/function_ref.hpp>
#include <weft/base/job.hpp>

#include <cstdint>
#include <source_location>

namespace weft {
class task_scheduler;
}

namespace weft::detail {

class context_anchor;
struct runtime_table;
struct suspension;

/// A thread belongs to one while `thread_state::simulated` points to it.
/// **Thread-safety**: `queue` and `resumes` from any thread, where they report a thread that is not
/// this place's and leave the job alone; the rest by its own thread.
class simulated_place {
 public:
  simulated_place() = default;
  simulated_place(const simulated_place&) = delete;
  simulated_place& operator=(const simulated_place&) = delete;
  virtual ~simulated_place() = default;

  /// Queues `item`, to run with `where` as the current scheduler; null: as on the default pool.
  virtual void queue(job* item, task_scheduler* where) noexcept = 0;
  /// A coroutine suspends; `s` says where, and what it waits for.
  virtual void suspended(suspension& s) noexcept = 0;
  /// It goes on, or never suspended after all. False: it must not go on on this thread.
  [[nodiscard]] virtual bool resumes(suspension& s) noexcept = 0;
  /// Something completed in the middle of ordinary code: does its awaiter run inside that call, as
  /// it usually does, or later?
  [[nodiscard]] virtual bool resumes_inline(const suspension& s) noexcept = 0;

  /// What a blocking wait becomes: runs others until `done()`, or until the time is over (below 0:
  /// no limit). **Returns** false for the latter. **Throws** when nothing can run any more, and,
  /// save for `is_loop` (the wait of a context's loop), where blocking is refused.
  virtual bool block(function_ref<bool()> done, std::int64_t timeout_ns, bool is_loop,
                     std::source_location place) = 0;
  /// Runs others until nothing is queued with `where` as its scheduler.
  virtual void drain(task_scheduler* where) = 0;

  // Constant while a thread belongs to it, save the time.
  const runtime_table* table = nullptr;  ///< What `runtime()` gives on its thread.
  context_anchor* home = nullptr;        ///< Where coroutines without another place go on.
  std::int64_t now_ns = 0;               ///< Its monotonic clock.
};

/// Around the time in which threads may belong to places: `runtime()` and the awaits look for one
/// then, and cost a little more in the whole process. Counts.
void begin_simulating();
void end_simulating() noexcept;

/// `block` for waits that cannot throw: a simulation in which they cannot end says so and aborts.
/// False where this thread belongs to no place, and nothing was done.
bool block_simulated(function_ref<bool()> done) noexcept;

}  // namespace weft::detail
