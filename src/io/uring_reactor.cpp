// The reactor over io_uring. Protocol, threads and rejected designs: README.md.

#include "uring_ops.hpp"

#include <cerrno>
#include <initializer_list>
#include <utility>

#include <sched.h>
#include <unistd.h>

namespace weft::detail {

namespace {

constexpr unsigned largest_ring =
    512;  // submissions between two enters; more are submitted in several goes

}  // namespace

class uring_reactor final : public io_core {
 public:
  uring_reactor() : io_core(blocking_pool::default_threads) {}
  ~uring_reactor() override { pool().stop(); }

  /// 0, or an errno when the kernel refuses.
  [[nodiscard]] int open() noexcept;

  void submit(io_request& r) noexcept override;
  void take_over(io_request& r) noexcept override;
  void wait(job_list& ready, std::int64_t timeout_ns) noexcept override;
  [[nodiscard]] io_backend backend() const noexcept override { return io_backend::uring; }
  [[nodiscard]] bool lends() const noexcept override { return lends_; }

 private:
  void cancel_linked(io_request& r) noexcept override { cancel_unlinked(r); }
  void cancel_unlinked(io_request& r) noexcept override;
  void retire(io_target* target) noexcept override;
  void signal() noexcept override;

  void begin(io_request& r) noexcept;
  [[nodiscard]] bool start(io_request& r) noexcept;
  [[nodiscard]] bool start_cancel(io_request& r) noexcept;
  void drain_backlog() noexcept;
  void submit_here(unsigned count) noexcept;

  void reap(request_queue& answered) noexcept;
  void answer(const io_uring_cqe& cqe, request_queue& answered) noexcept;
  void answer_lent(const io_uring_cqe& cqe, io_request& r) noexcept;
  void take_back(io_request& r) noexcept;
  void restart(io_request& r) noexcept;
  void deliver(request_queue& answered, job_list& ready) noexcept;

  bool lends_ = false;  // the kernel knows SEND_ZC; constant once it is open

  // The ring: the submission side is guarded by mutex_, the completion side belongs to the waiting
  // thread.
  uring_ring ring_;

  // Guarded by mutex_.
  lock mutex_{io_rank::ring};
  request_queue backlog_;         // operations that found the ring full
  request_queue cancel_backlog_;  // cancels that did; each counts as an answer outstanding
  bool has_backlog_ = false;
};

// --- submission ---

bool uring_reactor::start(io_request& r) noexcept {
  io_uring_sqe* const sqe = ring_.next_sqe();
  if (sqe == nullptr) {
    return false;
  }
  fill_uring(sqe, r);
  r.outstanding = 1;
  r.cancel_sent = false;
  r.lent = false;
  ring_.publish();
  return true;
}

bool uring_reactor::start_cancel(io_request& r) noexcept {
  return prepare_cancel(ring_, r);
}

void uring_reactor::submit(io_request& r) noexcept {
  if (refused_in_child(r)) [[unlikely]] {
    return;
  }
  if (r.target == nullptr) {
    count_ender(1);
  }
  if (r.op == io_op::call) {
    pool().submit(r);
    return;
  }
  if (r.target != nullptr && !admit(r)) {
    return;
  }
  begin(r);
}

void uring_reactor::take_over(io_request& r) noexcept {
  r.owner = this;
  r.cancel_sent = false;
  begin(r);
}

void uring_reactor::begin(io_request& r) noexcept {
  unsigned count = 0;
  bool refused = false;
  bool stuck = false;
  {
    const lock_guard locked(mutex_);
    // order: relaxed; who cancels stores the reason before he takes this lock.
    if (r.reason.load(std::memory_order_relaxed) != io_cancel::none) {
      refused = true;
    } else if (has_backlog_ || !start(r)) {
      r.queued = true;
      backlog_.push(r);
      has_backlog_ = true;
      stuck = true;
    } else if (sleeping()) {
      count = ring_.unsubmitted();
    }
  }
  // From here on the request may be gone, unless it was refused.
  if (refused) {
    post_finished(r, -ECANCELED);
  } else if (stuck) {
    wake();
  } else if (count != 0) {
    submit_here(count);
  }
}

void uring_reactor::submit_here(unsigned count) noexcept {
  if (ring_.enter(count, false, 0) < 0) {
    wake();  // the kernel is short of something; the waiter retries after reaping
  }
}

void uring_reactor::cancel_unlinked(io_request& r) noexcept {
  bool withdrawn = false;
  unsigned count = 0;
  {
    const lock_guard locked(mutex_);
    if (r.by_hand && !is_stream(r.op)) {
      // A thread of the pool has it; that cannot be interrupted.
    } else if (r.lent) {
      take_back(r);
    } else if (r.queued) {
      withdrawn = backlog_.remove(r);
      r.queued = false;
    } else if (r.outstanding > 0 && !r.cancel_sent) {
      r.cancel_sent = true;
      ++r.outstanding;
      if (has_backlog_ || !start_cancel(r)) {
        cancel_backlog_.push(r);
        has_backlog_ = true;
      }
      count = sleeping() ? ring_.unsubmitted() : 0;
    }
  }
  if (withdrawn) {
    post_finished(r, -ECANCELED);
  } else if (count != 0) {
    submit_here(count);
  }
}

void uring_reactor::drain_backlog() noexcept {
  if (!has_backlog_) {
    return;
  }
  while (io_request* r = backlog_.pop()) {
    r->queued = false;
    if (!start(*r)) {
      request_queue rest;
      rest.push(*r);
      r->queued = true;
      while (io_request* more = backlog_.pop()) {
        rest.push(*more);
      }
      backlog_ = rest;
      return;
    }
  }
  while (io_request* r = cancel_backlog_.pop()) {
    if (!start_cancel(*r)) {
      cancel_backlog_.push(*r);
      return;
    }
  }
  has_backlog_ = false;
}

void uring_reactor::signal() noexcept {
  // A NOP completes in our own context: nobody else has to run for it.
  bool published = false;
  {
    const lock_guard locked(mutex_);
    if (io_uring_sqe* const sqe = ring_.next_sqe()) {
      io_uring_prep_nop(sqe);
      sqe->user_data = wake_data;
      ring_.publish();
      published = true;
    }
  }
  // A ring that cannot take a NOP is stuck behind completions: then the waiter is awake already or
  // wakes by them.
  while (published) {
    unsigned count = 0;
    {
      const lock_guard locked(mutex_);
      count = ring_.unsubmitted();
    }
    if (count == 0) {
      return;  // somebody else's enter took it along
    }
    const int n = ring_.enter(count, false, 0);
    if (n >= 0 || (n != -EAGAIN && n != -EINTR)) {
      return;  // EBUSY: completions wait in the kernel, the sleeper has been woken by them
    }
    sched_yield();
  }
}

// --- completion ---

void uring_reactor::restart(io_request& r) noexcept {
  // order: relaxed; under the ring's lock, which who cancels takes after storing the reason.
  if (has_backlog_ || !start(r)) {
    r.queued = true;
    backlog_.push(r);
    has_backlog_ = true;
  }
}

// Of two answers the first says how much was sent, the second that the kernel needs the buffer no
// more. Between them stand the peer's acknowledgements.
void uring_reactor::answer_lent(const io_uring_cqe& cqe, io_request& r) noexcept {
  if ((cqe.flags & IORING_CQE_F_NOTIF) != 0) {
    r.lent = false;
    return;
  }
  r.result = cqe.res;
  if ((cqe.flags & IORING_CQE_F_MORE) != 0) {
    ++r.outstanding;
    r.lent = true;
    // order: relaxed; under the ring's lock, which who cancels takes after storing the reason.
    if (r.reason.load(std::memory_order_relaxed) != io_cancel::none) {
      take_back(r);
    }
  }
}

// Pre: locked. What a peer has not acknowledged stays in the kernel as long as the connection: a
// peer that does not read could keep a cancelled request for ever.
void uring_reactor::take_back(io_request& r) noexcept {
  if (!std::exchange(r.cut, true)) {
    sockaddr nobody{};
    nobody.sa_family = AF_UNSPEC;
    (void)::connect(r.target->fd(), &nobody, sizeof nobody);
  }
}

void uring_reactor::answer(const io_uring_cqe& cqe, request_queue& answered) noexcept {
  if (cqe.user_data == wake_data) {
    return;
  }
  io_request& r = *reinterpret_cast<io_request*>(cqe.user_data & ~cancel_tag);
  --r.outstanding;
  if (r.op == io_op::send_zero_copy && (cqe.user_data & cancel_tag) == 0) {
    answer_lent(cqe, r);
  } else if ((cqe.user_data & cancel_tag) != 0) {
    if (cqe.res == -ENOENT && r.outstanding > 0 && !r.lent) {
      // It was between two states just then. Its own answer is still to come; ask again.
      ++r.outstanding;
      if (has_backlog_ || !start_cancel(r)) {
        cancel_backlog_.push(r);
        has_backlog_ = true;
      }
      return;
    }
  } else {
    r.result = cqe.res;
    const bool transient = cqe.res == -ECANCELED || cqe.res == -EINTR || cqe.res == -EAGAIN;
    // order: relaxed; under the ring's lock, which who cancels takes after storing the reason.
    if (transient && r.reason.load(std::memory_order_relaxed) == io_cancel::none) {
      // Its submitter's thread has exited, or a signal came, or this kernel does not wait for it.
      r.by_hand = r.by_hand || cqe.res == -EAGAIN;
      if (!r.by_hand || is_stream(r.op)) {
        restart(r);
        return;
      }
    } else if (transient) {
      r.result = -ECANCELED;
    }
    if (r.target != nullptr && cqe.res > 0 && !polls(r) && leaves_more(cqe, r)) {
      r.target->mark_ready(direction_of(r.op));
    }
  }
  if (r.outstanding == 0) {
    answered.push(r);
  }
}

void uring_reactor::reap(request_queue& answered) noexcept {
  while (true) {
    if (ring_.has_completions()) {
      const lock_guard locked(mutex_);
      ring_.take_completions([&](const io_uring_cqe& cqe) { answer(cqe, answered); });
    }
    if (!ring_.overflowed()) {
      return;
    }
    ring_.flush_overflow();
  }
}

void uring_reactor::deliver(request_queue& answered, job_list& ready) noexcept {
  while (io_request* r = answered.pop()) {
    if (r->by_hand && !is_stream(r->op) && r->result == -EAGAIN) {
      pool().submit(*r);
      continue;
    }
    if (r->result > 0 && polls(*r)) {
      r->result = perform_stream(*r);
      if (r->result == -EAGAIN) {  // somebody else took what the poll saw
        const lock_guard locked(mutex_);
        // order: relaxed; under the ring's lock, as in submit.
        if (r->reason.load(std::memory_order_relaxed) == io_cancel::none) {
          restart(*r);
          continue;
        }
        r->result = -ECANCELED;
      } else if (may_go_on(*r, r->result)) {
        r->target->mark_ready(direction_of(r->op));
      }
    }
    finish(*r, ready);
  }
}

void uring_reactor::wait(job_list& ready, std::int64_t timeout_ns) noexcept {
  request_queue answered;
  reap(answered);
  bool sleep = timeout_ns != 0 && answered.empty();
  unsigned count = 0;
  {
    const lock_guard locked(mutex_);
    drain_backlog();
    // Under the lock: who submits later sees us asleep, who submitted before is counted.
    sleep = sleep && announce_sleep();
    count = ring_.unsubmitted();
  }
  if (sleep || count != 0) {
    const time_limit limit(sleep ? timeout_ns : 0);
    while (ring_.enter(count, sleep, limit.left()) == -EINTR) {
    }
  }
  end_wait();
  reap(answered);
  deliver(answered, ready);
  finish_posted(ready);
}

void uring_reactor::retire(io_target* target) noexcept {
  if (target->fd() >= 0) {
    ::close(target->fd());
  }
  delete target;
}

// --- start ---

namespace {

struct supported {
  bool all = false;    // that is needed
  bool lends = false;  // SEND_ZC, too
};

supported look_at(io_uring& ring) noexcept {
  io_uring_probe* const probe = io_uring_get_probe_ring(&ring);
  if (probe == nullptr) {
    return {};
  }
  supported found{true, io_uring_opcode_supported(probe, IORING_OP_SEND_ZC) != 0};
  for (const int op :
       {IORING_OP_NOP, IORING_OP_RECV, IORING_OP_SEND, IORING_OP_RECVMSG, IORING_OP_SENDMSG,
        IORING_OP_ACCEPT, IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL, IORING_OP_READ,
        IORING_OP_WRITE, IORING_OP_READV, IORING_OP_WRITEV, IORING_OP_FSYNC, IORING_OP_OPENAT}) {
    found.all = found.all && io_uring_opcode_supported(probe, op) != 0;
  }
  io_uring_free_probe(probe);
  return found;
}

}  // namespace

int uring_reactor::open() noexcept {
  constexpr unsigned needed =
      IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG | IORING_FEAT_FAST_POLL | IORING_FEAT_SUBMIT_STABLE;
  if (const int error = ring_.open(largest_ring, 0); error != 0) {
    return error;
  }
  const supported has = look_at(ring_.native());
  lends_ = has.lends;
  return (ring_.features() & needed) == needed && has.all ? 0 : EOPNOTSUPP;
}

std::unique_ptr<reactor> make_uring_reactor(int& error) {
  auto made = std::make_unique<uring_reactor>();
  error = made->open();
  return error == 0 ? std::move(made) : nullptr;
}

}  // namespace weft::detail
