#pragma once
/// `wake_word`: whether somebody sleeps in the kernel, and whether he is to come back. README.md
/// here has the argument.

#include <weft/base/atomic.hpp>

namespace weft::detail {

/// One thread waits, any number wake it.
class wake_word {
 public:
  /// **Returns** true for the first one since the waiter came back: `asleep` says then whether the
  /// waiter must be got out of the kernel. False: another one sees to that.
  [[nodiscard]] bool ask() noexcept {
    // order: seq_cst; store→load pair with announce_sleep: we store pending and load blocked, it
    // stores blocked and loads pending. Releases what the waker wrote.
    return !pending_.exchange(true, std::memory_order_seq_cst);
  }
  [[nodiscard]] bool asleep() const noexcept {
    // order: seq_cst; see ask.
    return blocked_.load(std::memory_order_seq_cst);
  }

  /// The waiter's, before it looks for the last time. **Returns** false: do not sleep.
  [[nodiscard]] bool announce_sleep() noexcept {
    // order: seq_cst; store→load pair with ask.
    blocked_.store(true, std::memory_order_seq_cst);
    // order: seq_cst; see above.
    return !pending_.load(std::memory_order_seq_cst);
  }
  /// The waiter's, after each wait, before it looks at what the wakers wrote.
  /// **Returns** true when somebody has asked since the last one.
  bool end_wait() noexcept {
    // order: relaxed; who still sees true only makes a system call too many.
    blocked_.store(false, std::memory_order_relaxed);
    // order: acquire; pairs with the exchange in ask. What the wakers wrote is visible to who
    // returns from wait.
    return pending_.exchange(false, std::memory_order_acquire);
  }
  [[nodiscard]] bool sleeping() const noexcept {
    // order: relaxed; read under the lock under which the waiter announced its sleep.
    return blocked_.load(std::memory_order_relaxed);
  }

 private:
  atomic<bool> blocked_{false};
  atomic<bool> pending_{false};
};

}  // namespace weft::detail
