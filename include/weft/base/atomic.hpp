#pragma once
/// The atomic seam: all lock-free code of weft takes its atomics from here, so that a model checker can take
/// their place (`WEFT_MODEL`).

#ifdef WEFT_MODEL
#include <weft/model/atomic.hpp>
#else
#include <atomic>

namespace weft::detail {

template <class T>
using atomic = std::atomic<T>;

/// A full fence. On x86 a lock-prefixed dummy operation on the stack is several times faster than the `mfence`
/// that compilers emit for `atomic_thread_fence(seq_cst)` (llvm#91731). TSan does not understand fences: every
/// protocol that uses this one also orders the operations themselves in TSan builds.
inline void full_fence() noexcept {
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
  __asm__ __volatile__("lock; orl $0, -8(%%rsp)" ::: "memory", "cc");
#else
  std::atomic_thread_fence(std::memory_order_seq_cst);
#endif
}

/// Tells the processor that this is a spin loop.
inline void cpu_relax() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

}  // namespace weft::detail
#endif
