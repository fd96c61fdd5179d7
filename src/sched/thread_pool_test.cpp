#include <weft/sched/thread_pool.hpp>

#include <weft/base/atomic.hpp>
#include <weft/base/cpu_quota.hpp>
#include <weft/base/error.hpp>
#include <weft/sched/strand.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "support/tasks.hpp"

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <latch>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <dirent.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using testing::thrown_by;

constexpr bool sanitized = WEFT_TSAN || WEFT_ASAN;

TEST(thread_pool, default_pool_is_as_large_as_the_usable_processors) {
  if (std::getenv("WEFT_THREADS") == nullptr) {
    EXPECT_EQ(thread_pool::default_pool().size(), static_cast<int>(detail::usable_cpus()));
  }
  EXPECT_EQ(&thread_pool::default_pool(), &task_scheduler::default_scheduler());
}

TEST(thread_pool, own_pool_has_the_size_it_was_given_and_a_name) {
  thread_pool pool({.min_threads = 3, .name = "named"});
  EXPECT_EQ(pool.size(), 3);
  EXPECT_EQ(pool.maximum_concurrency(), 3);
  auto name = [] {
    char text[16] = {};
    pthread_getname_np(pthread_self(), text, sizeof text);
    return std::string(text);
  };
  EXPECT_EQ(pool.run(name).result(), "named");
}

TEST(thread_pool, refuses_impossible_options) {
  EXPECT_THROW(thread_pool({.min_threads = -1}), std::invalid_argument);
  EXPECT_THROW(thread_pool({.max_threads = -1}), std::invalid_argument);
  EXPECT_THROW(thread_pool({.min_threads = 4, .max_threads = 2}), std::invalid_argument);
}

TEST(thread_pool, starts_no_thread_before_it_has_work) {
  thread_pool pool({.min_threads = 4});
  EXPECT_EQ(pool.stats().threads, 0);
}

TEST(thread_pool, runs_functions_and_coroutines_on_its_own_threads) {
  thread_pool pool({.min_threads = 2});
  auto where = pool.run([&]() -> task<bool> {
    const bool before = task_scheduler::current() == &pool;
    auto due = delay(1ms);
    co_await due;
    co_return before&& task_scheduler::current() == &pool;
  });
  EXPECT_TRUE(where.result()) << "an await comes back to the own pool";
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(pool.run([] {}, stop.get_token()).wait(), operation_canceled);
}

TEST(thread_pool, never_runs_more_at_once_than_its_size) {
  thread_pool pool({.min_threads = 2});
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::vector<task<>> all;
  for (int i = 0; i < 200; ++i) {
    all.push_back(pool.run([&] {
      const int now = ++inside;
      for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
      }
      --inside;
    }));
  }
  wait_all(all);
  EXPECT_LE(most, 2);
  EXPECT_LE(pool.stats().max_running, 2);
}

TEST(thread_pool, uses_all_its_workers_at_once) {
  thread_pool pool({.min_threads = 4});
  std::latch together(4);
  std::vector<task<>> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(pool.run([&] { together.arrive_and_wait(); }));
  }
  wait_all(all);
}

TEST(thread_pool, workers_steal_what_one_of_them_queued) {
  thread_pool pool({.min_threads = 2});
  // One worker queues two jobs on its own deque and computes until both have met on two threads.
  auto t = pool.run([&] {
    auto ran = std::make_shared<std::atomic<int>>(0);
    pool.run([ran] { ++*ran; }).detach();
    while (*ran == 0) {
      std::this_thread::yield();
    }
  });
  EXPECT_TRUE(t.wait(10s));
}

TEST(thread_pool, shared_queue_is_not_starved_by_local_work) {
  thread_pool pool({.min_threads = 1});
  std::atomic<bool> seen = false;
  auto busy = pool.run([&]() -> task<> {
    std::vector<task<>> keep;
    while (!seen) {
      auto t = pool.run([] {});  // always something in the own deque
      co_await std::move(t);
    }
  });
  pool.post([&] { seen = true; });
  EXPECT_TRUE(busy.wait(10s));
}

TEST(thread_pool, yield_lets_others_have_their_turn) {
  thread_pool pool({.min_threads = 1});
  std::string order;
  task_completion_source<> go;
  auto started = go.task();
  auto body = [&](char c) -> task<> {
    for (int i = 0; i < 3; ++i) {
      order += c;
      co_await yield();
    }
  };
  auto t = pool.run([&]() -> task<> {
    auto a = body('a');
    auto b = body('b');
    auto both = when_all(a, b);
    co_await both;
  });
  t.wait();
  EXPECT_EQ(order, "ababab");
}

TEST(thread_pool, post_lets_exceptions_reach_the_handler) {
  static std::latch* handled = nullptr;
  std::latch once(1);
  handled = &once;
  auto former = on_unhandled_exception([](std::exception_ptr) { handled->count_down(); });
  thread_pool::default_pool().post([] { throw std::runtime_error("posted"); });
  once.wait();
  on_unhandled_exception(former);
}

// -------------------------------------------------------------------------------------------
// blocking

// How long it takes is in starvation_test.cpp.
TEST(thread_pool, announced_waits_are_compensated) {
  thread_pool pool({.min_threads = 2});
  task_completion_source<> gate;
  const task<> opened = gate.task();
  std::latch inside(100);
  std::vector<task<>> all;
  for (int i = 0; i < 100; ++i) {
    all.push_back(pool.run([&] {
      inside.count_down();
      opened.wait();
    }));
  }
  inside.wait();  // all of them block at once
  gate.set_result();
  wait_all(all);
  // Real time: surplus threads end when they have had nothing to do for a while.
  const auto patience = clock::now() + 10s;
  while (pool.stats().threads > 3 && clock::now() < patience) {
    delay(50ms).wait();
  }
  EXPECT_LE(pool.stats().threads, 3) << "surplus threads end";
}

TEST(thread_pool, blocking_regions_are_compensated_and_nest) {
  thread_pool pool({.min_threads = 1});
  std::latch together(4);
  std::vector<task<>> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(
        pool.run([&] { blocking([&] { blocking([&] { together.arrive_and_wait(); }); }); }));
  }
  wait_all(all);
  EXPECT_EQ(blocking([] { return 3; }), 3) << "outside of a pool it only calls";
}

TEST(thread_pool, max_threads_bounds_compensation) {
  thread_pool pool({.min_threads = 1, .max_threads = 3});
  task_completion_source<> gate;
  const task<> opened = gate.task();
  std::latch three(3);
  std::atomic<int> begun = 0;
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::vector<task<>> all;
  for (int i = 0; i < 12; ++i) {
    all.push_back(pool.run([&] {
      const int now = ++inside;
      for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
      }
      if (++begun <= 3) {
        three.count_down();
      }
      opened.wait();
      --inside;
    }));
  }
  three.wait();  // as many as may be
  gate.set_result();
  wait_all(all);
  EXPECT_LE(most, 3);
  EXPECT_LE(pool.stats().threads, 3);
}

TEST(thread_pool, of_one_survives_blocking_on_what_it_must_run_itself) {
  thread_pool pool({.min_threads = 1});
  auto nested = [&](auto& self, int depth) -> int {
    if (depth == 0) {
      return 0;
    }
    auto inner = pool.run([&] { return self(self, depth - 1); });
    return inner.result() + 1;
  };
  EXPECT_EQ(pool.run([&] { return nested(nested, 20); }).result(), 20);
}

lazy<int> forks_and_blocks(int depth) {
  if (depth == 0) {
    auto r = run([] { return 1; });
    co_return r.result();  // blocks inside a child of a fork
  }
  auto joined = fork_join(forks_and_blocks(depth - 1), forks_and_blocks(depth - 1));
  auto [a, b] = co_await joined;
  co_return a + b;
}
TEST(thread_pool, children_of_a_fork_may_block) {
  EXPECT_EQ(block_on(run([] { return forks_and_blocks(8); })), 256);
}

TEST(thread_pool, a_child_of_a_fork_may_block_on_its_sibling) {
  for (int round = 0; round < 200; ++round) {
    auto body = []() -> lazy<> {
      auto source = std::make_shared<task_completion_source<>>();
      auto waits = [](std::shared_ptr<task_completion_source<>> s) -> lazy<> {
        auto t = s->task();
        t.wait();
        co_return;
      };
      auto sets = [](std::shared_ptr<task_completion_source<>> s) -> lazy<> {
        s->set_result();
        co_return;
      };
      auto joined = fork_join(waits(source), sets(source));
      co_await joined;
    };
    auto t = run(body);
    ASSERT_TRUE(t.wait(10s));
  }
}

// ------------------------------------------------------------------------------------------- ends

TEST(thread_pool, destroyed_runs_what_is_queued_first) {
  std::atomic<int> ran = 0;
  {
    thread_pool pool({.min_threads = 2});
    for (int i = 0; i < 1000; ++i) {
      pool.post([&] { ++ran; });
    }
  }
  EXPECT_EQ(ran, 1000);
}

TEST(thread_pool, destroyed_resumes_its_coroutines_with_object_disposed_on_the_default_pool) {
  task_completion_source<> source;
  auto gate = source.task();
  task<> waiting;
  std::atomic<bool> on_default = false;
  {
    thread_pool pool({.min_threads = 1});
    task_completion_source<> entered;
    auto in = entered.task();
    waiting = pool.run([&]() -> task<> {
      entered.set_result();
      try {
        co_await gate;
      } catch (const object_disposed&) {
        on_default = task_scheduler::current() == &task_scheduler::default_scheduler();
        throw;
      }
    });
    in.wait();
  }
  source.set_result();
  EXPECT_THROW(waiting.wait(), object_disposed);
  EXPECT_TRUE(on_default);
}

TEST(thread_pool, shutdown_waits_for_the_end_or_for_its_time) {
  thread_pool pool({.min_threads = 1});
  std::latch release(1);
  pool.post([&] { release.wait(); });
  EXPECT_FALSE(pool.shutdown(5ms));  // real time: the limit is what is tested
  release.count_down();
  EXPECT_TRUE(pool.shutdown(10s));
  EXPECT_TRUE(pool.shutdown(0ms));
}

TEST(thread_pool, many_pools_come_and_go) {
  for (int i = 0; i < 50; ++i) {
    thread_pool pool({.min_threads = 2});
    EXPECT_EQ(pool.run([i] { return i; }).result(), i);
  }
}

// ------------------------------------------------------------------------------------------- the
// process

// Each of these runs in a process of its own, started anew.
class process : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(process, ends_cleanly_while_tasks_still_run_and_wait) {
  EXPECT_EXIT(
      {
        static std::atomic<int> running = 0;
        for (int i = 0; i < 100; ++i) {
          run([]() -> task<> {
            for (;;) {
              ++running;
              co_await yield();
            }
          }).detach();
          run([] {
            auto due = delay(1h);
            due.wait();
          }).detach();
          delay(1h).detach();
          delay(std::chrono::microseconds(i * 20)).detach();
        }
        while (running < 100) {
          std::this_thread::yield();
        }
        std::exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(process, ends_cleanly_when_the_pool_was_never_used) {
  EXPECT_EXIT(
      {
        auto t = from_result(1);
        std::exit(t.result() - 1);
      },
      ::testing::ExitedWithCode(0), "");
}

TEST_F(process, respects_weft_threads) {
  EXPECT_EXIT(
      {
        ::setenv("WEFT_THREADS", "5", 1);
        std::exit(thread_pool::default_pool().size());
      },
      ::testing::ExitedWithCode(5), "");
}

TEST_F(process, refuses_a_wrong_weft_threads) {
  for (const char* wrong : {"0", "-1", "two", "3x", "99999999999999999999"}) {
    EXPECT_EXIT(
        {
          ::setenv("WEFT_THREADS", wrong, 1);
          static_cast<void>(thread_pool::default_pool());
          std::exit(0);
        },
        ::testing::ExitedWithCode(2), "WEFT_THREADS is '.*'; it must be a number from 1 to 4096");
  }
}

TEST_F(process, shutdown_of_the_default_pool_drains_it) {
  EXPECT_EXIT(
      {
        static std::atomic<int> ran = 0;
        for (int i = 0; i < 100; ++i) {
          run([] { ++ran; }).detach();
        }
        const bool drained = thread_pool::default_pool().shutdown(10s);
        std::exit(drained && ran == 100 ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

struct usage {
  long switches = 0;
  long ticks = 0;
};
usage usage_of_other_threads() {
  usage sum;
  DIR* dir = ::opendir("/proc/self/task");
  while (const dirent* entry = ::readdir(dir)) {
    const std::string id = entry->d_name;
    if (id[0] == '.' || id == std::to_string(::getpid())) {
      continue;
    }
    std::ifstream status("/proc/self/task/" + id + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.find("ctxt_switches:") != std::string::npos) {
        sum.switches += std::stol(line.substr(line.find(':') + 1));
      }
    }
    std::ifstream stat("/proc/self/task/" + id + "/stat");
    std::string text;
    std::getline(stat, text);
    std::size_t at = text.rfind(')');
    for (int field = 2; field < 13; ++field) {
      at = text.find(' ', at + 1);
    }
    char* end = nullptr;
    sum.ticks += std::strtol(text.c_str() + at, &end, 10);
    sum.ticks += std::strtol(end, nullptr, 10);
  }
  ::closedir(dir);
  return sum;
}

TEST_F(process, idle_with_a_started_pool_switches_and_computes_nothing) {
  EXPECT_EXIT(
      {
        // Started, used for I/O-like waits, forks and compensation; a timer of the far future is
        // pending.
        auto far = delay(1h);
        delay(2ms).wait();
        std::vector<task<>> all;
        for (int i = 0; i < 50; ++i) {
          all.push_back(run([] {
            auto due = delay(2ms);
            due.wait();
          }));
        }
        wait_all(all);
        const int seconds = std::getenv("WEFT_LONG") != nullptr ? 10 : 2;
        // Surplus threads end after 2 s, then the monitor lies down.
        // tidy: allow(test_sleep) real idleness is what is measured
        std::this_thread::sleep_for(4s);
        const usage before = usage_of_other_threads();
        // tidy: allow(test_sleep) as above
        std::this_thread::sleep_for(std::chrono::seconds(seconds));
        const usage after = usage_of_other_threads();
        std::fprintf(stderr, "switches %ld ticks %ld\n", after.switches - before.switches,
                     after.ticks - before.ticks);
        const long allowed = sanitized ? 100 : 0;  // sanitizers have a thread of their own
        std::_Exit(after.switches - before.switches <= allowed && after.ticks == before.ticks ? 0
                                                                                              : 1);
      },
      ::testing::ExitedWithCode(0), "switches");
}

}  // namespace
}  // namespace weft
