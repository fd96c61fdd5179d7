#pragma once
/// The clock of models with timers. Include it after `weft` has been renamed.

#include <cstdint>

namespace weft::detail {

inline std::int64_t stub_now = 0;  ///< Moved by the thread that fires timers.
std::int64_t monotonic_ns() noexcept {
  return stub_now;
}

}  // namespace weft::detail
