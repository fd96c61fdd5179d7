#pragma once

namespace weft::tour {

/// Lets this process open as many descriptors as the system grants it; shells usually stop at
/// 1,024.
void allow_all_descriptors() noexcept;

}  // namespace weft::tour
