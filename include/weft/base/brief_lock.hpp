#pragma once
/// `brief_lock`: a lock that is given back with a plain store.

#include <weft/base/atomic.hpp>

#include <cstdint>

namespace weft::detail {

/// For critical sections of a few nanoseconds that are entered millions of times. Spins briefly,
/// then sleeps in the kernel for a millisecond at most before it looks again. src/base/README.md
/// says why that is enough.
/// **Thread-safety**: all members; `release` by the holder. **Cost**: one RMW to take, none to give
/// back.
class brief_lock {
 public:
  constexpr brief_lock() noexcept = default;
  brief_lock(const brief_lock&) = delete;
  brief_lock& operator=(const brief_lock&) = delete;

  void acquire() noexcept {
    // order: acquire; pairs with release in brief_lock::release. What the last holder wrote is
    // seen.
    if (word_.exchange(held, std::memory_order_acquire) != free) [[unlikely]] {
      acquire_slowly();
    }
  }
  /// The store is the last access: whoever has the lock next may destroy it.
  void release() noexcept {
    // order: relaxed; a sleeper that is missed here looks again by itself.
    const bool sleeps = sleepers_.load(std::memory_order_relaxed) != 0;
    // order: release; pairs with acquire in brief_lock::acquire. Publishes what was done under the
    // lock.
    word_.store(free, std::memory_order_release);
    if (sleeps) [[unlikely]] {
      wake_one();
    }
  }

 private:
  static constexpr std::uint32_t free = 0;
  static constexpr std::uint32_t held = 1;

  void acquire_slowly() noexcept;
  void wake_one() noexcept;

  atomic<std::uint32_t> word_{free};
  atomic<std::uint32_t> sleepers_{0};
};

/// Holds a `brief_lock` for a scope, or until `release`.
class [[nodiscard]] brief_guard {
 public:
  explicit brief_guard(brief_lock& taken) noexcept : lock_(&taken) { taken.acquire(); }
  brief_guard(const brief_guard&) = delete;
  brief_guard& operator=(const brief_guard&) = delete;
  ~brief_guard() {
    if (lock_ != nullptr) {
      lock_->release();
    }
  }
  void release() noexcept {
    lock_->release();
    lock_ = nullptr;
  }

 private:
  brief_lock* lock_;
};

}  // namespace weft::detail
