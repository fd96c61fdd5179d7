#include <weft/time/periodic_timer.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>
#include <weft/testkit.hpp>
#include <weft/time.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;

/// A clock that the test moves.
class manual_time : public time_provider {
 public:
  time_point now() override { return {}; }
  std::unique_ptr<timer> create_timer(work callback, std::chrono::nanoseconds due,
                                      std::chrono::nanoseconds period) override {
    due_ = due;
    period_ = period;
    callback_ = std::move(callback);
    return std::make_unique<armed>(*this);
  }
  void fire() { callback_.call_in_place(); }
  std::chrono::nanoseconds due_{};
  std::chrono::nanoseconds period_{};
  int stopped_ = 0;

 private:
  struct armed : timer {
    explicit armed(manual_time& of) : of_(of) {}
    ~armed() override { ++of_.stopped_; }
    manual_time& of_;
  };
  work callback_;
};

TEST(periodic_timer, ticks_at_its_period) {
  manual_time clock;
  periodic_timer t(1s, clock);
  EXPECT_EQ(clock.due_, 1s);
  EXPECT_EQ(clock.period_, 1s);
  auto tick = t.wait_for_next_tick();
  EXPECT_FALSE(tick.is_completed());
  clock.fire();
  EXPECT_TRUE(std::move(tick).result());
}

TEST(periodic_timer, makes_one_of_ticks_that_nobody_waited_for) {
  manual_time clock;
  periodic_timer t(1s, clock);
  clock.fire();
  clock.fire();
  auto at_once = t.wait_for_next_tick();
  EXPECT_TRUE(at_once.is_completed());
  EXPECT_TRUE(std::move(at_once).result());
  auto next = t.wait_for_next_tick();
  EXPECT_FALSE(next.is_completed());
  clock.fire();
  EXPECT_TRUE(std::move(next).result());
}

TEST(periodic_timer, refuses_a_second_wait_at_a_time) {
  manual_time clock;
  periodic_timer t(1s, clock);
  auto first = t.wait_for_next_tick();
  EXPECT_THROW(static_cast<void>(t.wait_for_next_tick()), invalid_operation);
  clock.fire();
  EXPECT_TRUE(std::move(first).result());
}

TEST(periodic_timer, disposed_ends_its_waits_with_false) {
  manual_time clock;
  periodic_timer t(1s, clock);
  auto waiting = t.wait_for_next_tick();
  t.dispose();
  EXPECT_FALSE(std::move(waiting).result());
  EXPECT_FALSE(t.wait_for_next_tick().result());
  EXPECT_EQ(clock.stopped_, 1);
  t.dispose();
}

TEST(periodic_timer, disposed_forgets_a_tick) {
  manual_time clock;
  periodic_timer t(1s, clock);
  clock.fire();
  t.dispose();
  EXPECT_FALSE(t.wait_for_next_tick().result());
}

TEST(periodic_timer, destroyed_ends_a_wait_with_false) {
  manual_time clock;
  value_task<bool> waiting;
  {
    periodic_timer t(1s, clock);
    waiting = t.wait_for_next_tick();
  }
  EXPECT_FALSE(std::move(waiting).result());
  clock.fire();  // a callback that was on its way finds nobody
}

TEST(periodic_timer, wait_is_canceled_by_its_token_and_the_timer_goes_on) {
  manual_time clock;
  periodic_timer t(1s, clock);
  std::stop_source stop;
  auto waiting = t.wait_for_next_tick(stop.get_token()).as_task();
  EXPECT_FALSE(waiting.is_completed());
  stop.request_stop();
  EXPECT_THROW(waiting.wait(), operation_canceled);
  EXPECT_TRUE(waiting.is_canceled());
  auto next = t.wait_for_next_tick();
  clock.fire();
  EXPECT_TRUE(std::move(next).result());
}

TEST(periodic_timer, a_requested_token_wins_over_a_tick_and_leaves_it) {
  manual_time clock;
  periodic_timer t(1s, clock);
  clock.fire();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(t.wait_for_next_tick(stop.get_token()).as_task().is_canceled());
  EXPECT_TRUE(t.wait_for_next_tick().is_completed());
}

TEST(periodic_timer, a_wait_that_is_dropped_is_withdrawn) {
  manual_time clock;
  periodic_timer t(1s, clock);
  static_cast<void>(t.wait_for_next_tick());
  clock.fire();
  EXPECT_TRUE(t.wait_for_next_tick().is_completed());
}

TEST(periodic_timer, takes_another_period) {
  manual_time clock;
  periodic_timer t(1s, clock);
  t.set_period(2s);
  EXPECT_EQ(t.period(), 2s);
  EXPECT_EQ(clock.due_, 2s);
  EXPECT_EQ(clock.stopped_, 1);
  EXPECT_THROW(t.set_period(0s), std::invalid_argument);
  t.set_period(infinite);
  EXPECT_EQ(clock.stopped_, 2);
  t.dispose();
  EXPECT_THROW(t.set_period(1s), object_disposed);
}

TEST(periodic_timer, refuses_a_period_that_is_not_positive) {
  EXPECT_THROW(periodic_timer(0s), std::invalid_argument);
  EXPECT_THROW(periodic_timer(-5ms), std::invalid_argument);
  periodic_timer never(infinite);
}

TEST(periodic_timer, by_the_systems_clock_keeps_its_grid) {
  auto body = []() -> task<> {
    periodic_timer t(10min);
    for (int ticks = 1; ticks <= 6; ++ticks) {
      const bool more = co_await t.wait_for_next_tick();
      testkit::require(more && testkit::elapsed() == ticks * 10min, "off its grid");
      auto late = delay(ticks * 1min);
      co_await std::move(late);
    }
  };
  testkit::simulate(body);
}

// Against the runtime's own timer, on another thread: which of the two is faster is left to chance.
TEST(periodic_timer, is_disposed_while_it_ticks) {
  for (int round = 0; round < 300; ++round) {
    periodic_timer t(100us);
    auto waiting = t.wait_for_next_tick();
    std::thread other([&] { t.dispose(); });
    static_cast<void>(std::move(waiting).result());
    other.join();
  }
}

}  // namespace
}  // namespace weft
