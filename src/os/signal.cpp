// Signals. The protocol, and what was rejected: README.md.

#include <weft/os/signal.hpp>

#include <weft/base/atomic.hpp>
#include <weft/base/error.hpp>
#include <weft/io/operation.hpp>
#include <weft/io/target.hpp>

#include "os/signal_catchers.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <system_error>

#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace weft::os {

using weft::detail::atomic;
using weft::detail::failed_task;
using weft::detail::frame_new;
using weft::detail::io_cancel;
using weft::detail::io_failure;
using weft::detail::io_op;
using weft::detail::io_operation;
using weft::detail::job_list;
using weft::detail::target_ref;

namespace {

constexpr int highest_signal = 64;

constexpr std::uint64_t bit_of(int number) noexcept {
  return std::uint64_t{1} << (number - 1);
}

int make_event() {
  const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
  if (fd < 0) {
    throw std::system_error(errno, std::generic_category(),
                            "weft::os::signal: no descriptor to wait on");
  }
  return fd;
}

}  // namespace

class signal::state final : public weft::detail::io_target {
 public:
  state(weft::detail::reactor& r, int event, std::uint64_t wanted) noexcept
      : io_target(r, event), wanted_(wanted) {}

  [[nodiscard]] std::uint64_t wanted() const noexcept { return wanted_; }

  // In the handler.
  void arrived(std::uint64_t bit) noexcept {
    if ((wanted_ & bit) != 0 && arrived_.note(bit)) {
      count_one();
    }
  }
  void count_one() noexcept {
    const std::uint64_t one = 1;
    while (::write(fd(), &one, sizeof one) < 0 && errno == EINTR) {
    }
  }

  /// Pre: one was taken from the eventfd.
  [[nodiscard]] posix_signal take() noexcept { return posix_signal{arrived_.take_one()}; }

 private:
  const std::uint64_t wanted_;
  arrived_signals arrived_;
};

namespace {

/// What the process does with signals: inevitably one for the process, as the system has it.
struct catching {
  // Atomic: read by the handler.
  signal_catchers<signal::state, signal::max_catchers> catchers;
  atomic<pid_t> process{0};

  // Guarded by mutex.
  std::mutex mutex;
  int users[highest_signal + 1] = {};
  struct sigaction before[highest_signal + 1] = {};
};
constinit catching the_process;

extern "C" void weft_on_signal(int number) {
  const int error = errno;
  // order: relaxed; written before the handler is set.
  if (the_process.process.load(std::memory_order_relaxed) != ::getpid()) {
    // A forked child: the descriptors are its parent's. It has what it would have without weft.
    ::signal(number, SIG_DFL);
    ::raise(number);
    errno = error;
    return;
  }
  the_process.catchers.for_each([number](signal::state& s) { s.arrived(bit_of(number)); });
  errno = error;
}

bool may_be_caught(int number) noexcept {
  switch (number) {
    case SIGKILL:
    case SIGSTOP:
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGTRAP:
      return false;
    default:  // 32 and 33 are the C library's own
      return number >= 1 && number <= highest_signal && number != 32 && number != 33;
  }
}

std::uint64_t mask_of(std::initializer_list<posix_signal> any) {
  std::uint64_t mask = 0;
  for (const posix_signal s : any) {
    if (!may_be_caught(static_cast<int>(s))) {
      throw std::invalid_argument("weft::os::signal: " + to_string(s) + " cannot be caught");
    }
    mask |= bit_of(static_cast<int>(s));
  }
  if (mask == 0) {
    throw std::invalid_argument("weft::os::signal: no signal is named");
  }
  return mask;
}

template <class F>
void for_each_signal(std::uint64_t mask, F f) {
  for (int n = 1; n <= highest_signal; ++n) {
    if ((mask & bit_of(n)) != 0) {
      f(n);
    }
  }
}

// Pre: locked.
void set_handler(int number) noexcept {
  struct sigaction ours{};
  ours.sa_handler = &weft_on_signal;
  ours.sa_flags = SA_RESTART;
  sigfillset(&ours.sa_mask);
  ::sigaction(number, &ours, &the_process.before[number]);
}

// Pre: locked.
void restore(int number) noexcept {
  struct sigaction now{};
  if (::sigaction(number, nullptr, &now) == 0 && now.sa_handler == &weft_on_signal) {
    ::sigaction(number, &the_process.before[number], nullptr);
  }
}

void join(signal::state& s) {
  const std::lock_guard locked(the_process.mutex);
  // order: relaxed; the handler that reads it is set behind it.
  the_process.process.store(::getpid(), std::memory_order_relaxed);
  if (the_process.catchers.add(s)) {
    for_each_signal(s.wanted(), [](int n) {
      if (the_process.users[n]++ == 0) {
        set_handler(n);
      }
    });
    return;
  }
  throw std::system_error(EAGAIN, std::generic_category(),
                          "weft::os::signal: " + std::to_string(signal::max_catchers) +
                              " catchers exist already, and there can be no more");
}

void leave(signal::state& s) noexcept {
  const std::lock_guard locked(the_process.mutex);
  for_each_signal(s.wanted(), [](int n) {
    if (--the_process.users[n] == 0) {
      restore(n);
    }
  });
  the_process.catchers.remove(s, [] { ::sched_yield(); });
}

class wait_operation final : public io_operation<posix_signal, wait_operation> {
 public:
  explicit wait_operation(signal::state& s) noexcept
      : io_operation("wait", "signal", io_op::read_stream, s.owner()), held_(&s) {
    s.add_reference();
    target = &s;
    buffer = &taken_;
    length = sizeof taken_;
  }

  void on_result(job_list& ready) noexcept {
    end();
    if (result < 0) {
      fail_with(ready, result, "weft::os::signal::wait");
      return;
    }
    // order: relaxed; the reactor has finished with the request.
    if (reason.load(std::memory_order_relaxed) == io_cancel::abandoned) {
      held_->count_one();  // nobody is there to take it: the next wait does
      fail_with(ready, -ECANCELED, "weft::os::signal::wait");
      return;
    }
    complete_into(ready, held_->take());
  }

 private:
  std::uint64_t taken_ = 0;
  target_ref<signal::state> held_;
};

}  // namespace

std::string to_string(posix_signal s) {
  const char* const name = ::sigabbrev_np(static_cast<int>(s));
  return name != nullptr ? std::string("SIG") + name
                         : "signal " + std::to_string(static_cast<int>(s));
}

signal::signal(posix_signal one) : signal({one}) {}

signal::signal(std::initializer_list<posix_signal> any) {
  const std::uint64_t wanted = mask_of(any);
  weft::detail::reactor& r = weft::detail::default_reactor();
  auto* const made = new state(r, make_event(), wanted);
  try {
    join(*made);
  } catch (...) {
    made->release();
    throw;
  }
  state_ = made;
}

signal& signal::operator=(signal&& other) noexcept {
  if (this != &other) {
    reset();
    state_ = std::exchange(other.state_, nullptr);
  }
  return *this;
}

signal::~signal() {
  reset();
}

void signal::reset() noexcept {
  if (state* const s = std::exchange(state_, nullptr)) {
    leave(*s);
    s->close();
    s->release();
  }
}

value_task<posix_signal> signal::wait(std::stop_token stop) {
  if (state_ == nullptr) {
    throw object_disposed("signal");
  }
  if (stop.stop_requested()) {
    return failed_task<posix_signal>(io_failure(io_cancel::stop, -ECANCELED, {}, stop));
  }
  std::uint64_t taken = 0;
  const int n = weft::detail::perform_now(*state_, io_op::read_stream, &taken, sizeof taken);
  if (n > 0) {
    return value_task<posix_signal>(state_->take());
  }
  return wait_operation::start(frame_new<wait_operation>(*state_), std::move(stop));
}

}  // namespace weft::os
