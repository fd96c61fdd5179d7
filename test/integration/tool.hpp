#pragma once
/// Runs the command line tool, for its tests.

#include <string>
#include <vector>

namespace weft::test {

struct tool_result {
  int exit_code = -1;  ///< Negative: ended by that signal.
  std::string out;
  std::string err;

  /// What it printed on stdout, by lines.
  [[nodiscard]] std::vector<std::string> lines() const;
};

/// The tool as a process of its own. **Thread-safety**: none.
class tool {
 public:
  explicit tool(std::vector<std::string> arguments);
  tool(const tool&) = delete;
  tool& operator=(const tool&) = delete;
  /// Kills it if it still runs.
  ~tool();

  /// Reads stdout up to and including `text`. **Returns** what was read, which lacks it when the
  /// tool has ended.
  [[nodiscard]] std::string read_until(const std::string& text);
  void send_signal(int number) const;
  /// Waits for its end.
  [[nodiscard]] tool_result wait();

 private:
  int process_ = -1;
  int out_ = -1;
  int err_ = -1;  // a file without a name: it never fills up, as a pipe does
  std::string read_;
};

[[nodiscard]] inline tool_result run_tool(std::vector<std::string> arguments) {
  tool started(std::move(arguments));
  return started.wait();
}

}  // namespace weft::test
