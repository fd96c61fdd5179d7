#include <weft/base/brief_lock.hpp>

#include <weft/base/futex.hpp>

namespace weft::detail {

void brief_lock::acquire_slowly() noexcept {
  // Each look costs the holder its cache line, so looks become rarer; all of it takes a few
  // microseconds.
  for (unsigned pauses = 4; pauses <= 256; pauses *= 2) {
    for (unsigned i = 0; i < pauses; ++i) {
      cpu_relax();
    }
    // order: relaxed; only says whether trying is worth while.
    if (word_.load(std::memory_order_relaxed) != free) {
      continue;
    }
    // order: acquire; pairs with release in brief_lock::release.
    if (word_.exchange(held, std::memory_order_acquire) == free) {
      return;
    }
  }
  // order: relaxed; the release that misses it is made up for by the time limit.
  sleepers_.fetch_add(1, std::memory_order_relaxed);
  // order: acquire; pairs with release in brief_lock::release.
  while (word_.exchange(held, std::memory_order_acquire) != free) {
    futex_wait(word_, held, 1'000'000);
  }
  // order: relaxed; as above.
  sleepers_.fetch_sub(1, std::memory_order_relaxed);
}

void brief_lock::wake_one() noexcept {
  futex_wake_one(word_);
}

}  // namespace weft::detail
