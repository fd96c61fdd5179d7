#pragma once
/// P5: channels and locks. The parameter is how many items, or how often the lock is taken.
///
/// - channel11: one producer and one consumer, an unbounded channel;
/// - channel44: four of each;
/// - mutex: four tasks take a lock, count and give it back.

#include "../program.hpp"

namespace bench::channels {

inline constexpr long lockers = 4;
inline constexpr long warm_up = 10'000;

/// What a consumer has seen.
struct seen {
  long count = 0;
  long sum = 0;
  seen& operator+=(seen other) {
    count += other.count;
    sum += other.sum;
    return *this;
  }
};

/// `F(n, pairs)` sends the numbers below n, and gives what was seen.
template <seen (*F)(long, long), long Pairs>
outcome measured_channel(request asked) {
  return measured_operations(
      [](long n) {
        const seen s = F(n, Pairs);
        check(s.count, n);
        return s.sum;
      },
      [](long n) { return n * (n - 1) / 2; }, asked.n, warm_up);
}

/// The numbers that producer `i` of `pairs` sends.
struct share {
  long first;
  long end;
};
[[nodiscard]] constexpr share share_of(long n, long pairs, long i) {
  return {n * i / pairs, n * (i + 1) / pairs};
}

/// `F(n)` takes the lock n times (a multiple of the tasks) and gives the count.
template <long (*F)(long)>
outcome measured_lock(request asked) {
  return measured_operations([](long n) { return F(n / lockers * lockers); },
                             [](long n) { return n / lockers * lockers; }, asked.n, warm_up);
}

}  // namespace bench::channels
