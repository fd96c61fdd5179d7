#pragma once
/// What weft keeps for each thread: what is current on it, and how deep it resumes inline.

#include <weft/base/atomic.hpp>
#include <weft/base/job.hpp>
#include <weft/base/thread_locals.hpp>
#include <weft/base/work_deque.hpp>

#include <cstddef>
#include <cstdint>

namespace weft {
class synchronization_context;
class task_scheduler;
}  // namespace weft

namespace weft::detail {

class simulated_place;
class task_core;
struct flow_values;
struct flow_call;

/// Every so many jobs a worker looks at the shared queue before its own, so that nothing there
/// starves.
inline constexpr std::uint32_t fairness_period = 61;
/// Every so often a worker looks at its deque before what runs next.
inline constexpr std::uint32_t most_nexts = 32;

/// The queue of a pool worker, as far as forks and awaits need to know it; the rest is sched's.
struct worker_queue {
  work_deque deque;
  // Atomic: the coroutine that what runs here has handed something to, or is likely to wait for;
  // put there by the thread that holds the slot. See pool::hand_over.
  atomic<job*> next{nullptr};
  atomic<std::uint32_t> tick{0};  // counts jobs; written by that thread, before each
  // Constant after construction: the pool's counts, and whom to call when a slot is idle and nobody
  // searches.
  const atomic<std::int32_t>* idle_slots = nullptr;
  const atomic<std::int32_t>* searching = nullptr;
  void (*wake)(worker_queue&) noexcept = nullptr;
  bool monitored = false;      // a monitor finds work that a sleeper has missed
  std::size_t keep_shown = 1;  // forks keep their children beyond so many that thieves can see
};

/// A fork on some thread's stack, with the children that nobody but this thread can see yet. They
/// are linked as jobs, the next to be run first.
struct open_fork {
  open_fork* outer;  ///< The next older one of this thread.
  job* next;         ///< Null: the children have been given to everybody, by way of the deque.
};
/// Puts the children of all open forks of this thread into its deque: it stops to run for a while.
void give_forks(worker_queue& queue) noexcept;

/// Contexts and schedulers that run nothing while this thread does not go on.
struct occupation;

/// A task whose plain function this thread is inside of.
struct running_task {
  const task_core* core;
  const running_task* outer;
};

struct thread_state {
  synchronization_context* context = nullptr;  ///< Current context, or null.
  task_scheduler* scheduler =
      nullptr;                  ///< Current scheduler when it is not the default one, else null.
  flow_values* flow = nullptr;  ///< Values of `async_local`s; null: none. A reference.
  flow_call* calls = nullptr;   ///< Hot calls on this stack that left values behind; see flow.hpp.
  std::uint32_t inline_depth = 0;  ///< Continuations being run inside each other on this stack.
  job* pending = nullptr;          ///< Next to be resumed, in builds without symmetric transfer.
  bool in_run_job = false;         ///< Somebody looks at `pending`, in such builds.
  void* worker = nullptr;          ///< The pool worker that this thread is, owned by sched.
  worker_queue* queue = nullptr;   ///< Of the default pool's slot that this thread holds, or null.

  open_fork* forks = nullptr;  ///< The newest; only while `queue` is not null.

  const occupation* occupied = nullptr;   ///< The newest; see context_anchor.
  const running_task* running = nullptr;  ///< The newest; see `run`.

  /// Lazies run on the stack of their awaiter while it lies above this address: nowhere but on
  /// threads that know how much stack they have, and that hold no values of `async_local`s.
  std::uintptr_t nest_limit = UINTPTR_MAX;
  std::uintptr_t own_nest_limit = UINTPTR_MAX;  ///< What it is without such values.

  simulated_place* simulated = nullptr;  ///< What this thread belongs to in a test; null: nothing.

  [[nodiscard]] bool is_plain() const noexcept {
    return context == nullptr && scheduler == nullptr;
  }
};

WEFT_THREAD_LOCAL extern thread_local constinit thread_state state_of_this_thread;

/// This thread's state. A coroutine may go on on another thread after every await: keep no
/// reference across one. clang before 17 keeps the address of a thread-local across a suspension
/// (llvm#47179), so there it is no inline function; later ones re-read it, and g++ splits a
/// coroutine before it could.
#if defined(__clang__) && __clang_major__ < 17
[[gnu::noinline]]
#endif
[[nodiscard]] inline thread_state&
this_thread() noexcept {
  return state_of_this_thread;
}

/// Where this thread's stack stands, about.
[[nodiscard]] inline std::uintptr_t stack_position() noexcept {
#if defined(__x86_64__)
  std::uintptr_t at;
  __asm__("mov %%rsp, %0" : "=r"(at));
  return at;
#else
  return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
#endif
}

/// Bytes of a pool thread's stack that lazies may fill by running nested in each other; what comes
/// deeper takes turns on what is left of the stack (README.md).
inline constexpr std::size_t nested_stack = std::size_t{256} * 1024;

/// Beyond this many continuations inside each other the next one is posted: 32 × ~1 KiB in a debug
/// build.
inline constexpr std::uint32_t max_inline_depth = 32;

}  // namespace weft::detail
