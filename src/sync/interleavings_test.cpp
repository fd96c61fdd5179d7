// Locks, semaphores and events under every order of their users that the test kit finds, and with
// a stop request at each of their awaits.

#include <weft/sync.hpp>
#include <weft/task.hpp>
#include <weft/testkit.hpp>
#include <weft/time.hpp>

#include <chrono>
#include <stop_token>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using testkit::interleave;
using testkit::require;

/// Ended as asked, or not at all.
task<bool> ended_in_time(task<> t) {
  try {
    co_await std::move(t);
  } catch (const operation_canceled&) {
    co_return false;
  }
  co_return true;
}

TEST(async_mutex_interleavings, one_at_a_time_whoever_is_canceled) {
  auto body = [](std::stop_token stop) -> task<> {
    async_mutex m;
    int inside = 0;
    int entered = 0;
    auto user = [&](std::stop_token s) -> task<> {
      auto held = co_await m.lock(s);
      require(inside++ == 0, "two hold the lock");
      ++entered;
      co_await interleave();
      --inside;
    };
    auto first = ended_in_time(user({}));
    auto second = ended_in_time(user(stop));
    auto third = ended_in_time(user({}));
    const bool came = co_await std::move(second);
    co_await when_all(std::move(first), std::move(third));
    require(entered == (came ? 3 : 2), "a canceled one entered, or another did not");
    auto last = co_await m.lock();  // free again, whatever happened
  };
  testkit::check([body] { return body({}); }, {.schedules = 300});
  testkit::check(
      [body]() -> task<> {
        std::stop_source stop;
        auto asks = [](std::stop_source s) -> task<> {
          co_await yield();
          s.request_stop();
        };
        auto asking = asks(stop);
        auto users = body(stop.get_token());
        co_await when_all(std::move(asking), std::move(users));
      },
      {.schedules = 300});
}

TEST(async_semaphore_interleavings, loses_no_permit_to_a_time_limit) {
  testkit::check(
      []() -> task<> {
        async_semaphore s{0};
        auto waits = [&](std::chrono::milliseconds limit) -> task<int> {
          const bool got = co_await s.acquire_for(limit);
          co_return got ? 1 : 0;
        };
        auto gives = [&]() -> task<> {
          co_await delay(5ms);
          s.release();
        };
        auto first = waits(5ms);  // over in the very turn of the permit
        auto second = waits(10ms);
        auto giving = gives();
        const int got = co_await std::move(first) + co_await std::move(second);
        co_await std::move(giving);
        require(got + static_cast<int>(s.current_count()) == 1, "a permit was lost, or doubled");
        require(got == 1, "who waits longest does not get what the other one left");
      },
      {.schedules = 300});
}

TEST(async_semaphore_interleavings, acquire_for_takes_its_time_exactly) {
  testkit::simulate([]() -> task<> {
    async_semaphore s{0};
    const bool got = co_await s.acquire_for(1h);
    EXPECT_FALSE(got);
    EXPECT_EQ(testkit::elapsed(), 1h);
    const bool at_once = co_await s.acquire_for(0ms);
    EXPECT_FALSE(at_once);
    EXPECT_EQ(testkit::elapsed(), 1h);
  });
}

TEST(async_condition_interleavings, wakes_who_waits_for_what_has_come) {
  testkit::check(
      []() -> task<> {
        async_mutex m;
        async_condition changed;
        std::vector<int> items;
        int taken = 0;
        auto takes = [&]() -> task<> {
          auto held = co_await m.lock();
          auto there_is_one = [&items] { return !items.empty(); };
          co_await changed.wait(held, there_is_one);
          items.pop_back();
          ++taken;
        };
        auto puts = [&](int i) -> task<> {
          auto held = co_await m.lock();
          items.push_back(i);
          changed.notify_one();
        };
        auto a = takes();
        auto b = takes();
        auto c = puts(1);
        auto d = puts(2);
        co_await when_all(std::move(a), std::move(b), std::move(c), std::move(d));
        require(taken == 2 && items.empty(), "an item was lost, or taken twice");
      },
      {.schedules = 300});
}

TEST(auto_reset_event_interleavings, lets_one_pass_for_each_set) {
  testkit::check(
      []() -> task<> {
        auto_reset_event e;
        int passed = 0;
        auto waits = [&]() -> task<> {
          co_await e.wait();
          ++passed;
        };
        auto sets = [&]() -> task<> {
          co_await interleave();
          e.set();
        };
        auto a = waits();
        auto b = waits();
        auto c = sets();
        co_await std::move(c);
        co_await yield();
        require(passed <= 1, "one set let two pass");
        e.set();
        co_await when_all(std::move(a), std::move(b));
        require(passed == 2, "a set was lost");
      },
      {.schedules = 300});
}

}  // namespace
}  // namespace weft
