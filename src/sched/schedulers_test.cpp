#include <weft/sched/schedulers.hpp>

#include <weft/base/error.hpp>
#include <weft/sched.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "support/tasks.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using testing::thrown_by;

/// The most that were inside at the same time.
class crowd {
 public:
  void enter() {
    const int now = ++inside_;
    int most = most_;
    while (now > most && !most_.compare_exchange_weak(most, now)) {
    }
  }
  void leave() { --inside_; }
  [[nodiscard]] int most() const { return most_; }
  [[nodiscard]] int inside() const { return inside_; }

 private:
  std::atomic<int> inside_ = 0;
  std::atomic<int> most_ = 0;
};

/// What happened, in order.
class journal {
 public:
  void add(const std::string& line) {
    const std::lock_guard guard(mutex_);
    all_ += all_.empty() ? line : " " + line;
  }
  [[nodiscard]] std::string all() const {
    const std::lock_guard guard(mutex_);
    return all_;
  }

 private:
  mutable std::mutex mutex_;
  std::string all_;
};

/// A piece of work that is running and stays so until it is told to go on.
class held_up {
 public:
  explicit held_up(task_scheduler& on) {
    auto body = [this] {
      running_.count_down();
      go_on_.wait();
    };
    task_ = run(body, run_options{.scheduler = &on});
    running_.wait();
  }
  void go_on() {
    go_on_.count_down();
    task_.wait();
  }

 private:
  std::latch running_{1};
  std::latch go_on_{1};
  task<> task_;
};

TEST(limited_concurrency_scheduler, runs_no_more_than_its_maximum_at_a_time) {
  thread_pool pool({.min_threads = 4});
  limited_concurrency_scheduler two(2, pool);
  EXPECT_EQ(two.maximum_concurrency(), 2);
  crowd c;
  std::vector<task<>> all;
  for (int i = 0; i < 200; ++i) {
    auto body = [&]() -> task<> {
      for (int k = 0; k < 3; ++k) {
        c.enter();
        for (int spin = 0; spin < 200; ++spin) {
          detail::cpu_relax();
        }
        c.leave();
        auto t = yield();
        co_await t;
        EXPECT_EQ(task_scheduler::current(), &two);
      }
    };
    all.push_back(run(body, run_options{.scheduler = &two}));
  }
  wait_all(all);
  EXPECT_LE(c.most(), 2);
}

TEST(limited_concurrency_scheduler, of_one_keeps_the_order) {
  limited_concurrency_scheduler one(1);
  journal j;
  held_up first(one);
  for (int i = 0; i < 5; ++i) {
    one.queue([&j, i] { j.add(std::to_string(i)); });
  }
  auto last = run([] {}, run_options{.scheduler = &one});
  EXPECT_EQ(j.all(), "");
  first.go_on();
  last.wait();
  EXPECT_EQ(j.all(), "0 1 2 3 4");
}

TEST(limited_concurrency_scheduler, refuses_a_maximum_of_none) {
  EXPECT_NE(thrown_by([] { limited_concurrency_scheduler none(0); }).find("at most 0"),
            std::string::npos);
  EXPECT_NE(thrown_by([] { limited_concurrency_scheduler less(-1); }).find("1 or more"),
            std::string::npos);
}

TEST(limited_concurrency_scheduler, coroutines_come_back_to_it_and_leave_it_on_purpose) {
  limited_concurrency_scheduler one(1);
  auto body = [&]() -> task<std::string> {
    std::string seen;
    auto note = [&] {
      seen += task_scheduler::current() == &one                                   ? 's'
              : task_scheduler::current() == &task_scheduler::default_scheduler() ? 'd'
                                                                                  : '?';
    };
    note();
    auto due = delay(1ms);
    co_await due;
    note();
    auto again = delay(1ms);
    co_await again.configure_await(false);
    note();
    co_await resume_on(one);
    note();
    co_return seen;
  };
  auto t = run(body, run_options{.scheduler = &one});
  EXPECT_EQ(t.result(), "ssds");
}

TEST(limited_concurrency_scheduler, runs_what_is_queued_before_it_goes) {
  std::atomic<int> ran = 0;
  {
    limited_concurrency_scheduler two(2);
    for (int i = 0; i < 500; ++i) {
      two.queue([&] { ++ran; });
    }
  }
  EXPECT_EQ(ran, 500);
}

TEST(limited_concurrency_scheduler, may_be_destroyed_by_its_own_work) {
  auto owned = std::make_unique<limited_concurrency_scheduler>(1);
  limited_concurrency_scheduler& one = *owned;
  std::atomic<int> ran = 0;
  task_completion_source<> last;
  auto body = [&, mine = std::move(owned)]() mutable -> task<> {
    for (int i = 0; i < 10; ++i) {
      one.queue([&] {
        if (++ran == 10) {
          last.set_result();
        }
      });
    }
    mine.reset();
    auto t = yield();
    co_await t;
    EXPECT_EQ(task_scheduler::current(), &task_scheduler::default_scheduler());
  };
  auto t = run(std::move(body), run_options{.scheduler = &one});
  t.wait();
  last.task().wait();
  EXPECT_EQ(ran, 10);
}

TEST(limited_concurrency_scheduler, resumes_what_comes_back_too_late_with_object_disposed) {
  task_completion_source<> source;
  task<> waiting;
  {
    limited_concurrency_scheduler one(1);
    auto body = [](task<> t) -> task<> { co_await t; };
    auto f = [&] { waiting = body(source.task()); };
    run(f, run_options{.scheduler = &one}).wait();
  }
  source.set_result();
  EXPECT_THROW(waiting.wait(), object_disposed);
}

TEST(limited_concurrency_scheduler, stacks_over_others) {
  thread_pool pool({.min_threads = 2});
  limited_concurrency_scheduler three(3, pool);
  limited_concurrency_scheduler one(1, three);
  crowd c;
  std::vector<task<>> all;
  for (int i = 0; i < 50; ++i) {
    auto body = [&] {
      EXPECT_EQ(task_scheduler::current(), &one);
      c.enter();
      c.leave();
    };
    all.push_back(run(body, run_options{.scheduler = &one}));
  }
  wait_all(all);
  EXPECT_EQ(c.most(), 1);
}

// As .NET 10 answers: "c1+ c1- x1 x2 c2".
TEST(concurrent_exclusive_scheduler_pair,
     exclusive_work_waits_for_what_runs_and_holds_back_the_rest) {
  concurrent_exclusive_scheduler_pair p;
  journal j;
  held_up c1(p.concurrent_scheduler());
  auto note = [&](const char* text) { return [&j, text] { j.add(text); }; };
  auto x1 = run(note("x1"), run_options{.scheduler = &p.exclusive_scheduler()});
  auto c2 = run(note("c2"), run_options{.scheduler = &p.concurrent_scheduler()});
  auto x2 = run(note("x2"), run_options{.scheduler = &p.exclusive_scheduler()});
  EXPECT_EQ(j.all(), "");
  c1.go_on();
  wait_all(x1, c2, x2);
  EXPECT_EQ(j.all(), "x1 x2 c2");
}

TEST(concurrent_exclusive_scheduler_pair, keeps_readers_and_writers_apart) {
  thread_pool pool({.min_threads = 4});
  concurrent_exclusive_scheduler_pair p(pool, 3);
  EXPECT_EQ(p.exclusive_scheduler().maximum_concurrency(), 1);
  EXPECT_EQ(p.concurrent_scheduler().maximum_concurrency(), 3);
  crowd readers;
  crowd writers;
  std::atomic<int> wrong = 0;
  std::vector<task<>> all;
  for (int i = 0; i < 300; ++i) {
    const bool writes = i % 5 == 0;
    auto body = [&, writes]() -> task<> {
      for (int k = 0; k < 3; ++k) {
        crowd& mine = writes ? writers : readers;
        mine.enter();
        wrong += (writes ? readers : writers).inside();
        for (int spin = 0; spin < 100; ++spin) {
          detail::cpu_relax();
        }
        mine.leave();
        auto t = yield();
        co_await t;
      }
    };
    all.push_back(run(body, run_options{.scheduler = writes ? &p.exclusive_scheduler()
                                                            : &p.concurrent_scheduler()}));
  }
  wait_all(all);
  EXPECT_EQ(writers.most(), 1);
  EXPECT_LE(readers.most(), 3);
  EXPECT_EQ(wrong, 0);
}

TEST(concurrent_exclusive_scheduler_pair, runs_concurrent_work_at_the_same_time) {
  thread_pool pool({.min_threads = 3});
  concurrent_exclusive_scheduler_pair p(pool);
  std::latch all_in(3);
  auto meet = [&] { all_in.arrive_and_wait(); };
  auto a = run(meet, run_options{.scheduler = &p.concurrent_scheduler()});
  auto b = run(meet, run_options{.scheduler = &p.concurrent_scheduler()});
  auto c = run(meet, run_options{.scheduler = &p.concurrent_scheduler()});
  wait_all(a, b, c);
}

TEST(concurrent_exclusive_scheduler_pair, completes_when_all_that_was_queued_has_run) {
  concurrent_exclusive_scheduler_pair p;
  EXPECT_FALSE(p.completion().is_completed());
  std::atomic<int> ran = 0;
  held_up first(p.exclusive_scheduler());
  for (int i = 0; i < 20; ++i) {
    p.concurrent_scheduler().queue([&] { ++ran; });
  }
  p.complete();
  p.complete();
  EXPECT_FALSE(p.completion().is_completed());
  EXPECT_THROW(p.exclusive_scheduler().queue([] {}), invalid_operation);
  auto late = run([] {}, run_options{.scheduler = &p.concurrent_scheduler()});
  EXPECT_THROW(late.wait(), object_disposed);
  first.go_on();
  p.completion().wait();
  EXPECT_EQ(ran, 20);
}

TEST(concurrent_exclusive_scheduler_pair, completes_at_once_when_nothing_is_queued) {
  concurrent_exclusive_scheduler_pair p;
  p.complete();
  p.completion().wait();
}

TEST(concurrent_exclusive_scheduler_pair, refuses_a_maximum_of_none) {
  EXPECT_THROW(concurrent_exclusive_scheduler_pair(task_scheduler::default_scheduler(), 0),
               std::invalid_argument);
  EXPECT_THROW(concurrent_exclusive_scheduler_pair(task_scheduler::default_scheduler(), -2),
               std::invalid_argument);
}

TEST(priority_scheduler, runs_the_highest_priority_first_and_each_in_order) {
  priority_scheduler s(task_scheduler::default_scheduler(), 1);
  journal j;
  held_up first(s.at(0));
  std::vector<task<>> all;
  for (const int priority : {0, 5, -3, 5, 0}) {
    auto body = [&j, priority] { j.add(std::to_string(priority)); };
    all.push_back(run(body, run_options{.scheduler = &s.at(priority)}));
  }
  first.go_on();
  wait_all(all);
  EXPECT_EQ(j.all(), "5 5 0 0 -3");
}

TEST(priority_scheduler, gives_the_same_scheduler_for_the_same_priority) {
  priority_scheduler s;
  EXPECT_EQ(&s.at(3), &s.at(3));
  EXPECT_NE(&s.at(3), &s.at(4));
  auto body = [&]() -> task<bool> {
    auto t = yield();
    co_await t;
    co_return task_scheduler::current() == &s.at(3);
  };
  EXPECT_TRUE(run(body, run_options{.scheduler = &s.at(3)}).result());
}

TEST(task_scheduler, current_is_the_one_whose_work_runs_here) {
  EXPECT_EQ(task_scheduler::current(), &task_scheduler::default_scheduler());
  limited_concurrency_scheduler one(1);
  auto which = [] { return task_scheduler::current(); };
  EXPECT_EQ(run(which, run_options{.scheduler = &one}).result(), &one);
  EXPECT_EQ(run(which).result(), &task_scheduler::default_scheduler());
  auto from_inside = [&]() -> task<bool> {
    auto t = run(which);  // run goes to the default pool, wherever it is called
    co_return co_await t == &task_scheduler::default_scheduler();
  };
  EXPECT_TRUE(run(from_inside, run_options{.scheduler = &one}).result());
  thread_pool pool({.min_threads = 1});
  EXPECT_EQ(pool.run(which).result(), &pool);
}

TEST(run_options, long_running_has_a_thread_of_its_own) {
  auto on_a_worker = [] { return detail::this_thread().worker != nullptr; };
  EXPECT_FALSE(run(on_a_worker, run_options{.long_running = true}).result());
  EXPECT_TRUE(run(on_a_worker).result());
  // As many at once as there are, whatever the size of the pool.
  constexpr int many = 12;
  std::latch all_in(many);
  std::vector<task<>> all;
  for (int i = 0; i < many; ++i) {
    auto body = [&] { all_in.arrive_and_wait(); };
    all.push_back(run(body, run_options{.long_running = true}));
  }
  wait_all(all);
}

}  // namespace
}  // namespace weft
