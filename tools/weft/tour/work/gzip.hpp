#pragma once

#include <string>
#include <string_view>

namespace weft::tour {

/// As a gzip file, at the usual level. **Throws** `std::runtime_error`.
[[nodiscard]] std::string gzipped(std::string_view bytes);
/// **Throws** `std::runtime_error` when it is none, or cut off.
[[nodiscard]] std::string gunzipped(std::string_view bytes);

}  // namespace weft::tour
