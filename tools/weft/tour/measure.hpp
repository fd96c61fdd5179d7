#pragma once
/// Clocks, medians, and what this process uses.

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace weft::tour {

class stopwatch {
 public:
  [[nodiscard]] double ms() const noexcept {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// How long `f` takes, in ms.
template <std::invocable F>
[[nodiscard]] double timed_ms(F&& f) {
  const stopwatch watch;
  std::forward<F>(f)();
  return watch.ms();
}

/// The middle one.
[[nodiscard]] double median(std::vector<double> values);

/// What several runs of the same work took.
class run_times {
 public:
  void run(const std::function<void()>& work);
  /// The median, in ms.
  [[nodiscard]] double wall() const { return median(wall_); }
  /// The shortest, in ms: what else the machine does can only add to it.
  [[nodiscard]] double best() const { return *std::min_element(wall_.begin(), wall_.end()); }
  /// The median in processor time of all threads together: what else the machine does has no part
  /// in it.
  [[nodiscard]] double processor() const { return median(processor_); }
  /// Of the last run alone, in ms.
  [[nodiscard]] double last_wall() const { return wall_.back(); }
  [[nodiscard]] double last_processor() const { return processor_.back(); }

 private:
  std::vector<double> wall_;
  std::vector<double> processor_;
};

/// What one way takes, as a multiple of what another one takes, round by round: a machine whose
/// speed changes meets both ways of a round alike, and the rounds in which it changes do not move
/// the median.
class paired_ratio {
 public:
  /// A round of both, in the same unit.
  void add(double mine, double others) { ratios_.push_back(mine / others); }
  [[nodiscard]] double median() const { return tour::median(ratios_); }
  /// Whether more rounds would hardly change the answer to "is the median from `least` to `most`?":
  /// the interval in which it lies with 95 % confidence holds neither. That interval is the median
  /// ± 1.57 interquartile ranges ÷ √rounds (McGill, Tukey, Larsen: Variations of Box Plots, 1978).
  [[nodiscard]] bool decided(double least, double most) const;

 private:
  std::vector<double> ratios_;
};

/// How many times as fast a computation must be on `cores` cores: 0.9 times their number, if
/// threads by hand are. Where they are not, other work takes its share of the machine, now more,
/// now less: 0.8 times what they are. All are times of the same run.
[[nodiscard]] double least_speedup(double cores, double sequential_ms, double by_hand_ms);

/// The median of three runs of `f`, which gives a time.
template <class F>
[[nodiscard]] double median_of_three(F&& f) {
  const double first = f();
  const double second = f();
  return median({first, second, f()});
}

/// "100.9 ms", "12.3 µs": three or four digits that mean something.
[[nodiscard]] std::string show_ms(double ms);
[[nodiscard]] std::string show_bytes(double bytes);
/// "1 thread", "2 threads".
[[nodiscard]] std::string counted(std::size_t n, const char* singular);

/// Threads of a process now; 0: this one.
[[nodiscard]] std::size_t thread_count(int process = 0);
/// Memory of this process that is resident now, in bytes.
[[nodiscard]] double resident_bytes();
/// Workers of the default pool: as many as there are processors, as the kernel and a quota count
/// them.
[[nodiscard]] std::size_t core_count();
/// The same without the second threads of a core, which share its arithmetic.
[[nodiscard]] std::size_t physical_core_count();

/// Counts the threads that came by. **Thread-safety**: all members.
class thread_set {
 public:
  void note();
  [[nodiscard]] std::size_t size() const;

 private:
  mutable std::mutex lock_;
  std::set<std::uint32_t> threads_;
};

/// Runs this very program with `arguments` and some variables of the environment set, and waits.
/// **Returns** what it printed. **Throws** `std::runtime_error` when it fails.
[[nodiscard]] std::string output_of_self(const std::vector<std::string>& arguments,
                                         const std::vector<std::string>& environment);

}  // namespace weft::tour
