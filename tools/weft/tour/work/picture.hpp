#pragma once
/// Pictures: drawn, read, filtered, made smaller, written. Work for a processor.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weft::tour {

/// Red, green and blue, a byte each, row by row.
struct picture {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<std::uint8_t> bytes;
};

/// A landscape: the same for the same `number`.
[[nodiscard]] picture drawn_landscape(std::size_t number, std::size_t width, std::size_t height);

/// Smoothed without blurring its edges: each pixel becomes the mean of those around it, near ones
/// and alike ones counting most.
[[nodiscard]] picture smoothed(const picture& from);

/// As wide as said, and as high as that makes it. **Pre**: `width` is at most that of `from`.
[[nodiscard]] picture made_smaller(const picture& from, std::size_t width);

/// **Throws** `std::runtime_error` when the bytes are no JPEG.
[[nodiscard]] picture from_jpeg(std::string_view bytes);
[[nodiscard]] std::string to_jpeg(const picture& p);
[[nodiscard]] std::string to_png(const picture& p);

}  // namespace weft::tour
