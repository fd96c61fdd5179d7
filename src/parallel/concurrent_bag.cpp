#include <weft/parallel/concurrent_bag.hpp>

#include <weft/base/cpu_quota.hpp>

#include <algorithm>
#include <bit>

namespace weft::detail {

std::size_t bag_shelves() noexcept {
  // Twice the processors, so that two threads seldom share a shelf; beyond 64 the looks at all of
  // them cost too much.
  constexpr std::size_t most = 64;
  static const std::size_t shelves = std::min(most, std::bit_ceil(std::size_t{2} * usable_cpus()));
  return shelves;
}

}  // namespace weft::detail
