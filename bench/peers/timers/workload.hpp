#pragma once
/// P6: timers. The parameter is how many.
///
/// - delays: tasks that each wait for 50 to 99 ms, all at once; from the first one's start to the
/// last one's end, which
///   is never below 99 ms;
/// - insertcancel: a timer is set and stopped, one after another.

#include "../program.hpp"

#include <chrono>

namespace bench::timers {

inline constexpr long warm_up = 1000;
inline constexpr std::chrono::seconds far_away{30};

[[nodiscard]] constexpr std::chrono::milliseconds delay_of(long i) {
  return std::chrono::milliseconds(50 + i * 7919 % 50);
}

/// `F(n)` does n of them and gives n.
template <long (*F)(long)>
outcome measured(request asked) {
  return measured_operations(F, [](long n) { return n; }, asked.n, warm_up);
}

}  // namespace bench::timers
