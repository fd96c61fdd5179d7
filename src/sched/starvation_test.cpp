/// Work goes on while workers block: at once when weft knows of it, soon when it has to find out.

#include <weft/sched/thread_pool.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Blocks this thread, and says so to nobody.
void block_unannounced(std::chrono::milliseconds time) {
  // tidy: allow(test_sleep) a thread that blocks is what is tested
  ::poll(nullptr, 0, static_cast<int>(time.count()));
}

/// What the same takes with threads by hand, each started by the one before it: on an idle machine
/// hardly more than `time`, on one that others load as much more as the pool may need.
clock::duration by_hand(int threads, std::chrono::milliseconds time) {
  const auto begin = clock::now();
  std::vector<std::thread> all(static_cast<std::size_t>(threads));
  std::latch started(threads);
  auto start = [&](auto& self, std::size_t i) -> void {
    all[i] = std::thread([&self, &all, &started, i, time] {
      if (i + 1 < all.size()) {
        self(self, i + 1);
      }
      started.count_down();
      block_unannounced(time);
    });
  };
  start(start, 0);
  started.wait();
  for (std::thread& t : all) {
    t.join();
  }
  return clock::now() - begin;
}

/// Waits until `pool` has no more than `threads`; false after ten seconds.
bool comes_down_to(thread_pool& pool, int threads) {
  for (int i = 0; i < 1000; ++i) {
    if (pool.stats().threads <= threads) {
      return true;
    }
    auto due = delay(10ms);
    due.wait();
  }
  return false;
}

/// Runs `body` a hundred times at once on `pool`. **Returns** whether that took less than
/// `claimed`, or than `factor` times what threads by hand take at the same time. Others load the
/// machine as they please, so one of several attempts is enough; what is wrong is wrong in all.
template <class F>
bool overlap(thread_pool& pool, int count, std::chrono::milliseconds claimed, int factor, F body) {
  constexpr int attempts = 8;
  for (int i = 0; i < attempts; ++i) {
    const auto before = by_hand(count, 100ms);
    const auto begin = clock::now();
    std::vector<task<>> all;
    for (int k = 0; k < count; ++k) {
      all.push_back(pool.run(body));
    }
    wait_all(all);
    const auto took = clock::now() - begin;
    if (took < claimed || took < factor * std::max(before, by_hand(count, 100ms))) {
      return true;
    }
  }
  return false;
}

TEST(starvation, a_hundred_announced_waits_overlap_on_two_workers) {
  thread_pool pool({.min_threads = 2});
  EXPECT_TRUE(overlap(pool, 100, 400ms, 4, [] {
    auto due = delay(100ms);
    due.wait();
  }));
  EXPECT_TRUE(comes_down_to(pool, 2)) << pool.stats().threads;
}

TEST(starvation, unannounced_waits_are_found_and_made_up_for) {
  thread_pool pool({.min_threads = 2});
  EXPECT_TRUE(overlap(pool, 100, 2s, 8, [] { block_unannounced(100ms); }));
  EXPECT_TRUE(comes_down_to(pool, 2)) << pool.stats().threads;
}

TEST(starvation, the_default_pool_makes_up_for_them_too) {
  thread_pool& pool = thread_pool::default_pool();
  const int workers = pool.size();
  EXPECT_TRUE(overlap(pool, 50 * workers, 2s, 8, [] { block_unannounced(100ms); }));
  EXPECT_TRUE(comes_down_to(pool, workers + 1)) << pool.stats().threads;
}

TEST(starvation, max_threads_bounds_those_that_stand_in) {
  thread_pool pool({.min_threads = 2, .max_threads = 5});
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::vector<task<>> all;
  for (int i = 0; i < 30; ++i) {
    auto body = [&] {
      const int now = ++inside;
      int seen = most;
      while (now > seen && !most.compare_exchange_weak(seen, now)) {
      }
      block_unannounced(30ms);
      --inside;
    };
    all.push_back(pool.run(body));
  }
  int threads = 0;
  for (const auto& t : all) {
    threads = std::max(threads, pool.stats().threads);
    t.wait();
  }
  EXPECT_LE(threads, 5);
  EXPECT_LE(most, 5);
  EXPECT_GT(most, 2);
}

TEST(starvation, workers_that_compute_are_never_taken_for_blocked) {
  thread_pool pool({.min_threads = 2});
  std::atomic<bool> over = false;
  std::vector<task<>> busy;
  for (int i = 0; i < 2; ++i) {
    auto body = [&] {
      while (!over) {
        detail::cpu_relax();
      }
    };
    busy.push_back(pool.run(body));
  }
  std::vector<task<>> waiting;
  for (int i = 0; i < 20; ++i) {
    waiting.push_back(pool.run([] {}));
  }
  // More threads than processors want to run, so some of them wait for one all the time.
  std::vector<task<>> others;
  for (int i = 0; i < 4; ++i) {
    auto body = [&] {
      while (!over) {
        detail::cpu_relax();
      }
    };
    others.push_back(run(body, run_options{.long_running = true}));
  }
  int most = 0;
  const auto end = clock::now() + 500ms;
  while (clock::now() < end) {
    most = std::max(most, pool.stats().threads);
    auto due = delay(5ms);
    due.wait();
  }
  over = true;
  wait_all(busy);
  wait_all(waiting);
  wait_all(others);
  EXPECT_LE(most, 2);
}

TEST(starvation, one_blocked_worker_does_not_hold_back_what_it_queued) {
  thread_pool pool({.min_threads = 1});
  auto body = [&] {
    auto child = pool.run([] { return 7; });  // into this worker's own queue
    while (!child.is_completed()) {
      block_unannounced(1ms);
    }
    return child.result();
  };
  auto t = pool.run(body);
  EXPECT_EQ(t.result(), 7);  // or never
}

}  // namespace
}  // namespace weft
