#pragma once
/// `progress_bar`: how far long work is, on one line of a terminal.

#include <weft/base/any_integer.hpp>
#include <weft/base/atomic.hpp>
#include <weft/base/lock.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace weft {

namespace detail {
/// The line for `done` of `total` in at most `columns` characters.
[[nodiscard]] std::string progress_line(std::string_view label, std::uint64_t done,
                                        std::uint64_t total, std::int64_t elapsed_ns, int columns);
}  // namespace detail

/// Draws `label [#####     ] 42 % 21/50 0:07` on stderr, as wide as the window and never wider. On
/// a pipe or in a file it writes plain lines, at most one for each tenth of the work and each
/// second. Drawing takes place at most every 50 ms, by a thread that reports; the others do not
/// wait.
/// **Thread-safety**: all members but construction and destruction.
/// **Cost**: `advance` is one addition and a look at the clock.
class progress_bar {
 public:
  /// **Throws** `std::invalid_argument` when `total` is negative.
  progress_bar(std::string label, detail::any_integer total, int descriptor = 2);
  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;
  /// Shows where the work ended, and begins a new line.
  ~progress_bar();

  void advance(std::uint64_t n = 1) noexcept;
  /// The work stands at `done`.
  void report(std::uint64_t done) noexcept;
  [[nodiscard]] std::uint64_t done() const noexcept;

 private:
  void show(bool last) noexcept;
  void write(std::string_view text) const noexcept;

  const std::string label_;
  const std::uint64_t total_;
  const int descriptor_;
  const bool terminal_;
  const std::int64_t began_;
  detail::atomic<std::uint64_t> done_{0};
  detail::atomic<std::int64_t> shown_at_;
  detail::lock lock_;
  // Guarded by lock_:
  std::uint64_t tenth_ = 0;
};

}  // namespace weft
