#include <weft/time/delay.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>
#include <weft/testkit.hpp>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

TEST(delay, of_zero_is_completed_at_once) {
  EXPECT_EQ(delay(0s).status(), task_status::ran_to_completion);
  std::stop_source stop;
  EXPECT_TRUE(delay(0s, stop.get_token()).is_completed_successfully());
}

TEST(delay, of_a_negative_time_throws_at_the_call) {
  EXPECT_THROW(static_cast<void>(delay(-2ns)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(delay(-1s)), std::invalid_argument);
}

// .NET 10: a canceled token beats a delay of zero.
TEST(delay, with_a_requested_token_is_canceled_at_once) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(delay(1h, stop.get_token()).status(), task_status::canceled);
  EXPECT_EQ(delay(0s, stop.get_token()).status(), task_status::canceled);
}

TEST(delay, is_never_early) {
  for (const auto time : {1ns, 1000ns, 100'000ns, 131'072ns, 1'000'000ns, 3'333'333ns}) {
    const auto begin = clock::now();
    delay(time).wait();
    EXPECT_GE(clock::now() - begin, time);
  }
}

/// The best of some attempts: what else the machine has to do is not the delay's.
template <class F>
clock::duration shortest(F wait) {
  auto best = clock::duration::max();
  for (int i = 0; i < 20; ++i) {
    const auto begin = clock::now();
    wait();
    best = std::min(best, clock::now() - begin);
  }
  return best;
}

TEST(delay, is_hardly_later_than_a_wait_by_hand) {
  std::mutex alone;
  std::condition_variable never;
  const auto by_hand = shortest([&] {
    std::unique_lock held(alone);
    never.wait_for(held, 2ms, [] { return false; });
  });
  EXPECT_LT(shortest([] { delay(2ms).wait(); }), by_hand + 8ms);
}

TEST(delay, ends_in_the_order_of_due_times) {
  auto body = []() -> task<> {
    std::vector<int> order;
    auto notes = [&](int i, std::chrono::milliseconds time) -> task<> {
      co_await delay(time);
      order.push_back(i);
    };
    std::vector<task<>> all;
    all.push_back(notes(3, 90ms));
    all.push_back(notes(1, 10ms));
    all.push_back(notes(2, 50ms));
    co_await when_all(std::move(all));
    EXPECT_EQ(order, (std::vector<int>{1, 2, 3}));
  };
  testkit::check(body, {.schedules = 100});
}

TEST(delay, of_infinity_ends_only_by_its_token) {
  auto body = []() -> task<> {
    std::stop_source stop;
    auto t = delay(infinite, stop.get_token());
    auto other = delay(std::chrono::nanoseconds::max(), stop.get_token());
    co_await delay(24h * 365 * 100);
    EXPECT_FALSE(t.is_completed());
    EXPECT_FALSE(other.is_completed());
    stop.request_stop();
    EXPECT_TRUE(t.is_canceled());
    EXPECT_TRUE(other.is_canceled());
  };
  testkit::simulate(body);
}

TEST(delay, cancelled_carries_its_token) {
  std::stop_source stop;
  auto t = delay(1h, stop.get_token());
  stop.request_stop();
  try {
    t.wait();
    FAIL() << "nothing thrown";
  } catch (const operation_canceled& e) {
    EXPECT_EQ(e.token(), stop.get_token());
  }
}

TEST(delay, cancelling_never_runs_the_awaiter_inside_the_request) {
  std::stop_source stop;
  std::thread::id where;
  auto body = [&]() -> task<> {
    auto due = delay(1h, stop.get_token());
    try {
      co_await due;
    } catch (const operation_canceled&) {
      where = std::this_thread::get_id();
    }
  };
  auto t = body();
  stop.request_stop();
  t.wait();
  EXPECT_NE(where, std::this_thread::get_id());
}

TEST(delay, completes_on_a_worker) {
  auto body = [](std::chrono::milliseconds time) -> task<std::thread::id> {
    co_await delay(time);
    co_return std::this_thread::get_id();
  };
  const auto here = std::this_thread::get_id();
  auto where = here;
  // One that is over before it is awaited goes on at once, on this thread.
  for (auto time = 1ms; where == here && time < 1min; time *= 4) {
    where = body(time).result();
  }
  EXPECT_NE(where, here);
}

TEST(delay, cancelled_at_the_moment_it_fires_ends_once_either_way) {
  int canceled = 0;
  for (int i = 0; i < 400; ++i) {
    std::stop_source stop;
    auto t = delay(std::chrono::microseconds(i), stop.get_token());
    auto stopper = run([stop]() mutable { stop.request_stop(); });
    try {
      t.wait();
    } catch (const operation_canceled&) {
      ++canceled;
    }
    stopper.wait();
    EXPECT_TRUE(t.is_completed());
  }
  RecordProperty("canceled", canceled);
}

TEST(delay, cancelled_in_the_turn_in_which_it_is_due_ends_once_either_way) {
  auto body = []() -> task<> {
    std::stop_source stop;
    auto due = delay(1ms, stop.get_token());
    auto stopper = [](std::stop_source s) -> task<> {
      co_await delay(1ms);
      s.request_stop();
    };
    auto stopping = stopper(stop);
    bool canceled = false;
    try {
      co_await std::move(due);
    } catch (const operation_canceled&) {
      canceled = true;
    }
    testkit::require(testkit::elapsed() == 1ms, "ended at another time");
    testkit::require(!canceled || stop.stop_requested(), "canceled by nobody");
    co_await std::move(stopping);
  };
  testkit::check(body, {.schedules = 200});
}

TEST(delay, dropped_before_it_is_due_leaves_nothing) {
  std::stop_source stop;
  for (int i = 0; i < 1000; ++i) {
    static_cast<void>(delay(1ms));
    static_cast<void>(delay(1ms, stop.get_token()));
    static_cast<void>(delay(1h, stop.get_token()));
  }
  stop.request_stop();
  delay(5ms).wait();
}

TEST(delay, awaited_by_many) {
  auto due = delay(5ms).share();
  auto waits = [](shared_task<> d) -> task<> { co_await d; };
  std::vector<task<>> all;
  for (int i = 0; i < 100; ++i) {
    all.push_back(waits(due));
  }
  wait_all(all);
}

TEST(delay, a_hundred_thousand_at_once) {
  constexpr int many = 100'000;
  std::vector<task<>> all;
  const auto begin = clock::now();
  for (int i = 0; i < many; ++i) {
    all.push_back(delay(50ms));
  }
  wait_all(all);
  EXPECT_GE(clock::now() - begin, 50ms);
}

// -------------------------------------------------------------------------------------------
// with_timeout

TEST(with_timeout, gives_the_result_when_the_work_is_done_in_time) {
  auto t = with_timeout([](std::stop_token) -> task<int> { co_return 3; }, 1h);
  EXPECT_EQ(t.result(), 3);
}

TEST(with_timeout, asks_the_work_to_stop_waits_for_its_end_and_throws) {
  std::atomic<bool> ended = false;
  auto t = with_timeout(
      [&](std::stop_token st) -> task<int> {
        auto due = delay(1h, st);
        co_await due.configure_await(configure_await_options::suppress_throwing);
        ended = true;
        throw_if_stopped(st);
        co_return 1;
      },
      2ms);
  EXPECT_THROW(t.wait(), timeout_error);
  EXPECT_TRUE(ended);
  EXPECT_TRUE(t.is_faulted());
}

TEST(with_timeout, gives_the_result_of_work_that_ends_well_in_spite_of_the_request) {
  auto t = with_timeout(
      [](std::stop_token st) -> task<int> {
        auto due = delay(1h, st);
        co_await due.configure_await(configure_await_options::suppress_throwing);
        co_return 7;
      },
      2ms);
  EXPECT_EQ(t.result(), 7);
}

TEST(with_timeout, passes_on_what_the_work_throws) {
  auto t = with_timeout(
      [](std::stop_token) -> task<> {
        throw std::runtime_error("own");
        co_return;
      },
      1h);
  EXPECT_THROW(t.wait(), std::runtime_error);
}

TEST(with_timeout, is_canceled_by_the_callers_token) {
  std::stop_source stop;
  auto t = with_timeout(
      [](std::stop_token st) -> task<> {
        auto due = delay(infinite, st);
        co_await due;
      },
      1h, stop.get_token());
  stop.request_stop();
  EXPECT_THROW(t.wait(), operation_canceled);
  EXPECT_TRUE(t.is_canceled());
}

TEST(with_timeout, does_not_start_the_work_with_a_requested_token) {
  std::stop_source stop;
  stop.request_stop();
  bool started = false;
  auto t = with_timeout(
      [&](std::stop_token) -> task<> {
        started = true;
        co_return;
      },
      1h, stop.get_token());
  EXPECT_THROW(t.wait(), operation_canceled);
  EXPECT_FALSE(started);
}

TEST(with_timeout, refuses_a_negative_limit_and_takes_an_infinite_one) {
  auto work = [](std::stop_token) -> task<int> { co_return 1; };
  EXPECT_THROW(static_cast<void>(with_timeout(work, -2ns)), std::invalid_argument);
  EXPECT_EQ(with_timeout(work, infinite).result(), 1);
}

// -------------------------------------------------------------------------------------------
// time_provider

/// A clock that the test moves.
class fake_time : public time_provider {
 public:
  time_point now() override { return now_; }
  std::unique_ptr<timer> create_timer(work callback, std::chrono::nanoseconds due,
                                      std::chrono::nanoseconds) override {
    auto made = std::make_unique<fake_timer>(this, std::move(callback), now_ + due);
    timers_.push_back(made.get());
    return made;
  }
  void advance(std::chrono::nanoseconds by) {
    now_ += by;
    std::vector<fake_timer*> firing;
    std::erase_if(timers_, [&](fake_timer* t) {
      if (t->due <= now_) {
        firing.push_back(t);
      }
      return t->due <= now_;
    });
    for (fake_timer* t : firing) {
      t->callback();
    }
  }
  [[nodiscard]] std::size_t timers() const { return timers_.size(); }

 private:
  struct fake_timer : timer {
    fake_timer(fake_time* o, work w, time_point d) : owner(o), callback(std::move(w)), due(d) {}
    ~fake_timer() override { std::erase(owner->timers_, this); }
    fake_time* owner;
    work callback;
    time_point due;
  };
  time_point now_;
  std::vector<fake_timer*> timers_;
};

TEST(time_provider, replaces_the_clock_of_a_delay) {
  fake_time time;
  auto t = delay(1h, time);
  time.advance(59min);
  EXPECT_FALSE(t.is_completed());
  time.advance(1min);
  EXPECT_TRUE(t.is_completed_successfully());
}

TEST(time_provider, delay_by_it_honours_zero_negative_and_infinite) {
  fake_time time;
  EXPECT_TRUE(delay(0s, time).is_completed());
  EXPECT_THROW(static_cast<void>(delay(-1s, time)), std::invalid_argument);
  std::stop_source stop;
  auto t = delay(infinite, time, stop.get_token());
  EXPECT_EQ(time.timers(), 0U);
  stop.request_stop();
  EXPECT_THROW(t.wait(), operation_canceled);
}

TEST(time_provider, delay_by_it_is_cancelled_and_takes_its_timer_back) {
  fake_time time;
  std::stop_source stop;
  auto t = delay(1h, time, stop.get_token());
  EXPECT_EQ(time.timers(), 1U);
  stop.request_stop();
  EXPECT_THROW(t.wait(), operation_canceled);
  EXPECT_EQ(time.timers(), 0U);
}

TEST(time_provider, system_time_is_the_steady_clock) {
  const auto before = clock::now();
  const auto now = system_time().now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, clock::now());
}

TEST(time_provider, system_timer_calls_once_or_with_a_period) {
  task_completion_source<> once;
  auto called = once.task();
  auto timer = system_time().create_timer([&] { once.set_result(); }, 1ms, infinite);
  called.wait();
  std::atomic<int> calls = 0;
  task_completion_source<> thrice;
  auto third = thrice.task();
  auto periodic = system_time().create_timer(
      [&] {
        if (++calls == 3) {
          thrice.set_result();
        }
      },
      0ms, 1ms);
  third.wait();
  periodic.reset();
}

TEST(time_provider, system_timer_destroyed_calls_no_more) {
  for (int i = 0; i < 200; ++i) {
    auto count = std::make_shared<std::atomic<int>>(0);
    auto timer =
        system_time().create_timer([count] { ++*count; }, std::chrono::microseconds(i), 100us);
    if (i % 3 == 0) {
      delay(1ms).wait();
    }
    timer.reset();
  }
}

TEST(time_provider, system_timer_refuses_negative_times) {
  auto make = [](std::chrono::nanoseconds due, std::chrono::nanoseconds period) {
    static_cast<void>(system_time().create_timer([] {}, due, period));
  };
  EXPECT_THROW(make(-2ns, infinite), std::invalid_argument);
  EXPECT_THROW(make(1ms, 0ns), std::invalid_argument);
  EXPECT_THROW(make(1ms, -2ns), std::invalid_argument);
}

}  // namespace
}  // namespace weft
