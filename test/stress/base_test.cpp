// The lock-free parts of base on real threads. Short by default, longer with WEFT_LONG=1; meant to
// run under TSan and ASan too.

#include <weft/base.hpp>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <latch>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using weft::detail::atomic;
using weft::detail::event_count;
using weft::detail::job;
using weft::detail::lock;
using weft::detail::lock_guard;
using weft::detail::steal_result;
using weft::detail::work_deque;

std::chrono::milliseconds duration() {
  return std::getenv("WEFT_LONG") != nullptr ? std::chrono::seconds(60)
                                             : std::chrono::milliseconds(500);
}

class deadline {
 public:
  [[nodiscard]] bool passed() const { return std::chrono::steady_clock::now() >= end_; }

 private:
  std::chrono::steady_clock::time_point end_ = std::chrono::steady_clock::now() + duration();
};

struct counted_job : job {
  counted_job() : job{nullptr, nullptr, nullptr} {}
  atomic<int> taken{0};
  int written_before_push = 0;
};

void take(job* item, int round) {
  auto* j = static_cast<counted_job*>(item);
  ASSERT_EQ(j->written_before_push, round);
  ASSERT_EQ(j->taken.fetch_add(1, std::memory_order_relaxed), 0);
}

// The owner pushes and pops bursts of random length on a small deque that grows; thieves steal.
TEST(work_deque_stress, each_job_is_taken_once) {
  constexpr std::size_t jobs_a_round = 3000;
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const deadline end;
  for (int round = 1; !end.passed(); ++round) {
    work_deque deque(2);
    std::vector<counted_job> jobs(jobs_a_round);
    atomic<bool> done{false};
    std::vector<std::jthread> thieves;
    for (int t = 0; t < 3; ++t) {
      thieves.emplace_back([&] {
        while (!done.load(std::memory_order_acquire) || !deque.empty_hint()) {
          const steal_result got = deque.steal();
          if (got.outcome == steal_result::status::taken) {
            take(got.item, round);
          }
        }
      });
    }
    for (std::size_t next = 0; next < jobs.size();) {
      for (std::size_t burst = random() % 64; burst > 0 && next < jobs.size(); --burst) {
        jobs[next].written_before_push = round;
        deque.push(&jobs[next++]);
      }
      for (std::size_t burst = random() % 48; burst > 0; --burst) {
        if (job* item = deque.pop()) {
          take(item, round);
        }
      }
    }
    while (job* item = deque.pop()) {
      take(item, round);
    }
    done.store(true, std::memory_order_release);
    thieves.clear();
    for (const counted_job& j : jobs) {
      ASSERT_EQ(j.taken.load(std::memory_order_relaxed), 1);
    }
  }
}

// Tokens go round through two event counts: a lost wake-up stops the test.
TEST(event_count_stress, loses_no_wake_up) {
  struct gate {
    event_count events;
    atomic<int> tokens{0};

    void give() {
      tokens.fetch_add(1, std::memory_order_relaxed);
      events.notify_one();
    }
    bool try_take() {
      int seen = tokens.load(std::memory_order_relaxed);
      while (seen > 0) {
        if (tokens.compare_exchange_weak(seen, seen - 1, std::memory_order_acq_rel,
                                         std::memory_order_relaxed)) {
          return true;
        }
      }
      return false;
    }
    void take() {
      while (!try_take()) {
        const event_count::key key = events.prepare_wait();
        if (try_take()) {
          events.cancel_wait();
          return;
        }
        events.commit_wait(key);
      }
    }
  };
  gate there;
  gate back;
  constexpr int pairs = 2;
  atomic<bool> stop{false};
  std::vector<std::jthread> threads;
  for (int p = 0; p < pairs; ++p) {
    threads.emplace_back([&] {
      for (;;) {
        there.take();
        if (stop.load(std::memory_order_relaxed)) {
          return;
        }
        back.give();
      }
    });
  }
  long rounds = 0;
  for (const deadline end; !end.passed(); ++rounds) {
    for (int p = 0; p < pairs; ++p) {
      there.give();
    }
    for (int p = 0; p < pairs; ++p) {
      back.take();
    }
  }
  stop.store(true, std::memory_order_relaxed);
  for (int p = 0; p < pairs; ++p) {
    there.give();
  }
  threads.clear();
  EXPECT_GT(rounds, 0);
}

TEST(lock_stress, excludes_others_while_some_sleep) {
  lock guard{7};
  long counted = 0;
  atomic<long> entered{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        const deadline end;
        for (long i = 0; !end.passed(); ++i) {
          lock_guard held(guard);
          ++counted;
          entered.fetch_add(1, std::memory_order_relaxed);
          if (t == 0 && i % 64 == 0) {
            std::this_thread::yield();  // held for long: the others go to sleep
          }
        }
      });
    }
  }
  EXPECT_EQ(counted, entered.load(std::memory_order_relaxed));
}

// Blocks travel: each thread fills blocks of random sizes, puts them into a common table, and frees
// what it finds there. Threads end and begin meanwhile.
TEST(frame_allocator_stress, keeps_blocks_apart_while_threads_come_and_go) {
  struct block {
    unsigned char* at;
    std::size_t bytes;
    unsigned char fill;
  };
  constexpr std::size_t places = 512;
  auto table = std::make_unique<atomic<block*>[]>(places);
  const auto give_back = [](block* old) {
    if (old != nullptr) {
      for (std::size_t i = 0; i < old->bytes; ++i) {
        ASSERT_EQ(old->at[i], old->fill);
      }
      weft::detail::frame_free(old->at, old->bytes);
      weft::detail::frame_delete(old);
    }
  };
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  const deadline end;
  for (unsigned generation = 0; !end.passed(); ++generation) {
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        std::mt19937 random(seed + generation * 4 + t);
        for (int i = 0; i < 5000; ++i) {
          const std::size_t bytes = random() % 10 == 0 ? random() % 9000 : random() % 300;
          const auto fill = static_cast<unsigned char>(random());
          auto* at = static_cast<unsigned char*>(weft::detail::frame_allocate(bytes));
          std::memset(at, fill, bytes);
          auto* made = weft::detail::frame_new<block>(block{at, bytes, fill});
          give_back(table[random() % places].exchange(made, std::memory_order_acq_rel));
        }
      });
    }
  }
  for (std::size_t i = 0; i < places; ++i) {
    give_back(table[i].exchange(nullptr, std::memory_order_acq_rel));
  }
}

TEST(mpsc_stress, producers_and_consumer_lose_nothing) {
  const deadline end;
  while (!end.passed()) {
    weft::detail::mpsc_queue queue;
    weft::detail::mpsc_stack stack;
    constexpr int each = 2000;
    std::vector<counted_job> jobs(4 * each);
    std::vector<std::jthread> producers;
    for (std::size_t p = 0; p < 4; ++p) {
      producers.emplace_back([&, p] {
        for (std::size_t i = 0; i < each; ++i) {
          counted_job& j = jobs[p * each + i];
          j.written_before_push = 1;
          if (p % 2 == 0) {
            queue.push(&j);
          } else {
            stack.push(&j);
          }
        }
      });
    }
    for (int taken = 0; taken < 4 * each;) {
      while (job* item = queue.try_pop()) {
        take(item, 1);
        ++taken;
      }
      weft::detail::job_list all = stack.take_all();
      while (job* item = all.pop_front()) {
        take(item, 1);
        ++taken;
      }
    }
  }
}

}  // namespace
