// The depot behind the threads' caches. Design, costs and rejected designs: README.md here.

#include <weft/base/frame_allocator.hpp>

#include <weft/base/assert.hpp>
#include <weft/base/lock.hpp>

#include <algorithm>
#include <cstdlib>

#include <pthread.h>
#include <sys/mman.h>

namespace weft::detail {

namespace {

constexpr std::size_t largest_block = std::size_t{1} << 39;  // bytes; a size beyond is an error

void* allocate_large(std::size_t bytes) {
  void* block = bytes <= largest_block ? std::malloc(bytes == 0 ? 1 : bytes) : nullptr;
  if (block == nullptr) {
    throw std::bad_alloc();
  }
  return block;
}

}  // namespace

void* frame_allocate_or_null(std::size_t bytes) noexcept {
  try {
    return frame_allocate_slowly(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void throw_out_of_memory() {
  throw std::bad_alloc();
}

#if WEFT_FRAMES_FROM_MALLOC

// ASan finds a use after the end in each block of its own.
void* frame_allocate_slowly(std::size_t bytes) {
  return allocate_large(bytes);
}

void frame_free_slowly(void* block, std::size_t) noexcept {
  std::free(block);
}

frame_allocator_stats frame_stats() noexcept {
  return {};
}

void frame_scan(function_ref<void(void*, std::size_t)>) {}

extern "C" void* __asan_region_is_poisoned(void* begin, std::size_t size);
bool frame_is_readable(const void* at, std::size_t bytes) noexcept {
  return __asan_region_is_poisoned(const_cast<void*>(at), bytes) == nullptr;
}

#else

namespace {

constexpr std::size_t slab_bytes = std::size_t{64} << 10;
constexpr std::size_t chunk_bytes = std::size_t{1} << 20;  // slabs are mapped sixteen at a time
constexpr std::uint8_t depot_rank = 254;
constexpr std::uint8_t slab_rank = 255;

// Blocks that move between a thread and the depot at once: about 8 KiB, 2 to 64 of them.
constexpr std::uint32_t batch_of(std::size_t index) noexcept {
  const std::size_t fit = 8192 / frame_class_bytes(index);
  return static_cast<std::uint32_t>(std::clamp<std::size_t>(fit, 2, 64));
}

// A batch in the depot: a chain of free blocks whose first one carries the batch's link and count.
struct batch_block : free_block {
  batch_block* next_batch;
  std::size_t count;
};
static_assert(sizeof(batch_block) <= 32, "the smallest block holds it");

// The head of a slab; blocks of one class follow it.
struct alignas(cache_line) slab {
  plain<slab*> next;  // constant after construction, as the next two
  plain<std::size_t> block_bytes;
  plain<std::size_t> block_count;
  atomic<std::size_t> carved;  // blocks handed out; written under the class's lock, read by scans
  plain<slab*> next_chunk;     // of the first slab of a chunk: the chunk mapped before; constant
};

// What all threads share of one class.
struct alignas(cache_line) depot_class {
  lock guard{depot_rank};
  // guarded by guard
  batch_block* batches = nullptr;
  std::size_t batch_count = 0;
  std::size_t carved_count = 0;  // blocks ever cut
  slab* current = nullptr;
};

struct depot {
  depot_class classes[frame_class_count];
  lock slab_guard{slab_rank};
  // guarded by slab_guard
  char* chunk_next = nullptr;
  char* chunk_end = nullptr;
  std::size_t slab_count = 0;
  // atomic
  atomic<slab*> slabs{nullptr};
  atomic<slab*> chunks{nullptr};  // the first slab of each
};

constinit depot the_depot;

// A cache without blocks and without room: every call of a thread that has none of its own is slow.
constinit frame_cache no_cache{};

pthread_key_t cache_key;
pthread_once_t cache_key_once = PTHREAD_ONCE_INIT;

void* map_chunk() {
  // One slab more than needed: the mapping is aligned by skipping; untouched pages cost nothing.
  void* at = ::mmap(nullptr, chunk_bytes + slab_bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) {
    throw std::bad_alloc();
  }
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  return reinterpret_cast<void*>((address + slab_bytes - 1) & ~(slab_bytes - 1));
}

slab* new_slab(std::size_t index) {
  lock_guard held(the_depot.slab_guard);
  const bool starts_chunk = the_depot.chunk_next == the_depot.chunk_end;
  if (starts_chunk) {
    the_depot.chunk_next = static_cast<char*>(map_chunk());
    the_depot.chunk_end = the_depot.chunk_next + chunk_bytes;
  }
  const std::size_t bytes = frame_class_bytes(index);
  // order: relaxed; written under this lock only.
  slab* const before = the_depot.slabs.load(std::memory_order_relaxed);
  slab* made =
      ::new (the_depot.chunk_next) slab{before, bytes, (slab_bytes - sizeof(slab)) / bytes, {}, {}};
  if (starts_chunk) {
    // order: relaxed; written under this lock only.
    made->next_chunk = the_depot.chunks.load(std::memory_order_relaxed);
    // order: release; pairs with acquire in frame_is_readable. Publishes the link.
    the_depot.chunks.store(made, std::memory_order_release);
  }
  the_depot.chunk_next += slab_bytes;
  ++the_depot.slab_count;
  // order: release; pairs with acquire in frame_scan. Publishes the head of the slab.
  the_depot.slabs.store(made, std::memory_order_release);
  return made;
}

// Cuts up to `wanted` fresh blocks, at least one. **Pre**: the class's lock is held.
batch_block* carve(depot_class& shared, std::size_t index, std::size_t wanted) {
  slab* from = shared.current;
  // order: relaxed; written under the class's lock only.
  if (from == nullptr || from->carved.load(std::memory_order_relaxed) == from->block_count) {
    from = shared.current = new_slab(index);
  }
  // order: relaxed; written under the class's lock only.
  const std::size_t first = from->carved.load(std::memory_order_relaxed);
  // Few at first: a program that needs a handful of a size does not touch pages for a full batch.
  // In fours, which end where a cache line ends: what is cut next may go to another thread.
  const std::size_t begun = std::max<std::size_t>(shared.carved_count / 8 * 4, 4);
  const std::size_t count = std::min({(wanted + 3) / 4 * 4, begun, from->block_count - first});
  shared.carved_count += count;
  char* at = reinterpret_cast<char*>(from + 1) + first * from->block_bytes;
  free_block* chain = nullptr;
  for (std::size_t i = count; i > 0; --i) {
    auto* cut = ::new (at + (i - 1) * from->block_bytes) free_block;
    cut->next = chain;
    // order: relaxed; the release below publishes it.
    atomic_ref<std::intptr_t>(cut->tag).store(free_block_tag, std::memory_order_relaxed);
    chain = cut;
  }
  // order: release; pairs with acquire in frame_scan. The tags are written before.
  from->carved.store(first + count, std::memory_order_release);
  auto* batch = static_cast<batch_block*>(chain);
  batch->count = count;
  return batch;
}

batch_block* take_batch(std::size_t index, std::size_t wanted) {
  depot_class& shared = the_depot.classes[index];
  lock_guard held(shared.guard);
  if (batch_block* batch = shared.batches) {
    shared.batches = batch->next_batch;
    --shared.batch_count;
    return batch;
  }
  return carve(shared, index, wanted);
}

void give_batch(std::size_t index, free_block* chain, std::size_t count) noexcept {
  auto* batch = static_cast<batch_block*>(chain);
  batch->count = count;
  depot_class& shared = the_depot.classes[index];
  lock_guard held(shared.guard);
  batch->next_batch = shared.batches;
  shared.batches = batch;
  ++shared.batch_count;
}

[[nodiscard]] std::size_t stocked(const frame_bin& bin) noexcept {
  return static_cast<std::size_t>(bin.top - bin.base);
}

// The lowest ones of a bin, which have lain there for the longest. **Pre**: it has so many.
void give_blocks(std::size_t index, frame_bin& bin, std::size_t count) noexcept {
  free_block* chain = nullptr;
  for (std::size_t i = count; i > 0; --i) {
    chain = ::new (bin.base[i - 1]) free_block{chain, free_block_tag};
  }
  std::copy(bin.base + count, bin.top, bin.base);
  bin.top -= count;
  give_batch(index, chain, count);
}

// Room for two batches. **Returns** false when there is no memory.
bool open_bin(std::size_t index, frame_bin& bin) noexcept {
  const std::size_t room = std::size_t{2} * batch_of(index);
  bin.base = static_cast<free_block**>(std::malloc(room * sizeof(free_block*)));
  if (bin.base == nullptr) {
    return false;
  }
  bin.top = bin.base;
  bin.end = bin.base + room;
  return true;
}

// The end of a thread: everything goes to the depot. Runs after the thread's C++ thread-locals are
// gone; frames that other keys' destructors free make a new cache, which comes here again.
void end_cache(void* ended) noexcept {
  auto* cache = static_cast<frame_cache*>(ended);
  this_frame_cache = &no_cache;
  for (std::size_t i = 0; i < frame_class_count; ++i) {
    frame_bin& bin = cache->bins[i];
    while (bin.top != bin.base) {
      give_blocks(i, bin, std::min<std::size_t>(batch_of(i), stocked(bin)));
    }
    std::free(bin.base);
  }
  std::free(cache);
}

// fork() while another thread holds a lock of the depot would leave it held in the child for good.
void before_fork() noexcept {
  for (depot_class& shared : the_depot.classes) {
    shared.guard.acquire_for_fork();
  }
  the_depot.slab_guard.acquire_for_fork();
}

void after_fork() noexcept {
  the_depot.slab_guard.release_after_fork();
  for (depot_class& shared : the_depot.classes) {
    shared.guard.release_after_fork();
  }
}

void make_cache_key() noexcept {
  const int failed = ::pthread_key_create(&cache_key, &end_cache);
  WEFT_CHECK(failed == 0, "free a pthread key: weft needs one", failed);
  ::pthread_atfork(&before_fork, &after_fork, &after_fork);
}

// **Returns** null when there is no memory for it.
frame_cache* new_cache() noexcept {
  ::pthread_once(&cache_key_once, &make_cache_key);
  auto* cache = static_cast<frame_cache*>(std::calloc(1, sizeof(frame_cache)));
  if (cache == nullptr) {
    return nullptr;
  }
  ::pthread_setspecific(cache_key, cache);
  this_frame_cache = cache;
  return cache;
}

}  // namespace

WEFT_THREAD_LOCAL thread_local constinit frame_cache* this_frame_cache = &no_cache;

void* frame_allocate_slowly(std::size_t bytes) {
  if (bytes > frame_limit) {
    return allocate_large(bytes);
  }
  const std::size_t index = frame_class_of(bytes);
  frame_cache* cache = this_frame_cache;
  if (cache == &no_cache) {
    cache = new_cache();
    if (cache == nullptr) {
      throw std::bad_alloc();
    }
  }
  frame_bin& bin = cache->bins[index];
  if (bin.base == nullptr && !open_bin(index, bin)) {
    throw std::bad_alloc();
  }
  batch_block* batch = take_batch(index, batch_of(index));
  free_block* block = batch;
  bin.top = bin.base + batch->count;
  for (free_block** at = bin.top; at != bin.base; block = block->next) {
    *--at = block;  // the first one on top
  }
  return *--bin.top;
}

void frame_free_slowly(void* block, std::size_t bytes) noexcept {
  if (bytes > frame_limit) {
    std::free(block);
    return;
  }
  const std::size_t index = frame_class_of(bytes);
  auto* freed = ::new (block) free_block{nullptr, free_block_tag};
  frame_cache* cache = this_frame_cache;
  if (cache == &no_cache) {
    cache = new_cache();
  }
  if (cache == nullptr ||
      (cache->bins[index].base == nullptr && !open_bin(index, cache->bins[index]))) {
    give_batch(index, freed, 1);
    return;
  }
  frame_bin& bin = cache->bins[index];
  if (bin.top == bin.end) {
    give_blocks(index, bin, batch_of(index));
  }
  *bin.top++ = freed;
}

frame_allocator_stats frame_stats() noexcept {
  frame_allocator_stats all{};
  for (depot_class& shared : the_depot.classes) {
    lock_guard held(shared.guard);
    all.batches += shared.batch_count;
  }
  lock_guard held(the_depot.slab_guard);
  all.slabs = the_depot.slab_count;
  all.slab_bytes = the_depot.slab_count * slab_bytes;
  // order: relaxed; written under the lock that is held.
  for (slab* s = the_depot.slabs.load(std::memory_order_relaxed); s != nullptr; s = s->next) {
    // order: relaxed; a count for reading.
    all.carved_bytes += s->carved.load(std::memory_order_relaxed) * s->block_bytes;
  }
  return all;
}

void frame_scan(function_ref<void(void* block, std::size_t bytes)> visit) {
  // order: acquire; pairs with release in new_slab. The head of the slab is seen.
  for (slab* s = the_depot.slabs.load(std::memory_order_acquire); s != nullptr; s = s->next) {
    // order: acquire; pairs with release in carve. The tags of fresh blocks are seen.
    const std::size_t carved = s->carved.load(std::memory_order_acquire);
    char* at = reinterpret_cast<char*>(s + 1);
    for (std::size_t i = 0; i < carved; ++i, at += s->block_bytes) {
      std::intptr_t& tag = reinterpret_cast<free_block*>(at)->tag;
      // order: relaxed; the block may change hands at any time, the visitor is told so.
      if (atomic_ref<std::intptr_t>(tag).load(std::memory_order_relaxed) != free_block_tag) {
        visit(at, s->block_bytes);
      }
    }
  }
}

bool frame_is_readable(const void* at, std::size_t bytes) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  // order: acquire; pairs with release in new_slab. The links are seen.
  for (const slab* s = the_depot.chunks.load(std::memory_order_acquire); s != nullptr;
       s = s->next_chunk) {
    const auto first = reinterpret_cast<std::uintptr_t>(s);
    if (address >= first && address - first <= chunk_bytes - bytes) {
      return true;
    }
  }
  return false;
}

#endif

}  // namespace weft::detail
