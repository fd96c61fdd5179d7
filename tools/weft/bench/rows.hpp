#pragma once
/// What `weft bench` measures: the rows, their parameters and goals, and the peers that have them.

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

namespace weft::bench {

/// How a row's figure comes out of what a program prints.
enum class unit {
  milliseconds,      ///< `duration`
  nanoseconds_each,  ///< `duration`, divided by the operations
  bytes,             ///< `bytes`
  kibibytes,         ///< `memory`
  lines,             ///< `lines`
};
[[nodiscard]] std::string_view name_of(unit u) noexcept;

struct row {
  std::string_view id;        ///< "P1"
  std::string_view name;      ///< "fib"; programs are asked for "P1/fib".
  std::string_view workload;  ///< The folder of the programs.
  std::string_view full;      ///< The parameter: a number above 0.
  std::string_view reduced;
  double operations = 0;  ///< What a time is divided by, where it is; 0: the parameter.
  unit measured = unit::milliseconds;
  double goal = 0;                 ///< Ratio to the best peer; 0: only published.
  double mean_goal = 0;            ///< Of all rows of its id that have one: their ratios' mean.
  double at_most = 0;              ///< And of weft's own figure; 0: whatever it is.
  bool each_thread_count = false;  ///< From one thread on, not only with all of them.
  bool limit_counts = false;  ///< The serial program, divided among the threads, is a peer too.
  bool memory = false;        ///< Its memory is a row of its own.
  std::vector<std::string_view> peers;
  /// Peers whose figure is divided by this before it is compared, where goals differ.
  std::map<std::string_view, double> handicaps{};
  /// The peers that the goal is about; empty: all of them. Others are shown, and named where they
  /// are faster, but no goal is read on them.
  std::vector<std::string_view> goal_peers{};

  [[nodiscard]] bool counts(std::string_view peer) const noexcept {
    return goal_peers.empty() || std::ranges::find(goal_peers, peer) != goal_peers.end();
  }
};

/// The memory of a row may be 1.5 times that of the fastest peer.
inline constexpr double memory_goal = 1 / 1.5;
/// The peer that is no peer but the limit.
inline constexpr std::string_view limit_name = "serial";

[[nodiscard]] const std::vector<row>& all_rows();
/// What an id stands for, in a few words.
[[nodiscard]] std::string_view title_of(std::string_view id) noexcept;
/// What to install so that a peer's programs are built.
[[nodiscard]] std::string_view package_of(std::string_view peer) noexcept;

}  // namespace weft::bench
