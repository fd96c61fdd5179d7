#pragma once
/// What weft keeps for each thread: what is current on it, and how deep it resumes inline.

#include <weft/base/job.hpp>

#include <cstdint>

namespace weft {
class synchronization_context;
class task_scheduler;
}  // namespace weft

namespace weft::detail {

class task_core;
struct flow_values;

struct thread_state {
  synchronization_context* context = nullptr;  ///< Current context, or null.
  task_scheduler* scheduler = nullptr;         ///< Current scheduler when it is not the default one, else null.
  flow_values* flow = nullptr;                 ///< Values of `async_local`s, or null when none was ever set here.
  std::uint32_t inline_depth = 0;              ///< Continuations being run inside each other on this stack.
  job* pending = nullptr;                      ///< Next to be resumed, in builds without symmetric transfer.
  void* worker = nullptr;                      ///< The pool worker that this thread is, owned by sched.

  [[nodiscard]] bool is_plain() const noexcept { return context == nullptr && scheduler == nullptr; }
};

/// This thread's state. Never inlined: a coroutine may go on on another thread after every await, and compilers keep
/// addresses of thread-locals (llvm#47179).
[[nodiscard]] thread_state& this_thread() noexcept;

/// Beyond this many continuations inside each other the next one is posted: 32 × ~1 KiB in a debug build.
inline constexpr std::uint32_t max_inline_depth = 32;

}  // namespace weft::detail
