#include "trace/clock.hpp"

#include <cstring>

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace weft::trace {

constinit weft::detail::atomic<bool> counter_is_trusted{false};

namespace {

// True when the counter runs at one rate in all states and the kernel takes its own time from it:
// then it has found the processors' counters to agree.
bool counter_is_good() noexcept {
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned invariant = 1u << 8;
  if (__get_cpuid(0x80000007, &a, &b, &c, &d) == 0 || (d & invariant) == 0) {
    return false;
  }
  const int file = ::open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
                          O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return false;
  }
  char name[16] = {};
  const ssize_t n = ::read(file, name, sizeof name - 1);
  ::close(file);
  return n >= 3 && std::strncmp(name, "tsc", 3) == 0;
#else
  return false;
#endif
}

}  // namespace

void choose_clock() noexcept {
  static const bool good = counter_is_good();
  // order: relaxed; always the same value, and events begin only after it.
  counter_is_trusted.store(good, std::memory_order_relaxed);
}

std::int64_t monotonic_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

clock_sample sample_clocks() noexcept {
  // The closest of a few: an interruption between the two readings would shift the line.
  clock_sample best{};
  std::int64_t best_width = INT64_MAX;
  for (int i = 0; i < 4; ++i) {
    const std::int64_t before = ticks_now();
    const std::int64_t ns = monotonic_ns();
    const std::int64_t after = ticks_now();
    if (after - before < best_width) {
      best_width = after - before;
      best = {before + (after - before) / 2, ns};
    }
  }
  return best;
}

std::int64_t to_ns(std::int64_t ticks, const clock_sample& from, const clock_sample& to) noexcept {
  const std::int64_t span = to.ticks - from.ticks;
  if (span <= 0) {
    return from.ns;
  }
  const double rate = static_cast<double>(to.ns - from.ns) / static_cast<double>(span);
  return from.ns + static_cast<std::int64_t>(static_cast<double>(ticks - from.ticks) * rate);
}

}  // namespace weft::trace
