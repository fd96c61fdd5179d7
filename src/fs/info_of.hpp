#pragma once
/// `file_info` of what is open, or has a name.

#include <weft/fs/info.hpp>

namespace weft::fs {

/// As statx(2). False with errno.
[[nodiscard]] bool info_of(int directory, const char* path, int flags, file_info& found) noexcept;

}  // namespace weft::fs
