#include "tour/claims/claims.hpp"

namespace weft::tour {

std::span<const claim> all_claims() {
  static constexpr claim all[] = {
      {"T3",
       "100 operations of 100 ms: about 100 ms either way, but 100 threads blocked against 1 or 2",
       "awaited in ≤ 105 ms (median of 3) on ≤ 2 threads of the pool", &measure_t3},
      {"T10",
       "result() on a UI loop is reported as a deadlock, with the fix; configure_await(false) on "
       "the awaits inside makes it complete, at the caller it does not help",
       "deadlock_error within 100 ms, naming both places, on a loop and on a strand; the fix "
       "completes",
       &measure_t10},
      {"T11", "a cached value_task: no allocation on the hit path, one on a miss at most",
       "0 calls of malloc in 1,000,000 hits, ≤ 1 in each of 100 misses of a warm thread",
       &measure_t11},
      {"T12", "a delay uses no thread: a million delays at once, on two threads",
       "all end, none early, on ≤ 2 threads of the pool; ≤ 128 B a delay", &measure_t12},
      {"T13", "threads are expensive: creation time and memory of a thread against a task",
       "a task costs ≤ 1/10 of the time and ≤ 1/10 of the memory (medians of 3)", &measure_t13},
  };
  return all;
}

}  // namespace weft::tour
