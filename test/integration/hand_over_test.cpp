/// What a running job hands over (a permit, a lock) runs soon, whatever that job does next.

#include <weft/sched.hpp>
#include <weft/sync.hpp>
#include <weft/task.hpp>

#include <atomic>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

TEST(hand_over, runs_elsewhere_when_the_giver_computes_on) {
  if (thread_pool::default_pool().size() < 2) {
    GTEST_SKIP() << "needs two workers";
  }
  async_semaphore permits(0, 1);
  std::atomic<bool> has_run = false;
  auto takes = [&]() -> task<> {
    co_await permits.acquire();
    has_run = true;
  };
  for (int round = 0; round < 200; ++round) {
    has_run = false;
    auto taker = run(takes);
    auto giver = run([&] {
      permits.release();
      while (!has_run) {  // only another thread can end this
        std::atomic_signal_fence(std::memory_order_seq_cst);
      }
    });
    giver.wait();
    taker.wait();
  }
}

TEST(hand_over, runs_when_the_giver_blocks) {
  async_semaphore permits(0, 1);
  manual_reset_event has_run;
  auto takes = [&]() -> task<> {
    co_await permits.acquire();
    has_run.set();
  };
  auto waits = [&]() -> task<> { co_await has_run.wait(); };
  for (int round = 0; round < 200; ++round) {
    has_run.reset();
    auto taker = run(takes);
    run([&] {
      permits.release();
      waits().wait();
    }).wait();
    taker.wait();
  }
}

TEST(hand_over, keeps_the_order_of_turns) {
  async_mutex m;
  std::vector<int> order;
  auto takes = [&](int i) -> task<> {
    auto held = co_await m.lock();
    order.push_back(i);
    co_await yield();
  };
  auto all = [&]() -> task<> {
    auto first = co_await m.lock();
    std::vector<task<>> others;
    for (int i = 0; i < 100; ++i) {
      others.push_back(takes(i));
    }
    {
      const auto released = std::move(first);
    }
    co_await when_all(std::move(others));
  };
  run(all).wait();
  std::vector<int> expected(100);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(order, expected);
}

}  // namespace
}  // namespace weft
