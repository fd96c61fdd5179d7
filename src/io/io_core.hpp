#pragma once
/// What both backends share: the finished list, wake-ups, the bookkeeping of targets, cancellation.

#include <weft/io/reactor.hpp>
#include <weft/io/target.hpp>

#include "blocking_pool.hpp"

namespace weft::detail {

/// A first-in-first-out list of requests through `queue_next`; not thread-safe.
class request_queue {
 public:
  [[nodiscard]] bool empty() const noexcept { return head_ == nullptr; }
  void push(io_request& r) noexcept;
  [[nodiscard]] io_request* pop() noexcept;
  bool remove(io_request& r) noexcept;  // O(n)
  [[nodiscard]] request_queue take() noexcept;

 private:
  io_request* head_ = nullptr;
  io_request* tail_ = nullptr;
};

/// The non-blocking system call of a stream operation, at most one; -EAGAIN when it would block.
[[nodiscard]] inline int perform_stream(io_request& r) noexcept {
  return perform_now(*r.target, r.op, r.buffer, r.length);
}

/// Whether a result below `length` says that the stream is drained. Datagrams, connections and
/// readiness say nothing of the kind.
[[nodiscard]] constexpr bool transfers_bytes(io_op op) noexcept {
  return op == io_op::receive || op == io_op::send || op == io_op::read_stream ||
         op == io_op::write_stream;
}

/// The blocking system call of a file operation, or `invoke` of a call.
[[nodiscard]] int perform_blocking(io_request& r) noexcept;

[[nodiscard]] constexpr bool is_stream(io_op op) noexcept {
  return op <= io_op::write_stream;
}

/// What is left of a timeout when a wait is interrupted. Below 0: no limit.
class time_limit {
 public:
  explicit time_limit(std::int64_t timeout_ns) noexcept;
  [[nodiscard]] std::int64_t left() const noexcept;

 private:
  std::int64_t timeout_ns_;
  std::int64_t end_ns_ = 0;
};

class io_core : public reactor {
 public:
  void wake() noexcept final;
  void cancel(io_request& request, io_cancel reason) noexcept final;

 protected:
  explicit io_core(unsigned blocking_threads);

  /// Links the request into its target, or ends it at once when it may not start any more: false
  /// then.
  [[nodiscard]] bool admit(io_request& r) noexcept;

  /// Ends a request from any thread: the waiting thread will call its `done`.
  void post_finished(io_request& r, int result) noexcept;

  /// Ends a request on the waiting thread.
  void finish(io_request& r, job_list& ready) noexcept;
  void finish_posted(job_list& ready) noexcept;

  /// Before sleeping. False: somebody woke us, do not sleep. Either way `end_wait` follows.
  [[nodiscard]] bool announce_sleep() noexcept;
  void end_wait() noexcept;
  [[nodiscard]] bool sleeping() const noexcept;

  blocking_pool& pool() noexcept { return pool_; }

  // Makes the thread that sleeps in the kernel return.
  virtual void signal() noexcept = 0;
  // Cancels a request without a target that the blocking pool does not have.
  virtual void cancel_unlinked(io_request& r) noexcept = 0;

 private:
  static void on_pool_done(void* self, io_request& r, int result) noexcept;

  // Atomic.
  atomic<bool> blocked_{false};
  atomic<bool> wake_pending_{false};

  // Guarded by finished_mutex_.
  lock finished_mutex_{io_rank::finished};
  request_queue finished_;

  blocking_pool pool_;
};

/// True in a process that was forked from one that had a reactor.
[[nodiscard]] bool in_forked_child() noexcept;
/// In a forked child: ends the request in this call, and returns true. The parent's ring and set
/// are shared, and no thread waits here that could end it otherwise.
[[nodiscard]] bool refused_in_child(io_request& r) noexcept;

[[nodiscard]] std::unique_ptr<reactor> make_uring_reactor(
    int& error);  // null and errno when refused
[[nodiscard]] std::unique_ptr<reactor> make_epoll_reactor(int& error);

}  // namespace weft::detail
