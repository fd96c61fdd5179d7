#pragma once
/// Counts what a test allocates. One source file of a program defines WEFT_DEFINE_MALLOC_COUNT
/// before including it.

#include <weft/base/atomic.hpp>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace weft::testing {

/// Calls of operator new by this thread since construction. (Frames come from slabs made by mmap or
/// malloc in bulk.)
class malloc_count {
 public:
  malloc_count() noexcept : begin_(calls) {}
  [[nodiscard]] std::size_t count() const noexcept { return calls - begin_; }
  static thread_local std::size_t calls;

 private:
  std::size_t begin_;
};

}  // namespace weft::testing

#ifdef WEFT_DEFINE_MALLOC_COUNT
thread_local std::size_t weft::testing::malloc_count::calls = 0;
#if !WEFT_ASAN && !WEFT_TSAN  // those bring their own; nothing is counted there

// Not inlined: g++ 12 would see free() take what a new-expression gave, and warn.
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  ++weft::testing::malloc_count::calls;
  if (void* made = std::malloc(bytes == 0 ? 1 : bytes)) {
    return made;
  }
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* object) noexcept {
  std::free(object);
}
[[gnu::noinline]] void operator delete(void* object, std::size_t) noexcept {
  std::free(object);
}
#endif
#endif
