#pragma once
/// Draws rows as SVG: bars on a logarithmic scale, from weft's own time.

#include "bench/bench_report.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace weft::bench {

/// The drawing of the rows of one id.
[[nodiscard]] std::string plot_of(std::string_view id, const std::vector<judged>& rows,
                                  const surroundings& here);

/// One file an id, <folder>/<id>.svg. **Throws** `std::runtime_error` when one cannot be written.
void write_plots(const std::string& folder, const std::vector<judged>& rows,
                 const surroundings& here);

}  // namespace weft::bench
