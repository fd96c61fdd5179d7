// The reactor over epoll. Protocol, threads and rejected designs: README.md.

#include "io_core.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <ctime>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace weft::detail {

namespace {

constexpr int events_per_wait = 256;

}  // namespace

class epoll_reactor final : public io_core {
 public:
  epoll_reactor(int set, int event)
      : io_core(blocking_pool::default_threads), set_(set), event_(event) {}
  ~epoll_reactor() override;

  void submit(io_request& r) noexcept override;
  void wait(job_list& ready, std::int64_t timeout_ns) noexcept override;
  [[nodiscard]] io_backend backend() const noexcept override { return io_backend::epoll; }

 private:
  void cancel_linked(io_request& r) noexcept override;
  void cancel_unlinked(io_request& r) noexcept override;
  void retire(io_target* target) noexcept override;
  void signal() noexcept override;

  [[nodiscard]] int enlist(io_target& t) noexcept;
  void pump(io_target& t, io_direction d, request_queue& finished) noexcept;
  void on_event(io_target& t, std::uint32_t events, request_queue& finished) noexcept;
  void bury() noexcept;
  int sleep(epoll_event* events, std::int64_t timeout_ns) noexcept;

  // Constant after construction.
  const int set_;
  const int event_;

  // Guarded by grave_mutex_.
  lock grave_mutex_{io_rank::grave};
  io_target* grave_ = nullptr;
};

epoll_reactor::~epoll_reactor() {
  pool().stop();
  bury();
  ::close(event_);
  ::close(set_);
}

// Pre: the target's lock is held. Registers it at its first request.
int epoll_reactor::enlist(io_target& t) noexcept {
  if (t.registered_) {
    return 0;
  }
  epoll_event e{};
  e.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  e.data.ptr = &t;
  if (::epoll_ctl(set_, EPOLL_CTL_ADD, t.fd(), &e) != 0) {
    if (errno != EPERM) {
      return -errno;
    }
    // A kind of file that is always ready, such as /dev/null.
    // order: relaxed; under the target's lock.
    t.state_.fetch_or(io_target::hung_in | io_target::hung_out, std::memory_order_relaxed);
  }
  t.registered_ = true;
  return 0;
}

void epoll_reactor::submit(io_request& r) noexcept {
  if (refused_in_child(r)) [[unlikely]] {
    return;
  }
  if (r.target == nullptr) {
    count_ender(1);
  }
  if (!is_stream(r.op)) {
    if (r.target == nullptr || admit(r)) {
      pool().submit(r);
    }
    return;
  }
  io_target& t = *r.target;
  const io_direction d = direction_of(r.op);
  t.add_reference();  // once admitted, the request may be finished and its target released at any
                      // time
  int error = 0;
  {
    const lock_guard locked(t.mutex_);
    error = enlist(t);
  }
  request_queue finished;
  if (error != 0) {
    post_finished(r, error);
  } else if (admit(r)) {
    pump(t, d, finished);
  }
  while (io_request* done = finished.pop()) {
    post_finished(*done, done->result);
  }
  t.release();
}

// Runs the system calls of the requests waiting in one direction while they succeed.
void epoll_reactor::pump(io_target& t, io_direction d, request_queue& finished) noexcept {
  const auto i = static_cast<unsigned>(d);
  t.mutex_.acquire();
  // A performer looks at the bits again before it stops.
  while (!t.performing_[i] && t.first_[i] != nullptr && t.take_ready(d)) {
    io_request& r = *t.first_[i];
    t.performing_[i] = true;
    t.mutex_.release();
    const int result = perform_stream(r);
    t.mutex_.acquire();
    t.performing_[i] = false;
    if (result == -EAGAIN) {
      // order: relaxed; under the target's lock.
      if (r.reason.load(std::memory_order_relaxed) == io_cancel::none) {
        // Not at its end after all (half closed, or an error that was taken): from here on only an
        // event helps, and one that came since has set the ready bit. order: relaxed; under the
        // target's lock.
        t.state_.fetch_and(d == io_direction::in ? ~io_target::hung_in : ~io_target::hung_out,
                           std::memory_order_relaxed);
        continue;
      }
      r.result = -ECANCELED;
    } else {
      r.result = result;
      if (!transfers_bytes(r.op) || (result >= 0 && static_cast<std::size_t>(result) == r.length)) {
        t.mark_ready(d);
      }
    }
    t.unlink(r);
    finished.push(r);
  }
  t.mutex_.release();
}

// The target may be retired already; it then has no requests, and `bury` keeps it until our next
// wait.
void epoll_reactor::on_event(io_target& t, std::uint32_t events, request_queue& finished) noexcept {
  std::uint32_t hung = 0;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    hung |= io_target::hung_in;
  }
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
    hung |= io_target::hung_out;
  }
  if (hung != 0) {
    // order: relaxed; pump takes the target's lock after it, and a performer looks again under it.
    t.state_.fetch_or(hung, std::memory_order_relaxed);
  }
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    t.mark_ready(io_direction::in);
    pump(t, io_direction::in, finished);
  }
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
    t.mark_ready(io_direction::out);
    pump(t, io_direction::out, finished);
  }
}

// Pre: the target's lock is held.
void epoll_reactor::cancel_linked(io_request& r) noexcept {
  if (!is_stream(r.op)) {
    if (pool().withdraw(r)) {
      post_finished(r, -ECANCELED);
    }
    return;
  }
  io_target& t = *r.target;
  const auto i = static_cast<unsigned>(direction_of(r.op));
  if (t.performing_[i] && t.first_[i] == &r) {
    return;  // the performer looks at the reason
  }
  t.unlink(r);
  post_finished(r, -ECANCELED);
}

void epoll_reactor::cancel_unlinked(io_request& r) noexcept {
  if (pool().withdraw(r)) {
    post_finished(r, -ECANCELED);
  }
}

void epoll_reactor::signal() noexcept {
  const std::uint64_t one = 1;
  while (::write(event_, &one, sizeof one) < 0 && errno == EINTR) {
  }
}

int epoll_reactor::sleep(epoll_event* events, std::int64_t timeout_ns) noexcept {
#if !WEFT_TSAN || \
    defined(__clang__)  // g++ 12's TSan does not know this call, and sees races behind it
  timespec limit{};
  if (timeout_ns > 0) {
    limit.tv_sec = static_cast<time_t>(timeout_ns / 1'000'000'000);
    limit.tv_nsec = static_cast<long>(timeout_ns % 1'000'000'000);
  }
  const int n =
      ::epoll_pwait2(set_, events, events_per_wait, timeout_ns < 0 ? nullptr : &limit, nullptr);
  if (n >= 0 || errno != ENOSYS) {
    return n;
  }
#endif
  // Kernels before 5.11: milliseconds, rounded up, or a timer would spin for its last one.
  const std::int64_t ms = timeout_ns < 0 ? -1 : (timeout_ns + 999'999) / 1'000'000;
  return ::epoll_wait(set_, events, events_per_wait, static_cast<int>(ms > INT_MAX ? INT_MAX : ms));
}

void epoll_reactor::wait(job_list& ready, std::int64_t timeout_ns) noexcept {
  bury();
  std::array<epoll_event, events_per_wait> events;
  const bool asleep = timeout_ns != 0 && announce_sleep();
  const time_limit limit(asleep ? timeout_ns : 0);
  int n = sleep(events.data(), limit.left());
  while (n < 0 && errno == EINTR) {  // a signal, or the kernel's own work of a ring in this process
    n = sleep(events.data(), limit.left());
  }
  end_wait();
  request_queue finished;
  for (int i = 0; i < n; ++i) {
    if (events[static_cast<unsigned>(i)].data.ptr == nullptr) {
      std::uint64_t count = 0;
      while (::read(event_, &count, sizeof count) < 0 && errno == EINTR) {
      }
      continue;
    }
    auto& t = *static_cast<io_target*>(events[static_cast<unsigned>(i)].data.ptr);
    on_event(t, events[static_cast<unsigned>(i)].events, finished);
  }
  while (io_request* r = finished.pop()) {
    finish(*r, ready);
  }
  finish_posted(ready);
}

void epoll_reactor::retire(io_target* target) noexcept {
  if (target->fd() >= 0) {
    if (target->registered_ && !in_forked_child()) {  // a child would take its parent's out
      // Not left to close: a child may hold the descriptor, and the set would keep reporting it.
      ::epoll_ctl(set_, EPOLL_CTL_DEL, target->fd(), nullptr);
    }
    ::close(target->fd());
  }
  if (!target->registered_) {
    delete target;
    return;
  }
  const lock_guard locked(grave_mutex_);
  target->grave_next_ = grave_;
  grave_ = target;
}

void epoll_reactor::bury() noexcept {
  io_target* dead = nullptr;
  {
    const lock_guard locked(grave_mutex_);
    dead = std::exchange(grave_, nullptr);
  }
  while (dead != nullptr) {
    delete std::exchange(dead, dead->grave_next_);
  }
}

std::unique_ptr<reactor> make_epoll_reactor(int& error) {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  const int event = set >= 0 ? ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
  epoll_event e{};
  e.events = EPOLLIN | EPOLLET;
  if (event >= 0 && ::epoll_ctl(set, EPOLL_CTL_ADD, event, &e) == 0) {
    return std::make_unique<epoll_reactor>(set, event);
  }
  error = errno;
  if (event >= 0) {
    ::close(event);
  }
  if (set >= 0) {
    ::close(set);
  }
  return nullptr;
}

}  // namespace weft::detail
