#pragma once
/// What both backends share: the finished list, wake-ups, the bookkeeping of targets, cancellation.

#include <weft/base/event_count.hpp>
#include <weft/io/reactor.hpp>
#include <weft/io/target.hpp>

#include "blocking_pool.hpp"
#include "wake_word.hpp"

namespace weft::detail {

/// A first-in-first-out list of requests through `queue_next`; not thread-safe.
class request_queue {
 public:
  [[nodiscard]] bool empty() const noexcept { return head_ == nullptr; }
  void push(io_request& r) noexcept {
    r.queue_next = nullptr;
    (head_ == nullptr ? head_ : tail_->queue_next) = &r;
    tail_ = &r;
  }
  [[nodiscard]] io_request* front() const noexcept { return head_; }
  [[nodiscard]] io_request* pop() noexcept {
    io_request* const r = head_;
    if (r != nullptr) {
      head_ = r->queue_next;
    }
    return r;
  }
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

/// Datagrams, connections and readiness are no amounts.
[[nodiscard]] constexpr bool transfers_bytes(io_op op) noexcept {
  return op == io_op::receive || op == io_op::send || op == io_op::read_stream ||
         op == io_op::write_stream;
}

/// Whether the plain call that gave `result` may do as well at once.
[[nodiscard]] inline bool may_go_on(const io_request& r, int result) noexcept {
  return !transfers_bytes(r.op) || !r.target->short_is_all() ||
         (result >= 0 && static_cast<std::size_t>(result) == r.length);
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

/// What a loop's reactor owns: a list that only its thread touches.
class owned_list {
 public:
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
  [[nodiscard]] io_request* first() const noexcept { return first_; }
  void add(io_request& r) noexcept;
  void remove(io_request& r) noexcept;

 private:
  io_request* first_ = nullptr;
};

inline void owned_list::add(io_request& r) noexcept {
  r.owned = true;
  r.owned_previous = nullptr;
  r.owned_next = first_;
  if (first_ != nullptr) {
    first_->owned_previous = &r;
  }
  first_ = &r;
}

inline void owned_list::remove(io_request& r) noexcept {
  (r.owned_previous == nullptr ? first_ : r.owned_previous->owned_next) = r.owned_next;
  if (r.owned_next != nullptr) {
    r.owned_next->owned_previous = r.owned_previous;
  }
  r.owned = false;
}

class io_core : public reactor {
 public:
  void wake() noexcept final;
  void cancel(io_request& request, io_cancel reason) noexcept final;
  [[nodiscard]] resting_threads resting() const noexcept final { return pool_.resting(); }

 protected:
  explicit io_core(unsigned blocking_threads);

  /// Links the request into its target, or ends it at once when it may not start any more: false
  /// then.
  [[nodiscard]] bool admit(io_request& r) noexcept;
  [[nodiscard]] bool admit_locked(io_request& r) noexcept;  // pre: locked; false: post it finished

  /// Ends a request from any thread: the waiting thread will call its `done`.
  void post_finished(io_request& r, int result) noexcept;

  /// Ends a request on the waiting thread.
  void finish(io_request& r, job_list& ready) noexcept;
  /// Ends a request of whichever reactor.
  static void post_to_owner(io_request& r) noexcept {
    static_cast<io_core*>(r.owner)->post_finished(r, r.result);
  }
  void finish_posted(job_list& ready) noexcept;

  /// Before sleeping. False: somebody woke us, do not sleep. Either way `end_wait` follows.
  [[nodiscard]] bool announce_sleep() noexcept { return word_.announce_sleep(); }
  /// True: somebody has called `wake` since the last one.
  bool end_wait() noexcept { return word_.end_wait(); }
  /// Pre: held is the lock under which the waiter announces its sleep.
  [[nodiscard]] bool sleeping() const noexcept { return word_.sleeping(); }
  /// In a forked child ring, set and eventfd are the parent's: waits for a wake and nothing else.
  void wait_in_child(std::int64_t timeout_ns) noexcept;

  blocking_pool& pool() noexcept { return pool_; }
  owned_list& owned() noexcept { return owned_; }

  // Makes the thread that sleeps in the kernel return.
  virtual void signal() noexcept = 0;
  // Cancels a request without a target that the blocking pool does not have.
  virtual void cancel_unlinked(io_request& r) noexcept = 0;

 private:
  static void on_pool_done(void* self, io_request& r, int result) noexcept;

  // A loop's: touched by its thread only.
  owned_list owned_;

  // Atomic.
  wake_word word_;
  event_count child_events_;

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
[[nodiscard]] std::shared_ptr<reactor> make_uring_loop();  // null when refused
[[nodiscard]] std::shared_ptr<reactor> make_epoll_loop();

}  // namespace weft::detail
