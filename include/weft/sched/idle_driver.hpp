#pragma once
/// `idle_driver`: what a worker with nothing to run waits in. The reactor implements it over
/// io_uring or epoll, the test kit over a simulation.

#include <weft/base/job.hpp>

#include <cstdint>

namespace weft::detail {

/// **Thread-safety**: `wait` and `poll` are called by one thread at a time (the scheduler hands the
/// role from thread to thread, with a happens-before edge between); `wake` by any thread at any
/// time.
class idle_driver {
 public:
  idle_driver() = default;
  idle_driver(const idle_driver&) = delete;
  idle_driver& operator=(const idle_driver&) = delete;
  virtual ~idle_driver() = default;

  /// Waits until events came, `wake` was called, or `timeout_ns` passed (0: only looks; below 0:
  /// without limit), and appends what became runnable to `ready`. Never runs user code.
  virtual void wait(job_list& ready, std::int64_t timeout_ns) noexcept = 0;

  /// Makes the wait in progress return, or the next one if none is in progress.
  virtual void wake() noexcept = 0;

  /// A driver of one loop only: this thread runs the loop from now on, and nobody else waits or
  /// submits here until it has detached.
  virtual void attach() noexcept {}
  /// This thread ceases to run the loop, or is about to block: what is pending goes on elsewhere.
  virtual void detach(job_list& /*ready*/) noexcept {}
};

}  // namespace weft::detail
