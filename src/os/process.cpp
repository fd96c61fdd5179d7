// Child processes. A task of its own collects each child when it ends, whether anybody waits or
// not; waits are waits for that task. The number of the process is used only through its pidfd, and
// for the group only before it was collected: under a lock, so that it cannot be somebody else's.

#include <weft/os/process.hpp>

#include <weft/base/error.hpp>
#include <weft/base/lock.hpp>
#include <weft/io/any_fd.hpp>
#include <weft/io/open.hpp>
#include <weft/task/wait_async.hpp>
#include <weft/task/when_all.hpp>

#include "pipe_access.hpp"
#include "spawn.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <system_error>

#include <sys/syscall.h>
#include <unistd.h>

namespace weft::os {

namespace {

using weft::detail::call_blocking;

class child_process {
 public:
  child_process(int pid, any_fd pidfd, bool leads_group) noexcept
      : pid_(pid), leads_group_(leads_group), pidfd_(std::move(pidfd)) {}

  [[nodiscard]] int id() const noexcept { return pid_; }

  bool send(int number) {
    const std::lock_guard locked(mutex_);
    if (collected_) {
      return false;
    }
    const long n = leads_group_
                       ? ::kill(-pid_, number)
                       : ::syscall(SYS_pidfd_send_signal, pidfd_.descriptor(), number, nullptr, 0);
    if (n == 0) {
      return true;
    }
    if (errno == ESRCH) {
      return false;
    }
    throw std::system_error(errno, std::generic_category(),
                            "weft::os::process: cannot send " + to_string(posix_signal{number}) +
                                " to process " + std::to_string(pid_));
  }

  collected collect_now() {
    const std::lock_guard locked(mutex_);
    const collected found = collect(pid_, false);
    collected_ = found.state != collected::running;
    return found;
  }
  collected collect_by_blocking() {
    const collected found = collect(pid_, true);
    const std::lock_guard locked(mutex_);
    collected_ = true;
    return found;
  }

  [[nodiscard]] value_task<> ended() { return pidfd_.wait_readable(); }

 private:
  const int pid_;
  const bool leads_group_;
  any_fd pidfd_;

  // Guarded by mutex_.
  std::mutex mutex_;
  bool collected_ = false;
};

task<collected> collect_when_ended(std::shared_ptr<child_process> child) {
  collected found;
  for (bool waitable = true; waitable;) {
    found = child->collect_now();
    if (found.state != collected::running) {
      co_return found;
    }
    try {
      auto ending = child->ended();
      co_await std::move(ending);
    } catch (const std::system_error&) {
      waitable = false;  // the reactor has no place for it
    }
  }
  auto wait = [child] { return child->collect_by_blocking(); };
  auto waiting = call_blocking(std::move(wait), {});
  co_return co_await std::move(waiting);
}

task<std::string> read_to_end(pipe_reader& from, std::stop_token stop) {
  constexpr std::size_t first = 4096;
  constexpr std::size_t largest = 1 << 20;
  std::string all;
  while (from.is_open()) {
    const std::size_t had = all.size();
    all.resize(had + std::clamp(had, first, largest));
    auto reading = from.read_some(mutable_buffer(all.data() + had, all.size() - had), stop);
    const std::size_t n = co_await std::move(reading);
    all.resize(had + n);
    if (n == 0) {
      break;
    }
  }
  co_return all;
}

task<> write_and_close(pipe_writer to, std::string input, std::stop_token stop) {
  if (!to.is_open()) {
    co_return;
  }
  try {
    auto writing = to.write_all(std::move(input), stop);
    co_await std::move(writing);
  } catch (const std::system_error& e) {
    if (e.code() != std::errc::broken_pipe) {
      throw;
    }
  }
  to.close();  // parameters live as long as the task
}

template <class Stream>
Stream& redirected(Stream& s) {
  if (!s.is_open()) {
    weft::detail::throw_invalid_operation(
        "weft::os::process: this stream is closed, or was not redirected by redirect::piped()");
  }
  return s;
}

}  // namespace

// Apart from the child, whom the collector holds: it would hold itself.
class process::state {
 public:
  state(int pid, any_fd pidfd, bool leads_group)
      : child(std::make_shared<child_process>(pid, std::move(pidfd), leads_group)) {}

  const std::shared_ptr<child_process> child;
  task<collected> collector;  // set before the process is handed out
};

std::string exit_status::to_string() const {
  return signal_ != 0 ? "ended by " + os::to_string(posix_signal{signal_})
                      : "exit code " + std::to_string(code_);
}

process_start_info::process_start_info(std::string name, std::vector<std::string> args)
    : file_name(std::move(name)), arguments(std::move(args)) {}

process::process() noexcept = default;
process::process(process&&) noexcept = default;
process& process::operator=(process&&) noexcept = default;
process::~process() = default;
process::process(std::shared_ptr<state> s) noexcept : state_(std::move(s)) {}

process::state& process::checked() const {
  if (state_ == nullptr) {
    weft::detail::throw_invalid_operation("weft::os::process: there is no process; start one");
  }
  return *state_;
}

task<process> process::start(process_start_info info, std::stop_token stop) {
  const bool group = info.new_process_group;
  auto work = [info = std::move(info)] { return spawn(info); };
  auto spawning = call_blocking(std::move(work), std::move(stop));
  spawned child = co_await std::move(spawning);
  any_fd pidfd = child.pidfd ? any_fd::adopt(child.pidfd.take()) : any_fd();
  auto shared = std::make_shared<state>(child.pid, std::move(pidfd), group);
  process made(shared);
  if (child.input) {
    made.input_ = pipe_access::writer(child.input.take());
  }
  if (child.output) {
    made.output_ = pipe_access::reader(child.output.take());
  }
  if (child.error) {
    made.error_ = pipe_access::reader(child.error.take());
  }
  child.pid = -1;  // from here on the collector's
  shared->collector = collect_when_ended(shared->child);
  co_return made;
}

task<process_output> process::output(process_start_info info, std::string input,
                                     std::stop_token stop) {
  if (!input.empty()) {
    info.standard_input = redirect::piped();
  }
  info.standard_output = redirect::piped();
  if (info.standard_error.is_inherited()) {
    info.standard_error = redirect::piped();
  }
  auto starting = start(std::move(info), stop);
  process child = co_await std::move(starting);
  std::exception_ptr error;
  auto written = write_and_close(std::move(child.input_), std::move(input), stop);
  auto output = read_to_end(child.output_, stop);
  auto errors = read_to_end(child.error_, stop);
  exit_status status;
  try {
    co_await when_all(written, output, errors);
    auto waiting = child.wait_for_exit(stop);
    status = co_await std::move(waiting);
  } catch (...) {
    error = std::current_exception();
  }
  if (error != nullptr) {
    child.kill();
    auto waiting = child.wait_for_exit();
    co_await std::move(waiting);
    std::rethrow_exception(error);
  }
  co_return process_output(status, std::move(output).result(), std::move(errors).result());
}

int process::id() const {
  return checked().child->id();
}

bool process::has_exited() const {
  return checked().collector.is_completed();
}

value_task<exit_status> process::wait_for_exit(std::stop_token stop) {
  const int pid = id();
  const std::shared_ptr<state> kept = state_;
  throw_if_stopped(stop);
  if (!kept->collector.is_completed()) {
    auto waiting = kept->collector.wait_async(std::move(stop));
    co_await std::move(waiting);
  }
  const collected& found = kept->collector.result();
  if (found.state == collected::lost) {
    throw std::system_error(ECHILD, std::generic_category(),
                            "weft::os::process::wait_for_exit: process " + std::to_string(pid) +
                                " was collected by somebody else; how it ended is unknown");
  }
  co_return found.status;
}

bool process::kill() {
  return send_signal(posix_signal::sigkill);
}
bool process::terminate() {
  return send_signal(posix_signal::sigterm);
}
bool process::send_signal(posix_signal s) {
  return checked().child->send(static_cast<int>(s));
}

pipe_writer& process::standard_input() {
  static_cast<void>(checked());
  return redirected(input_);
}
pipe_reader& process::standard_output() {
  static_cast<void>(checked());
  return redirected(output_);
}
pipe_reader& process::standard_error() {
  static_cast<void>(checked());
  return redirected(error_);
}

}  // namespace weft::os
