#pragma once
/// The allocator of coroutine frames, operation states and closures: a cache per thread over a
/// common depot. src/base/README.md has the design.

#include <weft/base/atomic.hpp>
#include <weft/base/function_ref.hpp>
#include <weft/base/seldom.hpp>
#include <weft/base/thread_locals.hpp>

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace weft::detail {

// Sizes up to 96 B are rounded up to 16 B (at least 32), up to 1 KiB to 64 B, up to 8 KiB to 128 B;
// above: malloc. What is larger than 96 B so has its cache lines for itself, whichever threads its
// neighbours came to.
inline constexpr std::size_t frame_alignment = 16;
inline constexpr std::size_t frame_small_limit = 96;
inline constexpr std::size_t frame_medium_limit = 1024;
inline constexpr std::size_t frame_limit = 8192;
inline constexpr std::size_t frame_small_classes = frame_small_limit / 16;
inline constexpr std::size_t frame_medium_classes =
    frame_small_classes + frame_medium_limit / 64 - 1;
inline constexpr std::size_t frame_class_count =
    frame_medium_classes + (frame_limit - frame_medium_limit) / 128;

/// The class of a size up to `frame_limit`.
[[nodiscard]] constexpr std::size_t frame_class_of(std::size_t bytes) noexcept {
  if (bytes <= frame_small_limit) {
    return bytes <= 32 ? 1 : (bytes - 1) / 16;
  }
  if (bytes <= frame_medium_limit) {
    return frame_small_classes + (bytes - 1) / 64 - 1;
  }
  return frame_medium_classes + (bytes - frame_medium_limit - 1) / 128;
}

/// The bytes of a block of a class.
[[nodiscard]] constexpr std::size_t frame_class_bytes(std::size_t index) noexcept {
  if (index < frame_small_classes) {
    return (index + 1) * 16;
  }
  return index < frame_medium_classes
             ? (index - frame_small_classes + 2) * 64
             : frame_medium_limit + (index - frame_medium_classes + 1) * 128;
}
static_assert(frame_class_of(96) == 5 && frame_class_bytes(5) == 96);
static_assert(frame_class_of(97) == 6 && frame_class_bytes(6) == 128 && frame_class_of(128) == 6);
static_assert(frame_class_of(129) == 7 && frame_class_of(1024) == 20 &&
              frame_class_bytes(20) == 1024);
static_assert(frame_class_of(1025) == 21 && frame_class_bytes(21) == 1152);
static_assert(frame_class_of(frame_limit) + 1 == frame_class_count);

/// A block that nobody uses. The tag tells a scan of the slabs that the block is free.
struct free_block {
  free_block* next;  ///< In the depot; nothing in a thread's cache.
  std::intptr_t tag;
};

// Where a coroutine frame has its destroy function. A store of one instruction.
inline constexpr std::intptr_t free_block_tag = -0x0F4EEB10;

/// The free blocks of one class in one thread: a stack of pointers, which grows upwards. All null
/// until the class is first used.
struct frame_bin {
  free_block** top;
  free_block** base;
  free_block** end;
};

struct frame_cache {
  frame_bin bins[frame_class_count];
};

// Library and program must agree, also where only one of them is instrumented: CMake hands its
// choice on.
#ifndef WEFT_FRAMES_FROM_MALLOC
#if WEFT_ASAN
#define WEFT_FRAMES_FROM_MALLOC 1
#else
#define WEFT_FRAMES_FROM_MALLOC 0
#endif
#endif

[[nodiscard]] void* frame_allocate_slowly(std::size_t bytes);
[[nodiscard]] void* frame_allocate_or_null(std::size_t bytes) noexcept;
[[noreturn]] void throw_out_of_memory();
void frame_free_slowly(void* block, std::size_t bytes) noexcept;

#if WEFT_FRAMES_FROM_MALLOC

[[nodiscard]] inline void* frame_allocate(std::size_t bytes) {
  return frame_allocate_slowly(bytes);
}
inline void frame_free(void* block, std::size_t bytes) noexcept {
  frame_free_slowly(block, bytes);
}

#else

// Points to a cache without blocks and without room until the thread's first slow call.
WEFT_THREAD_LOCAL extern thread_local constinit frame_cache* this_frame_cache;

// clang before 17 keeps the address of a thread-local across a suspension (llvm#47179): there the
// accessor must not be inlined into a coroutine. Later ones re-read it, and g++ splits a coroutine
// before it could.
#if defined(__clang__) && __clang_major__ < 17
[[gnu::noinline]]
#endif
inline frame_cache* frame_cache_of_this_thread() noexcept {
  return this_frame_cache;
}

/// Memory of at least `bytes`, aligned to 16. **Throws** `std::bad_alloc`.
/// **Cost**: ~2 ns with its `frame_free`, no atomic operation; one lock per batch (about 8 KiB)
/// when a thread allocates more than it frees. No malloc up to 8 KiB; slabs stay for the process's
/// life.
[[nodiscard]] inline void* frame_allocate(std::size_t bytes) {
  if (bytes <= frame_limit) [[likely]] {
    frame_bin& bin = frame_cache_of_this_thread()->bins[frame_class_of(bytes)];
    if (free_block** const top = bin.top; top != bin.base) [[likely]] {
      bin.top = top - 1;
      return top[-1];
    }
  }
  void* block = seldom<&frame_allocate_or_null>(bytes);
  if (block == nullptr) [[unlikely]] {
    throw_out_of_memory();
  }
  return block;
}

/// Gives back what `frame_allocate(bytes)` gave, on any thread.
inline void frame_free(void* block, std::size_t bytes) noexcept {
  if (bytes <= frame_limit) [[likely]] {
    frame_bin& bin = frame_cache_of_this_thread()->bins[frame_class_of(bytes)];
    if (free_block** const top = bin.top; top != bin.end) [[likely]] {
      auto* freed = static_cast<free_block*>(block);
      freed->tag = free_block_tag;
      *top = freed;
      bin.top = top + 1;
      return;
    }
  }
  seldom<&frame_free_slowly>(block, bytes);
}

#endif

/// Makes a `T` in a frame block. **Throws** what its constructor throws, and `std::bad_alloc`.
template <class T, class... Args>
[[nodiscard]] T* frame_new(Args&&... args) {
  static_assert(alignof(T) <= frame_alignment, "frames are aligned to 16 bytes");
  void* block = frame_allocate(sizeof(T));
  if constexpr (noexcept(T(static_cast<Args&&>(args)...))) {
    return ::new (block) T(static_cast<Args&&>(args)...);
  } else {
    struct guard {
      void* block;
      ~guard() {
        if (block != nullptr) {
          frame_free(block, sizeof(T));
        }
      }
    } undo{block};
    T* made = ::new (block) T(static_cast<Args&&>(args)...);
    undo.block = nullptr;
    return made;
  }
}

/// Destroys what `frame_new<T>` made. **Pre**: its type is exactly `T`.
template <class T>
void frame_delete(T* object) noexcept {
  object->~T();
  frame_free(object, sizeof(T));
}

struct frame_allocator_stats {
  std::size_t slabs;         ///< Slabs ever made; they are never given back.
  std::size_t slab_bytes;    ///< Their address space; pages are touched as blocks are first used.
  std::size_t carved_bytes;  ///< Blocks ever handed out from slabs, in bytes.
  std::size_t batches;       ///< Batches that wait in the depot now.
};
[[nodiscard]] frame_allocator_stats frame_stats() noexcept;

/// Calls `visit(block, bytes)` for each block in a slab that is not free, or was not an instant
/// ago. The memory stays mapped, but its content changes under the caller's eyes unless it stops
/// the threads: read it with relaxed atomic loads and distrust it. Sees nothing in ASan builds and
/// no block above 8 KiB.
void frame_scan(function_ref<void(void* block, std::size_t bytes)> visit);

/// Can `bytes` at `at` be read without a fault, wherever the pointer came from? True for all that
/// lies in slabs, in use or not; in ASan builds, for memory that is in use.
[[nodiscard]] bool frame_is_readable(const void* at, std::size_t bytes) noexcept;

}  // namespace weft::detail
