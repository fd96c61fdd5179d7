#pragma once
/// How rows are printed: tables, or a line of JSON each.

#include "bench/runner.hpp"
#include "bench/statistics.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace weft::bench {

/// A row with what it says.
struct judged {
  samples measured;
  verdict said;

  /// Whether there is a goal, and what it takes to read it: a peer, save where weft's own figure is
  /// the goal.
  [[nodiscard]] bool has_goal() const noexcept {
    return measured.goal > 0 ? !said.best.empty() : measured.of->at_most > 0;
  }
};
/// The rows of one `runner::measure`: memory is compared with the peer that is the fastest in the
/// row before it.
[[nodiscard]] std::vector<judged> judge_all(std::vector<samples> rows);

/// A goal that rows of one id have together: the geometric mean of their ratios, round by round.
struct common_goal {
  std::string_view id;
  std::size_t rows = 0;
  double goal = 0;
  spread mean;
  bool met = false;
};
[[nodiscard]] std::vector<common_goal> common_goals(const std::vector<judged>& all);

/// "168 ms", "3.2 ns", "96 B": three digits that mean something.
[[nodiscard]] std::string show_figure(unit u, double value);

/// The line of JSON of a row, without its end.
[[nodiscard]] std::string json_line(const judged& row);
/// The same with each round's figures: what is kept of a run.
[[nodiscard]] std::string json_line_with_rounds(const judged& row);

/// One row as text, two lines or more.
[[nodiscard]] std::string text_of(const judged& row);

/// What the figures were taken on.
struct surroundings {
  std::string processor;
  long cores = 0;
  std::string system;
  std::string compiler;
  std::string flags;
  std::string date;
  double load = 0;
  int rounds = 0;
  std::string_view times = "wall";  ///< Or "processor".

  [[nodiscard]] static surroundings here();
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string json() const;
};

}  // namespace weft::bench
