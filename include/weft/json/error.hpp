#pragma once
/// What goes wrong with JSON: `parse_error` (reading) and `write_error` (writing), both naming the
/// path.

#include <cstddef>
#include <stdexcept>
#include <string>

namespace weft::json {

/// The text is not JSON, or is JSON of another shape than the type wants.
/// `what()` reads: `json: line 3, column 12, at orders[3].id: expected an integer, found a string`.
class parse_error : public std::runtime_error {
 public:
  struct position {
    std::size_t offset = 0;  ///< bytes from the start of the text
    std::size_t line = 1;    ///< from 1
    std::size_t column = 1;  ///< from 1, in bytes
  };

  parse_error(position where, std::string path, std::string expected, std::string found);

  [[nodiscard]] std::size_t offset() const noexcept { return where_.offset; }
  [[nodiscard]] std::size_t line() const noexcept { return where_.line; }
  [[nodiscard]] std::size_t column() const noexcept { return where_.column; }
  /// The way from the outermost value, `orders[3].id`; empty for that value itself.
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] const std::string& expected() const noexcept { return expected_; }
  [[nodiscard]] const std::string& found() const noexcept { return found_; }

 private:
  position where_;
  std::string path_;
  std::string expected_;
  std::string found_;
};

/// The value cannot be said in JSON: not a number, infinite, or text that is not UTF-8.
class write_error : public std::runtime_error {
 public:
  write_error(std::string path, const std::string& reason);
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace weft::json
