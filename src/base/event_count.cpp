#include <weft/base/event_count.hpp>

namespace weft::detail {

bool event_count::commit_wait(key prepared, std::int64_t timeout_ns) noexcept {
  bool notified = true;
  // A wake-up without a new epoch sleeps again; with a limit it returns, since the caller must
  // look at its condition anyway and no clock need be read here.
  // order: acquire; pairs with release in event_count::advance. The changed condition is seen.
  while (epoch_.load(std::memory_order_acquire) == prepared) {
    if (!futex_wait(epoch_, prepared, timeout_ns)) {
      // order: acquire; pairs with release in event_count::advance. A last look.
      notified = epoch_.load(std::memory_order_acquire) != prepared;
      break;
    }
    if (timeout_ns >= 0) {
      break;
    }
  }
  // order: relaxed; a waiter that leaves publishes nothing; counted too long costs one wake call.
  waiters_.fetch_sub(1, std::memory_order_relaxed);
  return notified;
}

}  // namespace weft::detail
