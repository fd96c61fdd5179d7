#pragma once
/// What signal handlers and the rest of the process share: who catches signals, and which ones have
/// arrived there. The protocol: README.md.

#include <weft/base/atomic.hpp>

#include <cstddef>
#include <cstdint>

namespace weft::os {

/// Who wants to hear of signals. **Thread-safety**: `for_each` from any thread, and in handlers;
/// `add` and `remove` under a lock of the caller's.
template <class Catcher, std::size_t Most>
class signal_catchers {
 public:
  /// False: there are `Most` already.
  [[nodiscard]] bool add(Catcher& one) noexcept {
    for (auto& place : places_) {
      // order: relaxed; places are changed under the caller's lock only.
      if (place.load(std::memory_order_relaxed) == nullptr) {
        // order: release; pairs with the load in for_each. The catcher has been made.
        place.store(&one, std::memory_order_release);
        return true;
      }
    }
    return false;
  }

  /// Takes it out. When this returns no handler uses it; until then `yield` is called again and
  /// again.
  template <class Yield>
  void remove(const Catcher& one, Yield yield) noexcept {
    for (auto& place : places_) {
      // order: relaxed; under the caller's lock.
      if (place.load(std::memory_order_relaxed) == &one) {
        // order: seq_cst; store→load pair: the place, then handlers_running_; against for_each.
        place.store(nullptr, std::memory_order_seq_cst);
      }
    }
    // order: seq_cst; see above, and acquires what the handlers did.
    while (handlers_running_.load(std::memory_order_seq_cst) != 0) {
      yield();
    }
  }

  /// In a handler.
  template <class F>
  void for_each(F f) noexcept {
    // order: seq_cst; store→load pair: handlers_running_, then the places; against remove.
    handlers_running_.fetch_add(1, std::memory_order_seq_cst);
    for (auto& place : places_) {
      // order: seq_cst; see above.
      if (Catcher* const one = place.load(std::memory_order_seq_cst)) {
        f(*one);
      }
    }
    // order: release; pairs with the load in remove: the catcher goes only after our accesses.
    handlers_running_.fetch_sub(1, std::memory_order_release);
  }

 private:
  weft::detail::atomic<Catcher*> places_[Most] = {};
  weft::detail::atomic<int> handlers_running_{0};
};

/// The signals that one catcher has not taken yet, each once.
class arrived_signals {
 public:
  /// In a handler. True: it was not among them, so it is to be counted.
  [[nodiscard]] bool note(std::uint64_t bit) noexcept {
    // order: release; pairs with acquire in take_one, which sees what came before each of several
    // that arrived as one.
    return (bits_.fetch_or(bit, std::memory_order_release) & bit) == 0;
  }
  /// Pre: one has been counted, and not taken. **Returns** its number, from 1: of several the
  /// lowest.
  [[nodiscard]] int take_one() noexcept {
    // order: relaxed; the exchange confirms it.
    std::uint64_t all = bits_.load(std::memory_order_relaxed);
    while (true) {
      const std::uint64_t lowest = all & (~all + 1);
      // order: acquire; pairs with release in note. Who arrives from now on is counted anew.
      if (bits_.compare_exchange_weak(all, all & ~lowest, std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
        return __builtin_ctzll(lowest) + 1;
      }
    }
  }

 private:
  weft::detail::atomic<std::uint64_t> bits_{0};
};

}  // namespace weft::os
