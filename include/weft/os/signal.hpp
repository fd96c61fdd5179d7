#pragma once
/// `signal`: the system's signals, awaited.

#include <weft/task/value_task.hpp>

#include <cstdint>
#include <initializer_list>
#include <stop_token>
#include <string>
#include <utility>

namespace weft::os {

/// The signals that programs handle, by their POSIX names; any other number as `posix_signal{n}`.
/// **Source**: System.Runtime.InteropServices.PosixSignal, whose raw values are the system's too.
enum class posix_signal : int {
  sighup = 1,
  sigint = 2,
  sigquit = 3,
  sigkill = 9,
  sigusr1 = 10,
  sigusr2 = 12,
  sigpipe = 13,
  sigalrm = 14,
  sigterm = 15,
  sigchld = 17,
  sigcont = 18,
  sigstop = 19,
  sigtstp = 20,
  sigttin = 21,
  sigttou = 22,
  sigwinch = 28
};

/// "SIGTERM"; "signal 77" for a number without a name.
[[nodiscard]] std::string to_string(posix_signal s);

/// Catches signals for as long as it lives: what they would do otherwise does not happen. When the
/// last catcher of a signal goes, what was set for it before is set again (unless somebody has
/// changed it meanwhile). Each `signal` object gets every signal that arrives while it lives;
/// signals of one number that nobody has taken yet count as one, as in the system itself.
/// Move-only.
/// **Thread-safety**: any number of waits, from any threads; of the waits of one object one gets
/// the signal.
/// **Cost**: one descriptor; at most `max_catchers` at a time in a process.
/// **Source**: PosixSignalRegistration; awaited instead of called back.
class signal {
 public:
  /// **Throws** `std::invalid_argument` for SIGKILL, SIGSTOP, what the processor raises (SIGSEGV
  /// and its kin) and what is no signal; `std::system_error` when no descriptor or place is left.
  explicit signal(posix_signal one);
  signal(std::initializer_list<posix_signal> any);
  signal(signal&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  signal& operator=(signal&& other) noexcept;
  ~signal();

  /// The next signal that has arrived, or arrives. **Throws** `operation_canceled`;
  /// `object_disposed` when the object goes meanwhile, or has been moved from.
  /// **Completes on** the calling thread when one has arrived, else a worker of the default pool.
  /// **Cancellation**: no signal is lost.
  [[nodiscard]] value_task<posix_signal> wait(std::stop_token stop = {});

  /// The handler looks through a table of this length: it must not take locks or memory.
  static constexpr int max_catchers = 64;

  class state;

 private:
  void reset() noexcept;

  state* state_ = nullptr;
};

}  // namespace weft::os
