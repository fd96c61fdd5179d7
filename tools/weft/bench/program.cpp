#include "bench/program.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft::bench {
namespace {

using clock = std::chrono::steady_clock;
constexpr int status_not_supported = 3;
constexpr auto look_at_memory_each = std::chrono::milliseconds(20);
constexpr std::size_t output_limit = 1 << 20;  // bytes; what comes after it is not kept

class descriptor {
 public:
  explicit descriptor(int number) noexcept : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor() { close(); }
  void close() noexcept {
    if (number_ >= 0) {
      ::close(std::exchange(number_, -1));
    }
  }
  [[nodiscard]] int number() const noexcept { return number_; }

 private:
  int number_;
};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::string last_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return std::string(text.substr(text.find_last_of('\n') + 1));
}

/// The most memory that a process has had, in KiB; 0 when it is gone.
double peak_memory(const std::string& process) {
  std::ifstream status("/proc/" + process + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) {
      return std::atof(line.c_str() + std::strlen("VmHWM:"));
    }
  }
  return 0;
}

/// A child with its outputs in a pipe each. It leads a process group, so that all of it can be
/// stopped.
class child {
 public:
  child(std::vector<std::string> words, std::chrono::seconds limit) : until_(clock::now() + limit) {
    std::vector<char*> argv;
    for (std::string& word : words) {
      argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    std::array<int, 2> out{-1, -1};
    std::array<int, 2> err{-1, -1};
    if (::pipe2(out.data(), O_CLOEXEC) != 0) {
      error_ = errno;
      return;
    }
    streams_[0].from = out[0];
    const descriptor out_end(out[1]);
    if (::pipe2(err.data(), O_CLOEXEC) != 0) {
      error_ = errno;
      return;
    }
    streams_[1].from = err[0];
    const descriptor err_end(err[1]);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out_end.number(), STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err_end.number(), STDERR_FILENO);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    error_ = ::posix_spawn(&id_, argv[0], &actions, &attributes, argv.data(), ::environ);
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&actions);
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() {
    for (const stream& s : streams_) {
      if (s.from >= 0) {
        ::close(s.from);
      }
    }
  }

  [[nodiscard]] int error() const noexcept { return error_; }
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }
  [[nodiscard]] bool took_too_much() const noexcept { return seen_memory_ > memory_limit_; }
  [[nodiscard]] const std::string& output() const noexcept { return streams_[0].text; }
  [[nodiscard]] const std::string& errors() const noexcept { return streams_[1].text; }

  /// The most memory that it has had, in KiB. What wait4 tells counts this process too, as it was
  /// when the child began, so it is believed when it is more than that; else what was seen now and
  /// then.
  [[nodiscard]] double memory(const rusage& used) const noexcept {
    const auto told = static_cast<double>(used.ru_maxrss);
    return told > own_memory_ || seen_memory_ == 0 ? told : seen_memory_;
  }

  /// Reads all that it prints and waits for its end. **Returns** the status of wait4.
  int wait(rusage& used) {
    while (streams_[0].from >= 0 || streams_[1].from >= 0) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until_ - clock::now());
      std::array<pollfd, 2> ends{pollfd{streams_[0].from, POLLIN, 0},
                                 pollfd{streams_[1].from, POLLIN, 0}};
      const auto wait = std::min<std::chrono::milliseconds>(left, look_at_memory_each);
      if (left.count() > 0 && seen_memory_ <= memory_limit_) {
        ::poll(ends.data(), ends.size(), static_cast<int>(wait.count()));
        seen_memory_ = std::max(seen_memory_, peak_memory(std::to_string(id_)));
      } else {
        stopped_ = true;
        ::kill(-id_, SIGKILL);
        break;
      }
      for (std::size_t i = 0; i < ends.size(); ++i) {
        if (ends[i].revents != 0) {
          streams_[i].take();
        }
      }
    }
    int status = -1;
    while (::wait4(id_, &status, 0, &used) < 0 && errno == EINTR) {
    }
    return status;
  }

 private:
  struct stream {
    int from = -1;
    std::string text;
    void take() {
      std::array<char, 4096> buffer;
      const ssize_t n = ::read(from, buffer.data(), buffer.size());
      if (n > 0) {
        text.append(buffer.data(),
                    std::min(static_cast<std::size_t>(n), output_limit - text.size()));
      } else if (n == 0 || errno != EINTR) {
        ::close(std::exchange(from, -1));
      }
    }
  };

  pid_t id_ = 0;
  int error_ = 0;
  bool stopped_ = false;
  // A program that forks without end must not take the machine with it.
  double memory_limit_ = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                         static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024 * 0.6;
  double own_memory_ = peak_memory("self");
  double seen_memory_ = 0;
  clock::time_point until_;
  std::array<stream, 2> streams_;
};

/// Why a program has given no figures, if so.
std::optional<std::string> failure(const child& c, int status, const figures& f) {
  if (c.stopped()) {
    return c.took_too_much() ? "took too much memory and was stopped"
                             : "took too long and was stopped";
  }
  if (WIFSIGNALED(status)) {
    return fmt::format("was ended by signal {}: {}", WTERMSIG(status), last_line(c.errors()));
  }
  if (WEXITSTATUS(status) != 0) {
    return fmt::format("ended with status {}: {}", WEXITSTATUS(status), last_line(c.errors()));
  }
  if (!f.has("duration")) {
    return std::string("printed no 'duration: N us'");
  }
  return std::nullopt;
}

}  // namespace

figures read_figures(std::string_view output) {
  figures all;
  while (!output.empty()) {
    const auto end = std::min(output.find('\n'), output.size());
    const std::string_view line = trimmed(output.substr(0, end));
    output.remove_prefix(std::min(end + 1, output.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) {
      continue;
    }
    const std::string_view name = trimmed(line.substr(0, colon));
    const std::string_view figure = trimmed(line.substr(colon + 1));
    if (name == "version") {
      all.version = figure;
    }
    double value = 0;
    const auto [stop, error] = std::from_chars(figure.data(), figure.data() + figure.size(), value);
    if (error == std::errc()) {
      all.values.insert_or_assign(std::string(name), value);
    }
  }
  return all;
}

run_outcome run_program(const std::string& program, std::string_view row,
                        std::string_view parameter, int threads, std::chrono::seconds limit) {
  run_outcome result;
  child c({program, std::string(row), std::string(parameter), fmt::format("{}", threads)}, limit);
  if (c.error() != 0) {
    result.why = fmt::format("cannot be started: {}", std::strerror(c.error()));
    return result;
  }
  rusage used{};
  const int status = c.wait(used);
  if (!c.stopped() && WIFEXITED(status) && WEXITSTATUS(status) == status_not_supported) {
    result.how = run_outcome::end::not_supported;
    return result;
  }
  result.measured = read_figures(c.errors() + "\n" + c.output());
  if (auto why = failure(c, status, result.measured)) {
    result.why = *std::move(why);
    return result;
  }
  result.measured.values.try_emplace("memory", c.memory(used));
  result.how = run_outcome::end::measured;
  return result;
}

}  // namespace weft::bench
