#pragma once
/// The one slot through which task, time and sched reach the default instance; `runtime` fills it
/// on first use, the test kit replaces it.

#include <weft/base/atomic.hpp>
#include <weft/base/job.hpp>
#include <weft/task/detail/sleeper.hpp>

#include <cstdint>

namespace weft {
class task_scheduler;
class time_provider;
}  // namespace weft

namespace weft::detail {

class timer_service;

struct runtime_table {
  void (*post)(
      job*) noexcept;  ///< To the default pool: the local queue of a worker, else the shared one.
  void (*post_fair)(job*) noexcept;      ///< To the default pool, behind everything that is queued.
  void (*post_behind)(job*) noexcept;    ///< The same for what gives up its turn: the running job.
  void (*post_all)(job_list) noexcept;   ///< Many at once, as `post_fair`.
  void (*hand_over)(job_list) noexcept;  ///< To the default pool, what the running job has given
                                         ///< something to: a single one runs on this worker next.
  void (*begin_blocking)() noexcept;     ///< This thread is about to block; a pool worker gives its
                                         ///< slot away.
  void (*end_blocking)() noexcept;       ///< It is running again.
  task_scheduler* (*default_scheduler)();  ///< The default pool.
  timer_service* timers;                   ///< The default timers.
  /// This thread blocks without a limit: it is asked to look again whenever the pool has gone to
  /// sleep. False: not a thread of which that can be said. Null: there are none.
  bool (*begin_sleep)(sleeper&) noexcept;
  void (*end_sleep)(sleeper&) noexcept;
  /// Can anything still happen? By that thread, between the two.
  sleep_verdict (*look_at_sleep)(sleeper&) noexcept;
};

/// The default instance's table; starts it on first use. **Cost**: one acquire load.
[[nodiscard]] const runtime_table& runtime() noexcept;
/// Replaces the table (test kit). Pre: nothing of the former is in use. Returns the former, null if
/// none.
const runtime_table* exchange_runtime(const runtime_table* table) noexcept;
/// Defined by `runtime`: makes the default instance and returns its table.
const runtime_table* start_runtime() noexcept;

}  // namespace weft::detail
