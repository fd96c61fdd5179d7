#pragma once
/// Requests at a steady rate, as other machines would send them: from the second process, which
/// does nothing else meanwhile.

#include <weft/task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace weft::tour {

struct steady_load {
  std::uint16_t port = 0;       ///< Of the service on loopback that is asked.
  std::string path;             ///< What it is asked for.
  std::size_t connections = 1;  ///< Each asks once in `interval`, between the others.
  std::size_t requests = 1;     ///< Of each connection, besides the one that opens it.
  std::chrono::milliseconds interval{5};
};

/// How long each request took, in ms. What is late is asked at once, so that a slow answer does not
/// lower the rate. **Throws** what the client throws.
[[nodiscard]] task<std::vector<double>> times_under(steady_load load);

/// The path by which the second process is asked for it: `/load/…`.
[[nodiscard]] std::string load_path(const steady_load& load);

}  // namespace weft::tour
