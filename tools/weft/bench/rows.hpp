#pragma once
/// What `weft bench` measures: the rows, their parameters and goals, and the peers that have them.

#include <span>
#include <string_view>
#include <vector>

namespace weft::bench {

/// How a row's figure comes out of what a program prints.
enum class unit {
  milliseconds,      ///< `duration`
  nanoseconds_each,  ///< `duration`, divided by the parameter
  bytes,             ///< `bytes`
  kibibytes,         ///< `memory`
  lines,             ///< `lines`
};
[[nodiscard]] std::string_view name_of(unit u) noexcept;

struct row {
  std::string_view id;        ///< "P1"
  std::string_view name;      ///< What the programs know it as: "fib". Unique among all rows.
  std::string_view workload;  ///< The folder of the programs.
  std::string_view full;      ///< The parameter: a number above 0.
  std::string_view reduced;
  unit measured = unit::milliseconds;
  double goal = 0;                 ///< Ratio to the best peer; 0: only published.
  bool each_thread_count = false;  ///< From one thread on, not only with all of them.
  bool limit_counts = false;  ///< The serial program, divided among the threads, is a peer too.
  bool memory = false;        ///< Its memory is a row of its own.
  std::vector<std::string_view> peers;
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
