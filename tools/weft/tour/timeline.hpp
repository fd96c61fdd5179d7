#pragma once
/// What each thread did when: marked while it runs, found again in what a session recorded, drawn.

#include <weft/trace.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::tour {

/// Marks in the trace, if a session runs, that this thread works on a part of something from here
/// to the end of the scope. `what` is a literal; `part` picks the colour. Nothing is awaited
/// within: it is the thread that works.
class marked {
 public:
  marked(const char* what, std::size_t part) noexcept;
  marked(const marked&) = delete;
  marked& operator=(const marked&) = delete;
  ~marked();

 private:
  const char* what_;
  std::size_t part_;
};

/// One mark's beginning and end, as the trace tells them. Times are in ms of the monotonic clock.
struct stretch {
  const char* what = "";
  std::size_t part = 0;
  std::uint32_t thread = 0;
  double from_ms = 0;
  double to_ms = 0;
  [[nodiscard]] double ms() const noexcept { return to_ms - from_ms; }
};

/// What was marked, in the order of its beginnings. A stretch without an end is left out.
[[nodiscard]] std::vector<stretch> read_stretches(const std::vector<trace::record>& records);

/// One way of doing the work, as a drawing shows it: a lane for each thread.
struct panel {
  std::string title;
  std::vector<stretch> stretches;
};

/// Runs `f`, and makes a panel of what was marked meanwhile.
template <class F>
[[nodiscard]] panel panel_of(std::string title, F&& f) {
  trace::session recording;
  std::forward<F>(f)();
  return {std::move(title), read_stretches(recording.stop())};
}

/// The panels below each other, on one scale, as SVG.
[[nodiscard]] std::string timeline_of(std::string_view title, std::span<const panel> panels);

}  // namespace weft::tour
