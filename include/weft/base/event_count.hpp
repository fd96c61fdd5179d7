#pragma once
/// `event_count`: lets threads sleep until a condition kept elsewhere may have changed.

#include <weft/base/atomic.hpp>
#include <weft/base/futex.hpp>

#include <cstdint>

namespace weft::detail {

/// A condition variable for lock-free conditions.
///
/// ```cpp
/// // waiter                                  // notifier
/// auto key = events.prepare_wait();          queue.push(x);
/// if (queue.empty()) events.commit_wait(key) events.notify_one();
/// else               events.cancel_wait();
/// ```
/// No wake-up is lost: the waiter announces itself, fences, and looks at the condition; the
/// notifier changes the condition, fences, and looks for waiters. One of the two sees the other
/// (src/base/README.md has the proof; model: event_count_model). Wake-ups without cause happen:
/// loop around the condition.
/// **Thread-safety**: all members. **Cost**: `notify` without waiters is a fence and a load.
class event_count {
 public:
  using key = std::uint32_t;

  constexpr event_count() noexcept = default;
  event_count(const event_count&) = delete;
  event_count& operator=(const event_count&) = delete;

  /// Announces a waiter. Must be followed by exactly one `commit_wait` or `cancel_wait`.
  [[nodiscard]] key prepare_wait() noexcept {
    // order: relaxed; the fence orders it.
    waiters_.fetch_add(1, std::memory_order_relaxed);
    // store→load pair: waiters_, then the caller's look at its condition; against
    // event_count::has_waiters
    full_fence();
    // order: acquire; pairs with release in event_count::advance. Who sees the new epoch sees the
    // condition that was changed before it.
    return epoch_.load(std::memory_order_acquire);
  }

  /// The condition holds: do not wait.
  void cancel_wait() noexcept {
    // order: relaxed; a waiter that leaves publishes nothing; counted too long costs one wake call.
    waiters_.fetch_sub(1, std::memory_order_relaxed);
  }

  /// Sleeps until notified after `prepare_wait`, or until `timeout_ns` passed (below 0: no limit).
  /// **Returns** false when the time passed without a notification.
  bool commit_wait(key prepared, std::int64_t timeout_ns = -1) noexcept;

  /// Wakes one sleeper, if there is any. Call it after the condition was changed.
  void notify_one() noexcept {
    if (has_waiters()) [[unlikely]] {
      advance();
      futex_wake_one(epoch_);
    }
  }

  void notify_all() noexcept {
    if (has_waiters()) [[unlikely]] {
      advance();
      futex_wake_all(epoch_);
    }
  }

  /// Threads between `prepare_wait` and the end of their wait; a hint.
  [[nodiscard]] std::uint32_t waiters() const noexcept {
    // order: relaxed; a hint.
    return waiters_.load(std::memory_order_relaxed);
  }

 private:
  [[nodiscard]] bool has_waiters() noexcept {
    // store→load pair: the caller's change of its condition, then waiters_; against
    // event_count::prepare_wait
    full_fence();
    // order: relaxed; the fence orders it.
    return waiters_.load(std::memory_order_relaxed) != 0;
  }

  void advance() noexcept {
    // order: relaxed (release under TSan); the fence in has_waiters releases, and pairs with
    // acquire in event_count::prepare_wait and commit_wait. The changed condition comes before the
    // epoch.
    epoch_.fetch_add(1, beside_fence(std::memory_order_release));
  }

  atomic<std::uint32_t> epoch_{0};  // the futex word; wraps: 2³² notifications inside one wait
  atomic<std::uint32_t> waiters_{0};
};

}  // namespace weft::detail
