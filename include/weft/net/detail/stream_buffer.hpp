#pragma once
/// `stream_buffer`: the bytes that `buffered_stream` keeps between its user and its stream.

#include <weft/io/buffer.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace weft::net::detail {

/// Bytes that came in at the back and go out at the front. One direction of a `buffered_stream`.
class stream_buffer {
 public:
  explicit stream_buffer(std::size_t size) noexcept : size_(size == 0 ? 1 : size) {}

  [[nodiscard]] std::string_view kept() const noexcept {
    return std::string_view(bytes_).substr(taken_, end_ - taken_);
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return taken_ == end_; }

  /// **Returns** how many bytes were moved to `into`.
  std::size_t take(mutable_buffer into) noexcept;
  [[nodiscard]] std::string take_text(std::size_t count);
  void drop(std::size_t count) noexcept;

  /// Takes as much as there is room for within its size. **Returns** how much.
  std::size_t put(const_buffer from);
  /// Room at the back for at least one byte, beyond its size if need be; then `filled`.
  [[nodiscard]] mutable_buffer room();
  void filled(std::size_t count) noexcept { end_ += count; }

 private:
  const std::size_t size_;
  std::string bytes_;  // grown to what was needed at most
  std::size_t taken_ = 0;
  std::size_t end_ = 0;
};

/// Searches a text that grows, without looking at anything twice.
class delimiter_search {
 public:
  /// **Throws** `std::invalid_argument` for an empty delimiter.
  delimiter_search(std::string delimiter, std::size_t limit);

  /// **Returns** the size up to and including the delimiter; 0: it has not come yet.
  /// **Throws** `std::length_error` when there are `limit` bytes without it.
  [[nodiscard]] std::size_t in(std::string_view text);

 private:
  std::string delimiter_;
  std::size_t limit_;
  std::size_t searched_ = 0;
};

[[noreturn]] void throw_ended_early(std::size_t had, std::size_t wanted);
[[noreturn]] void throw_write_cut_short();
[[noreturn]] void throw_no_stream();

}  // namespace weft::net::detail
