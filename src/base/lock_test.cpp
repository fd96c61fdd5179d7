#include <weft/base/lock.hpp>

#include <weft/base/event_count.hpp>
#include <weft/base/futex.hpp>

#include <latch>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using weft::detail::atomic;
using weft::detail::event_count;
using weft::detail::lock;
using weft::detail::lock_guard;

static_assert(sizeof(lock) == 4);
constinit lock constant_initialized{3};

TEST(futex, returns_false_when_the_time_has_passed) {
  const atomic<std::uint32_t> word{1};
  EXPECT_FALSE(weft::detail::futex_wait(word, 1, 1'000'000));
  EXPECT_FALSE(weft::detail::futex_wait(word, 1, 0));
}

TEST(futex, returns_at_once_when_the_word_differs) {
  const atomic<std::uint32_t> word{1};
  EXPECT_TRUE(weft::detail::futex_wait(word, 2));
}

TEST(futex, takes_the_longest_limit_as_far_away) {
  const atomic<std::uint32_t> word{1};
  EXPECT_TRUE(weft::detail::futex_wait(word, 2, INT64_MAX));
}

TEST(futex, wakes_all_sleepers) {
  atomic<std::uint32_t> word{0};
  std::vector<std::jthread> sleepers;
  for (int i = 0; i < 3; ++i) {
    sleepers.emplace_back([&] {
      while (word.load(std::memory_order_acquire) == 0) {
        weft::detail::futex_wait(word, 0);
      }
    });
  }
  word.store(1, std::memory_order_release);
  weft::detail::futex_wake_all(word);
}

TEST(lock, excludes_others) {
  lock guard;
  long counted = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 20'000; ++k) {
          lock_guard held(guard);
          ++counted;
        }
      });
    }
  }
  EXPECT_EQ(counted, 80'000);
}

TEST(lock, try_acquire_fails_while_it_is_held) {
  lock guard{9};
  ASSERT_TRUE(guard.try_acquire());
  EXPECT_FALSE(guard.try_acquire());
  guard.release();
  EXPECT_TRUE(guard.try_acquire());
  guard.release();
}

TEST(lock, wakes_a_sleeper_however_long_it_was_held) {
  lock guard{1};
  std::latch sleeping{1};
  bool entered = false;
  guard.acquire();
  std::jthread sleeper([&] {
    sleeping.count_down();
    lock_guard held(guard);
    entered = true;
  });
  sleeping.wait();
  for (int i = 0; i < 100; ++i) {
    std::this_thread::yield();
  }
  guard.release();
  sleeper.join();
  EXPECT_TRUE(entered);
}

TEST(lock_guard, gives_back_early_on_release) {
  lock_guard held(constant_initialized);
  held.release();
  EXPECT_TRUE(constant_initialized.try_acquire());
  constant_initialized.release();
}

#ifdef WEFT_DEBUG_CHECKS
TEST(lock_death, stops_at_a_lock_of_no_higher_rank) {
  lock low{1};
  lock high{2};
  lock_guard held(high);
  EXPECT_DEATH(low.acquire(), "ascending rank");
}

TEST(lock, takes_ranks_in_ascending_order_and_gives_them_back_in_any) {
  lock low{1};
  lock high{2};
  for (int i = 0; i < 100; ++i) {
    low.acquire();
    high.acquire();
    low.release();
    high.release();
  }
  SUCCEED();
}
#endif

TEST(event_count, does_not_sleep_when_notified_after_prepare_wait) {
  event_count events;
  const event_count::key key = events.prepare_wait();
  events.notify_one();
  EXPECT_TRUE(events.commit_wait(key));
  EXPECT_EQ(events.waiters(), 0u);
}

TEST(event_count, returns_false_when_the_time_has_passed) {
  event_count events;
  const event_count::key key = events.prepare_wait();
  EXPECT_FALSE(events.commit_wait(key, 1'000'000));
  EXPECT_EQ(events.waiters(), 0u);
}

TEST(event_count, forgets_a_canceled_wait) {
  event_count events;
  static_cast<void>(events.prepare_wait());
  EXPECT_EQ(events.waiters(), 1u);
  events.cancel_wait();
  EXPECT_EQ(events.waiters(), 0u);
}

TEST(event_count, notify_all_ends_every_wait) {
  event_count events;
  atomic<bool> open{false};
  std::latch ready{4};
  std::vector<std::jthread> waiters;
  for (int i = 0; i < 4; ++i) {
    waiters.emplace_back([&] {
      ready.count_down();
      while (!open.load(std::memory_order_acquire)) {
        const event_count::key key = events.prepare_wait();
        if (open.load(std::memory_order_acquire)) {
          events.cancel_wait();
        } else {
          events.commit_wait(key);
        }
      }
    });
  }
  ready.wait();
  open.store(true, std::memory_order_release);
  events.notify_all();
  waiters.clear();
  EXPECT_EQ(events.waiters(), 0u);
}

}  // namespace
