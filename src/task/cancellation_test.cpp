#include <weft/task/cancellation.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>
#include <weft/testkit.hpp>
#include <weft/time.hpp>

#include "support/tasks.hpp"

#include <chrono>
#include <latch>
#include <optional>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using testing::message;
using testing::thrown_by;

TEST(cancellation_source, requests_stop_at_its_token) {
  cancellation_source source;
  const std::stop_token token = source.token();
  EXPECT_FALSE(token.stop_requested());
  EXPECT_FALSE(source.is_cancellation_requested());
  source.cancel();
  EXPECT_TRUE(token.stop_requested());
  EXPECT_TRUE(source.is_cancellation_requested());
}

// .NET 10: registrations run last in, first out.
TEST(cancellation_source, runs_callbacks_last_in_first_out) {
  cancellation_source source;
  std::string order;
  auto a = source.on_cancel([&] { order += 'a'; });
  auto b = source.on_cancel([&] { order += 'b'; });
  auto c = source.on_cancel([&] { order += 'c'; });
  source.cancel();
  EXPECT_EQ(order, "cba");
}

TEST(cancellation_source, runs_its_callbacks_with_the_token_requested) {
  cancellation_source source;
  bool requested = false;
  auto r = source.on_cancel([&] { requested = source.token().stop_requested(); });
  source.cancel();
  EXPECT_TRUE(requested);
}

TEST(cancellation_source, is_silent_the_second_time) {
  cancellation_source source;
  int calls = 0;
  auto r = source.on_cancel([&] { ++calls; });
  source.cancel();
  source.cancel();
  EXPECT_EQ(calls, 1);
}

// .NET 10: Cancel() runs all callbacks and throws AggregateException of what they threw, in order
// of their running.
TEST(cancellation_source, throws_what_callbacks_threw_after_all_have_run) {
  cancellation_source source;
  int calls = 0;
  auto a = source.on_cancel([&] {
    ++calls;
    throw std::runtime_error("a");
  });
  auto b = source.on_cancel([&] { ++calls; });
  auto c = source.on_cancel([&] {
    ++calls;
    throw std::runtime_error("c");
  });
  try {
    source.cancel();
    FAIL() << "nothing thrown";
  } catch (const aggregate_exception& e) {
    ASSERT_EQ(e.exceptions().size(), 2U);
    EXPECT_EQ(message(e.exceptions()[0]), "c");
    EXPECT_EQ(message(e.exceptions()[1]), "a");
  }
  EXPECT_EQ(calls, 3);
}

TEST(cancellation_source, calls_back_at_once_when_requested_already) {
  cancellation_source source;
  source.cancel();
  bool called = false;
  auto r = source.on_cancel([&] { called = true; });
  EXPECT_TRUE(called);
}

TEST(cancellation_registration, destroyed_takes_its_callback_back) {
  cancellation_source source;
  int calls = 0;
  {
    auto r = source.on_cancel([&] { ++calls; });
  }
  auto moved = source.on_cancel([&] { calls += 10; });
  auto target = std::move(moved);
  source.cancel();
  EXPECT_EQ(calls, 10);
}

TEST(cancellation_registration, may_be_disposed_inside_its_own_callback) {
  cancellation_source source;
  std::optional<cancellation_registration> r;
  bool called = false;
  r = source.on_cancel([&] {
    r.reset();
    called = true;
  });
  source.cancel();
  EXPECT_TRUE(called);
}

TEST(cancellation_registration, may_dispose_of_another_inside_a_callback) {
  cancellation_source source;
  std::optional<cancellation_registration> first;
  bool first_called = false;
  first = source.on_cancel([&] { first_called = true; });
  auto second = source.on_cancel([&] { first.reset(); });
  source.cancel();
  EXPECT_FALSE(first_called);
}

TEST(cancellation_registration, disposal_waits_for_a_callback_on_another_thread) {
  for (int i = 0; i < 100; ++i) {
    cancellation_source source;
    std::latch running(1);
    std::atomic<bool> ended = false;
    auto r = std::make_optional(source.on_cancel([&] {
      running.count_down();
      std::this_thread::yield();
      ended = true;
    }));
    std::thread canceler([&] { source.cancel(); });
    running.wait();
    r.reset();
    EXPECT_TRUE(ended);
    canceler.join();
  }
}

TEST(cancellation_source, links_to_another_token) {
  cancellation_source parent;
  cancellation_source child;
  child.link(parent.token());
  bool called = false;
  auto r = child.on_cancel([&] { called = true; });
  parent.cancel();
  EXPECT_TRUE(child.is_cancellation_requested());
  EXPECT_TRUE(called);
}

TEST(cancellation_source, linked_to_a_stop_source_reports_what_callbacks_throw) {
  const testing::unobserved_count reports;
  std::stop_source parent;
  cancellation_source child;
  child.link(parent.get_token());
  auto r = child.on_cancel([] { throw std::runtime_error("callback"); });
  parent.request_stop();
  EXPECT_TRUE(child.is_cancellation_requested());
  EXPECT_EQ(reports.count(), 1);
  EXPECT_NE(reports.last().find("callback"), std::string::npos) << reports.last();
}

TEST(cancellation_source, linked_does_not_cancel_its_parent) {
  cancellation_source parent;
  cancellation_source child;
  child.link(parent.token());
  child.cancel();
  EXPECT_FALSE(parent.is_cancellation_requested());
}

TEST(cancellation_source, linked_to_a_requested_token_is_cancelled_at_once) {
  cancellation_source parent;
  parent.cancel();
  cancellation_source child;
  child.link(parent.token());
  EXPECT_TRUE(child.is_cancellation_requested());
}

TEST(cancellation_source, linked_may_be_destroyed_before_its_parent) {
  cancellation_source parent;
  {
    cancellation_source child;
    child.link(parent.token());
  }
  parent.cancel();
}

TEST(cancellation_source, cancels_after_a_time) {
  const auto begin = std::chrono::steady_clock::now();
  cancellation_source source(5ms);
  std::latch canceled(1);
  auto r = source.on_cancel([&] { canceled.count_down(); });
  canceled.wait();
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 5ms);
}

TEST(cancellation_source, cancel_after_replaces_the_former_time) {
  cancellation_source source;
  source.cancel_after(1h);
  std::latch canceled(1);
  auto r = source.on_cancel([&] { canceled.count_down(); });
  source.cancel_after(1ms);
  canceled.wait();
}

TEST(cancellation_source, cancel_after_infinity_takes_the_former_time_back) {
  auto body = []() -> task<> {
    cancellation_source source;
    source.cancel_after(20ms);
    source.cancel_after(infinite);
    co_await delay(1h);
    EXPECT_FALSE(source.is_cancellation_requested());
  };
  testkit::simulate(body);
}

TEST(cancellation_source, cancels_at_its_time_and_not_before) {
  auto body = []() -> task<> {
    cancellation_source source(5ms);
    co_await delay(5ms - 1ns);
    EXPECT_FALSE(source.is_cancellation_requested());
    co_await delay(2ns);
    EXPECT_TRUE(source.is_cancellation_requested());
  };
  testkit::simulate(body);
}

TEST(cancellation_source, refuses_a_negative_time) {
  cancellation_source source;
  EXPECT_THROW(source.cancel_after(-5ms), std::invalid_argument);
  EXPECT_THROW(cancellation_source{-5ms}, std::invalid_argument);
}

TEST(cancellation_source, destroyed_before_its_time_does_nothing) {
  auto body = []() -> task<> {
    std::stop_token token;
    {
      cancellation_source source(5ms);
      token = source.token();
    }
    co_await delay(1h);
    EXPECT_FALSE(token.stop_requested());
  };
  testkit::simulate(body);
}

// .NET 10: TryReset is true until cancellation was requested, and takes the time-out back.
TEST(cancellation_source, try_reset_makes_it_usable_again_unless_cancelled) {
  auto body = []() -> task<> {
    cancellation_source source;
    source.cancel_after(20ms);
    const std::stop_token old = source.token();
    EXPECT_TRUE(source.try_reset());
    co_await delay(1h);
    EXPECT_FALSE(source.is_cancellation_requested());
    source.cancel();
    EXPECT_FALSE(source.try_reset());
    EXPECT_TRUE(source.is_cancellation_requested());
    EXPECT_FALSE(old.stop_requested()) << "tokens of before stay with the old state";
  };
  testkit::simulate(body);
}

TEST(cancellation_source, cancel_async_runs_callbacks_on_the_pool) {
  cancellation_source source;
  std::thread::id where;
  auto r = source.on_cancel([&] { where = std::this_thread::get_id(); });
  source.cancel_async().wait();
  EXPECT_NE(where, std::this_thread::get_id());
  EXPECT_NE(where, std::thread::id());
}

TEST(cancellation_source, cancel_async_throws_what_callbacks_threw) {
  cancellation_source source;
  auto r = source.on_cancel([] { throw std::runtime_error("async"); });
  EXPECT_THROW(source.cancel_async().wait(), aggregate_exception);
}

TEST(cancellation_source, may_be_cancelled_from_inside_its_callback) {
  cancellation_source source;
  int calls = 0;
  auto r = source.on_cancel([&] {
    ++calls;
    source.cancel();
  });
  source.cancel();
  EXPECT_EQ(calls, 1);
}

TEST(cancellation_source, may_be_destroyed_inside_its_callback) {
  auto source = std::make_unique<cancellation_source>();
  auto r = source->on_cancel([&] { source.reset(); });
  source->cancel();
  EXPECT_EQ(source, nullptr);
}

TEST(cancellation_source, cancelled_by_many_threads_runs_each_callback_once) {
  for (int round = 0; round < 200; ++round) {
    cancellation_source source;
    std::atomic<int> calls = 0;
    auto a = source.on_cancel([&] { ++calls; });
    auto b = source.on_cancel([&] { ++calls; });
    auto r = run([&] { source.cancel(); });
    auto s = run([&] { source.cancel(); });
    wait_all(r, s);
    // The one who came second may return while the first still runs callbacks.
    a.reset();
    b.reset();
    EXPECT_EQ(calls, 2);
  }
}

TEST(throw_if_stopped, throws_with_the_token) {
  std::stop_source stop;
  throw_if_stopped(stop.get_token());
  throw_if_stopped({});
  stop.request_stop();
  EXPECT_THROW(throw_if_stopped(stop.get_token()), operation_canceled);
}

}  // namespace
}  // namespace weft
