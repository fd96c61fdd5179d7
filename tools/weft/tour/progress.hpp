#pragma once
/// `progress`: one line on stderr that says what is going on, when stderr is a terminal.

#include <cstddef>
#include <string>
#include <string_view>

namespace weft::tour {

/// **Thread-safety**: none. **Lifetime**: the line goes with it.
class progress {
 public:
  explicit progress(std::size_t steps) noexcept;
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress() { clear(); }

  /// The next step of `steps`.
  void next(std::string_view name);
  void doing(std::string_view what);
  /// Takes the line away, so that something else can be printed.
  void clear();

 private:
  bool shown_;
  std::size_t steps_;
  std::size_t step_ = 0;
  std::string name_;
};

}  // namespace weft::tour
