// The frame allocator's depot under the model checker: blocks that one thread took and another one
// gave back, or left at its end, come back to a third; none is handed out twice, and who gets one
// comes after everybody who used it. Scans see the heads of slabs and the tags of what was cut.
//
// Threads of the model are fibers of one, so each names its cache before each call; the depot's
// slabs are cut from one buffer, anew in each execution.

#include "model/mutants.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include <gtest/gtest.h>
#include <sys/mman.h>

namespace {

// What a chunk and its alignment take.
constexpr std::size_t stub_slab = 64 << 10;
alignas(stub_slab) char stub_chunk[(1 << 20) + stub_slab];

}  // namespace

void* stub_mmap(void*, std::size_t, int, int, int, int) {
  return stub_chunk;
}

#define WEFT_MODEL 1
#define WEFT_MODEL_WATCHES 1
#undef WEFT_FRAMES_FROM_MALLOC
#define WEFT_FRAMES_FROM_MALLOC 0
#define weft weft_model_of_frame_allocator
#define mmap stub_mmap
#include "base/assert.cpp"
#include "base/frame_allocator.cpp"
#include "base/lock.cpp"
#undef mmap

namespace weft::detail {
namespace {

// The largest classes: seven blocks a slab, two a batch.
constexpr std::size_t large = frame_limit;
constexpr std::size_t smaller = frame_limit - 128;
constexpr int threads = 3;

struct shared {
  shared() {
    // Globals of the model have no history: those that are used are made anew.
    for (const std::size_t bytes : {large, smaller}) {
      depot_class& used = the_depot.classes[frame_class_of(bytes)];
      std::destroy_at(&used);
      ::new (&used) depot_class;
      remake(used.guard);
    }
    std::destroy_at(&the_depot.slabs);
    ::new (&the_depot.slabs) atomic<slab*>(nullptr);
    std::destroy_at(&the_depot.chunks);
    ::new (&the_depot.chunks) atomic<slab*>(nullptr);
    remake(the_depot.slab_guard);
    the_depot.chunk_next = the_depot.chunk_end = nullptr;
    for (std::size_t s = 0; s < 2; ++s) {  // as a fresh mapping has them
      for (std::size_t i = 0; i < 7; ++i) {
        for (const std::size_t bytes : {large, smaller}) {
          std::memset(stub_chunk + s * slab_bytes + sizeof(slab) + i * bytes, 0,
                      sizeof(free_block));
        }
      }
    }
    for (frame_cache*& cache : caches) {
      cache = static_cast<frame_cache*>(std::calloc(1, sizeof(frame_cache)));
    }
  }

  /// Without a rank: what a thread holds is noted by the thread that all fibers share.
  static void remake(lock& of) {
    std::destroy_at(&of);
    ::new (&of) lock;
  }
  void* take(int thread, std::size_t bytes = large) {
    this_frame_cache = caches[thread];
    void* block = frame_allocate(bytes);
    mark(block);
    model::note_written(block);
    return block;
  }
  void give(int thread, void* block, std::size_t bytes = large) {
    model::note_written(block);
    const auto at = std::find(std::begin(held), std::end(held), block);
    model::require(at != std::end(held), "what was not taken is given back");
    *at = nullptr;
    this_frame_cache = caches[thread];
    frame_free(block, bytes);
  }
  void mark(void* block) {
    model::require(std::find(std::begin(held), std::end(held), block) == std::end(held),
                   "a block was handed out twice");
    *std::find(std::begin(held), std::end(held), nullptr) = block;
    *std::find(std::begin(known), std::end(known), nullptr) = block;
  }
  /// The end of a thread.
  void leave(int thread) {
    this_frame_cache = caches[thread];
    end_cache(std::exchange(caches[thread], nullptr));
  }
  /// A look of somebody who diagnoses: nothing is seen that nobody has ever had.
  void scan() {
    frame_scan([this](void* block, std::size_t bytes) {
      model::require(bytes == large || bytes == smaller, "a slab whose head is not seen");
      model::require(std::find(std::begin(known), std::end(known), block) != std::end(known),
                     "a fresh block looks used");
    });
  }

  frame_cache* caches[threads] = {};
  void* held[16] = {};
  void* known[16] = {};
  atomic<void*> passed{nullptr};
};

void pass(shared& s, void* block) {
  // order: release; pairs with acquire in receive.
  s.passed.store(block, std::memory_order_release);
}
void* receive(shared& s) {
  for (int looks = 0; looks < 3; ++looks) {
    // order: acquire; pairs with release in pass.
    if (void* block = s.passed.load(std::memory_order_acquire)) {
      return block;
    }
    cpu_relax();
  }
  return nullptr;
}

void end(shared& s) {
  for (int t = 0; t < threads; ++t) {
    if (s.caches[t] != nullptr) {
      s.leave(t);
    }
  }
}

/// Freed where it was not allocated, and handed on by the depot when that thread ends.
model::result freed_elsewhere(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   pass(s, s.take(0));
                                   s.take(0);
                                   s.take(0);
                                 },
                                 [](shared& s) {
                                   if (void* block = receive(s)) {
                                     s.give(1, block);
                                   }
                                   s.leave(1);
                                 },
                                 [](shared& s) { s.take(2); }},
                                end);
}

/// More is freed than a cache has room for, while another one runs dry.
model::result handed_over_by_the_depot(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   void* blocks[5];
                                   for (void*& block : blocks) {
                                     block = s.take(0);
                                   }
                                   for (void* block : blocks) {
                                     s.give(0, block);
                                   }
                                 },
                                 [](shared& s) {
                                   void* first = s.take(1);
                                   void* second = s.take(1);
                                   void* third = s.take(1);
                                   s.give(1, first);
                                   s.give(1, second);
                                   s.give(1, third);
                                 }},
                                end);
}

model::result scanned(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   s.take(0);
                                   s.take(0, smaller);
                                 },
                                 [](shared& s) { s.scan(); }},
                                end);
}

model::result asked_what_is_readable(const model::options& chosen) {
  return model::explore<shared>(
      chosen,
      {[](shared& s) { pass(s, s.take(0)); },
       [](shared& s) {
         int on_stack = 0;
         model::require(!frame_is_readable(&on_stack, sizeof on_stack), "a stack is no slab");
         if (const void* block = receive(s)) {
           model::require(frame_is_readable(block, large), "what was allocated is not known");
         }
       }},
      end);
}

TEST(frame_allocator_model, needs_each_order) {
  model::expect_all_killed(
      "frame_allocator",
      {"new_slab", "carve", "take_batch", "give_batch", "frame_scan", "frame_is_readable",
       "lock::release"},
      {{"freed elsewhere", &freed_elsewhere, {.preemptions = 1, .stale_reads = 1}},
       {"handed over by the depot",
        &handed_over_by_the_depot,
        {.preemptions = 2, .stale_reads = 1}},
       {"scanned", &scanned, {.preemptions = 2, .stale_reads = 2}},
       {"asked what is readable", &asked_what_is_readable, {.preemptions = 1, .stale_reads = 2}}});
}

}  // namespace
}  // namespace weft::detail
