#pragma once
/// The search for a closed chain of waits, made by a thread that is about to block.
/// `src/task/README.md` has the argument why what it reads without locks is enough to prove a
/// deadlock.

#include <weft/task/core.hpp>
#include <weft/task/thread_state.hpp>

#include <cstdint>
#include <source_location>

namespace weft::detail {

/// Does anybody's continuation need this thread (a loop's, or one inside a strand)?
[[nodiscard]] bool is_depended_on(const thread_state& here) noexcept;

/// `self` (what `capture` gave for `promise`'s coroutine) is about to wait for `core`: notes in the
/// coroutine's edge the lock that `core` stands for. **Throws** `deadlock_error` when that waits
/// for this very coroutine.
void forbid_circle(promise_base& promise, job* self, task_core& core);

/// For threads that look at what others wait for: what `to`, an edge, leads to without a suspension
/// in between; and the edge of the coroutine that it leads to, 0 where there is none.
[[nodiscard]] std::uintptr_t target_of_edge(std::uintptr_t to) noexcept;
[[nodiscard]] std::uintptr_t next_edge(std::uintptr_t to) noexcept;

class deadlock_search {
 public:
  deadlock_search(task_core& awaited, std::source_location blocking_place) noexcept
      : start_(&awaited), place_(blocking_place) {}
  /// Follows the chain from the task that this thread waits for, also through threads that block in
  /// a loop or strand. **Throws** `deadlock_error` when it ends at an await that can only resume on
  /// this thread, or comes back to itself, and the look before saw the very same.
  void look();
  /// **Throws** `deadlock_error`: everything is asleep, and nothing alive could end this wait.
  [[noreturn]] void report_asleep();

 private:
  [[noreturn]] void report(promise_base* last, bool is_cycle);

  task_core* start_;
  std::source_location place_;
  promise_base* seen_ = nullptr;  // the await that needs this thread, at the last look
  std::uintptr_t seen_edge_ = 0;
};

}  // namespace weft::detail
