#pragma once

#include <cstddef>

namespace weft::tour {

/// By trial division: work for a processor that uses no memory.
[[nodiscard]] constexpr bool is_prime(int n) noexcept {
  if (n < 2 || (n % 2 == 0 && n != 2)) {
    return false;
  }
  for (int d = 3; static_cast<long>(d) * d <= n; d += 2) {
    if (n % d == 0) {
      return false;
    }
  }
  return true;
}

/// Primes in [from, to).
[[nodiscard]] constexpr std::size_t count_primes(int from, int to) noexcept {
  std::size_t count = 0;
  for (int n = from; n < to; ++n) {
    count += is_prime(n) ? 1U : 0U;
  }
  return count;
}

}  // namespace weft::tour
