// The program's own malloc: glibc's, with a counter before it. Under a sanitizer, which brings a
// malloc of its own, the sanitizer's hook counts.

#include "tour/allocations.hpp"

#include <weft/base/atomic.hpp>

#include <cerrno>
#include <cstdlib>

#if WEFT_ASAN || WEFT_TSAN
#include <sanitizer/allocator_interface.h>
#endif

namespace weft::tour {
namespace {

constinit detail::atomic<bool> counting{false};
constinit detail::atomic<std::size_t> calls{0};

void count_call() noexcept {
  // order: relaxed; a counter, read when the counted work is known to have ended.
  if (counting.load(std::memory_order_relaxed)) [[unlikely]] {
    // order: relaxed; as above.
    calls.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace

allocation_count::allocation_count() noexcept {
#if WEFT_ASAN || WEFT_TSAN
  static const int hook = ::__sanitizer_install_malloc_and_free_hooks(
      [](const volatile void*, std::size_t) { count_call(); }, [](const volatile void*) {});
  static_cast<void>(hook);
#endif
  // order: relaxed; as in count_call.
  calls.store(0, std::memory_order_relaxed);
  // order: relaxed; as in count_call.
  counting.store(true, std::memory_order_relaxed);
}

allocation_count::~allocation_count() {
  // order: relaxed; as in count_call.
  counting.store(false, std::memory_order_relaxed);
}

std::size_t allocation_count::value() const noexcept {
  // order: relaxed; as in count_call.
  return calls.load(std::memory_order_relaxed);
}

}  // namespace weft::tour

#if !WEFT_ASAN && !WEFT_TSAN
extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) noexcept {
  weft::tour::count_call();
  return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) noexcept {
  weft::tour::count_call();
  return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) noexcept {
  weft::tour::count_call();
  return __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  weft::tour::count_call();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** result, std::size_t alignment, std::size_t size) noexcept {
  weft::tour::count_call();
  void* const made = __libc_memalign(alignment, size);
  if (made == nullptr) {
    return ENOMEM;
  }
  *result = made;
  return 0;
}

}  // extern "C"
#endif
