// wait_async: a limit to the waiting, not to what is awaited; and periodic_timer.

#include <weft/time.hpp>

#include "conformance/support.hpp"

namespace weft::conformance {
namespace {

std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

WEFT_ASYNC_CASE(wait_async, of_a_completed_task) {
  co_await r.awaits("value", from_result(1).wait_async(1000ms));
  co_await r.awaits("no time", from_result(2).wait_async(0ms));
  co_await r.awaits("requested", from_result(3).wait_async(requested()));
}
WEFT_ASYNC_CASE(wait_async, in_time) {
  task_completion_source<int> s;
  auto t = s.task().wait_async(1h);
  r.line(t.is_completed());
  s.set_result(4);
  co_await r.awaits("await", t);
}
WEFT_ASYNC_CASE(wait_async, too_late) {
  task_completion_source<int> s;
  auto t = s.task().wait_async(2ms);
  co_await r.awaits("await", t);
  r.line(t.status(), s.task().is_completed());
  s.set_result(5);
  co_await r.awaits("the task", s.task());
}
WEFT_ASYNC_CASE(wait_async, no_time_at_all) {
  task_completion_source<> s;
  co_await r.awaits("await", s.task().wait_async(0ms));
  s.set_result();
}
WEFT_CASE(wait_async, less_than_no_time) {
  task_completion_source<> s;
  r.throws("pending", [&] { s.task().wait_async(-5ms).detach(); });
  r.throws("completed", [] { completed_task().wait_async(-5ms).detach(); });
  s.set_result();
}
WEFT_ASYNC_CASE(wait_async, a_requested_token) {
  task_completion_source<> s;
  auto t = s.task().wait_async(requested());
  r.line(t.status());
  co_await r.awaits("await", t);
  s.set_result();
}
WEFT_ASYNC_CASE(wait_async, a_requested_token_and_no_time) {
  task_completion_source<> s;
  co_await r.awaits("await", s.task().wait_async(0ms, requested()));
  s.set_result();
}
WEFT_ASYNC_CASE(wait_async, canceled_while_it_waits) {
  cancellation_source source;
  task_completion_source<> s;
  auto t = s.task().wait_async(source.token());
  source.cancel();
  co_await r.awaits("await", t);
  r.line(t.status(), s.task().is_completed());
  s.set_result();
}
WEFT_ASYNC_CASE(wait_async, a_task_that_fails) {
  task_completion_source<> s;
  auto t = s.task().wait_async(1h);
  s.set_exception(test_error("boom"));
  co_await r.awaits("await", t);
  r.line(t.status());
}
WEFT_ASYNC_CASE(wait_async, a_task_with_several_errors) {
  task_completion_source<> s;
  auto t = s.task().wait_async(1h);
  s.set_exception(std::vector{error("a"), error("b")});
  co_await r.awaits("await", t);
  r.errors("errors", t);
}
WEFT_ASYNC_CASE(wait_async, a_task_that_is_canceled) {
  task_completion_source<> s;
  auto t = s.task().wait_async(1h);
  s.set_canceled();
  co_await r.awaits("await", t);
  r.line(t.status());
}
WEFT_ASYNC_CASE(wait_async, twice_on_one_task) {
  task_completion_source<int> s;
  auto early = s.task().wait_async(2ms);
  auto late = s.task().wait_async(1h);
  co_await r.awaits("early", early);
  s.set_result(6);
  co_await r.awaits("late", late);
}
WEFT_ASYNC_CASE(wait_async, by_a_clock_that_is_moved) {
  manual_time time;
  task_completion_source<int> s;
  auto t = s.task().wait_async(100ms, time);
  time.advance(99ms);
  r.line(t.is_completed());
  time.advance(1ms);
  co_await r.awaits("await", t);
  s.set_result(1);
}
WEFT_ASYNC_CASE(wait_async, ticks) {
  periodic_timer timer(1ms);
  for (int i = 0; i < 3; ++i) {
    r.line(co_await timer.wait_for_next_tick());
  }
}
WEFT_ASYNC_CASE(wait_async, a_tick_that_nobody_waited_for_is_kept) {
  manual_time time;
  periodic_timer timer(10ms, time);
  time.advance(35ms);
  auto first = timer.wait_for_next_tick().as_task();
  const bool at_once = first.is_completed();
  r.line(at_once, co_await first);
  auto second = timer.wait_for_next_tick().as_task();
  r.line(second.is_completed());
  time.advance(10ms);
  r.line(co_await second);
}
WEFT_ASYNC_CASE(wait_async, disposing_ends_the_wait) {
  periodic_timer timer(1h);
  auto t = timer.wait_for_next_tick().as_task();
  r.line(t.is_completed());
  timer.dispose();
  const bool pending = co_await t;
  const bool later = co_await timer.wait_for_next_tick();
  r.line(pending, later);
  timer.dispose();
}
WEFT_ASYNC_CASE(wait_async, two_waits_at_once) {
  periodic_timer timer(1h);
  auto t = timer.wait_for_next_tick().as_task();
  try {
    co_await timer.wait_for_next_tick();
    r.line("ok");
  } catch (const std::exception&) {
    r.line(std::current_exception());
  }
  timer.dispose();
  r.line(co_await t);
}
WEFT_ASYNC_CASE(wait_async, a_tick_canceled) {
  periodic_timer timer(1h);
  cancellation_source source;
  auto t = timer.wait_for_next_tick(source.token()).as_task();
  source.cancel();
  co_await r.awaits("await", t);
  co_await r.awaits("requested", timer.wait_for_next_tick(requested()));
}
WEFT_CASE(wait_async, bad_periods) {
  r.throws("zero", [] { periodic_timer(0ms); });
  r.throws("negative", [] { periodic_timer(-5ms); });
  r.throws("infinite", [] { periodic_timer{infinite}; });
}

}  // namespace
}  // namespace weft::conformance
