#pragma once
/// How claims are printed: a block each and a summary, or a line of JSON each.

#include "tour/claim.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::tour {

/// Columns that anything printed keeps within.
inline constexpr std::size_t page_width = 100;

/// Characters on the screen of UTF-8 text without wide ones.
[[nodiscard]] std::size_t width_of(std::string_view text) noexcept;
/// `text` filled up with blanks, or cut with an ellipsis, to `width` characters.
[[nodiscard]] std::string fitted(std::string_view text, std::size_t width);
/// `text` broken at blanks into lines of `width`, each after `indent` blanks.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t indent, std::size_t width);

/// Rows under a head, in columns as wide as their widest cell; the last one is cut at the page.
class table {
 public:
  explicit table(std::vector<std::string> head) { add(std::move(head)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] std::string text(std::size_t indent) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// Prints to stdout: all of a claim, once it has been measured.
class report {
 public:
  explicit report(bool json);
  void add(const claim& c, const outcome& o);
  /// The summary. **Returns** the ids of the claims that failed.
  [[nodiscard]] std::vector<std::string> finish();

 private:
  void print_block(const claim& c, const outcome& o) const;
  /// With the verdict in colour, on a terminal.
  [[nodiscard]] std::string painted(std::string text, bool ok) const;

  bool json_;
  bool colours_;
  table summary_;
  std::vector<std::string> failed_;
  std::size_t count_ = 0;
};

}  // namespace weft::tour
