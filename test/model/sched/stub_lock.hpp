#pragma once
/// The lock of the models that are extracts. Included after `weft` has been renamed and
/// `weft/base/atomic.hpp` included.

#include <cstdint>

namespace weft::detail {

/// As few operations as a lock can have; `lock_model` has the real one.
class stub_lock {
 public:
  void stub_acquire() {
    while (word_.exchange(1, std::memory_order_acquire) != 0) {
      futex_wait(word_, 1);
    }
  }
  void stub_release() {
    word_.store(0, std::memory_order_release);
    futex_wake_one(word_);
  }

 private:
  atomic<std::uint32_t> word_{0};
};
struct lock_guard {
  explicit lock_guard(stub_lock& l) : held(l) { held.stub_acquire(); }
  ~lock_guard() { held.stub_release(); }
  stub_lock& held;
};

}  // namespace weft::detail
