#pragma once
/// P4: going on through a queue. The parameter is how often.
///
/// - yield: one task goes to the back of its pool's queue, with one thread;
/// - pingpong: round trips between two tasks over two channels;
/// - wake: one task goes from one pool of one thread to another and back; each hop is a half.

#include "../program.hpp"

namespace bench::hand_over {

inline constexpr long warm_up = 1000;

/// `F(n)` does it n times and gives n.
template <long (*F)(long)>
outcome measured(request asked) {
  return measured_operations(F, [](long n) { return n; }, asked.n, warm_up);
}

}  // namespace bench::hand_over
