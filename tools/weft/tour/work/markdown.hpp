#pragma once

#include <string>
#include <string_view>

namespace weft::tour {

/// As HTML, in GitHub's dialect. **Throws** `std::runtime_error`.
[[nodiscard]] std::string markdown_to_html(std::string_view text);

}  // namespace weft::tour
