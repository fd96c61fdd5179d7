#include <weft/base/lock.hpp>

#include <weft/base/assert.hpp>
#include <weft/base/futex.hpp>

namespace weft::detail {
namespace {

// Longer than any critical section under a `lock`, shorter than a sleep and a wake-up.
#ifdef WEFT_MODEL
constexpr int spin_limit = 1;  // a round is as good as a hundred
#else
constexpr int spin_limit = 100;
#endif

// Ranks held by this thread, in the order of acquisition. A fixed depth: nesting is shallow.
constexpr unsigned max_held = 16;
struct held_ranks {
  std::uint32_t rank[max_held];
  unsigned count;
};

[[gnu::noinline]] held_ranks& ranks_of_this_thread() noexcept {
  static thread_local constinit held_ranks ranks{};
  return ranks;
}

}  // namespace

void lock::acquire_slowly() noexcept {
  // order: relaxed; only the rank is used of it, which never changes.
  const std::uint32_t free = word_.load(std::memory_order_relaxed) & ~state_mask;
  for (int i = 0; i < spin_limit; ++i) {
    // order: relaxed; a hint, the exchange below decides.
    std::uint32_t seen = word_.load(std::memory_order_relaxed);
    if (seen == free) {
      // order: acquire; pairs with release in lock::release. What the last holder wrote is seen.
      if (word_.compare_exchange_weak(seen, free | held, std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
        return;
      }
    } else if ((seen & state_mask) == contended) {
      break;  // others sleep already: spinning would only overtake them
    }
    cpu_relax();
  }
  // Who sleeps once takes the lock as contended: another may sleep beside it.
  // order: acquire; pairs with release in lock::release. What the last holder wrote is seen.
  while ((word_.exchange(free | contended, std::memory_order_acquire) & state_mask) != 0) {
    futex_wait(word_, free | contended);
  }
}

void lock::wake_one() noexcept {
  futex_wake_one(word_);
}

void lock::check_rank_slowly(std::uint32_t word) const noexcept {
  const std::uint32_t rank = word >> rank_shift;
  const held_ranks& ranks = ranks_of_this_thread();
  for (unsigned i = 0; rank != 0 && i < ranks.count; ++i) {
    WEFT_CHECK(ranks.rank[i] < rank, "take locks in ascending rank: this one is not above", rank,
               ranks.rank[i]);
  }
}

void lock::note_acquired_slowly(std::uint32_t word) noexcept {
  held_ranks& ranks = ranks_of_this_thread();
  WEFT_CHECK(ranks.count < max_held, "release locks before taking more", ranks.count);
  ranks.rank[ranks.count++] = word >> rank_shift;
}

void lock::note_released_slowly(std::uint32_t word) noexcept {
  held_ranks& ranks = ranks_of_this_thread();
  for (unsigned i = ranks.count; i > 0; --i) {
    if (ranks.rank[i - 1] == word >> rank_shift) {
      for (unsigned k = i; k < ranks.count; ++k) {
        ranks.rank[k - 1] = ranks.rank[k];
      }
      --ranks.count;
      return;
    }
  }
}

}  // namespace weft::detail
