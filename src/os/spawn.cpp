// posix_spawn, because it costs the same whatever memory this process has and says in this process
// what went wrong in the child. What it does not say is which of its steps went wrong; so whatever
// can fail for reasons of its own (files, descriptors) is opened here before, and the working
// directory is looked at after.
//
// Rejected: fork and exec, which copies the page tables; clone3 with CLONE_PIDFD and a stack of our
// own, which is what posix_spawn is, without its care for signals and sanitizers. The pidfd is
// opened behind it: the child cannot be collected by anybody in between, so its number is its own.

#include "spawn.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace weft::os {

namespace {

constexpr const char* start_name = "weft::os::process::start: ";
constexpr mode_t new_file = 0666;  // less the process's umask

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), start_name + what);
}

void refuse_nul(const std::string& text, const char* what) {
  if (text.find('\0') != std::string::npos) {
    throw std::invalid_argument(std::string(start_name) + what + " contains a NUL");
  }
}

// Above the standard streams, so that placing one of them does not overwrite another.
owned_fd above_standard(owned_fd fd, const std::string& what) {
  if (fd.get() > STDERR_FILENO) {
    return fd;
  }
  owned_fd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!moved) {
    fail(errno, "cannot redirect " + what);
  }
  return moved;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (std::string& t : texts) {
    all.push_back(t.data());
  }
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> environment_of(const process_start_info& info) {
  std::map<std::string, std::string> all;
  if (info.inherit_environment) {
    for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
      if (const char* const equals = std::strchr(*at, '=')) {
        all.emplace(std::string(*at, static_cast<std::size_t>(equals - *at)), equals + 1);
      }
    }
  }
  for (const auto& [name, value] : info.environment) {
    refuse_nul(name, "a variable's name");
    if (name.empty() || name.find('=') != std::string::npos) {
      throw std::invalid_argument(std::string(start_name) + "'" + name +
                                  "' cannot be the name of a variable");
    }
    all.erase(name);
    if (value) {
      refuse_nul(*value, "a variable's value");
      all.emplace(name, *value);
    }
  }
  std::vector<std::string> texts;
  texts.reserve(all.size());
  for (const auto& [name, value] : all) {
    texts.push_back(name + '=' + value);
  }
  return texts;
}

}  // namespace

owned_fd::~owned_fd() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

spawned::~spawned() {
  if (pid > 0) {
    ::kill(pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

/// The attributes and file actions of one posix_spawn, with what they refer to.
class spawn_plan {
 public:
  spawn_plan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  spawn_plan(const spawn_plan&) = delete;
  spawn_plan& operator=(const spawn_plan&) = delete;
  ~spawn_plan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  // Our end goes into `ours` when there is a pipe.
  void place(const redirect& where, int standard, owned_fd& ours) {
    static constexpr const char* names[] = {"the standard input", "the standard output",
                                            "the standard error"};
    const std::string name = names[standard];
    switch (where.kind_) {
      case redirect::kind::inherit:
        return;
      case redirect::kind::null:
        keep(open("/dev/null", O_RDWR, name), standard, name);
        return;
      case redirect::kind::pipe:
        keep(make_pipe(standard == STDIN_FILENO, ours, name), standard, name);
        return;
      case redirect::kind::file:
        keep(open(where.path_, standard == STDIN_FILENO ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC,
                  name),
             standard, name);
        return;
      case redirect::kind::append:
        keep(open(where.path_, standard == STDIN_FILENO ? O_RDONLY : O_WRONLY | O_CREAT | O_APPEND,
                  name),
             standard, name);
        return;
      case redirect::kind::output:
        if (standard != STDERR_FILENO) {
          throw std::invalid_argument(std::string(start_name) +
                                      "only the standard error can follow the standard output");
        }
        check(::posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, STDERR_FILENO), name);
        return;
      case redirect::kind::descriptor:
        keep(duplicate(where.fd_, name), standard, name);
        return;
    }
  }

  [[nodiscard]] int run(const process_start_info& info) {
    attribute(info.new_process_group);
    if (!info.working_directory.empty()) {
      refuse_nul(info.working_directory.native(), "the working directory");
      check(::posix_spawn_file_actions_addchdir_np(&actions_, info.working_directory.c_str()),
            "the working directory");
    }
    check(::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1), "descriptors");
    refuse_nul(info.file_name, "the program's name");
    std::vector<std::string> arguments{info.file_name};
    for (const std::string& a : info.arguments) {
      refuse_nul(a, "an argument");
      arguments.push_back(a);
    }
    std::vector<std::string> variables = environment_of(info);
    std::vector<char*> argv = pointers_to(arguments);
    std::vector<char*> envp = pointers_to(variables);
    pid_t pid = -1;
    const int error = ::posix_spawnp(&pid, info.file_name.c_str(), &actions_, &attributes_,
                                     argv.data(), envp.data());
    if (error != 0) {
      explain(error, info);
    }
    return pid;
  }

 private:
  static void check(int error, const std::string& what) {
    if (error != 0) {
      fail(error, "cannot set up " + what);
    }
  }

  static owned_fd open(const std::filesystem::path& path, int flags, const std::string& name) {
    refuse_nul(path.native(), "the path of a redirection");
    owned_fd fd(::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, new_file));
    if (!fd) {
      fail(errno, "cannot open '" + path.string() + "' for " + name);
    }
    return fd;
  }

  static owned_fd duplicate(int fd, const std::string& name) {
    owned_fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!copy) {
      fail(errno, "cannot take descriptor " + std::to_string(fd) + " for " + name);
    }
    return copy;
  }

  // Only our end is non-blocking: the flag belongs to the end, and the child does not expect it.
  static owned_fd make_pipe(bool child_reads, owned_fd& ours, const std::string& name) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
      fail(errno, "cannot make a pipe for " + name);
    }
    owned_fd childs(ends[child_reads ? 0 : 1]);
    ours = owned_fd(ends[child_reads ? 1 : 0]);
    if (::fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0) {
      fail(errno, "cannot make a pipe for " + name);
    }
    return childs;
  }

  void keep(owned_fd fd, int standard, const std::string& name) {
    kept_.push_back(above_standard(std::move(fd), name));
    check(::posix_spawn_file_actions_adddup2(&actions_, kept_.back().get(), standard), name);
  }

  void attribute(bool new_group) {
    // The thread that does this blocks all signals, which children would inherit.
    sigset_t none;
    sigset_t by_default;
    sigemptyset(&none);
    sigemptyset(&by_default);
    sigaddset(&by_default, SIGPIPE);
    check(::posix_spawnattr_setsigmask(&attributes_, &none), "signals");
    check(::posix_spawnattr_setsigdefault(&attributes_, &by_default), "signals");
    check(::posix_spawnattr_setpgroup(&attributes_, 0), "the process group");
    const int flags =
        POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (new_group ? POSIX_SPAWN_SETPGROUP : 0);
    check(::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags)), "attributes");
  }

  [[noreturn]] static void explain(int error, const process_start_info& info) {
    const std::filesystem::path& directory = info.working_directory;
    if (!directory.empty()) {
      struct stat s{};
      if (::stat(directory.c_str(), &s) != 0) {
        fail(errno, "cannot use the working directory '" + directory.string() + "'");
      }
      if (!S_ISDIR(s.st_mode)) {
        fail(ENOTDIR, "cannot use the working directory '" + directory.string() + "'");
      }
      if (::access(directory.c_str(), X_OK) != 0) {
        fail(errno, "cannot use the working directory '" + directory.string() + "'");
      }
    }
    const bool searched = info.file_name.find('/') == std::string::npos;
    fail(error, "cannot run '" + info.file_name + "'" +
                    (error == ENOENT && searched ? " (looked for in PATH)" : ""));
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
  std::vector<owned_fd> kept_;
};

spawned spawn(const process_start_info& info) {
  spawned child;
  spawn_plan plan;
  plan.place(info.standard_input, STDIN_FILENO, child.input);
  plan.place(info.standard_output, STDOUT_FILENO, child.output);
  plan.place(info.standard_error, STDERR_FILENO, child.error);
  child.pid = plan.run(info);
  child.pidfd = owned_fd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0)));
  // ESRCH: it has ended, and was not left for us to collect, because SIGCHLD is ignored.
  if (!child.pidfd && errno != ESRCH) {
    fail(errno, "cannot wait for '" + info.file_name + "', which is killed");
  }
  return child;
}

collected collect(int pid, bool block) noexcept {
  siginfo_t info{};
  int n = -1;
  do {
    n = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | (block ? 0 : WNOHANG));
  } while (n != 0 && errno == EINTR);
  if (n != 0) {
    return {collected::lost, {}};
  }
  if (info.si_pid == 0) {
    return {};
  }
  return {collected::ended, info.si_code == CLD_EXITED
                                ? exit_status(info.si_status, 0)
                                : exit_status(128 + info.si_status, info.si_status)};
}

}  // namespace weft::os
