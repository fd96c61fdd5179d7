#include "io_core.hpp"

#include <weft/task/runtime_slot.hpp>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

namespace weft::detail {

// --- request_queue ---

bool request_queue::remove(io_request& r) noexcept {
  io_request* before = nullptr;
  for (io_request* at = head_; at != nullptr; before = at, at = at->queue_next) {
    if (at == &r) {
      (before == nullptr ? head_ : before->queue_next) = r.queue_next;
      if (tail_ == &r) {
        tail_ = before;
      }
      return true;
    }
  }
  return false;
}

request_queue request_queue::take() noexcept {
  request_queue all = *this;
  head_ = nullptr;
  return all;
}

// --- system calls ---

namespace {

// One system call, again when a signal interrupted it; the result or a negated errno.
template <class Call>
int system_result(Call call) noexcept {
  while (true) {
    const auto n = call();
    if (n >= 0) {
      return static_cast<int>(n);
    }
    if (errno != EINTR) {
      return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    }
  }
}

// The transfers of libc are points of cancellation in the sense of pthread_cancel, which takes two
// locked instructions each where there are several threads. Sanitizers have to see the calls.
#if !WEFT_TSAN && !WEFT_ASAN && defined(SYS_recvfrom) && defined(SYS_sendto)
long receive(int fd, void* buffer, std::size_t length, int flags) noexcept {
  return ::syscall(SYS_recvfrom, fd, buffer, length, flags, nullptr, nullptr);
}
long send(int fd, const void* buffer, std::size_t length, int flags) noexcept {
  return ::syscall(SYS_sendto, fd, buffer, length, flags, nullptr, 0);
}
#else
long receive(int fd, void* buffer, std::size_t length, int flags) noexcept {
  return ::recv(fd, buffer, length, flags);
}
long send(int fd, const void* buffer, std::size_t length, int flags) noexcept {
  return ::send(fd, buffer, length, flags);
}
#endif

// Pipes have no MSG_NOSIGNAL: the signal is blocked for the call, and taken back if it was raised.
int write_without_sigpipe(int fd, const void* buffer, std::size_t length) noexcept {
  sigset_t pipe_only;
  sigset_t before;
  sigset_t pending;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  sigpending(&pending);
  const bool was_pending = sigismember(&pending, SIGPIPE) == 1;
  pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
  const int n = system_result([&] { return ::write(fd, buffer, length); });
  if (n == -EPIPE && !was_pending) {
    const timespec now{0, 0};
    while (sigtimedwait(&pipe_only, nullptr, &now) < 0 && errno == EINTR) {
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return n;
}

int check_ready(int fd, short events) noexcept {
  pollfd p{fd, events, 0};
  const int n = system_result([&] { return ::poll(&p, 1, 0); });
  return n > 0 ? 0 : n == 0 ? -EAGAIN : n;
}

}  // namespace

int perform_now(const io_target& t, io_op op, void* buffer, std::size_t length) noexcept {
  const int fd = t.fd();
  switch (op) {
    case io_op::receive:
      return system_result([&] { return receive(fd, buffer, length, MSG_DONTWAIT); });
    case io_op::send:
      return system_result([&] { return send(fd, buffer, length, MSG_DONTWAIT | MSG_NOSIGNAL); });
    case io_op::receive_message:
      return system_result([&] {
        return ::recvmsg(fd, static_cast<msghdr*>(buffer), MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
      });
    case io_op::send_message:
      return system_result(
          [&] { return ::sendmsg(fd, static_cast<msghdr*>(buffer), MSG_DONTWAIT | MSG_NOSIGNAL); });
    case io_op::accept:
      return system_result(
          [&] { return ::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); });
    case io_op::wait_readable:
      return check_ready(fd, POLLIN);
    case io_op::wait_writable:
      return check_ready(fd, POLLOUT);
    case io_op::read_stream:
      return system_result([&] { return ::read(fd, buffer, length); });
    case io_op::write_stream:
      return write_without_sigpipe(fd, buffer, length);
    default:
      return -EINVAL;
  }
}

int perform_blocking(io_request& r) noexcept {
  const auto at = static_cast<off_t>(r.offset);
  switch (r.op) {
    case io_op::read_at:
      return system_result([&] { return ::pread(r.target->fd(), r.buffer, r.length, at); });
    case io_op::write_at:
      return system_result([&] { return ::pwrite(r.target->fd(), r.buffer, r.length, at); });
    case io_op::read_vector_at:
      return system_result([&] {
        return ::preadv(r.target->fd(), static_cast<const iovec*>(r.buffer),
                        static_cast<int>(r.length), at);
      });
    case io_op::write_vector_at:
      return system_result([&] {
        return ::pwritev(r.target->fd(), static_cast<const iovec*>(r.buffer),
                         static_cast<int>(r.length), at);
      });
    case io_op::sync:
      return system_result(
          [&] { return r.length == 0 ? ::fsync(r.target->fd()) : ::fdatasync(r.target->fd()); });
    case io_op::open:
      return system_result([&] {
        return ::open(static_cast<const char*>(r.buffer), static_cast<int>(r.length),
                      static_cast<mode_t>(r.offset));
      });
    case io_op::call:
      return r.invoke(r);
    default:
      return -EINVAL;
  }
}

namespace {

std::int64_t now_ns() noexcept {
  timespec t{};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace

time_limit::time_limit(std::int64_t timeout_ns) noexcept : timeout_ns_(timeout_ns) {
  if (timeout_ns > 0) {
    end_ns_ = now_ns() + timeout_ns;
  }
}

std::int64_t time_limit::left() const noexcept {
  return timeout_ns_ <= 0 ? timeout_ns_ : std::max<std::int64_t>(end_ns_ - now_ns(), 0);
}

// --- io_target ---

io_target::~io_target() = default;

void io_target::expect_nothing_yet() noexcept {
  // order: relaxed; nobody else knows it yet.
  state_.store(ready_out | untried, std::memory_order_relaxed);
}

bool io_target::take_untried() noexcept {
  // order: relaxed; a hint, as in take_ready.
  return (state_.load(std::memory_order_relaxed) & untried) != 0 &&
         (state_.fetch_and(~untried, std::memory_order_relaxed) & untried) != 0;
}

void io_target::rearm() noexcept {
  // order: relaxed; as in closed.
  state_.fetch_and(~is_expired, std::memory_order_relaxed);
}

void io_target::close() noexcept {
  const lock_guard locked(mutex_);
  // order: relaxed; as in closed. Set under the lock: admit sees it or we see the request.
  const bool first = (state_.fetch_or(is_closed, std::memory_order_relaxed) & is_closed) == 0;
  if (first && !in_forked_child()) {  // a child's pending requests are its parent's
    cancel_all(io_cancel::closed);
  }
}

void io_target::expire() noexcept {
  const lock_guard locked(mutex_);
  // order: relaxed; as in closed. Set under the lock, as in close.
  state_.fetch_or(is_expired, std::memory_order_relaxed);
  cancel_all(io_cancel::deadline);
}

void io_target::cancel_all(io_cancel reason) noexcept {
  for (io_request* first : first_) {
    while (first != nullptr) {
      io_request* const after = first->next;  // cancel_linked may unlink it
      auto none = io_cancel::none;
      // order: relaxed; read under the same locks that cancel_linked takes.
      first->reason.compare_exchange_strong(none, reason, std::memory_order_relaxed,
                                            std::memory_order_relaxed);
      first->owner->cancel_linked(*first);
      first = after;
    }
  }
}

void io_target::release() noexcept {
  // order: acq_rel; pairs with itself: the last release sees all that the others did.
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    // Not at its end: on epoll it may lie in the graveyard until the next wait, while a thread that
    // asks whether anything can still happen is told that a descriptor is open, and not asked
    // again.
    count_ender(-1);
    reactor_->retire(this);
  }
}

// --- io_core ---

namespace {

// Written once, in a child, while it has a single thread.
atomic<bool> forked_child{false};

void watch_forks() {
  static const int once = pthread_atfork(nullptr, nullptr, [] {
    // order: relaxed; see forked_child.
    forked_child.store(true, std::memory_order_relaxed);
  });
  (void)once;
}

}  // namespace

bool in_forked_child() noexcept {
  // order: relaxed; see forked_child.
  return forked_child.load(std::memory_order_relaxed);
}

bool refused_in_child(io_request& r) noexcept {
  if (!in_forked_child()) [[likely]] {
    return false;
  }
  job_list ready;
  r.result = -EOWNERDEAD;  // io_failure makes it what it is
  r.done(r, ready);
  if (!ready.empty()) {
    runtime().hand_over(ready);
  }
  return true;
}

io_core::io_core(unsigned blocking_threads)
    : pool_(blocking_threads, &io_core::on_pool_done, this) {
  watch_forks();
}

void io_core::on_pool_done(void* self, io_request& r, int result) noexcept {
  static_cast<io_core*>(self)->post_finished(r, result);
}

void io_core::wake() noexcept {
  if (!word_.ask()) {
    return;
  }
  if (in_forked_child()) [[unlikely]] {
    child_events_.notify_one();
    return;
  }
  if (word_.asleep()) {
    signal();
  }
}

void io_core::wait_in_child(std::int64_t timeout_ns) noexcept {
  const event_count::key key = child_events_.prepare_wait();
  if (end_wait() || timeout_ns == 0) {
    child_events_.cancel_wait();
  } else {
    child_events_.commit_wait(key, timeout_ns);
    static_cast<void>(end_wait());
  }
}

bool io_core::admit(io_request& r) noexcept {
  {
    const lock_guard locked(r.target->mutex_);
    if (admit_locked(r)) {
      return true;
    }
  }
  post_finished(r, -ECANCELED);
  return false;
}

bool io_core::admit_locked(io_request& r) noexcept {
  io_target& t = *r.target;
  const auto give = [&](io_cancel reason) {
    auto none = io_cancel::none;
    // order: relaxed; under the target's lock.
    r.reason.compare_exchange_strong(none, reason, std::memory_order_relaxed,
                                     std::memory_order_relaxed);
  };
  if (t.closed()) {
    give(io_cancel::closed);
  } else if (t.expired()) {
    give(io_cancel::deadline);
  }
  r.owner = this;
  // order: relaxed; who cancels stores the reason before taking the lock, so he finds us linked
  // or we find his reason.
  if (r.reason.load(std::memory_order_relaxed) != io_cancel::none) {
    return false;
  }
  t.link(r, direction_of(r.op));
  return true;
}

void io_core::cancel(io_request& request, io_cancel reason) noexcept {
  auto none = io_cancel::none;
  // order: relaxed; what follows takes the lock under which the other side looks at the reason.
  request.reason.compare_exchange_strong(none, reason, std::memory_order_relaxed,
                                         std::memory_order_relaxed);
  if (request.target != nullptr) {
    const lock_guard locked(request.target->mutex_);
    if (request.linked) {
      request.owner->cancel_linked(request);  // a loop may have it
    }
  } else if (request.op == io_op::call) {
    if (pool_.withdraw(request)) {
      post_finished(request, -ECANCELED);
    }
  } else {
    cancel_unlinked(request);
  }
}

void io_core::post_finished(io_request& r, int result) noexcept {
  {
    const lock_guard locked(finished_mutex_);
    r.result = result;
    finished_.push(r);
  }
  wake();
}

void io_core::finish_posted(job_list& ready) noexcept {
  request_queue all;
  {
    const lock_guard locked(finished_mutex_);
    all = finished_.take();
  }
  while (io_request* r = all.pop()) {
    finish(*r, ready);
  }
}

void io_core::finish(io_request& r, job_list& ready) noexcept {
  if (r.target == nullptr) {
    count_ender(-1);      // see submit: no target of its own says that something is to come
  } else if (r.linked) {  // who unlinked it did so before it came here
    const lock_guard locked(r.target->mutex_);
    r.target->unlink(r);
  }
  if (r.owned) {
    owned_.remove(r);
  }
  r.done(r, ready);
}

}  // namespace weft::detail
