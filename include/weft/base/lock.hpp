#pragma once
/// `lock`: a mutex of four bytes for short critical sections, and `lock_guard`.

#include <weft/base/atomic.hpp>

#include <cstdint>

namespace weft::detail {

/// Spins briefly, then sleeps in the kernel. Never held across user code or a resumption.
///
/// A thread takes locks in ascending rank: one whose rank is above all that it holds. Checked in
/// builds with `WEFT_DEBUG_CHECKS`; rank 0 is not checked.
/// **Thread-safety**: all members, from any thread; `release` by the holder.
/// **Cost**: uncontended one RMW to take, one to give back.
class lock {
 public:
  constexpr lock() noexcept = default;
  constexpr explicit lock(std::uint8_t rank) noexcept : word_(std::uint32_t{rank} << rank_shift) {}
  lock(const lock&) = delete;
  lock& operator=(const lock&) = delete;

  void acquire() noexcept {
    // order: relaxed; only the rank is used of it, which never changes.
    std::uint32_t free = word_.load(std::memory_order_relaxed) & ~state_mask;
    check_rank(free);
    // order: acquire; pairs with release in lock::release. What the last holder wrote is seen.
    if (!word_.compare_exchange_strong(free, free | held, std::memory_order_acquire,
                                       std::memory_order_relaxed)) [[unlikely]] {
      acquire_slowly();
    }
    note_acquired(free);
  }

  [[nodiscard]] bool try_acquire() noexcept {
    // order: relaxed; only the rank is used of it, which never changes.
    std::uint32_t free = word_.load(std::memory_order_relaxed) & ~state_mask;
    // order: acquire; pairs with release in lock::release. What the last holder wrote is seen.
    const bool taken = word_.compare_exchange_strong(free, free | held, std::memory_order_acquire,
                                                     std::memory_order_relaxed);
    if (taken) {
      note_acquired(free);
    }
    return taken;
  }

  void release() noexcept {
    // order: relaxed; only the rank is used of it, which never changes.
    const std::uint32_t free = word_.load(std::memory_order_relaxed) & ~state_mask;
    note_released(free);
    // order: release; pairs with acquire in lock::acquire. Publishes what was done under the lock.
    if ((word_.exchange(free, std::memory_order_release) & state_mask) == contended) [[unlikely]] {
      wake_one();
    }
  }

  /// For the handlers of `fork()`, which take many locks of one rank at once: without rank checks.
  void acquire_for_fork() noexcept {
    // order: relaxed; only the rank is used of it, which never changes.
    std::uint32_t free = word_.load(std::memory_order_relaxed) & ~state_mask;
    // order: acquire; pairs with release in lock::release. What the last holder wrote is seen.
    if (!word_.compare_exchange_strong(free, free | held, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
      acquire_slowly();
    }
  }

  /// In the parent and in the child.
  void release_after_fork() noexcept {
    // order: relaxed; only the rank is used of it, which never changes.
    const std::uint32_t free = word_.load(std::memory_order_relaxed) & ~state_mask;
    // order: release; pairs with acquire in lock::acquire.
    if ((word_.exchange(free, std::memory_order_release) & state_mask) == contended) {
      wake_one();
    }
  }

 private:
  // The word: bits 0–1 the state, bits 8–15 the rank.
  static constexpr std::uint32_t held = 1;
  static constexpr std::uint32_t contended = 2;  // held, and somebody may sleep
  static constexpr std::uint32_t state_mask = 3;
  static constexpr unsigned rank_shift = 8;

  void acquire_slowly() noexcept;
  void wake_one() noexcept;
  void check_rank_slowly(std::uint32_t word) const noexcept;
  void note_acquired_slowly(std::uint32_t word) noexcept;
  void note_released_slowly(std::uint32_t word) noexcept;

#ifdef WEFT_DEBUG_CHECKS
  void check_rank(std::uint32_t word) const noexcept { check_rank_slowly(word); }
  void note_acquired(std::uint32_t word) noexcept { note_acquired_slowly(word); }
  void note_released(std::uint32_t word) noexcept { note_released_slowly(word); }
#else
  void check_rank(std::uint32_t) const noexcept {}
  void note_acquired(std::uint32_t) noexcept {}
  void note_released(std::uint32_t) noexcept {}
#endif

  atomic<std::uint32_t> word_{0};
};

/// Holds a `lock` for a scope.
class [[nodiscard]] lock_guard {
 public:
  explicit lock_guard(lock& held) noexcept : lock_(&held) { held.acquire(); }
  lock_guard(const lock_guard&) = delete;
  lock_guard& operator=(const lock_guard&) = delete;
  ~lock_guard() {
    if (lock_ != nullptr) {
      lock_->release();
    }
  }

  /// Gives the lock back before the scope ends. **Pre**: not called before.
  void release() noexcept {
    lock_->release();
    lock_ = nullptr;
  }

 private:
  lock* lock_;
};

}  // namespace weft::detail
