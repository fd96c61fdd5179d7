#pragma once
/// `process`: child processes.

#include <weft/os/pipe.hpp>
#include <weft/os/signal.hpp>
#include <weft/task/task.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace weft::os {

/// Where a standard stream of a child leads.
class redirect {
 public:
  /// To where this process's own leads.
  [[nodiscard]] static redirect inherit() { return redirect(kind::inherit); }
  /// Nowhere: reading finds the end, what is written is lost.
  [[nodiscard]] static redirect null() { return redirect(kind::null); }
  /// To this process, through a pipe.
  [[nodiscard]] static redirect piped() { return redirect(kind::pipe); }
  /// From a file; for an output, to a file, which is made or emptied.
  [[nodiscard]] static redirect file(std::filesystem::path path) {
    return redirect(kind::file, std::move(path));
  }
  /// To the end of a file, which is made if there is none.
  [[nodiscard]] static redirect append(std::filesystem::path path) {
    return redirect(kind::append, std::move(path));
  }
  /// Of the standard error: to where the child's standard output leads.
  [[nodiscard]] static redirect standard_output() { return redirect(kind::output); }
  /// To a descriptor of the caller's, who keeps it open until `start` has completed.
  [[nodiscard]] static redirect descriptor(int fd) { return redirect(kind::descriptor, {}, fd); }

  [[nodiscard]] bool is_inherited() const noexcept { return kind_ == kind::inherit; }

 private:
  friend class spawn_plan;
  enum class kind : std::uint8_t { inherit, null, pipe, file, append, output, descriptor };
  explicit redirect(kind what, std::filesystem::path path = {}, int fd = -1)
      : kind_(what), fd_(fd), path_(std::move(path)) {}

  kind kind_;
  int fd_;
  std::filesystem::path path_;
};

/// What to start, and how. **Source**: ProcessStartInfo.
class process_start_info {
 public:
  /// `file_name` without a slash is looked for in this process's `PATH`. Each argument reaches the
  /// child as it is; no shell has a say.
  process_start_info(std::string file_name, std::vector<std::string> arguments = {});

  std::string file_name;
  std::vector<std::string> arguments;
  /// Empty: this process's. A relative `file_name` with a slash is looked for from there.
  std::filesystem::path working_directory;
  /// Sets, changes or (`nullopt`) removes variables of the child's.
  std::vector<std::pair<std::string, std::optional<std::string>>> environment;
  /// False: the child has no variables but those in `environment`.
  bool inherit_environment = true;
  redirect standard_input = redirect::inherit();
  redirect standard_output = redirect::inherit();
  redirect standard_error = redirect::inherit();
  /// The child leads a process group of its own, and signals go to all of it: to its children too.
  bool new_process_group = false;
};

/// How a process ended.
class exit_status {
 public:
  constexpr exit_status() noexcept = default;
  constexpr exit_status(int code, int signal) noexcept : code_(code), signal_(signal) {}

  /// It returned 0.
  [[nodiscard]] constexpr bool success() const noexcept { return code_ == 0; }
  /// What it returned; 128 + signal when one ended it, as in .NET and in shells.
  [[nodiscard]] constexpr int code() const noexcept { return code_; }
  /// What ended it, if it did not return.
  [[nodiscard]] constexpr std::optional<posix_signal> signal() const noexcept {
    return signal_ == 0 ? std::nullopt : std::optional(posix_signal{signal_});
  }
  /// "exit code 3", "ended by SIGKILL".
  [[nodiscard]] std::string to_string() const;

 private:
  int code_ = 0;
  int signal_ = 0;
};

/// What a process wrote until its end.
class process_output {
 public:
  process_output(exit_status status, std::string output, std::string error) noexcept
      : status_(status), output_(std::move(output)), error_(std::move(error)) {}
  [[nodiscard]] exit_status status() const noexcept { return status_; }
  [[nodiscard]] const std::string& standard_output() const noexcept { return output_; }
  [[nodiscard]] const std::string& standard_error() const noexcept { return error_; }

 private:
  exit_status status_;
  std::string output_;
  std::string error_;
};

/// A child process. Move-only. When it goes the child goes on, and is collected when it ends:
/// there are no zombies.
///
/// **Thread-safety**: all members but moving and destroying; the streams as `pipe_reader` says.
/// **Source**: System.Diagnostics.Process; the streams are bytes, and never blocked on.
class process {
 public:
  /// No process.
  process() noexcept;
  process(process&&) noexcept;
  process& operator=(process&&) noexcept;
  ~process();

  /// Starts a child, with no descriptor but its standard streams, no signal blocked, and SIGPIPE as
  /// it is by default. **Throws** `std::system_error` that says which: no such program, not
  /// executable, no such working directory, a file of a redirection, no descriptor or process left;
  /// `std::invalid_argument` for a NUL in a string or a variable without a name.
  /// **Completes on** a worker of the default pool; the call itself is made on a blocking thread,
  /// and takes as long whatever memory this process has.
  /// **Cancellation**: until the child is being made.
  [[nodiscard]] static task<process> start(process_start_info info, std::stop_token stop = {});

  /// Starts a child, writes `input` (if any) to it, and collects what it writes to both outputs
  /// (an error output that `info` redirects stays redirected), until it has ended and closed both.
  /// What it does not read of the input is dropped silently.
  /// **Cancellation**: kills it (the group, if it leads one), waits for its end, and throws
  /// `operation_canceled`; thus `with_timeout` limits its time.
  /// **Cost**: holds all that it writes; there is no limit but memory.
  [[nodiscard]] static task<process_output> output(process_start_info info, std::string input = {},
                                                   std::stop_token stop = {});

  /// False for none: default-constructed or moved from. All that follows throws
  /// `invalid_operation` then.
  [[nodiscard]] bool valid() const noexcept { return state_ != nullptr; }
  [[nodiscard]] int id() const;
  [[nodiscard]] bool has_exited() const;

  /// How it ended, or ends. Any number of waits.
  /// **Throws** `operation_canceled`, which does nothing to the child; `std::system_error` when
  /// somebody else has collected it (SIGCHLD is ignored, or it was waited for).
  [[nodiscard]] value_task<exit_status> wait_for_exit(std::stop_token stop = {});

  /// Ends it at once (SIGKILL), or asks it to end (SIGTERM). **Returns** false when it had ended.
  /// Never reaches another process: the number of one that has ended is not used.
  bool kill();
  bool terminate();
  bool send_signal(posix_signal s);

  /// The other ends of what was redirected by `redirect::piped()`; else `invalid_operation`.
  /// Close the input to end it.
  [[nodiscard]] pipe_writer& standard_input();
  [[nodiscard]] pipe_reader& standard_output();
  [[nodiscard]] pipe_reader& standard_error();

  class state;

 private:
  explicit process(std::shared_ptr<state> s) noexcept;
  [[nodiscard]] state& checked() const;

  std::shared_ptr<state> state_;  // shared with who waits for the end
  pipe_writer input_;
  pipe_reader output_;
  pipe_reader error_;
};

}  // namespace weft::os
