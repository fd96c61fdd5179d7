/// Destroying what others hold or wait for is an error that says who they are. (A channel cannot be
/// destroyed so: every operation keeps it alive.)

#include <weft/sync.hpp>
#include <weft/task.hpp>

#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#ifdef WEFT_DEBUG_CHECKS

namespace weft {
namespace {

using namespace std::chrono_literals;

constexpr unsigned line_here(std::source_location at = std::source_location::current()) {
  return at.line();
}

/// Where the coroutines below wait: each on the line after the one that says so.
struct line_of {
  unsigned lock, lock_shared, acquire, acquire_for, manual, automatic, latch, barrier, condition;
};
line_of lines;

task<> locks(async_mutex& m) {
  lines.lock = line_here() + 1;
  auto held = co_await m.lock();
}
task<> reads(async_shared_mutex& m) {
  lines.lock_shared = line_here() + 1;
  auto held = co_await m.lock_shared();
}
task<> acquires(async_semaphore& s) {
  lines.acquire = line_here() + 1;
  co_await s.acquire();
}
task<> acquires_in_time(async_semaphore& s) {
  lines.acquire_for = line_here() + 1;
  co_await s.acquire_for(1h);
}
task<> waits_for_gate(manual_reset_event& e) {
  lines.manual = line_here() + 1;
  co_await e.wait();
}
task<> waits_for_turn(auto_reset_event& e) {
  lines.automatic = line_here() + 1;
  co_await e.wait();
}
task<> waits_for_latch(async_latch& l) {
  lines.latch = line_here() + 1;
  co_await l.wait();
}
task<> arrives(async_barrier& b) {
  lines.barrier = line_here() + 1;
  co_await b.arrive_and_wait();
}
task<> waits_for_sign(async_mutex& m, async_condition& c) {
  auto held = co_await m.lock();
  lines.condition = line_here() + 1;
  co_await c.wait(held, [] { return false; });
}

std::string said(const char* what, const char* function, unsigned line) {
  return std::string("an? ") + what + " was destroyed while.*" + function +
         " \\(destroyed_test.cpp:" + std::to_string(line) + "\\)";
}

class destroyed_DeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  /// `wait(*p)` waits; then `p` is destroyed. The first run, in which it is not, finds the line.
  template <class P, class Wait>
  static void destroys(P* p, Wait wait) {
    static std::vector<task<>> left;  // nobody ends them
    left.push_back(wait(*p));
    std::unique_ptr<P>(p).reset();
  }
};

TEST_F(destroyed_DeathTest, mutex_names_who_waits_for_it_and_who_holds_it) {
  async_mutex m;
  auto held = m.try_lock();
  auto finds_line = locks(m);
  EXPECT_DEATH(
      {
        auto* const doomed = new async_mutex;
        static auto never = std::make_unique<async_mutex>();
        static auto locked = never->try_lock();
        auto holds = [](async_mutex& a) -> task<> {
          auto mine = co_await a.lock();
          co_await locks(*never);
        };
        static task<> holder;
        holder = holds(*doomed);
        destroys(doomed, locks);
      },
      "held by .*holds.*\\(destroyed_test.cpp:[0-9]+\\); 1 waits: .*locks \\(destroyed_test.cpp:" +
          std::to_string(lines.lock) + "\\)");
  held.reset();
  finds_line.wait();
}

TEST_F(destroyed_DeathTest, shared_mutex_names_who_waits_for_it) {
  async_shared_mutex m;
  auto held = m.try_lock();
  auto finds_line = reads(m);
  EXPECT_DEATH(
      {
        auto* const doomed = new async_shared_mutex;
        static auto locked = doomed->try_lock();
        destroys(doomed, reads);
      },
      said("async_shared_mutex", "reads", lines.lock_shared));
  held.reset();
  finds_line.wait();
}

TEST_F(destroyed_DeathTest, semaphore_names_who_waits_for_it) {
  async_semaphore s(0);
  auto finds_line = acquires(s);
  EXPECT_DEATH(destroys(new async_semaphore(0), acquires),
               said("async_semaphore", "acquires", lines.acquire));
  s.release();
  finds_line.wait();
}

TEST_F(destroyed_DeathTest, semaphore_names_who_waits_for_a_while) {
  async_semaphore s(0);
  auto finds_line = acquires_in_time(s);
  EXPECT_DEATH(destroys(new async_semaphore(0), acquires_in_time),
               said("async_semaphore", "acquires_in_time", lines.acquire_for));
  s.release();
  finds_line.wait();
}

TEST_F(destroyed_DeathTest, manual_reset_event_names_who_waits_for_it) {
  manual_reset_event e;
  auto finds_line = waits_for_gate(e);
  EXPECT_DEATH(destroys(new manual_reset_event, waits_for_gate),
               said("manual_reset_event", "waits_for_gate", lines.manual));
  e.set();
  finds_line.wait();
}

TEST_F(destroyed_DeathTest, auto_reset_event_names_who_waits_for_it) {
  auto_reset_event e;
  auto finds_line = waits_for_turn(e);
  EXPECT_DEATH(destroys(new auto_reset_event, waits_for_turn),
               said("auto_reset_event", "waits_for_turn", lines.automatic));
  e.set();
  finds_line.wait();
}

TEST_F(destroyed_DeathTest, latch_names_who_waits_for_it) {
  async_latch l(1);
  auto finds_line = waits_for_latch(l);
  EXPECT_DEATH(destroys(new async_latch(1), waits_for_latch),
               said("async_latch", "waits_for_latch", lines.latch));
  l.count_down();
  finds_line.wait();
}

TEST_F(destroyed_DeathTest, barrier_names_who_waits_for_it) {
  async_barrier b(2);
  auto finds_line = arrives(b);
  EXPECT_DEATH(destroys(new async_barrier(2), arrives),
               said("async_barrier", "arrives", lines.barrier));
  auto other = b.arrive_and_wait().as_task();
  finds_line.wait();
  other.wait();
}

TEST_F(destroyed_DeathTest, condition_names_who_waits_for_it) {
  cancellation_source stop;
  EXPECT_DEATH(
      {
        static async_mutex m;
        destroys(new async_condition, [](async_condition& c) { return waits_for_sign(m, c); });
      },
      "an async_condition was destroyed while.*waits_for_sign \\(destroyed_test.cpp:[0-9]+\\)");
}

TEST_F(destroyed_DeathTest, lazy_names_who_asked_for_it_first) {
  EXPECT_DEATH(
      {
        static manual_reset_event never;
        auto* const doomed = new async_lazy<int>([]() -> task<int> {
          co_await never.wait();
          co_return 1;
        });
        static shared_task<int> value;
        value = doomed->value();
        delete doomed;
      },
      "an async_lazy was destroyed while its factory runs.*destroyed_test.cpp");
}

TEST_F(destroyed_DeathTest, with_many_waiters_names_the_first_ones) {
  EXPECT_DEATH(
      {
        auto* const doomed = new manual_reset_event;
        static std::vector<task<>> all;
        for (int i = 0; i < 99; ++i) {
          all.push_back(waits_for_gate(*doomed));
        }
        destroys(doomed, waits_for_gate);
      },
      "100 wait: .*waits_for_gate.*, waits_for_gate|100 wait: .*waits_for_gate");
}

TEST_F(destroyed_DeathTest, what_a_blocked_thread_or_a_combination_waits_for_is_named_too) {
  EXPECT_DEATH(
      {
        auto* const doomed = new manual_reset_event;
        static task<> both;
        both = when_all(doomed->wait(), completed_task());
        std::unique_ptr<manual_reset_event>(doomed).reset();
      },
      "a manual_reset_event was destroyed while.*1 waits: .*destroyed_test.cpp:[0-9]+");
}

}  // namespace
}  // namespace weft

#endif
