#include <weft/base/frame_allocator.hpp>

#include <cstring>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using weft::detail::frame_allocate;
using weft::detail::frame_class_bytes;
using weft::detail::frame_class_of;
using weft::detail::frame_free;
using weft::detail::frame_stats;

TEST(frame_class, holds_each_size_with_little_waste) {
  for (std::size_t bytes = 0; bytes <= weft::detail::frame_limit; ++bytes) {
    const std::size_t index = frame_class_of(bytes);
    ASSERT_LT(index, weft::detail::frame_class_count) << bytes;
    ASSERT_GE(frame_class_bytes(index), bytes);
    const std::size_t most = bytes <= 32 ? 33 : bytes <= 96 ? 16 : bytes <= 1024 ? 64 : 128;
    ASSERT_LT(frame_class_bytes(index), bytes + most);
    ASSERT_EQ(frame_class_bytes(index) % (bytes <= 96 ? 16 : 64), 0u);
  }
}

TEST(frame_allocator, gives_aligned_memory_of_every_size) {
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (std::size_t bytes = 0; bytes < 10'000; bytes += 61) {
    auto* block = static_cast<unsigned char*>(frame_allocate(bytes));
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(block) % 16, 0u);
    std::memset(block, static_cast<int>(bytes % 251), bytes);
    blocks.emplace_back(block, bytes);
  }
  for (const auto& [block, bytes] : blocks) {
    for (std::size_t i = 0; i < bytes; ++i) {
      ASSERT_EQ(block[i], bytes % 251);
    }
    frame_free(block, bytes);
  }
}

#if !WEFT_FRAMES_FROM_MALLOC
// Two threads whose frames lay in one cache line would slow each other down for as long as both use
// them: skynet on two threads took up to three times as long.
TEST(frame_allocator, gives_each_block_above_96_bytes_its_own_cache_lines) {
  for (const std::size_t bytes : {97u, 112u, 129u, 464u, 1000u, 1025u, 5000u, 8192u}) {
    std::vector<void*> blocks;
    for (int i = 0; i < 100; ++i) {
      blocks.push_back(frame_allocate(bytes));
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(blocks.back()) % weft::detail::cache_line, 0u)
          << bytes;
    }
    for (void* block : blocks) {
      frame_free(block, bytes);
    }
  }
}

// Smaller ones share lines, but not those that were cut for different threads.
TEST(frame_allocator, cuts_small_blocks_in_runs_of_whole_cache_lines) {
  for (const std::size_t bytes : {32u, 48u, 64u, 80u, 96u}) {
    std::vector<char*> blocks;
    for (std::size_t carved = frame_stats().carved_bytes; frame_stats().carved_bytes == carved;) {
      blocks.push_back(static_cast<char*>(frame_allocate(bytes)));
    }
    // The first of those that were cut for this thread alone.
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(blocks.back()) % weft::detail::cache_line, 0u)
        << bytes;
    for (char* block : blocks) {
      frame_free(block, bytes);
    }
  }
}
#endif

TEST(frame_allocator, throws_bad_alloc_for_the_impossible) {
  volatile std::size_t huge = SIZE_MAX / 2;
  EXPECT_THROW(static_cast<void>(frame_allocate(huge)), std::bad_alloc);
}

#if !WEFT_FRAMES_FROM_MALLOC

TEST(frame_allocator, reuses_the_block_that_was_freed_last) {
  void* a = frame_allocate(100);
  frame_free(a, 100);
  void* b = frame_allocate(97);
  EXPECT_EQ(a, b);
  frame_free(b, 97);
}

TEST(frame_allocator, needs_no_new_memory_in_a_steady_state) {
  constexpr std::size_t own_size = 928;  // no other test's
  std::vector<void*> blocks(1000);
  std::size_t carved = 0;
  for (int round = 0; round < 50; ++round) {
    for (void*& block : blocks) {
      block = frame_allocate(own_size);
    }
    for (void* block : blocks) {
      frame_free(block, own_size);
    }
    if (round == 0) {
      carved = frame_stats().carved_bytes;
    }
  }
  EXPECT_EQ(frame_stats().carved_bytes, carved);
}

TEST(frame_allocator, gives_blocks_freed_elsewhere_back_to_their_maker) {
  // One thread makes, another frees: what is needed in the end is what was alive at once, and some
  // batches on the way.
  std::vector<void*> blocks(256);
  const std::size_t before = frame_stats().carved_bytes;
  for (int round = 0; round < 200; ++round) {
    for (void*& block : blocks) {
      block = frame_allocate(512);
    }
    std::jthread([&] {
      for (void* block : blocks) {
        frame_free(block, 512);
      }
    }).join();
  }
  EXPECT_LT(frame_stats().carved_bytes - before, 2 * blocks.size() * 512);
}

TEST(frame_allocator, passes_on_the_cache_of_a_thread_that_ended) {
  constexpr std::size_t bytes = 880;
  std::set<void*> of_ended;
  std::jthread([&] {
    // All that others left, until something is cut, and then all that was cut: it leaves nothing
    // that it did not have.
    std::size_t left = 0;
    for (bool cut = false; !cut || left > 0 || of_ended.size() < 100;) {
      const std::size_t before = frame_stats().carved_bytes;
      of_ended.insert(frame_allocate(bytes));
      if (const std::size_t more = frame_stats().carved_bytes - before; more != 0) {
        cut = true;
        left = more / frame_class_bytes(frame_class_of(bytes));
      }
      left -= left != 0;
    }
    for (void* block : of_ended) {
      frame_free(block, bytes);
    }
  }).join();
  const std::size_t carved = frame_stats().carved_bytes;
  std::jthread([&] {  // not this thread, which may have blocks of its own
    std::vector<void*> mine;
    for (std::size_t i = 0; i < of_ended.size(); ++i) {
      mine.push_back(frame_allocate(bytes));
    }
    EXPECT_EQ(frame_stats().carved_bytes, carved);
    for (void* block : mine) {
      EXPECT_TRUE(of_ended.contains(block));
      frame_free(block, bytes);
    }
  })
      .join();
}

TEST(frame_allocator, keeps_frames_that_outlive_their_thread) {
  char* text = nullptr;
  std::jthread([&] {
    text = static_cast<char*>(frame_allocate(64));
    std::strcpy(text, "still here");
  }).join();
  EXPECT_STREQ(text, "still here");
  frame_free(text, 64);
}

TEST(frame_allocator, serves_destructors_that_run_at_the_end_of_a_thread) {
  static pthread_key_t key;
  ASSERT_EQ(pthread_key_create(&key,
                               [](void* block) {
                                 frame_free(block, 200);
                                 frame_free(frame_allocate(200), 200);
                               }),
            0);
  std::jthread([] { pthread_setspecific(key, frame_allocate(200)); }).join();
  pthread_key_delete(key);
}

TEST(frame_allocator, works_in_the_child_of_a_fork) {
  std::atomic<bool> stop{false};
  std::jthread busy([&] {
    std::vector<void*> blocks(500);
    while (!stop.load()) {
      for (void*& block : blocks) {
        block = frame_allocate(208);
      }
      for (void* block : blocks) {
        frame_free(block, 208);
      }
    }
  });
  for (int i = 0; i < 20; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      for (int k = 0; k < 2000; ++k) {
        static_cast<void>(frame_allocate(208));
      }
      _exit(0);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  stop = true;
}

TEST(frame_scan, sees_living_blocks_and_no_free_ones) {
  constexpr std::size_t bytes = 960;
  auto* living = static_cast<void**>(frame_allocate(bytes));
  auto* freed = static_cast<void**>(frame_allocate(bytes));
  living[1] = living;
  freed[1] = freed;
  frame_free(freed, bytes);
  int seen = 0;
  weft::detail::frame_scan([&](void* block, std::size_t size) {
    EXPECT_NE(block, freed);
    seen += block == living && size == bytes ? 1 : 0;
  });
  EXPECT_EQ(seen, 1);
  frame_free(living, bytes);
}

TEST(frame_stats, counts_slabs_and_blocks) {
  void* block = frame_allocate(64);
  const weft::detail::frame_allocator_stats stats = frame_stats();
  EXPECT_GE(stats.slabs, 1u);
  EXPECT_EQ(stats.slab_bytes, stats.slabs * 65536);
  EXPECT_GE(stats.carved_bytes, 64u);
  EXPECT_LE(stats.carved_bytes, stats.slab_bytes);
  frame_free(block, 64);
}

#endif

struct counted {
  explicit counted(int& alive, bool fail = false) : alive_(alive) {
    if (fail) {
      throw std::runtime_error("no");
    }
    ++alive_;
  }
  ~counted() { --alive_; }
  int& alive_;
};

TEST(frame_new, makes_and_destroys) {
  int alive = 0;
  auto* made = weft::detail::frame_new<counted>(alive);
  EXPECT_EQ(alive, 1);
  weft::detail::frame_delete(made);
  EXPECT_EQ(alive, 0);
}

TEST(frame_new, gives_the_block_back_when_the_constructor_throws) {
  int alive = 0;
  EXPECT_THROW(static_cast<void>(weft::detail::frame_new<counted>(alive, true)),
               std::runtime_error);
  EXPECT_EQ(alive, 0);
}

}  // namespace
