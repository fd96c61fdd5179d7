/// A blocking wait that can be proven never to end throws instead of hanging.

#include <weft/base/error.hpp>
#include <weft/sched/schedulers.hpp>
#include <weft/sched/single_thread_context.hpp>
#include <weft/sched/strand.hpp>
#include <weft/sched/thread_pool.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include <atomic>
#include <chrono>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// Tasks wait for it; open it when the error has come.
class gate {
 public:
  void open() { source_.set_result(); }
  task<int> resumes_here() {
    auto opened = source_.task();
    co_await opened;  // line of this await: awaiting_line
    co_return 1;
  }
  static constexpr unsigned awaiting_line = __LINE__ - 3;

 private:
  task_completion_source<> source_;
};
task<int> resumes_anywhere() {
  auto due = delay(50ms);
  co_await due.configure_await(false);
  co_return 1;
}

/// How much later than asked threads wake on this machine, in sum, while it lives.
class lateness {
 public:
  lateness()
      : thread_([this] {
          while (!over_) {
            const auto begin = clock::now();
            ::poll(nullptr, 0, 1);  // tidy: allow(test_sleep) how late it ends is what is measured
            total_ = total_.load() + (clock::now() - begin - 1ms);
          }
        }) {}
  lateness(const lateness&) = delete;
  lateness& operator=(const lateness&) = delete;
  ~lateness() {
    over_ = true;
    thread_.join();
  }
  [[nodiscard]] clock::duration total() const { return total_; }

 private:
  std::atomic<bool> over_ = false;
  std::atomic<clock::duration> total_ = clock::duration::zero();
  std::thread thread_;
};

/// Runs `f`, which must throw `deadlock_error` within 100 ms of what it could have waited for, on a
/// machine that has a processor for it.
template <class F>
void expect_deadlock(F&& f, std::string_view blocking_function) {
  const lateness late;
  const auto begin = clock::now();
  try {
    f();
    FAIL() << "nothing thrown";
  } catch (const deadlock_error& e) {
    const auto took = clock::now() - begin;
    if (took >= 105ms) {
      // tidy: allow(test_sleep) the other thread has noticed the same stall by then
      ::poll(nullptr, 0, 10);
    }
    EXPECT_LT(took, 105ms + 4 * late.total());
    EXPECT_EQ(e.awaiting_place().line(), gate::awaiting_line);
    EXPECT_NE(std::string_view(e.awaiting_place().file_name()).find("deadlock_test.cpp"),
              std::string_view::npos);
    EXPECT_NE(std::string_view(e.blocking_place().file_name()).find("deadlock_test.cpp"),
              std::string_view::npos);
    EXPECT_NE(std::string_view(e.what()).find("resumes_here"), std::string_view::npos) << e.what();
    EXPECT_NE(std::string_view(e.what()).find(blocking_function), std::string_view::npos)
        << e.what();
    EXPECT_NE(e.thread(), 0U);
  }
}

TEST(deadlock, result_in_a_loop_context_throws) {
  single_thread_context ui;
  gate g;
  task<int> inner;
  expect_deadlock(
      [&] {
        ui.run([&]() -> task<> {
          inner = g.resumes_here();
          inner.result();
          co_return;
        });
      },
      "deadlock_test.cpp");
  g.open();  // the task is unharmed: it goes on when its loop does
  EXPECT_EQ(ui.run([&]() -> task<int> { co_return co_await inner; }), 1);
}

TEST(deadlock, wait_in_posted_work_of_a_loop_throws) {
  single_thread_context ui;
  gate g;
  task<int> inner;
  ui.post([&] {
    inner = g.resumes_here();
    inner.wait();
  });
  expect_deadlock([&] { ui.run(); }, "deadlock_test.cpp");
  g.open();
  EXPECT_EQ(ui.run([&]() -> task<int> { co_return co_await inner; }), 1);
}

TEST(deadlock, with_configure_await_false_inside_completes) {
  single_thread_context ui;
  EXPECT_EQ(ui.run([&]() -> task<int> {
    auto inner = resumes_anywhere();
    co_return inner.result();
  }),
            1);
}

TEST(deadlock, is_found_through_a_chain_of_tasks_and_lazies) {
  single_thread_context ui;
  gate g;
  task<int> outer;
  auto through_task = [](task<int> t) -> task<int> {
    auto configured = std::move(t).configure_await(false);
    co_return co_await std::move(configured);
  };
  auto through_lazy = [](task<int> t) -> lazy<int> {
    auto configured = std::move(t).configure_await(false);
    co_return co_await std::move(configured);
  };
  expect_deadlock(
      [&] {
        ui.run([&]() -> task<> {
          outer = through_task(through_lazy(through_task(g.resumes_here())).start());
          outer.result();
          co_return;
        });
      },
      "deadlock_test.cpp");
  g.open();
  EXPECT_EQ(ui.run([&]() -> task<int> { co_return co_await outer; }), 1);
}

TEST(deadlock, block_on_and_wait_all_throw_too) {
  single_thread_context ui;
  gate g;
  task<int> inner;
  expect_deadlock(
      [&] {
        ui.run([&] {
          inner = g.resumes_here();
          block_on(inner);
        });
      },
      "deadlock_test.cpp");
  EXPECT_THROW(ui.run([&] { wait_all(inner); }), deadlock_error);
  g.open();
  ui.run([&]() -> task<> { co_await inner; });
}

TEST(deadlock, in_a_strand_throws) {
  strand s;
  gate g;
  task<int> inner;
  auto body = [&]() -> task<> {
    co_await resume_on(s);
    inner = g.resumes_here();
    inner.result();
  };
  expect_deadlock([&] { body().wait(); }, "deadlock_test.cpp");
  g.open();
  EXPECT_EQ(inner.result(), 1) << "the strand goes on";
}

TEST(deadlock, in_a_strand_with_configure_await_false_completes) {
  strand s;
  auto body = [&]() -> task<int> {
    co_await resume_on(s);
    auto inner = resumes_anywhere();
    co_return inner.result();
  };
  EXPECT_EQ(body().result(), 1);
}

TEST(deadlock, is_not_claimed_with_a_time_out_or_a_token) {
  single_thread_context ui;
  gate g;
  ui.run([&]() -> task<> {
    auto inner = g.resumes_here();
    EXPECT_FALSE(inner.wait(30ms));
    std::stop_source stop;
    auto stopper = run([&] {
      auto due = delay(20ms);
      due.wait();
      stop.request_stop();
    });
    EXPECT_THROW(inner.wait(stop.get_token()), operation_canceled);
    g.open();
    co_await inner;
    co_await stopper;
  });
}

TEST(deadlock, is_not_claimed_while_the_awaited_task_can_go_on_elsewhere) {
  single_thread_context ui;
  ui.run([&]() -> task<> {
    auto work = run([]() -> task<int> {
      int sum = 0;
      for (int i = 0; i < 20; ++i) {
        auto due = delay(1ms);
        co_await due;
        ++sum;
      }
      co_return sum;
    });
    EXPECT_EQ(work.result(), 20);
    co_return;
  });
}

TEST(deadlock, of_two_loops_that_block_on_each_other_is_found_and_the_tasks_are_unharmed) {
  single_thread_context left;
  single_thread_context right;
  gate g;
  task<int> in_left;
  task<int> in_right;
  std::latch made(2);
  std::latch over(2);
  std::atomic<int> thrown = 0;
  // Each loop makes a task bound to it, then blocks on that of the other. Who gets the error goes
  // back to its loop, where its own task ends, and the other one's wait with it.
  auto side = [&](single_thread_context& own, task<int>& mine, task<int>& others) {
    try {
      own.run([&] {
        mine = g.resumes_here();
        made.arrive_and_wait();
        others.result();
      });
    } catch (const deadlock_error& e) {
      EXPECT_EQ(e.awaiting_place().line(), gate::awaiting_line);
      if (++thrown == 1) {
        g.open();
      }
    }
    EXPECT_EQ(own.run([&]() -> task<int> { co_return co_await mine; }), 1);
    over.arrive_and_wait();
  };
  const lateness late;
  const auto begin = clock::now();
  std::thread other([&] { side(right, in_right, in_left); });
  side(left, in_left, in_right);
  other.join();
  EXPECT_GE(thrown, 1);
  const auto took = clock::now() - begin;
  EXPECT_LT(took, 1s + 4 * late.total());
}

TEST(deadlock, of_a_loop_that_blocks_on_another_that_works_is_not_claimed) {
  single_thread_context left;
  single_thread_context right;
  task_completion_source<> made;
  auto is_made = made.task();
  task<int> in_right;
  std::thread other([&] {
    right.run([&]() -> task<> {
      auto body = []() -> task<int> {
        int sum = 0;
        for (int i = 0; i < 30; ++i) {
          auto due = delay(1ms);
          co_await due;
          ++sum;
        }
        co_return sum;
      };
      in_right = body();
      made.set_result();
      co_await in_right;
    });
  });
  is_made.wait();
  left.run([&] { EXPECT_EQ(in_right.result(), 30); });
  other.join();
}

TEST(deadlock, in_an_exclusive_scheduler_throws) {
  concurrent_exclusive_scheduler_pair pair;
  limited_concurrency_scheduler one(1);
  for (task_scheduler* s : {&pair.exclusive_scheduler(), static_cast<task_scheduler*>(&one)}) {
    gate g;
    task<int> inner;
    auto body = [&] {
      inner = g.resumes_here();
      inner.result();
    };
    auto outer = run(body, run_options{.scheduler = s});
    expect_deadlock([&] { outer.result(); }, "deadlock_test.cpp");
    g.open();
    EXPECT_EQ(inner.result(), 1) << "the scheduler goes on";
  }
}

TEST(deadlock, of_concurrent_work_that_exclusive_work_waits_for_throws) {
  concurrent_exclusive_scheduler_pair pair;
  gate g;
  task<int> inner;
  auto starts = [&] { inner = g.resumes_here(); };
  run(starts, run_options{.scheduler = &pair.concurrent_scheduler()}).wait();
  auto body = [&] { inner.result(); };
  auto outer = run(body, run_options{.scheduler = &pair.exclusive_scheduler()});
  expect_deadlock([&] { outer.result(); }, "deadlock_test.cpp");
  g.open();
  EXPECT_EQ(inner.result(), 1);
}

TEST(deadlock, is_not_claimed_in_a_scheduler_that_runs_more_than_one) {
  thread_pool pool({.min_threads = 2});
  limited_concurrency_scheduler two(2, pool);
  gate g;
  task<int> inner;
  std::latch made(1);
  auto body = [&] {
    inner = g.resumes_here();
    made.count_down();
    return inner.result();
  };
  auto outer = run(body, run_options{.scheduler = &two});
  made.wait();
  auto could_be_claimed = delay(100ms);
  could_be_claimed.wait();
  g.open();
  EXPECT_EQ(outer.result(), 1);
}

TEST(deadlock, of_a_strand_over_a_loop_is_found_for_both) {
  single_thread_context ui;
  strand st(ui);
  gate g;
  task<int> inner;
  auto body = [&]() -> task<> {
    inner = g.resumes_here();  // bound to the loop
    co_await resume_on(st);
    inner.result();  // inside the strand, which the loop's thread runs
  };
  expect_deadlock([&] { ui.run(body); }, "deadlock_test.cpp");
  g.open();
  EXPECT_EQ(ui.run([&]() -> task<int> { co_return co_await inner; }), 1);
}

TEST(deadlock, is_not_claimed_by_a_thread_that_only_says_that_a_context_is_current) {
  single_thread_context ui;
  gate g;
  task<int> inner;
  {
    const synchronization_context::scope here(ui);
    inner = g.resumes_here();
  }
  std::latch blocks(1);
  std::thread loop([&] {
    blocks.wait();
    auto could_be_claimed = delay(50ms);
    could_be_claimed.wait();
    g.open();
    ui.run([&]() -> task<> { co_await inner; });
  });
  const synchronization_context::scope here(ui);
  blocks.count_down();
  EXPECT_EQ(inner.result(), 1);
  loop.join();
}

TEST(deadlock, of_tasks_that_await_each_other_comes_out_of_the_one_that_closes_the_circle) {
  task_completion_source<> start;
  task<> a;
  task<> b;
  auto awaits = [&start](task<>& other) -> task<> {
    auto started = start.task();
    co_await started;
    co_await other;
  };
  a = awaits(b);
  b = awaits(a);
  start.set_result();
  for (const task<>* t : {&a, &b}) {  // the other one gets the error from the task that it awaits
    try {
      t->wait();
      ADD_FAILURE() << "nothing thrown";
    } catch (const deadlock_error& e) {
      EXPECT_NE(std::string_view(e.what()).find("close a circle"), std::string_view::npos);
    }
  }
}

TEST(deadlock, is_found_through_a_generator) {
  single_thread_context ui;
  gate g;
  task<int> outer;
  auto numbers = [&]() -> async_generator<int> {
    auto inner = g.resumes_here().configure_await(false);
    co_yield co_await std::move(inner);
  };
  auto consume = [](async_generator<int> from) -> task<int> {
    auto next = from.next().as_task().configure_await(false);
    co_return *co_await std::move(next);
  };
  expect_deadlock(
      [&] {
        ui.run([&]() -> task<> {
          outer = consume(numbers());
          outer.wait();
          co_return;
        });
      },
      "deadlock_test.cpp");
  g.open();
  EXPECT_EQ(ui.run([&]() -> task<int> { co_return co_await outer; }), 1);
}

TEST(deadlock, of_a_task_that_awaits_itself_throws_at_the_await) {
  task_completion_source<> start;
  task<std::string> self;
  auto body = [&]() -> task<std::string> {
    auto started = start.task();
    co_await started;
    std::string text = "nothing thrown";
    try {
      co_await self;
    } catch (const deadlock_error& e) {
      text = e.what();
      EXPECT_NE(std::string_view(e.awaiting_place().file_name()).find("deadlock_test.cpp"),
                std::string_view::npos);
    }
    co_return text;
  };
  self = body();
  start.set_result();
  EXPECT_NE(self.result().find("very task that it stands in"), std::string::npos) << self.result();
}

TEST(deadlock, of_tasks_in_a_circle_throws_to_who_closes_it_and_leaves_the_others_unharmed) {
  struct node {
    task_completion_source<> start;
    task<int> t;
  };
  for (const int length : {2, 3, 20}) {
    std::vector<node> nodes(static_cast<std::size_t>(length));
    auto body = [](node& own, node& next) -> task<int> {
      auto started = own.start.task();
      co_await started;
      int below = 0;
      try {
        below = co_await next.t;
      } catch (const deadlock_error& e) {
        EXPECT_NE(std::string_view(e.what()).find("would close a circle"), std::string_view::npos)
            << e.what();
        EXPECT_NE(std::string_view(e.what()).find("deadlock_test.cpp:"), std::string_view::npos)
            << e.what();
        below = 100;
      }
      co_return below + 1;
    };
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      nodes[i].t = body(nodes[i], nodes[(i + 1) % nodes.size()]);
    }
    for (node& n : nodes) {
      n.start.set_result();
    }
    EXPECT_EQ(nodes[0].t.result(), 100 + length) << "the last one closed it";
  }
}

TEST(deadlock, of_a_circle_through_value_tasks_and_configured_awaits_throws) {
  task_completion_source<> start;
  task<int> a;
  task<int> b;
  auto through_value_task = [&]() -> task<int> {
    auto started = start.task();
    co_await started;
    auto inner = [](task<int>& other) -> value_task<int> {
      auto t = yield();
      co_await t;
      co_return co_await other.configure_await(false);
    };
    co_return co_await inner(b);
  };
  auto closes = [&]() -> task<int> {
    auto t = yield();
    co_await t;
    try {
      co_return co_await a.configure_await(false);
    } catch (const deadlock_error&) {
      co_return 7;
    }
  };
  a = through_value_task();
  b = closes();
  start.set_result();
  // One of the two awaits closed it: the task of the other one ends with what that gave.
  bool found = false;
  for (task<int>* t : {&a, &b}) {
    try {
      found = t->result() == 7 || found;
    } catch (const deadlock_error&) {
      found = true;
    }
  }
  EXPECT_TRUE(found);
}

TEST(deadlock, of_result_inside_the_functions_own_task_throws) {
  task<int> self;
  std::latch made(1);
  auto body = [&] {
    made.wait();
    return self.result();
  };
  self = run(body);
  made.count_down();
  try {
    static_cast<void>(self.result());
    FAIL() << "nothing thrown";
  } catch (const deadlock_error& e) {
    EXPECT_NE(std::string_view(e.what()).find("blocks in "), std::string_view::npos) << e.what();
    EXPECT_NE(std::string_view(e.what()).find("deadlock_test.cpp:"), std::string_view::npos)
        << e.what();
    EXPECT_NE(std::string_view(e.blocking_place().file_name()).find("deadlock_test.cpp"),
              std::string_view::npos);
  }
}

TEST(deadlock, of_blocking_on_what_waits_for_the_functions_own_task_throws) {
  task<int> self;
  task<int> other;
  std::latch made(1);
  auto body = [&] {
    made.wait();
    return other.result();
  };
  self = run(body);
  auto waits = [](task<int>& t) -> task<int> { co_return co_await t; };
  other = waits(self);
  made.count_down();
  EXPECT_THROW(static_cast<void>(self.result()), deadlock_error);
  EXPECT_THROW(static_cast<void>(other.result()), deadlock_error);
}

TEST(deadlock, is_not_claimed_for_chains_that_move) {
  // Tasks that wait for the one before them, over and over, while those end and are made anew.
  constexpr int tasks = 64;
  constexpr int rounds = 60;
  for (int round = 0; round < rounds; ++round) {
    std::vector<task<int>> all;
    all.reserve(tasks);
    for (int i = 0; i < tasks; ++i) {
      auto body = [&all, i]() -> task<int> {
        auto first = yield();
        co_await first;
        int sum = 1;
        for (int back = 1; back <= 3 && back <= i; ++back) {
          sum += co_await all[static_cast<std::size_t>(i - back)] > 0 ? 1 : 0;
          auto t = yield();
          co_await t;
        }
        co_return sum;
      };
      all.push_back(run(body));
    }
    for (auto& t : all) {
      EXPECT_GT(t.result(), 0);
    }
  }
}

}  // namespace
}  // namespace weft
