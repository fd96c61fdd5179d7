#pragma once
/// Waiting on a 32-bit word of this process.

#include <weft/base/atomic.hpp>

#include <cstdint>

#ifndef WEFT_MODEL  // the model brings its own

namespace weft::detail {

/// Sleeps while `word` holds `expected`, until woken or until `timeout_ns` from now has passed
/// (below 0: no limit). May return early without reason.
/// **Returns** false only when the time has passed.
bool futex_wait(const atomic<std::uint32_t>& word, std::uint32_t expected,
                std::int64_t timeout_ns = -1) noexcept;

/// Wakes one sleeper. **Lifetime**: `word` may be gone already; its address alone is used.
void futex_wake_one(const atomic<std::uint32_t>& word) noexcept;
void futex_wake_all(const atomic<std::uint32_t>& word) noexcept;

}  // namespace weft::detail

#endif
