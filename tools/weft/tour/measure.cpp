#include "tour/measure.hpp"

#include <weft/sched.hpp>
#include <weft/trace.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft::tour {

namespace {

double processor_ms() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

}  // namespace

void run_times::run(const std::function<void()>& work) {
  const double before = processor_ms();
  wall_.push_back(timed_ms(work));
  processor_.push_back(processor_ms() - before);
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

bool paired_ratio::decided(double least, double most) const {
  std::vector<double> sorted = ratios_;
  std::ranges::sort(sorted);
  const std::size_t n = sorted.size();
  const double quartiles = sorted[(3 * n) / 4] - sorted[n / 4];
  const double notch = 1.57 * quartiles / std::sqrt(static_cast<double>(n));
  const auto outside = [&](double limit) { return std::abs(median() - limit) > notch; };
  return outside(least) && outside(most);
}

std::string show_ms(double ms) {
  if (ms < 0.001) {
    return fmt::format("{:.1f} ns", ms * 1e6);
  }
  if (ms < 1) {
    return fmt::format("{:.1f} µs", ms * 1e3);
  }
  return fmt::format("{:.1f} ms", ms);
}

std::string show_bytes(double bytes) {
  if (bytes < 4096) {
    return fmt::format("{:.0f} B", bytes);
  }
  if (bytes < 4096.0 * 1024) {
    return fmt::format("{:.1f} KiB", bytes / 1024);
  }
  return fmt::format("{:.1f} MiB", bytes / (1024 * 1024));
}

std::string counted(std::size_t n, const char* singular) {
  return fmt::format("{} {}{}", n, singular, n == 1 ? "" : "s");
}

std::size_t thread_count(int process) {
  const std::string folder =
      process == 0 ? "/proc/self/task" : fmt::format("/proc/{}/task", process);
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) {
    ++count;
  }
  return count;
}

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

std::size_t core_count() {
  return static_cast<std::size_t>(thread_pool::default_pool().size());
}

std::size_t physical_core_count() {
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
    return core_count();
  }
  std::set<std::string> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &allowed)) {
      std::ifstream file(
          fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu));
      std::string siblings = fmt::format("only {}", cpu);  // where nothing tells
      std::getline(file, siblings);
      cores.insert(siblings);
    }
  }
  return std::min(core_count(), cores.size());
}

double least_speedup(double cores, double sequential_ms, double by_hand_ms) {
  const double by_hand = sequential_ms / by_hand_ms;
  return by_hand >= 0.9 * cores ? 0.9 * cores : 0.8 * by_hand;
}

void thread_set::note() {
  const std::uint32_t me = trace::this_thread_number();
  const std::lock_guard hold(lock_);
  threads_.insert(me);
}
std::size_t thread_set::size() const {
  const std::lock_guard hold(lock_);
  return threads_.size();
}

std::string output_of_self(const std::vector<std::string>& arguments,
                           const std::vector<std::string>& environment) {
  // /usr/bin/env sets the variables: the environment of this process is left as it is.
  std::vector<std::string> words{"/usr/bin/env"};
  words.insert(words.end(), environment.begin(), environment.end());
  words.push_back(std::filesystem::read_symlink("/proc/self/exe").string());
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::runtime_error("weft tour: no pipe to be had");
  }
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), ::environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string output;
  if (error == 0) {
    char buffer[4096];
    for (ssize_t n = 0; (n = ::read(ends[0], buffer, sizeof buffer)) > 0;) {
      output.append(buffer, static_cast<std::size_t>(n));
    }
  }
  ::close(ends[0]);
  int status = -1;
  if (error != 0 || ::waitpid(child, &status, 0) != child || status != 0) {
    throw std::runtime_error("weft tour: a process of its own for this measurement failed");
  }
  return output;
}

}  // namespace weft::tour
