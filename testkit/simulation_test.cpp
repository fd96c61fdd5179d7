#include <weft/channel.hpp>
#include <weft/sched.hpp>
#include <weft/sync.hpp>
#include <weft/task.hpp>
#include <weft/testkit.hpp>
#include <weft/time.hpp>

#include <chrono>
#include <ctime>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weft::testkit {
namespace {

using namespace std::chrono_literals;

TEST(simulation, runs_a_body_and_gives_its_value) {
  EXPECT_EQ(simulate([] { return 7; }), 7);
  auto sum = []() -> task<int> {
    int total = 0;
    for (int i = 0; i < 3; ++i) {
      co_await yield();
      total += co_await run([i] { return i; });
    }
    co_return total;
  };
  EXPECT_EQ(simulate(sum), 3);
}

TEST(simulation, throws_what_leaves_the_body) {
  auto fails = []() -> task<> {
    co_await yield();
    throw std::out_of_range("here");
  };
  EXPECT_THROW(simulate(fails), std::out_of_range);
}

TEST(simulation, moves_its_clock_to_the_next_timer_exactly) {
  auto body = []() -> task<> {
    const time_point begin = system_time().now();
    co_await delay(1h);
    EXPECT_EQ(system_time().now() - begin, 1h);
    co_await delay(1ns);
    EXPECT_EQ(elapsed(), 1h + 1ns);
    std::vector<int> order;
    auto one = [&](int i, std::chrono::nanoseconds t) -> task<> {
      co_await delay(t);
      order.push_back(i);
    };
    auto late = one(2, 3us);
    auto early = one(1, 2us);
    co_await when_all(late, early);
    EXPECT_EQ(order, (std::vector<int>{1, 2}));
  };
  simulate(body);
}

TEST(simulation, keeps_the_clock_while_anything_can_run) {
  auto body = []() -> task<> {
    bool slept = false;
    auto sleeper = [&]() -> task<> {
      co_await delay(1ns);
      slept = true;
    };
    auto s = sleeper();
    for (int i = 0; i < 100; ++i) {
      co_await yield();
      EXPECT_FALSE(slept);
    }
    co_await std::move(s);
    EXPECT_EQ(elapsed(), 1ns);
  };
  simulate(body);
}

TEST(simulation, an_hour_takes_well_below_a_second) {
  auto seconds = []() -> task<> {
    while (elapsed() < 1h) {
      auto second = delay(1s);
      co_await std::move(second);
    }
  };
  const std::clock_t begin = std::clock();
  simulate(seconds);
  const double took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  RecordProperty("microseconds", static_cast<int>(1e6 * took));
  EXPECT_LT(took, 0.5) << "of the processor's time; some milliseconds without sanitizers";
}

TEST(simulation, runs_a_day_of_ticks) {
  auto body = []() -> task<> {
    periodic_timer every(1s);
    int ticks = 0;
    while (ticks < 24 * 60 * 60) {
      const bool more = co_await every.wait_for_next_tick();
      require(more, "the timer ticks");
      ++ticks;
    }
    EXPECT_EQ(elapsed(), 24h);
  };
  simulate([body]() -> task<> { return body(); }, {.max_steps = 1'000'000});
}

TEST(simulation, times_out_at_the_limit) {
  auto body = []() -> task<> {
    auto forever = [](std::stop_token stop) { return delay(infinite, stop); };
    bool timed_out = false;
    try {
      co_await with_timeout(forever, 90s);
    } catch (const timeout_error&) {
      timed_out = true;
    }
    EXPECT_TRUE(timed_out);
    EXPECT_EQ(elapsed(), 90s);
    task_completion_source<> never;
    auto t = never.task();
    try {
      co_await t.wait_async(10s);
    } catch (const timeout_error&) {
      never.set_result();
    }
    EXPECT_EQ(elapsed(), 100s);
  };
  simulate(body);
}

TEST(simulation, knows_strands_locks_and_channels) {
  auto body = []() -> task<> {
    auto c = channel<int>::bounded(1);
    strand s;
    async_mutex m;
    std::vector<int> got;
    auto consume = [&]() -> task<> {
      co_await resume_on(s);
      for (;;) {
        const bool more = co_await c.reader().wait_to_read();
        if (!more) {
          co_return;
        }
        auto held = co_await m.lock();
        while (auto x = c.reader().try_read()) {
          got.push_back(*x);
        }
      }
    };
    auto consumer = consume();
    for (int i = 0; i < 5; ++i) {
      co_await c.writer().write(i);
    }
    c.writer().complete();
    co_await std::move(consumer);
    EXPECT_EQ(got, (std::vector<int>{0, 1, 2, 3, 4}));
  };
  check(body, {.name = "tools", .schedules = 200});
}

TEST(simulation, takes_the_place_of_pools) {
  auto body = []() -> task<> {
    thread_pool own({.min_threads = 2, .max_threads = 2, .name = "own"});
    auto here = [&own] { return task_scheduler::current() == &own; };
    const bool inside = co_await own.run(here);
    require(inside, "runs on its own pool");
    require(&thread_pool::default_pool() == &task_scheduler::default_scheduler());
    int posted = 0;
    own.post([&] { ++posted; });
    own.shutdown(1s);
    require(posted == 1, "shutdown runs what is queued");
    auto longer = run([] { return 3; }, {.long_running = true});
    require(co_await std::move(longer) == 3);
  };
  check(body, {.schedules = 100});
}

TEST(simulation, forks_and_joins) {
  auto body = []() -> task<> {
    struct tree {
      static lazy<int> fib(int n) {
        if (n < 2) {
          co_return n;
        }
        auto [a, b] = co_await fork_join(fib(n - 1), fib(n - 2));
        co_return a + b;
      }
    };
    const int ten = co_await tree::fib(6);
    require(ten == 8, "fib(6)");
  };
  check(body, {.schedules = 50});
}

TEST(simulation, runs_the_loop_of_a_context) {
  auto body = [] {
    single_thread_context ui;
    auto inside = [&]() -> task<int> {
      require(synchronization_context::current() == &ui);
      co_await delay(1s);
      require(synchronization_context::current() == &ui, "comes back");
      const int n = co_await run([] { return 4; });
      require(synchronization_context::current() == &ui, "comes back");
      co_return n;
    };
    require(ui.run(inside) == 4);
  };
  check(body, {.schedules = 100});
}

TEST(simulation, refuses_to_block_or_runs_others_meanwhile) {
  auto body = []() -> task<> {
    co_await yield();
    auto later = []() -> task<int> {
      co_await delay(1s);
      co_return 5;
    };
    require(later().result() == 5);
  };
  const report refused = explore(body, {.schedules = 3});
  EXPECT_EQ(refused.how, failure::blocking_wait) << refused.text();
  EXPECT_NE(refused.message.find("simulation_test.cpp"), std::string::npos) << refused.text();
  const report allowed = explore(body, {.schedules = 3, .allow_blocking = true});
  EXPECT_TRUE(allowed.passed()) << allowed.text();
}

TEST(simulation, refuses_worker_threads_and_itself) {
  auto nested = [] { simulate([] {}); };
  EXPECT_THROW(simulate(nested), invalid_operation);
  auto t = run([] { simulate([] {}); });
  EXPECT_THROW(t.wait(), invalid_operation);
  EXPECT_FALSE(in_simulation());
  EXPECT_THROW(static_cast<void>(elapsed()), invalid_operation);
}

TEST(simulation, leaves_other_threads_the_real_runtime) {
  auto body = []() -> task<> {
    co_await yield();
    std::thread outside([] { EXPECT_EQ(run([] { return 6; }).result(), 6); });
    outside.join();
  };
  simulate(body);
}

TEST(simulation, reports_a_thread_that_touches_it) {
  auto body = []() -> task<> {
    auto source = std::make_shared<task_completion_source<int>>();
    auto t = source->task();
    std::thread([source] { source->set_result(1); }).join();
    co_await yield();
    auto other = std::make_shared<task_completion_source<int>>();
    auto u = other->task();
    auto touch = [other]() -> task<> {
      co_await yield();
      std::thread([other] { other->set_result(2); }).join();
    };
    auto touching = touch();
    static_cast<void>(co_await u);
    co_await std::move(touching);
  };
  const report found = explore(body, {.schedules = 5});
  EXPECT_EQ(found.how, failure::foreign_thread) << found.text();
}

TEST(simulation, reports_exceptions_that_nobody_took) {
  auto body = []() -> task<> {
    {
      auto fails = []() -> task<> {
        co_await yield();
        throw std::runtime_error("lost");
      };
      auto dropped = fails();
      static_cast<void>(dropped);
    }
    co_await yield();
  };
  const report found = explore(body);
  EXPECT_EQ(found.how, failure::lost_exception) << found.text();
  EXPECT_NE(found.message.find("lost"), std::string::npos) << found.text();
}

TEST(simulation, reports_tasks_that_outlive_the_body) {
  auto body = []() -> task<> {
    auto waits = [](std::shared_ptr<manual_reset_event> e) -> task<> { co_await e->wait(); };
    auto event = std::make_shared<manual_reset_event>(false);
    waits(event).detach();
    co_await yield();
  };
  const report found = explore(body);
  EXPECT_EQ(found.how, failure::leaked_task) << found.text();
  EXPECT_NE(found.message.find("event"), std::string::npos) << found.text();
  EXPECT_TRUE(explore(body, {.schedules = 2, .allow_leaks = true}).passed());
}

TEST(simulation, names_each_task_of_a_deadlock_with_the_line_of_its_await_and_what_it_waits_for) {
  constexpr unsigned first_line = __LINE__ + 5;
  auto body = []() -> task<> {
    auto_reset_event event;
    async_semaphore permits(0, 1);
    auto numbers = channel<int>::bounded(1);
    auto waits = [&]() -> task<> { co_await event.wait(); };
    auto acquires = [&]() -> task<> { co_await permits.acquire(); };
    auto reads = [&]() -> task<> { static_cast<void>(co_await numbers.reader().read()); };
    auto a = waits();
    auto b = acquires();
    auto c = reads();
    co_await when_all(a, b, c);
  };
  const report found = explore(body, {.schedules = 1});
  ASSERT_EQ(found.how, failure::deadlock) << found.text();
  const char* const awaited[] = {"auto_reset_event", "async_semaphore", "channel"};
  for (unsigned i = 0; i < 3; ++i) {
    const std::string place = "simulation_test.cpp:" + std::to_string(first_line + i);
    const std::size_t at = found.message.find(place);
    ASSERT_NE(at, std::string::npos) << place << "\n" << found.text();
    const std::string line = found.message.substr(at, found.message.find('\n', at) - at);
    EXPECT_NE(line.find(std::string("waits for ") + awaited[i]), std::string::npos) << line;
  }
}

TEST(simulation, reports_a_run_that_does_not_end) {
  auto body = []() -> task<> {
    for (;;) {
      co_await yield();
    }
  };
  const report found = explore(body, {.schedules = 1, .max_steps = 100});
  EXPECT_EQ(found.how, failure::no_end) << found.text();
}

TEST(simulation, reports_a_turn_that_takes_long) {
  // A function of its own: g++ 12 forgets that a coroutine's local is volatile, and the loop with
  // it.
  auto takes_long = [] {
    volatile std::uint64_t x = 0;
    for (int i = 0; i < 3'000'000; ++i) {
      x = x + 1;
    }
  };
  auto body = [takes_long]() -> task<> {
    co_await yield();
    takes_long();
  };
  const report found = explore(body, {.schedules = 1, .max_slice = 10us});
  EXPECT_EQ(found.how, failure::slow_slice) << found.text();
}

TEST(simulation, reports_what_no_schedule_decides) {
  auto calls = std::make_shared<int>(0);
  auto body = [calls]() -> task<> {
    ++*calls;
    for (int i = 0; i < *calls % 2 + 1; ++i) {
      co_await yield();
    }
  };
  EXPECT_EQ(explore(body, {.schedules = 4}).how, failure::nondeterminism);
}

}  // namespace
}  // namespace weft::testkit
