/// The protocols of tasks and scheduler under load: awaiting against completing, taking awaiters
/// back, waking against parking, blocking against everything.

#include "support/tasks.hpp"

#include <weft/base/atomic.hpp>
#include <weft/base/error.hpp>
#include <weft/sched.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include <atomic>
#include <cstdlib>
#include <latch>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;

constexpr int slower = WEFT_TSAN || WEFT_ASAN ? 10 : 1;

int rounds(int n) {
  return (std::getenv("WEFT_LONG") != nullptr ? 20 * n : n) / slower;
}
std::uint64_t seed_of_this_run() {
  if (const char* text = std::getenv("WEFT_SEED")) {
    return std::strtoull(text, nullptr, 10);
  }
  return std::random_device{}();
}
std::string replay(std::uint64_t seed) {
  return "replay: WEFT_SEED=" + std::to_string(seed);
}

TEST(task_stress, awaiting_races_completing) {
  auto awaits = [](task<int>& t) -> task<int> { co_return co_await t; };
  const int n = rounds(20'000);
  for (int i = 0; i < n; ++i) {
    task_completion_source<int> source;
    auto t = source.task();
    auto setter = run([&source, i] { source.set_result(i); });
    auto a = awaits(t);
    auto b = awaits(t);
    ASSERT_EQ(a.result() + b.result(), 2 * i);
    setter.wait();
  }
}

TEST(task_stress, dropping_handles_races_completing) {
  const int n = rounds(10'000);
  testing::counted::alive = 0;
  for (int i = 0; i < n; ++i) {
    auto t = run([] { return testing::counted(1); });
    if (i % 3 == 0) {
      while (!t.is_completed()) {
      }
    }
  }
  task_completion_source<> end;
  for (int tries = 0; testing::counted::alive != 0 && tries < 10'000; ++tries) {
    delay(1ms).wait();
  }
  EXPECT_EQ(testing::counted::alive, 0);
}

TEST(task_stress, when_any_withdraws_while_losers_complete) {
  const std::uint64_t seed = seed_of_this_run();
  SCOPED_TRACE(replay(seed));
  std::mt19937_64 random(seed);
  const int n = rounds(4'000);
  for (int i = 0; i < n; ++i) {
    const std::size_t count = 2 + random() % 6;
    std::vector<std::unique_ptr<task_completion_source<>>> sources;
    std::vector<task<>> tasks;
    for (std::size_t k = 0; k < count; ++k) {
      sources.push_back(std::make_unique<task_completion_source<>>());
      tasks.push_back(sources.back()->task());
    }
    std::vector<task<>> setters;
    for (std::size_t k = 0; k < count; ++k) {
      setters.push_back(run([s = sources[k].get()] { s->set_result(); }));
    }
    auto first = when_any(tasks);
    auto second = when_any(tasks);
    ASSERT_LT(first.result(), count);
    ASSERT_LT(second.result(), count);
    wait_all(setters);
  }
}

TEST(task_stress, timed_waits_race_completion) {
  const std::uint64_t seed = seed_of_this_run();
  SCOPED_TRACE(replay(seed));
  std::mt19937_64 random(seed);
  const int n = rounds(2'000);
  for (int i = 0; i < n; ++i) {
    task_completion_source<int> source;
    auto t = source.task();
    const auto time = std::chrono::microseconds(random() % 40);
    auto waiter = run([&t, time] {
      while (!t.wait(time)) {
      }
      return t.result();
    });
    source.set_result(i);
    ASSERT_EQ(waiter.result(), i);
  }
}

TEST(task_stress, cancelled_delays_end_once) {
  const std::uint64_t seed = seed_of_this_run();
  SCOPED_TRACE(replay(seed));
  std::mt19937_64 random(seed);
  const int n = rounds(300);
  for (int i = 0; i < n; ++i) {
    std::stop_source stop;
    std::vector<task<>> all;
    for (int k = 0; k < 50; ++k) {
      all.push_back(delay(std::chrono::microseconds(random() % 600), stop.get_token()));
    }
    auto stopper = run([stop]() mutable { stop.request_stop(); });
    int ended = 0;
    for (auto& t : all) {
      try {
        t.wait();
      } catch (const operation_canceled&) {
      }
      ++ended;
    }
    ASSERT_EQ(ended, 50);
    stopper.wait();
  }
}

// Millions of passages between sleep and work, of every burst size, from inside and outside.
TEST(sched_stress, no_wake_up_is_lost_from_outside) {
  const std::uint64_t seed = seed_of_this_run();
  SCOPED_TRACE(replay(seed));
  std::mt19937_64 random(seed);
  for (const int size : {1, 2, 3}) {
    thread_pool pool({.min_threads = size});
    const int n = rounds(6'000);
    for (int i = 0; i < n; ++i) {
      const auto burst = static_cast<std::ptrdiff_t>(1 + (random() % 8 == 0 ? random() % 40 : 0));
      std::latch done(burst);
      for (std::ptrdiff_t k = 0; k < burst; ++k) {
        pool.post([&done] { done.count_down(); });
      }
      if (random() % 2 == 0) {
        for (auto spin = random() % 2000; spin != 0; --spin) {
          detail::cpu_relax();
        }
      }
      done.wait();
    }
  }
}

TEST(sched_stress, no_wake_up_is_lost_from_inside) {
  const std::uint64_t seed = seed_of_this_run();
  SCOPED_TRACE(replay(seed));
  for (const int size : {1, 2, 4}) {
    thread_pool pool({.min_threads = size});
    auto body = [&pool, seed](int n) -> task<std::uint64_t> {
      std::mt19937_64 random(seed);
      std::uint64_t sum = 0;
      for (int i = 0; i < n; ++i) {
        std::vector<task<std::uint64_t>> burst;
        for (auto k = 1 + random() % 6; k != 0; --k) {
          burst.push_back(pool.run([spin = random() % 300] {
            for (auto s = spin; s != 0; --s) {
              detail::cpu_relax();
            }
            return std::uint64_t{1};
          }));
        }
        const std::uint64_t expected = burst.size();
        auto all = when_all(std::move(burst));
        for (const std::uint64_t one : co_await std::move(all)) {
          sum += one;
        }
        static_cast<void>(expected);
      }
      co_return sum;
    };
    EXPECT_GT(pool.run([&] { return body(rounds(10'000)); }).result(), 0U);
  }
}

TEST(sched_stress, the_default_pool_wakes_for_timers_and_work_at_once) {
  auto body = [](int n) -> task<> {
    for (int i = 0; i < n; ++i) {
      auto due = delay(std::chrono::microseconds(i % 300));
      auto work = run([] {});
      auto both = when_all(due, work);
      co_await both;
    }
  };
  std::vector<task<>> all;
  for (int i = 0; i < 16; ++i) {
    all.push_back(body(rounds(300)));
  }
  wait_all(all);
}

TEST(sched_stress, blocking_and_running_mix) {
  thread_pool pool({.min_threads = 2});
  std::vector<task<int>> all;
  const int n = rounds(2'000);
  for (int i = 0; i < n; ++i) {
    all.push_back(pool.run([&pool, i] {
      if (i % 4 == 0) {
        auto inner = pool.run([] { return 1; });
        return inner.result();
      }
      return 1;
    }));
  }
  int sum = 0;
  for (auto& t : all) {
    sum += t.result();
  }
  EXPECT_EQ(sum, n);
}

lazy<std::uint64_t> ragged(std::uint64_t seed, int depth) {
  if (depth == 0) {
    for (auto spin = seed % 64; spin != 0; --spin) {
      detail::cpu_relax();
    }
    if (seed % 16 == 0) {
      co_await yield();
    }
    co_return 1;
  }
  seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
  auto joined =
      fork_join(ragged(seed, depth - 1),
                ragged(seed >> 7, depth - 1 - static_cast<int>(depth > 3 && seed % 3 == 0)),
                ragged(seed >> 13, depth > 4 ? depth - 4 : 0));
  auto [a, b, c] = co_await joined;
  co_return a + b + c;
}
TEST(sched_stress, ragged_forks_join_whatever_is_stolen) {
  const std::uint64_t seed = seed_of_this_run();
  SCOPED_TRACE(replay(seed));
  for (const int size : {1, 2, 3}) {
    thread_pool pool({.min_threads = size});
    std::uint64_t expected = 0;
    for (int i = 0; i < rounds(20) + 2; ++i) {
      const std::uint64_t got = pool.run([seed] { return ragged(seed, 9); }).result();
      expected = expected == 0 ? got : expected;
      ASSERT_EQ(got, expected);
    }
  }
}

TEST(sched_stress, strands_exclude_and_keep_order_under_load) {
  strand s;
  std::vector<int> last(4, -1);
  int inside = 0;
  std::atomic<bool> broken = false;
  std::vector<std::thread> threads;
  const int n = rounds(20'000);
  std::latch done(4 * static_cast<std::ptrdiff_t>(n));
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < n; ++i) {
        s.post([&, t, i] {
          if (++inside != 1 || last[static_cast<std::size_t>(t)] != i - 1) {
            broken = true;
          }
          last[static_cast<std::size_t>(t)] = i;
          --inside;
          done.count_down();
        });
      }
    });
  }
  for (auto& t : threads) {
    t.join();
  }
  done.wait();
  EXPECT_FALSE(broken);
}

task<> comes_home(task<>& gate, std::atomic<int>& ended) {
  try {
    co_await gate;
  } catch (const object_disposed&) {
  }
  ++ended;
}

TEST(sched_stress, contexts_end_while_coroutines_come_home) {
  const int n = rounds(1'000);
  for (int i = 0; i < n; ++i) {
    task_completion_source<> source;
    auto gate = source.task();
    std::atomic<int> ended = 0;
    std::vector<task<>> all;
    task<> setter;
    {
      single_thread_context ui;
      ui.run([&] {
        for (int k = 0; k < 4; ++k) {
          all.push_back(comes_home(gate, ended));
        }
      });
      setter = run([&source] { source.set_result(); });
    }
    setter.wait();
    wait_all(all);
    ASSERT_EQ(ended, 4);
  }
}

task<> enters_and_comes_home(strand& s, std::latch& in, task<>& gate, std::atomic<int>& ended) {
  co_await resume_on(s);
  in.count_down();
  co_await comes_home(gate, ended).configure_await(false);
}

TEST(sched_stress, strands_end_while_coroutines_come_home) {
  const int n = rounds(1'000);
  for (int i = 0; i < n; ++i) {
    task_completion_source<> source;
    auto gate = source.task();
    std::atomic<int> ended = 0;
    std::vector<task<>> all;
    task<> setter;
    std::latch in(2);
    {
      strand s;
      all.push_back(enters_and_comes_home(s, in, gate, ended));
      all.push_back(enters_and_comes_home(s, in, gate, ended));
      in.wait();
      setter = run([&source] { source.set_result(); });
    }
    setter.wait();
    wait_all(all);
    ASSERT_EQ(ended, 2);
  }
}

}  // namespace
}  // namespace weft
