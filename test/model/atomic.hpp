#pragma once
/// What `weft/base/atomic.hpp` takes instead of `<atomic>` in model tests.

#include "model/checker.hpp"

#include <cstdint>
#include <source_location>

namespace weft::detail {

template <class T>
using atomic = model::atomic<T>;

template <class T>
using atomic_ref = model::atomic_ref<T>;

#ifdef WEFT_MODEL_WATCHES
template <class T>
using plain = model::watched<T>;
#else
template <class T>
using plain = T;
#endif

inline void full_fence(std::source_location at = std::source_location::current()) {
  model::fence(at);
}

inline void cpu_relax() {
  model::relax();
}

/// One with a limit ends at once: the time is over.
inline bool futex_wait(const atomic<std::uint32_t>& word, std::uint32_t expected,
                       std::int64_t timeout_ns = -1) {
  if (timeout_ns >= 0) {
    model::relax();
    return false;
  }
  return model::futex_wait(word.location(), expected);
}

inline void futex_wake_one(const atomic<std::uint32_t>& word) {
  model::futex_wake(word.location(), false);
}

inline void futex_wake_all(const atomic<std::uint32_t>& word) {
  model::futex_wake(word.location(), true);
}

}  // namespace weft::detail
