#pragma once
/// The atomic seam: all lock-free code of weft takes its atomics from here, so that a model checker
/// can take their place (`WEFT_MODEL`).

#if defined(__SANITIZE_THREAD__)
#define WEFT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEFT_TSAN 1
#endif
#endif
#ifndef WEFT_TSAN
#define WEFT_TSAN 0
#endif

#if defined(__SANITIZE_ADDRESS__)
#define WEFT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEFT_ASAN 1
#endif
#endif
#ifndef WEFT_ASAN
#define WEFT_ASAN 0
#endif

#ifdef WEFT_MODEL
#include <model/atomic.hpp>  // test/model
#else
#include <atomic>

namespace weft::detail {

template <class T>
using atomic = std::atomic<T>;

template <class T>
using atomic_ref = std::atomic_ref<T>;

/// No atomic: what is guarded by the atomics beside it. Models watch it for races.
template <class T>
using plain = T;

/// A full fence. On x86 a lock-prefixed dummy operation on the stack is several times faster than
/// the `mfence` that compilers emit for `atomic_thread_fence(seq_cst)` (llvm#91731). TSan does not
/// see it: where it publishes data, the operations beside it have orders of their own there, see
/// `beside_fence`.
inline void full_fence() noexcept {
#if defined(__x86_64__)
  __asm__ __volatile__("lock; orl $0, -8(%%rsp)" ::: "memory", "cc");
#else
  // order: seq_cst; the store→load pair is named where this is called.
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

namespace weft::detail {

/// The order of an operation that a full fence beside it orders already: `for_tsan`, which does not
/// see the fence, and otherwise none.
[[nodiscard]] consteval std::memory_order beside_fence(std::memory_order for_tsan) noexcept {
  return WEFT_TSAN ? for_tsan : std::memory_order_relaxed;
}

/// The distance that keeps two things out of each other's cache lines (two lines: the hardware
/// prefetches in pairs).
inline constexpr unsigned cache_line_pair = 128;
inline constexpr unsigned cache_line = 64;

}  // namespace weft::detail
