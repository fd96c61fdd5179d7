#pragma once
/// The clock of the event points: the processor's own counter where the kernel trusts it, since a
/// call of `clock_gettime` costs more than the rest of an event.

#include <weft/base/atomic.hpp>

#include <cstdint>

namespace weft::trace {

/// A moment on both clocks.
struct clock_sample {
  std::int64_t ticks;
  std::int64_t ns;  ///< CLOCK_MONOTONIC.
};

/// Chooses the clock, once; before the first `ticks_now`.
void choose_clock() noexcept;

extern constinit weft::detail::atomic<bool> counter_is_trusted;

[[nodiscard]] std::int64_t monotonic_ns() noexcept;

/// The present moment: counter ticks, or nanoseconds where there is no such counter.
[[nodiscard]] inline std::int64_t ticks_now() noexcept {
#if defined(__x86_64__)
  // order: relaxed; written once, before a session lets events happen.
  if (counter_is_trusted.load(std::memory_order_relaxed)) [[likely]] {
    return static_cast<std::int64_t>(__builtin_ia32_rdtsc());
  }
#endif
  return monotonic_ns();
}

[[nodiscard]] clock_sample sample_clocks() noexcept;

/// The nanoseconds of a moment in ticks, on the line through two samples. Exact at both, and
/// between them as exact as they are (about 100 ns).
[[nodiscard]] std::int64_t to_ns(std::int64_t ticks, const clock_sample& from,
                                 const clock_sample& to) noexcept;

}  // namespace weft::trace
