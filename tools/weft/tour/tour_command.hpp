#pragma once
/// `weft tour`: measures the claims and says whether they hold.

#include <string>
#include <vector>

namespace weft::tour {

struct tour_options {
  std::vector<std::string> only;  ///< Ids; empty: all.
  bool json = false;
  std::string plot;  ///< A folder for the pictures of claims that have one; empty: none are drawn.
};

/// **Returns** the exit code: 0 when every claim holds, 1 when one fails, 2 when an id is unknown.
[[nodiscard]] int run_tour(const tour_options& options);

}  // namespace weft::tour
