// The reactor over epoll. Protocol, threads and rejected designs: README.md.

#include "io_core.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <ctime>
#include <memory>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace weft::detail {

namespace {

constexpr int events_per_wait = 256;

}  // namespace

class epoll_reactor final : public io_core, public std::enable_shared_from_this<epoll_reactor> {
 public:
  /// `of_loop`: one thread submits and waits here, and what it asks for stays here.
  epoll_reactor(int set, int event, bool of_loop)
      : io_core(blocking_pool::default_threads), set_(set), event_(event), loop_(of_loop) {}
  ~epoll_reactor() override;

  void submit(io_request& r) noexcept override;
  void take_over(io_request& r) noexcept override;
  void wait(job_list& ready, std::int64_t timeout_ns) noexcept override;
  void detach(job_list& ready) noexcept override;
  [[nodiscard]] io_backend backend() const noexcept override { return io_backend::epoll; }

 private:
  void cancel_linked(io_request& r) noexcept override;
  void cancel_unlinked(io_request& r) noexcept override;
  void retire(io_target* target) noexcept override;
  void signal() noexcept override;

  [[nodiscard]] int enlist(io_target& t) noexcept;  // pre: the target is locked
  // Pre: likewise. What it ends goes to its owner, or into `own` if that is us.
  void pump(io_target& t, io_direction d, request_queue* own) noexcept;
  void unregister(io_target& t) noexcept;
  void end_batch() noexcept;
  void rest_in_peace(io_target* dead) noexcept;
  void on_event(io_target& t, std::uint32_t events, request_queue& finished) noexcept;
  void bury() noexcept;
  int sleep(epoll_event* events, std::int64_t timeout_ns) noexcept;

  // Constant after construction.
  const int set_;
  const int event_;
  const bool loop_;

  // Guarded by grave_mutex_.
  lock grave_mutex_{io_rank::grave};
  io_target* grave_ = nullptr;
  bool waiting_ = false;  // a thread is in wait, and may have fetched events
};

epoll_reactor::~epoll_reactor() {
  pool().stop();
  bury();
  ::close(event_);
  ::close(set_);
}

// Registers it at its first request; a loop's at the first that is asked for in the loop.
int epoll_reactor::enlist(io_target& t) noexcept {
  if (loop_ ? t.home_ != nullptr : t.registered_) {
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
  if (loop_) {
    t.home_ = shared_from_this();
  } else {
    t.registered_ = true;
  }
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
  t.mutex_.acquire();
  if (loop_ && t.home_ != nullptr && t.home_.get() != this) {
    t.mutex_.release();
    t.owner().submit(r);  // the set of another loop has it
    return;
  }
  t.add_reference();  // once admitted, the request may be finished and its target released at any
                      // time
  const int error = enlist(t);
  const bool admitted = error == 0 && admit_locked(r);
  if (loop_) {
    owned().add(r);
  }
  if (admitted) {
    pump(t, direction_of(r.op), nullptr);
  }
  t.mutex_.release();
  if (!admitted) {
    post_finished(r, error != 0 ? error : -ECANCELED);
  }
  t.release();
}

void epoll_reactor::take_over(io_request& r) noexcept {
  io_target& t = *r.target;
  r.owner = this;
  if (const int error = enlist(t)) {
    t.unlink(r);
    post_finished(r, error);
    return;
  }
  pump(t, direction_of(r.op), nullptr);
}

// What is pending goes to the reactor of its target. Others that have just performed a request of
// ours may not have handed it back yet.
void epoll_reactor::detach(job_list& ready) noexcept {
  while (!owned().empty() && !in_forked_child()) {
    for (io_request* r = owned().first(); r != nullptr;) {
      io_request* const next = r->owned_next;
      const target_ref<io_target> kept(r->target);
      kept->add_reference();
      const lock_guard locked(kept->mutex_);
      if (r->linked) {
        owned().remove(*r);
        kept->reactor_->take_over(*r);
      }
      r = next;
    }
    finish_posted(ready);
    cpu_relax();
  }
}

// Runs the system calls of the requests waiting in one direction while they succeed.
// The owner is told under the lock: a loop's set lives as long as its target, and `retire` takes
// the lock before it lets go of it.
void epoll_reactor::pump(io_target& t, io_direction d, request_queue* own) noexcept {
  const auto i = static_cast<unsigned>(d);
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
      if (may_go_on(r, result)) {
        t.mark_ready(d);
      }
    }
    t.unlink(r);
    if (own != nullptr && r.owner == this) {
      own->push(r);
    } else {
      post_to_owner(r);
    }
  }
}

// The target may be retired already; it then has no requests, and `bury` keeps it until our next
// wait.
void epoll_reactor::on_event(io_target& t, std::uint32_t events, request_queue& finished) noexcept {
  std::uint32_t bits = 0;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    bits |= io_target::hung_in;
  }
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
    bits |= io_target::hung_out | io_target::ready_out;
  }
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
    bits |= io_target::ready_in;
  }
  if ((events & EPOLLOUT) != 0) {
    bits |= io_target::ready_out;
  }
  const lock_guard locked(t.mutex_);
  // order: relaxed; a performer looks again under the target's lock, and who tries first without it
  // asks here afterwards.
  t.state_.fetch_or(bits, std::memory_order_relaxed);
  pump(t, io_direction::in, &finished);
  pump(t, io_direction::out, &finished);
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
  if (in_forked_child()) [[unlikely]] {
    wait_in_child(timeout_ns);
    return;
  }
  bury();
  std::array<epoll_event, events_per_wait> events;
  const bool asleep = timeout_ns != 0 && announce_sleep();
  const time_limit limit(asleep ? timeout_ns : 0);
  int n = sleep(events.data(), limit.left());
  while (n < 0 && errno == EINTR) {  // a signal, or the kernel's own work of a ring in this process
    n = sleep(events.data(), limit.left());
  }
  const bool woken = end_wait();
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
  end_batch();
  while (io_request* r = finished.pop()) {
    finish(*r, ready);
  }
  if (woken) {
    finish_posted(ready);
  }
}

void epoll_reactor::unregister(io_target& t) noexcept {
  if (!in_forked_child()) {  // a child would take its parent's out
    // Not left to close: a child may hold the descriptor, and the set would keep reporting it.
    ::epoll_ctl(set_, EPOLL_CTL_DEL, t.fd(), nullptr);
  }
}

// First the batch of the loop that has it, then ours, may hold events that point to it.
void epoll_reactor::retire(io_target* target) noexcept {
  std::shared_ptr<epoll_reactor> home;
  if (target->home_ != nullptr) {
    const lock_guard locked(target->mutex_);  // see pump
    home = std::static_pointer_cast<epoll_reactor>(std::move(target->home_));
  }
  if (target->fd() >= 0) {
    if (target->registered_) {
      unregister(*target);
    }
    if (home != nullptr) {
      home->unregister(*target);
    }
    ::close(target->fd());
  }
  if (home != nullptr) {
    const lock_guard locked(home->grave_mutex_);
    if (home->waiting_) {
      target->grave_next_ = home->grave_;
      home->grave_ = target;
      return;
    }
  }
  rest_in_peace(target);
}

void epoll_reactor::rest_in_peace(io_target* dead) noexcept {
  if (!dead->registered_) {
    delete dead;
    return;
  }
  const lock_guard locked(grave_mutex_);
  dead->grave_next_ = grave_;
  grave_ = dead;
}

// Before a batch of events, and at the end.
void epoll_reactor::bury() noexcept {
  io_target* dead = nullptr;
  {
    const lock_guard locked(grave_mutex_);
    dead = std::exchange(grave_, nullptr);
    waiting_ = true;
  }
  while (dead != nullptr) {
    io_target* const next = dead->grave_next_;
    if (loop_) {
      static_cast<epoll_reactor*>(dead->reactor_)->rest_in_peace(dead);
    } else {
      delete dead;
    }
    dead = next;
  }
}

void epoll_reactor::end_batch() noexcept {
  if (loop_) {
    const lock_guard locked(grave_mutex_);
    waiting_ = false;
  }
}

namespace {

template <class Make>
auto with_descriptors(int& error, Make make) -> decltype(make(0, 0)) {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  const int event = set >= 0 ? ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
  epoll_event e{};
  e.events = EPOLLIN | EPOLLET;
  if (event >= 0 && ::epoll_ctl(set, EPOLL_CTL_ADD, event, &e) == 0) {
    return make(set, event);
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

}  // namespace

std::unique_ptr<reactor> make_epoll_reactor(int& error) {
  return with_descriptors(error, [](int set, int event) -> std::unique_ptr<reactor> {
    return std::make_unique<epoll_reactor>(set, event, false);
  });
}

std::shared_ptr<reactor> make_epoll_loop() {
  int error = 0;
  return with_descriptors(error, [](int set, int event) -> std::shared_ptr<reactor> {
    return std::make_shared<epoll_reactor>(set, event, true);
  });
}

}  // namespace weft::detail
