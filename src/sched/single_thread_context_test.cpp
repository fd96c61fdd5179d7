#include <weft/sched/single_thread_context.hpp>

#include <weft/base/error.hpp>
#include <weft/sched/strand.hpp>
#include <weft/sched/thread_pool.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "support/tasks.hpp"

#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using testing::message;
using testing::thrown_by;

TEST(single_thread_context, runs_a_coroutine_on_the_calling_thread_to_its_end) {
  single_thread_context ui;
  const auto here = std::this_thread::get_id();
  const int got = ui.run([&]() -> task<int> {
    EXPECT_EQ(synchronization_context::current(), &ui);
    auto due = delay(1ms);
    co_await due;
    EXPECT_EQ(std::this_thread::get_id(), here);
    EXPECT_EQ(synchronization_context::current(), &ui);
    auto r = run([] { return 3; });
    const int three = co_await std::move(r);
    EXPECT_EQ(std::this_thread::get_id(), here);
    co_return three;
  });
  EXPECT_EQ(got, 3);
  EXPECT_EQ(synchronization_context::current(), nullptr);
}

TEST(single_thread_context, runs_a_plain_function_in_place) {
  single_thread_context ui;
  EXPECT_EQ(ui.run([&] { return synchronization_context::current() == &ui ? 4 : 0; }), 4);
}

TEST(single_thread_context, rethrows_what_the_coroutine_threw) {
  single_thread_context ui;
  EXPECT_EQ(thrown_by([&] {
              ui.run([]() -> task<> {
                co_await yield();
                throw std::runtime_error("inside");
              });
            }),
            "inside");
}

TEST(single_thread_context, runs_posted_work_in_order_until_stop) {
  single_thread_context ui;
  std::string order;
  for (const char c : {'a', 'b', 'c'}) {
    ui.post([&order, c] { order += c; });
  }
  ui.post([&] { ui.stop(); });
  ui.post([&] { order += 'd'; });
  ui.run();
  EXPECT_EQ(order, "abc") << "what is left stays queued";
  ui.post([&] { ui.stop(); });
  ui.run();
  EXPECT_EQ(order, "abcd");
}

TEST(single_thread_context, is_stopped_from_another_thread_while_it_sleeps) {
  single_thread_context ui;
  std::thread stopper([&] { ui.stop(); });
  ui.run();
  stopper.join();
}

TEST(single_thread_context, runs_work_posted_by_many_threads_one_at_a_time) {
  single_thread_context ui;
  int sum = 0;  // not atomic: one thread runs it all
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < 1000; ++k) {
        ui.post([&] {
          if (++sum == 4000) {
            ui.stop();
          }
        });
      }
    });
  }
  ui.run();
  for (auto& t : threads) {
    t.join();
  }
  EXPECT_EQ(sum, 4000);
}

TEST(single_thread_context, run_may_be_nested) {
  single_thread_context ui;
  std::string order;
  ui.run([&]() -> task<> {
    order += "(";
    ui.run([&]() -> task<> {
      co_await yield();
      order += "inner";
    });
    order += ")";
    co_return;
  });
  EXPECT_EQ(order, "(inner)");
}

TEST(single_thread_context, run_of_another_context_nests) {
  single_thread_context a;
  single_thread_context b;
  a.run([&]() -> task<> {
    b.run([&]() -> task<> {
      co_await yield();
      EXPECT_EQ(synchronization_context::current(), &b);
    });
    EXPECT_EQ(synchronization_context::current(), &a);
    co_await yield();
    EXPECT_EQ(synchronization_context::current(), &a);
  });
}

TEST(single_thread_context, lets_exceptions_of_posted_work_out_of_run) {
  single_thread_context ui;
  ui.post([] { throw std::runtime_error("posted"); });
  ui.post([&] { ui.stop(); });
  EXPECT_EQ(thrown_by([&] { ui.run(); }), "posted");
  ui.run();
}

TEST(single_thread_context,
     lets_exceptions_of_posted_work_out_of_run_of_a_coroutine_which_goes_on) {
  single_thread_context ui;
  bool ended = false;
  task_completion_source<> source;
  auto gate = source.task();
  EXPECT_EQ(thrown_by([&] {
              ui.run([&]() -> task<> {
                ui.post([] { throw std::runtime_error("beside"); });
                co_await gate;
                ended = true;
              });
            }),
            "beside");
  EXPECT_FALSE(ended);
  source.set_result();
  ui.post([&] { ui.stop(); });
  ui.run();
  EXPECT_TRUE(ended);
}

TEST(single_thread_context, lets_them_out_behind_the_end_of_its_task_that_is_on_its_way) {
  single_thread_context ui;
  task_completion_source<> source;
  auto runs = [&] {
    return ui.run([&] {
      ui.post([&] {
        source.set_result();
        throw std::runtime_error("first");
      });
      ui.post([] { throw std::runtime_error("second"); });
      return source.task();
    });
  };
  EXPECT_EQ(thrown_by(runs), "first");
  EXPECT_EQ(ui.run([] { return 1; }), 1) << "nothing of it is left";
}

TEST(single_thread_context, gives_exceptions_of_posted_work_to_its_handler) {
  std::string last_error;
  single_thread_context ui;
  ui.on_unhandled_exception([&](std::exception_ptr e) { last_error = message(e); });
  ui.post([] { throw std::runtime_error("handled"); });
  ui.post([&] { ui.stop(); });
  ui.run();
  EXPECT_EQ(last_error, "handled");
}

TEST(single_thread_context, throws_what_its_handler_throws) {
  single_thread_context ui;
  ui.on_unhandled_exception([](std::exception_ptr) { throw std::runtime_error("by the handler"); });
  ui.post([] { throw std::runtime_error("posted"); });
  EXPECT_EQ(thrown_by([&] { ui.run(); }), "by the handler");
}

TEST(single_thread_context, destroyed_before_an_async_void_error_arrived_reports_it) {
  const testing::unobserved_count reports;
  {
    single_thread_context ui;
    ui.run([] {
      []() -> async_void {
        throw std::runtime_error("too late");
        co_return;
      }();
    });
    EXPECT_EQ(reports.count(), 0);
  }
  EXPECT_EQ(reports.count(), 1);
  EXPECT_EQ(reports.last(), "too late");
  EXPECT_NE(reports.function().find("async_void"), std::string::npos) << reports.function();
}

TEST(single_thread_context, async_void_errors_arrive_in_its_loop) {
  single_thread_context ui;
  auto handler = []() -> async_void {
    co_await yield();
    throw std::runtime_error("event");
  };
  EXPECT_EQ(thrown_by([&] {
              ui.run([&]() -> task<> {
                handler();
                auto due = delay(infinite);
                co_await due;
              });
            }),
            "event");
}

TEST(single_thread_context, send_runs_in_place_inside_and_waits_from_outside) {
  single_thread_context ui;
  bool inside = false;
  ui.run([&]() -> task<> {
    ui.send([&] { inside = true; });
    EXPECT_TRUE(inside);
    co_return;
  });
  std::thread::id where;
  std::thread outside([&] {
    ui.send([&] { where = std::this_thread::get_id(); });
    ui.stop();
  });
  ui.run();
  outside.join();
  EXPECT_EQ(where, std::this_thread::get_id());
}

TEST(single_thread_context, destroyed_resumes_its_coroutines_with_object_disposed) {
  task_completion_source<> source;
  auto gate = source.task();
  task<> waiting;
  {
    single_thread_context ui;
    auto body = [&]() -> task<> { co_await gate; };
    ui.run([&]() -> task<> {
      waiting = body();
      co_return;
    });
  }
  source.set_result();
  EXPECT_THROW(waiting.wait(), object_disposed);
}

TEST(single_thread_context, destroyed_with_queued_work_drops_it) {
  auto alive = std::make_shared<int>(1);
  {
    single_thread_context ui;
    ui.post([alive] {});
  }
  EXPECT_EQ(alive.use_count(), 1);
}

TEST(single_thread_context, hands_over_many_times_between_loop_and_pool) {
  single_thread_context ui;
  const int got = ui.run([]() -> task<int> {
    int sum = 0;
    for (int i = 0; i < 2000; ++i) {
      auto r = run([] { return 1; });
      sum += co_await std::move(r);
    }
    co_return sum;
  });
  EXPECT_EQ(got, 2000);
}

// -------------------------------------------------------------------------------------------
// strand

TEST(strand, runs_one_piece_at_a_time_in_order) {
  strand s;
  std::vector<int> order;  // not guarded: the strand is the lock
  std::latch done(1);
  constexpr int many = 10'000;
  for (int i = 0; i < many; ++i) {
    s.post([&, i] {
      order.push_back(i);
      if (i == many - 1) {
        done.count_down();
      }
    });
  }
  done.wait();
  ASSERT_EQ(order.size(), static_cast<std::size_t>(many));
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(strand, excludes_coroutines_from_each_other) {
  strand s;
  int inside = 0;
  int most = 0;
  int rounds = 0;
  auto body = [&]() -> task<> {
    co_await resume_on(s);
    for (int i = 0; i < 200; ++i) {
      ++inside;
      most = std::max(most, inside);
      --inside;
      ++rounds;
      co_await yield();
    }
  };
  std::vector<task<>> all;
  for (int i = 0; i < 8; ++i) {
    all.push_back(body());
  }
  wait_all(all);
  EXPECT_EQ(most, 1);
  EXPECT_EQ(rounds, 1600);
}

TEST(strand, is_current_inside_and_resumed_in_after_awaits) {
  strand s;
  auto body = [&]() -> task<> {
    co_await resume_on(s);
    EXPECT_EQ(synchronization_context::current(), &s);
    auto due = delay(1ms);
    co_await due;
    EXPECT_EQ(synchronization_context::current(), &s);
    auto other = delay(1ms);
    co_await other.configure_await(false);
    EXPECT_NE(synchronization_context::current(), &s);
  };
  body().wait();
}

TEST(strand, over_an_own_pool_runs_on_its_threads) {
  thread_pool pool({.min_threads = 2, .name = "own"});
  strand s(pool);
  auto body = [&]() -> task<> {
    co_await resume_on(s);
    EXPECT_EQ(task_scheduler::current(), &pool);
  };
  body().wait();
}

TEST(strand, over_a_loop_runs_on_its_thread) {
  single_thread_context ui;
  strand s(ui);
  const auto here = std::this_thread::get_id();
  ui.run([&]() -> task<> {
    co_await resume_on(s);
    EXPECT_EQ(std::this_thread::get_id(), here);
    EXPECT_EQ(synchronization_context::current(), &s);
  });
}

TEST(strand, destroyed_runs_what_is_queued_first) {
  std::atomic<int> ran = 0;
  {
    strand s;
    for (int i = 0; i < 1000; ++i) {
      s.post([&] { ++ran; });
    }
  }
  EXPECT_EQ(ran, 1000);
}

TEST(strand, destroyed_resumes_later_coroutines_with_object_disposed) {
  task_completion_source<> source;
  auto gate = source.task();
  task_completion_source<> entered;
  auto in = entered.task();
  auto s = std::make_unique<strand>();
  // What it has captured stays: it may still be running when the strand is destroyed.
  auto body = [&gate, &entered](strand& here) -> task<> {
    co_await resume_on(here);
    entered.set_result();
    co_await gate;
  };
  task<> waiting = body(*s);
  in.wait();
  s.reset();
  source.set_result();
  EXPECT_THROW(waiting.wait(), object_disposed);
}

TEST(strand, may_be_destroyed_by_its_own_work) {
  std::latch done(1);
  auto s = std::make_unique<strand>();
  s->post([&] {
    s.reset();
    done.count_down();
  });
  done.wait();
}

TEST(strand, many_strands_share_the_pool_fairly) {
  std::vector<std::unique_ptr<strand>> strands;
  for (int i = 0; i < 50; ++i) {
    strands.push_back(std::make_unique<strand>());
  }
  std::atomic<int> ran = 0;
  std::latch done(50 * 100);
  for (int k = 0; k < 100; ++k) {
    for (auto& s : strands) {
      s->post([&] {
        ++ran;
        done.count_down();
      });
    }
  }
  done.wait();
  EXPECT_EQ(ran, 5000);
}

}  // namespace
}  // namespace weft
