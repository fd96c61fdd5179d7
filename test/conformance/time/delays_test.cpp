// Delays and timers, by the system's clock and by one that the case moves.

#include <weft/time.hpp>

#include "conformance/support.hpp"

#include <atomic>
#include <latch>

namespace weft::conformance {
namespace {

std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

WEFT_CASE(delays, of_nothing_is_completed) {
  r.line(delay(0ms).is_completed_successfully());
}
WEFT_CASE(delays, negative_ones_are_refused) {
  r.throws("minus five", [] { delay(-5ms).detach(); });
  r.throws("infinite", [] { delay(infinite).detach(); });
}
WEFT_ASYNC_CASE(delays, ends) {
  co_await r.awaits("delay", delay(2ms));
}
task<std::string> waits() {
  co_await delay(2ms);
  co_return here();
}
WEFT_ASYNC_CASE(delays, ends_on_the_pool) {
  auto t = waits();
  r.line(co_await t);
}
WEFT_ASYNC_CASE(delays, a_requested_token) {
  auto t = delay(1000ms, requested());
  r.line(t.status());
  co_await r.awaits("delay", t);
}
WEFT_CASE(delays, a_requested_token_beats_no_time) {
  r.line(delay(0ms, requested()).status());
}
WEFT_ASYNC_CASE(delays, canceled_while_it_waits) {
  cancellation_source source;
  auto t = delay(1h, source.token());
  r.line(t.is_completed());
  source.cancel();
  co_await r.awaits("delay", t);
}
WEFT_ASYNC_CASE(delays, a_token_requested_too_late) {
  cancellation_source source;
  auto t = delay(1ms, source.token());
  co_await t;
  source.cancel();
  r.line(t.status());
}
WEFT_CASE(delays, by_a_clock_that_is_moved) {
  manual_time time;
  auto t = delay(100ms, time);
  time.advance(99ms);
  r.line(t.is_completed());
  time.advance(1ms);
  t.wait();
  r.line(t.status());
}
task<> notes(manual_time& time, int ms, std::vector<int>& done, std::mutex& guard) {
  co_await delay(std::chrono::milliseconds(ms), time);
  const std::lock_guard held(guard);
  done.push_back(ms);
}
WEFT_CASE(delays, in_the_order_of_their_times) {
  manual_time time;
  std::mutex guard;
  std::vector<int> done;
  auto a = notes(time, 30, done, guard);
  auto b = notes(time, 10, done, guard);
  auto c = notes(time, 20, done, guard);
  for (task<>* next : {&b, &c, &a}) {
    time.advance(10ms);
    next->wait();
  }
  r.line(done);
}
WEFT_CASE(delays, no_time_by_a_clock_that_stands_still) {
  manual_time time;
  auto t = delay(0ms, time);
  r.line(t.is_completed(), time.timers());
}
WEFT_CASE(delays, canceling_takes_the_timer_back) {
  manual_time time;
  cancellation_source source;
  auto t = delay(100ms, time, source.token());
  r.line(time.timers());
  source.cancel();
  try {
    t.wait();
  } catch (const operation_canceled&) {
  }
  r.line(t.status(), time.timers());
}
WEFT_CASE(delays, an_endless_delay_has_no_timer) {
  manual_time time;
  cancellation_source source;
  auto t = delay(infinite, time, source.token());
  time.advance(24h);
  r.line(t.is_completed());
  source.cancel();
  try {
    t.wait();
  } catch (const operation_canceled&) {
  }
}
WEFT_CASE(delays, a_timer_that_fires_once) {
  manual_time time;
  auto timer = time.create_timer([&] { r.line("fired"); }, 10ms, infinite);
  time.advance(9ms);
  r.line("not yet");
  time.advance(100ms);
}
WEFT_CASE(delays, a_timer_with_a_period) {
  manual_time time;
  auto timer = time.create_timer([&] { r.line("fired"); }, 10ms, 20ms);
  time.advance(55ms);
}
WEFT_CASE(delays, a_timer_that_is_destroyed) {
  manual_time time;
  auto timer = time.create_timer([&] { r.line("never"); }, 10ms, 10ms);
  timer.reset();
  time.advance(100ms);
  r.line("end");
}
WEFT_CASE(delays, a_timer_of_the_system) {
  std::latch fired(1);
  auto timer = system_time().create_timer(
      [&] {
        r.line("fired on", here());
        fired.count_down();
      },
      1ms, infinite);
  fired.wait();
}
WEFT_CASE(delays, a_periodic_timer_of_the_system) {
  struct shared {
    std::latch fired{3};
    std::atomic<int> count = 0;
  };
  const auto state = std::make_shared<shared>();  // a call may outlive the timer
  auto timer = system_time().create_timer(
      [state] {
        if (state->count++ < 3) {
          state->fired.count_down();
        }
      },
      0ms, 1ms);
  state->fired.wait();
  r.line("three times");
}
WEFT_CASE(delays, bad_timers) {
  r.throws("due", [] { static_cast<void>(system_time().create_timer([] {}, -5ms, infinite)); });
  r.throws("period", [] { static_cast<void>(system_time().create_timer([] {}, 5ms, -5ms)); });
}
task<> counts(std::atomic<int>& ended, int i) {
  co_await delay(std::chrono::milliseconds(1 + i % 3));
  ++ended;
}
WEFT_ASYNC_CASE(delays, many_at_once) {
  std::atomic<int> ended = 0;
  std::vector<task<>> tasks;
  for (int i = 0; i < 1000; ++i) {
    tasks.push_back(counts(ended, i));
  }
  co_await when_all(std::move(tasks));
  r.line(ended.load());
}

}  // namespace
}  // namespace weft::conformance
