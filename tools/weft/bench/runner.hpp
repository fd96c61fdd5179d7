#pragma once
/// Measures the rows: who has programs, and the rounds.

#include "bench/program.hpp"
#include "bench/rows.hpp"
#include "bench/statistics.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weft::bench {

struct outside_peer {
  std::string name;
  std::string program;
};

struct run_plan {
  std::filesystem::path programs;  ///< <programs>/<workload>/<peer>, or <programs>/<peer>
  std::vector<outside_peer> outside;
  std::vector<std::string> without{};  ///< Peers that are left alone.
  bool full = false;
  bool processor_time = false;  ///< Instead of the time that passes.
  int rounds = 5;
  std::vector<int> threads;         ///< From the fewest to the most.
  std::chrono::seconds limit{120};  ///< Of one run of one program.
};

/// What went wrong with a program.
struct failed_run {
  std::string peer;
  std::string row;
  std::string why;
};

/// Runs programs, weft's first in each round, then each peer's. **Thread-safety**: none.
class runner {
 public:
  /// `doing` is told before each run what it is.
  runner(run_plan plan, std::function<void(std::string_view)> doing)
      : plan_(std::move(plan)), doing_(std::move(doing)) {}

  /// One row with each number of threads that it asks for; its memory is a row after it.
  [[nodiscard]] std::vector<samples> measure(const row& r);

  /// Peers without a program for a row that they could have, with the rows.
  [[nodiscard]] const std::map<std::string, std::set<std::string>>& missing() const noexcept {
    return missing_;
  }
  [[nodiscard]] const std::vector<failed_run>& failures() const noexcept { return failures_; }
  /// What the programs said of their versions.
  [[nodiscard]] const std::map<std::string, std::string>& versions() const noexcept {
    return versions_;
  }

 private:
  struct contender {
    std::string name;
    std::string program;
    std::vector<double> values;
    std::vector<double> memory;
    std::optional<double> mallocs;
    bool out = false;
  };
  [[nodiscard]] std::vector<contender> contenders(const row& r);
  void measure_once(const row& r, int threads, contender& c);
  [[nodiscard]] std::vector<samples> rounds(const row& r, int threads);
  [[nodiscard]] std::string program_of(std::string_view workload, std::string_view peer) const;

  run_plan plan_;
  std::function<void(std::string_view)> doing_;
  std::map<std::string, std::set<std::string>> missing_;
  std::vector<failed_run> failures_;
  std::map<std::string, std::string> versions_;
};

/// The figure of a row, from what a program has printed. **Throws** `std::runtime_error` when it is
/// not there.
[[nodiscard]] double figure_of(unit u, const figures& f, double operations,
                               std::string_view time = "duration");

}  // namespace weft::bench
