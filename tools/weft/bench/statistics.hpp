#pragma once
/// What several rounds of a row say.

#include "bench/rows.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::bench {

/// The value below which a part `q` of them lies, between neighbours by their distance. **Pre**:
/// not empty.
[[nodiscard]] double quantile(std::vector<double> values, double q);

struct spread {
  double median = 0;
  double min = 0;
  double max = 0;
  double iqr = 0;  ///< From the first quartile to the third.
};
/// **Pre**: not empty.
[[nodiscard]] spread spread_of(const std::vector<double>& values);

/// A goal is met when the median comes up to it, less half of the interquartile range: what the
/// machine's noise hides is not held against it.
[[nodiscard]] bool meets(const spread& ratios, double goal) noexcept;

/// One row, measured: a figure a round, for weft and for each peer that has it.
struct samples {
  const row* of = nullptr;
  std::string shown_name;  ///< `of->name`, or what else of it this is
  std::string parameter;
  int threads = 1;
  unit measured = unit::milliseconds;
  double goal = 0;
  std::vector<double> weft;
  std::map<std::string, std::vector<double>> peers;
  std::map<std::string, double> mallocs;  ///< An operation, in the last round, of those that tell.
};

struct verdict {
  std::string best;            ///< The peer with the least ratio; empty when there is none.
  spread ratio;                ///< Peer ÷ weft, round by round.
  std::vector<double> rounds;  ///< What it is the spread of.
  std::string faster;          ///< Of those that the goal is not about, the best one, if better.
  double faster_ratio = 0;
  bool met = false;
};
/// Compares with the best of the peers that the goal is about. The limit is no peer, save, divided
/// among the threads, where the row says so.
[[nodiscard]] verdict judge(const samples& s);
/// Compares with one peer, the fastest in time, in another figure.
[[nodiscard]] verdict judge_against(const samples& s, const std::string& peer);

}  // namespace weft::bench
