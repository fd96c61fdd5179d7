#pragma once
/// Runs one program of a peer and reads what it prints.

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weft::bench {

/// What a program prints: `name: figure unit`, a line each.
struct figures {
  std::map<std::string, double, std::less<>> values;
  std::string version;  ///< Of the peer, when it says so.

  [[nodiscard]] bool has(std::string_view name) const { return values.contains(name); }
  [[nodiscard]] double operator[](std::string_view name) const { return values.find(name)->second; }
};
/// Lines that are none are passed over.
[[nodiscard]] figures read_figures(std::string_view output);

struct run_outcome {
  enum class end { measured, not_supported, failed };
  end how = end::failed;
  figures measured;
  std::string why;  ///< When it failed: one line.
};

/// PROGRAM ROW PARAMETER THREADS. Exit status 0: measured; 3: it does not have that row. Stopped
/// after `limit`. When it does not print its `memory`, the most that the system has seen counts.
[[nodiscard]] run_outcome run_program(const std::string& program, std::string_view row,
                                      std::string_view parameter, int threads,
                                      std::chrono::seconds limit);

}  // namespace weft::bench
