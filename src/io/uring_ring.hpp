#pragma once
/// `uring_ring`: a ring of io_uring, for both kinds of reactors. Includes liburing; nobody else
/// does.

#include <cstdint>

#include <liburing.h>

namespace weft::detail {

/// A pair of queues shared with the kernel. It guards nothing itself: `uring_reactor` has a lock
/// for the submission side, `uring_loop` a single thread.
class uring_ring {
 public:
  static constexpr unsigned smallest = 8;
  /// Room for completions, a submission; what overflows waits in the kernel, and costs a call.
  static constexpr unsigned completions_per_submission = 8;

  uring_ring() noexcept = default;
  uring_ring(const uring_ring&) = delete;
  uring_ring& operator=(const uring_ring&) = delete;
  ~uring_ring() { close(); }

  /// Smaller when less memory may be locked. **Returns** 0 or an errno. **Pre**: not open.
  [[nodiscard]] int open(unsigned entries, unsigned setup) noexcept;
  void close() noexcept;
  [[nodiscard]] bool is_open() const noexcept { return open_; }
  [[nodiscard]] unsigned features() const noexcept { return ring_.features; }
  [[nodiscard]] io_uring& native() noexcept { return ring_; }

  /// Spares the look-up of the ring's descriptor in each call. The table is the thread's, and so is
  /// the duty to take it out again.
  void register_with_thread() noexcept;
  void unregister_from_thread() noexcept;
  /// Each call also runs the kernel's work for this thread: what a DEFER_TASKRUN ring needs.
  void run_kernel_work_always() noexcept { always_ |= IORING_ENTER_GETEVENTS; }

  /// Where to write the next submission; null when the queue is full and the kernel takes nothing.
  [[nodiscard]] io_uring_sqe* next_sqe() noexcept {
    if (unsubmitted() >= ring_.sq.ring_entries) [[unlikely]] {
      enter(ring_.sq.ring_entries, false, 0);
      if (unsubmitted() >= ring_.sq.ring_entries) {
        return nullptr;
      }
    }
    return &ring_.sq.sqes[ring_.sq.sqe_tail & ring_.sq.ring_mask];
  }
  void publish() noexcept {
    ++ring_.sq.sqe_tail;
    // Pairs with the kernel's acquire of the tail: the SQE is written before.
    io_uring_smp_store_release(ring_.sq.ktail, ring_.sq.sqe_tail);
  }
  [[nodiscard]] unsigned unsubmitted() const noexcept {
    return ring_.sq.sqe_tail - io_uring_smp_load_acquire(ring_.sq.khead);
  }

  /// Submits so many, and waits for a completion if asked to; below 0: no limit of time.
  /// **Returns** how many were taken, or a negated errno. Any thread, where the ring allows it.
  int enter(unsigned submit, bool wait, std::int64_t timeout_ns) noexcept;

  /// Calls `f` for each completion that is there, oldest first, but `most` at most, and then frees
  /// their places.
  template <class F>
  void take_completions(F f, unsigned most = ~0U) noexcept {
    const unsigned first = *ring_.cq.khead;
    const unsigned there = io_uring_smp_load_acquire(ring_.cq.ktail) - first;
    const unsigned end = first + (there < most ? there : most);
    for (unsigned head = first; head != end; ++head) {
      f(ring_.cq.cqes[head & ring_.cq.ring_mask]);
    }
    io_uring_smp_store_release(ring_.cq.khead, end);
  }
  [[nodiscard]] bool has_completions() const noexcept {
    return *ring_.cq.khead != io_uring_smp_load_acquire(ring_.cq.ktail);
  }
  /// Completions wait in the kernel for room in the queue.
  [[nodiscard]] bool overflowed() const noexcept {
    return (IO_URING_READ_ONCE(*ring_.sq.kflags) & IORING_SQ_CQ_OVERFLOW) != 0;
  }
  void flush_overflow() noexcept { io_uring_get_events(&ring_); }

 private:
  io_uring ring_{};
  int fd_ = -1;  // or its number among the registered ones of this thread
  unsigned always_ = 0;
  bool open_ = false;
};

}  // namespace weft::detail
