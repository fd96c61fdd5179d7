// The reactor of one loop over io_uring: a ring that only the loop's thread touches. README.md.

#include "uring_ops.hpp"

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <memory>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace weft::detail {

namespace {

constexpr unsigned largest_ring = 256;
// What so many completions make runnable runs before more are taken: what all of it touches still
// lies in a near cache then.
constexpr unsigned most_at_once = 64;
// After this the kernel is asked again for what it has just refused.
constexpr std::int64_t retry_ns = 1'000'000;

// What the kernel is asked for, best first: completions only when the owner asks for them (6.1);
// completions when it enters the kernel anyway (5.19); whenever.
constexpr unsigned deferred = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
constexpr unsigned cooperative = IORING_SETUP_COOP_TASKRUN;

// A number that no other thread of this process has or had.
std::uint64_t this_thread_number() noexcept {
  static constinit atomic<std::uint64_t> last{0};
  // order: relaxed; only that they differ matters.
  thread_local const std::uint64_t mine = last.fetch_add(1, std::memory_order_relaxed) + 1;
  return mine;
}

}  // namespace

class uring_loop final : public io_core {
 public:
  explicit uring_loop(int event) : io_core(blocking_pool::default_threads), event_(event) {}
  ~uring_loop() override {
    drop_ring();
    ::close(event_);
  }

  /// Pre: nothing is pending. False when the kernel refuses.
  bool make_ring() noexcept;

  void submit(io_request& r) noexcept override;
  void take_over(io_request& r) noexcept override { submit(r); }
  void wait(job_list& ready, std::int64_t timeout_ns) noexcept override;
  void attach() noexcept override;
  void detach(job_list& ready) noexcept override;
  [[nodiscard]] io_backend backend() const noexcept override { return io_backend::uring; }
  [[nodiscard]] bool usable() const noexcept override { return ring_.is_open() && !moving_; }

 private:
  void cancel_linked(io_request& r) noexcept override;
  void cancel_unlinked(io_request&) noexcept override {}  // a loop has none without a target
  void retire(io_target*) noexcept override {}            // the target's own reactor does it
  void signal() noexcept override;
  void take_wake() noexcept;
  void wait_for_wake(std::int64_t timeout_ns) noexcept;

  void drop_ring() noexcept;
  [[nodiscard]] bool start(io_request& r) noexcept;
  [[nodiscard]] bool start_cancel(io_request& r) noexcept;
  void watch_wakes() noexcept;
  void queue(io_request& r) noexcept;
  void queue_cancel(io_request& r) noexcept;
  void drain_backlog() noexcept;
  void drain_inbox(request_queue& answered) noexcept;
  [[nodiscard]] bool take_from_inbox(io_request& r) noexcept;

  void reap(request_queue& answered) noexcept;
  void answer(const io_uring_cqe& cqe, request_queue& answered) noexcept;
  void deliver(request_queue& answered, job_list& ready) noexcept;
  [[nodiscard]] bool move_away(io_request& r) noexcept;
  void complete(io_request& r, job_list& ready) noexcept;

  const int event_;  // written to by who wakes

  // All but the inbox belongs to the thread that runs the loop.
  uring_ring ring_;
  bool poll_first_ = false;  // the kernel knows IORING_RECVSEND_POLL_FIRST
  bool moving_ = false;      // what is pending goes to the default reactor
  bool watching_ = false;    // the ring polls event_
  std::uint64_t thread_ = 0;
  request_queue backlog_;
  request_queue cancel_backlog_;

  // Guarded by inbox_mutex_: requests that other threads want cancelled.
  lock inbox_mutex_{io_rank::ring};
  io_request* inbox_ = nullptr;
};

// --- the ring ---

bool uring_loop::make_ring() noexcept {
  drop_ring();
  for (const unsigned kind : {deferred, cooperative, 0U}) {
    if (ring_.open(largest_ring, kind) == 0) {
      ring_.run_kernel_work_always();
      ring_.register_with_thread();
      poll_first_ = kind == deferred;
      thread_ = this_thread_number();
      watching_ = false;
      return true;
    }
  }
  return false;
}

void uring_loop::drop_ring() noexcept {
  if (ring_.is_open() && thread_ == this_thread_number() && !in_forked_child()) {
    ring_.unregister_from_thread();
  }
  ring_.close();
}

// A ring for one issuer belongs to the thread that made it.
void uring_loop::attach() noexcept {
  if (!in_forked_child() && thread_ != this_thread_number()) {
    make_ring();
  }
}

// --- submission ---

bool uring_loop::start(io_request& r) noexcept {
  io_uring_sqe* const sqe = ring_.next_sqe();
  if (sqe == nullptr) {
    return false;
  }
  fill_uring(sqe, r);
  // Who asks has tried before, and found nothing; but for a new connection.
  const bool first = r.op == io_op::receive && r.target->take_untried();
  if (poll_first_ && !polls(r) && r.op <= io_op::send_message && !first) {
    sqe->ioprio |= IORING_RECVSEND_POLL_FIRST;
  }
  r.outstanding = 1;
  r.cancel_sent = false;
  ring_.publish();
  return true;
}

bool uring_loop::start_cancel(io_request& r) noexcept {
  return prepare_cancel(ring_, r);
}

void uring_loop::queue(io_request& r) noexcept {
  if (!backlog_.empty() || !start(r)) {
    r.queued = true;
    backlog_.push(r);
  }
}

void uring_loop::queue_cancel(io_request& r) noexcept {
  if (!start_cancel(r)) {
    cancel_backlog_.push(r);
  }
}

void uring_loop::submit(io_request& r) noexcept {
  if (refused_in_child(r)) [[unlikely]] {
    return;
  }
  r.moving = false;
  owned().add(r);  // also when it is refused: `detach` has to look for it then
  if (admit(r)) {
    queue(r);
  }
}

void uring_loop::drain_backlog() noexcept {
  if (!watching_) {
    watch_wakes();
  }
  while (!backlog_.empty()) {
    io_request& r = *backlog_.front();
    if (!start(r)) {
      return;
    }
    r.queued = false;
    (void)backlog_.pop();
  }
  while (!cancel_backlog_.empty()) {
    if (!start_cancel(*cancel_backlog_.front())) {
      return;
    }
    (void)cancel_backlog_.pop();
  }
}

void uring_loop::watch_wakes() noexcept {
  if (io_uring_sqe* const sqe = ring_.next_sqe()) {
    io_uring_prep_poll_multishot(sqe, event_, POLLIN);
    sqe->user_data = wake_data;
    ring_.publish();
    watching_ = true;
  }
}

// --- cancellation, by any thread ---

// Pre: the target's lock is held.
void uring_loop::cancel_linked(io_request& r) noexcept {
  {
    const lock_guard locked(inbox_mutex_);
    if (!r.in_inbox) {
      r.in_inbox = true;
      r.inbox_next = inbox_;
      inbox_ = &r;
    }
  }
  wake();
}

void uring_loop::signal() noexcept {
  const std::uint64_t one = 1;
  while (::write(event_, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

void uring_loop::drain_inbox(request_queue& answered) noexcept {
  const lock_guard locked(inbox_mutex_);
  while (io_request* const r = inbox_) {
    inbox_ = r->inbox_next;
    r->in_inbox = false;
    if (r->queued) {
      (void)backlog_.remove(*r);
      r->queued = false;
      r->result = -ECANCELED;
      answered.push(*r);
    } else if (r->outstanding > 0 && !r->cancel_sent) {
      r->cancel_sent = true;
      ++r->outstanding;
      queue_cancel(*r);
    }
  }
}

// Pre: nobody can put it there any more.
bool uring_loop::take_from_inbox(io_request& r) noexcept {
  if (!r.in_inbox) {
    return false;
  }
  const lock_guard locked(inbox_mutex_);
  for (io_request** at = &inbox_; *at != nullptr; at = &(*at)->inbox_next) {
    if (*at == &r) {
      *at = r.inbox_next;
      break;
    }
  }
  r.in_inbox = false;
  return true;
}

// --- completion ---

void uring_loop::answer(const io_uring_cqe& cqe, request_queue& answered) noexcept {
  if (cqe.user_data == wake_data) {
    take_wake();
    watching_ = watching_ && (cqe.flags & IORING_CQE_F_MORE) != 0;
    return;
  }
  io_request& r = *reinterpret_cast<io_request*>(cqe.user_data & ~cancel_tag);
  --r.outstanding;
  if ((cqe.user_data & cancel_tag) != 0) {
    if (cqe.res == -ENOENT && r.outstanding > 0) {
      // It was between two states just then. Its own answer is still to come; ask again.
      ++r.outstanding;
      queue_cancel(r);
      return;
    }
  } else {
    r.result = cqe.res;
    const bool transient = cqe.res == -ECANCELED || cqe.res == -EINTR || cqe.res == -EAGAIN;
    if (transient) {
      // order: relaxed; who sets it later puts the request into the inbox.
      const bool asked = r.reason.load(std::memory_order_relaxed) != io_cancel::none;
      r.by_hand = r.by_hand || cqe.res == -EAGAIN;
      r.result = -ECANCELED;
      if (!asked && !r.moving) {
        queue(r);
        return;
      }
    }
    if (cqe.res > 0 && !polls(r) && leaves_more(cqe, r)) {
      r.target->mark_ready(direction_of(r.op));
    }
  }
  if (r.outstanding == 0) {
    answered.push(r);
  }
}

void uring_loop::reap(request_queue& answered) noexcept {
  while (true) {
    ring_.take_completions([&](const io_uring_cqe& cqe) { answer(cqe, answered); }, most_at_once);
    if (ring_.has_completions() || !ring_.overflowed()) {
      return;
    }
    ring_.enter(0, false, 0);
  }
}

// To the default reactor, unless somebody wants it cancelled. Pre: the kernel does not have it.
bool uring_loop::move_away(io_request& r) noexcept {
  const target_ref<io_target> kept(r.target);
  kept->add_reference();
  const lock_guard locked(kept->mutex_);
  // order: relaxed; who cancels stores it before he takes this lock.
  if (r.reason.load(std::memory_order_relaxed) != io_cancel::none) {
    return false;
  }
  (void)take_from_inbox(r);
  owned().remove(r);
  kept->reactor_->take_over(r);
  return true;
}

void uring_loop::complete(io_request& r, job_list& ready) noexcept {
  if (r.linked) {
    const lock_guard locked(r.target->mutex_);
    r.target->unlink(r);
  }
  (void)take_from_inbox(r);
  finish(r, ready);
}

void uring_loop::deliver(request_queue& answered, job_list& ready) noexcept {
  while (io_request* const r = answered.pop()) {
    if (r->result > 0 && polls(*r)) {
      r->result = perform_stream(*r);
      if (r->result == -EAGAIN) {  // somebody else took what the poll saw
        r->result = -ECANCELED;
        // order: relaxed; who sets it later puts the request into the inbox.
        if (!r->moving && r->reason.load(std::memory_order_relaxed) == io_cancel::none) {
          queue(*r);
          continue;
        }
      } else if (may_go_on(*r, r->result)) {
        r->target->mark_ready(direction_of(r->op));
      }
    }
    if (r->result == -ECANCELED && r->moving && move_away(*r)) {
      continue;
    }
    complete(*r, ready);
  }
}

void uring_loop::take_wake() noexcept {
  std::uint64_t count = 0;
  while (::read(event_, &count, sizeof count) < 0 && errno == EINTR) {
  }
}

void uring_loop::wait_for_wake(std::int64_t timeout_ns) noexcept {
  const bool asleep = timeout_ns != 0 && announce_sleep();
  constexpr std::int64_t longest_ms = 1'000'000;
  const std::int64_t ms =
      timeout_ns < 0 ? -1 : std::min((timeout_ns + 999'999) / 1'000'000, longest_ms);
  pollfd woken{event_, POLLIN, 0};
  static_cast<void>(::poll(&woken, 1, asleep ? static_cast<int>(ms) : 0));
  take_wake();
  end_wait();
}

void uring_loop::wait(job_list& ready, std::int64_t timeout_ns) noexcept {
  if (in_forked_child()) [[unlikely]] {
    wait_in_child(timeout_ns);
    return;
  }
  if (!ring_.is_open()) {  // nothing is pending here, nor will be
    wait_for_wake(timeout_ns);
    return;
  }
  request_queue answered;
  reap(answered);
  drain_backlog();
  const bool enters = answered.empty();  // else what has been asked for waits until all is taken
  if (enters) {
    const bool sleep = timeout_ns != 0 && announce_sleep();
    if (sleep && (!watching_ || !backlog_.empty() || !cancel_backlog_.empty())) {
      timeout_ns = timeout_ns < 0 ? retry_ns : std::min(timeout_ns, retry_ns);
    }
    const time_limit limit(sleep ? timeout_ns : 0);
    while (ring_.enter(ring_.unsubmitted(), sleep, limit.left()) == -EINTR) {
    }
  }
  const bool woken = end_wait();
  if (enters) {
    reap(answered);
  }
  if (woken) {
    drain_inbox(answered);
  }
  deliver(answered, ready);
  if (woken) {
    finish_posted(ready);
  }
}

void uring_loop::detach(job_list& ready) noexcept {
  if (owned().empty() || in_forked_child()) {
    return;
  }
  moving_ = true;  // what is asked for again goes to the default reactor at once
  request_queue answered;
  for (io_request* r = owned().first(); r != nullptr; r = r->owned_next) {
    r->moving = true;
    if (r->queued) {
      (void)backlog_.remove(*r);
      r->queued = false;
      r->result = -ECANCELED;
      answered.push(*r);
    } else if (r->outstanding > 0 && !r->cancel_sent) {
      r->cancel_sent = true;
      ++r->outstanding;
      queue_cancel(*r);
    }
  }
  while (true) {
    reap(answered);
    deliver(answered, ready);
    finish_posted(ready);
    if (owned().empty()) {
      break;
    }
    drain_backlog();
    ring_.enter(ring_.unsubmitted(), true, -1);
  }
  moving_ = false;
}

std::shared_ptr<reactor> make_uring_loop() {
  const int event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event < 0) {
    return nullptr;
  }
  auto made = std::make_shared<uring_loop>(event);
  return made->make_ring() ? made : nullptr;
}

}  // namespace weft::detail
