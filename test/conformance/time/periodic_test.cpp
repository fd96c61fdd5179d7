// periodic_timer under a clock that is moved, and at its ends.

#include <weft/time/periodic_timer.hpp>

#include "conformance/support.hpp"

#include <atomic>
#include <optional>
#include <thread>

namespace weft::conformance {
namespace {

WEFT_ASYNC_CASE(periodic, one_tick_a_period) {
  manual_time time;
  periodic_timer timer(10ms, time);
  for (int i = 0; i < 3; ++i) {
    auto t = timer.wait_for_next_tick().as_task();
    time.advance(9ms);
    r.line(t.is_completed());
    time.advance(1ms);
    r.line(co_await t);
  }
}
WEFT_ASYNC_CASE(periodic, the_first_tick_is_not_at_once) {
  manual_time time;
  periodic_timer timer(10ms, time);
  auto t = timer.wait_for_next_tick().as_task();
  r.line(t.is_completed());
  time.advance(10ms);
  r.line(co_await t);
}
WEFT_ASYNC_CASE(periodic, many_missed_ticks_are_one) {
  manual_time time;
  periodic_timer timer(1ms, time);
  time.advance(100ms);
  r.line(co_await timer.wait_for_next_tick());
  auto t = timer.wait_for_next_tick().as_task();
  r.line(t.is_completed());
  time.advance(1ms);
  r.line(co_await t);
}
WEFT_ASYNC_CASE(periodic, a_kept_tick_is_there_after_the_end_or_not) {
  manual_time time;
  periodic_timer timer(1ms, time);
  time.advance(5ms);
  timer.dispose();
  r.line(co_await timer.wait_for_next_tick());
  r.line(co_await timer.wait_for_next_tick());
}
WEFT_ASYNC_CASE(periodic, a_requested_token_beats_a_kept_tick) {
  manual_time time;
  periodic_timer timer(1ms, time);
  time.advance(5ms);
  std::stop_source source;
  source.request_stop();
  co_await r.awaits("requested", timer.wait_for_next_tick(source.get_token()));
  co_await r.awaits("next", timer.wait_for_next_tick());
}
WEFT_ASYNC_CASE(periodic, after_a_canceled_wait_it_ticks_on) {
  manual_time time;
  periodic_timer timer(10ms, time);
  std::stop_source source;
  auto t = timer.wait_for_next_tick(source.get_token()).as_task();
  source.request_stop();
  co_await r.awaits("canceled", t);
  auto next = timer.wait_for_next_tick().as_task();
  r.line(next.is_completed());
  time.advance(10ms);
  co_await r.awaits("next", next);
}
WEFT_ASYNC_CASE(periodic, a_token_requested_after_the_tick) {
  manual_time time;
  periodic_timer timer(10ms, time);
  std::stop_source source;
  auto t = timer.wait_for_next_tick(source.get_token()).as_task();
  time.advance(10ms);
  source.request_stop();
  co_await r.awaits("await", t);
}
WEFT_CASE(periodic, it_has_one_timer_until_its_end) {
  manual_time time;
  periodic_timer timer(10ms, time);
  r.line(time.timers());
  timer.dispose();
  r.line(time.timers());
}
WEFT_ASYNC_CASE(periodic, a_loop_that_ends_with_it) {
  manual_time time;
  periodic_timer timer(10ms, time);
  std::atomic<int> ticks = 0;
  auto loop = [&]() -> task<> {
    bool more = co_await timer.wait_for_next_tick();
    while (more) {
      ++ticks;
      more = co_await timer.wait_for_next_tick();
    }
  };
  auto t = loop();
  for (int i = 0; i < 3; ++i) {
    time.advance(10ms);
    while (ticks <= i) {
      std::this_thread::yield();
    }
  }
  timer.dispose();
  co_await r.awaits("loop", t);
  r.line(ticks.load());
}
WEFT_CASE(periodic, periods_that_are_none) {
  r.throws("zero", [] { periodic_timer timer(0ms); });
  r.throws("negative", [] { periodic_timer timer(-5ms); });
  r.throws("infinite", [] { periodic_timer timer(infinite); });
  manual_time time;
  periodic_timer timer(10ms, time);
  r.throws("set to zero", [&] { timer.set_period(0ms); });
  r.line(timer.period() == 10ms);
}
WEFT_ASYNC_CASE(periodic, a_second_wait_while_one_is_pending) {
  manual_time time;
  periodic_timer timer(10ms, time);
  auto t = timer.wait_for_next_tick().as_task();
  r.throws("second", [&] { static_cast<void>(timer.wait_for_next_tick()); });
  time.advance(10ms);
  co_await r.awaits("first", t);
}
WEFT_ASYNC_CASE(periodic, a_new_period_counts_from_its_setting) {
  manual_time time;
  periodic_timer timer(10ms, time);
  auto t = timer.wait_for_next_tick().as_task();
  time.advance(8ms);
  timer.set_period(20ms);
  time.advance(2ms);
  r.line(t.is_completed(), timer.period() == 20ms);
  time.advance(17ms);
  r.line(t.is_completed());
  time.advance(1ms);
  co_await r.awaits("tick", t);
}
WEFT_ASYNC_CASE(periodic, a_period_without_end_never_ticks) {
  manual_time time;
  periodic_timer timer(infinite, time);
  auto t = timer.wait_for_next_tick().as_task();
  time.advance(1000000ms);
  r.line(t.is_completed());
  timer.dispose();
  co_await r.awaits("wait", t);
}
WEFT_CASE(periodic, a_new_period_after_the_end) {
  manual_time time;
  periodic_timer timer(10ms, time);
  timer.dispose();
  r.throws("set", [&] { timer.set_period(20ms); });
}
WEFT_ASYNC_CASE(periodic, who_comes_late_keeps_the_grid) {
  manual_time time;
  periodic_timer timer(10ms, time);
  time.advance(25ms);
  r.line(co_await timer.wait_for_next_tick());
  auto t = timer.wait_for_next_tick().as_task();
  time.advance(4ms);
  r.line(t.is_completed());
  time.advance(1ms);
  r.line(co_await t);
}
WEFT_ASYNC_CASE(periodic, the_end_beats_a_token_that_comes_later) {
  manual_time time;
  periodic_timer timer(10ms, time);
  std::stop_source source;
  auto t = timer.wait_for_next_tick(source.get_token()).as_task();
  timer.dispose();
  source.request_stop();
  co_await r.awaits("wait", t);
}
WEFT_ASYNC_CASE(periodic, a_token_beats_an_end_that_comes_later) {
  manual_time time;
  periodic_timer timer(10ms, time);
  std::stop_source source;
  auto t = timer.wait_for_next_tick(source.get_token()).as_task();
  source.request_stop();
  timer.dispose();
  co_await r.awaits("wait", t);
}

}  // namespace
}  // namespace weft::conformance
