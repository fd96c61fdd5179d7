#pragma once
/// A stopwatch of a few nanoseconds a reading, for pieces of work: its rate is known only roughly,
/// and need not be.

#include <weft/time/timer_service.hpp>

#include <cstdint>

namespace weft::detail {

/// Grows at a steady rate; of two processors' readings only roughly comparable.
[[nodiscard]] inline std::uint64_t ticks() noexcept {
#if defined(__x86_64__) && !defined(WEFT_MODEL)  // a model has a clock of its own
  return __builtin_ia32_rdtsc();
#else
  return static_cast<std::uint64_t>(monotonic_ns());
#endif
}

/// What a piece of work should take: 22 to 44 µs on processors of 3 to 1.5 GHz. Above it the cost
/// of taking a piece (a contended cache line, about 0.2 µs) is lost in it; a cancellation is
/// noticed well within a millisecond.
#if defined(__x86_64__) && !defined(WEFT_MODEL)
inline constexpr std::uint64_t piece_ticks = 65'536;
#else
inline constexpr std::uint64_t piece_ticks = 30'000;
#endif

}  // namespace weft::detail
