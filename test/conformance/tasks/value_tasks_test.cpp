// value_task: results that are often there at once.

#include <weft/time.hpp>

#include "conformance/support.hpp"

namespace weft::conformance {
namespace {

value_task<int> value(task<> gate, int n) {
  co_await std::move(gate);
  co_return n;
}
value_task<> nothing(task<> gate) {
  co_await std::move(gate);
}
value_task<int> fails(task<> gate) {
  co_await std::move(gate);
  throw test_error("boom");
  co_return 0;
}

WEFT_ASYNC_CASE(value_tasks, made_of_a_value) {
  value_task<int> v(5);
  r.line(v.is_completed(), v.is_completed_successfully());
  r.line(co_await std::move(v));
}
WEFT_ASYNC_CASE(value_tasks, default_constructed) {
  value_task<int> v;
  r.line(v.is_completed());
  r.line(co_await std::move(v));
  value_task<> none;
  r.line(none.is_completed());
  co_await std::move(none);
}
WEFT_ASYNC_CASE(value_tasks, made_of_a_task) {
  task_completion_source<int> s;
  value_task<int> v(s.task());
  r.line(v.is_completed());
  s.set_result(6);
  r.line(v.is_completed());
  r.line(co_await std::move(v));
}
WEFT_ASYNC_CASE(value_tasks, made_of_a_failed_task) {
  value_task<int> v(from_exception<int>(test_error("boom")));
  r.line(v.is_completed(), v.is_completed_successfully());
  co_await r.awaits("await", std::move(v));
}
WEFT_ASYNC_CASE(value_tasks, an_async_function_that_never_suspends) {
  auto v = value(completed_task(), 7);
  r.line(v.is_completed());
  r.line(co_await std::move(v));
}
WEFT_ASYNC_CASE(value_tasks, an_async_function_that_suspends) {
  task_completion_source<> gate;
  auto v = value(gate.task(), 8);
  r.line(v.is_completed());
  gate.set_result();
  r.line(v.is_completed());
  r.line(co_await std::move(v));
}
WEFT_ASYNC_CASE(value_tasks, without_a_value) {
  task_completion_source<> gate;
  auto v = nothing(gate.task());
  r.line(v.is_completed());
  gate.set_result();
  co_await r.awaits("await", std::move(v));
}
WEFT_ASYNC_CASE(value_tasks, that_fails_at_once) {
  auto v = fails(completed_task());
  r.line(v.is_completed(), v.is_completed_successfully());
  co_await r.awaits("await", std::move(v));
}
WEFT_ASYNC_CASE(value_tasks, that_fails_later) {
  task_completion_source<> gate;
  auto v = fails(gate.task());
  gate.set_result();
  co_await r.awaits("await", std::move(v));
}
value_task<int> cancels() {
  std::stop_source source;
  source.request_stop();
  co_await delay(infinite, source.get_token());
  co_return 1;
}
WEFT_ASYNC_CASE(value_tasks, that_is_canceled) {
  auto t = cancels().as_task();
  r.line(t.status());
  co_await r.awaits("await", t);
}
WEFT_ASYNC_CASE(value_tasks, as_a_task_it_can_be_awaited_often) {
  auto t = value(completed_task(), 9).as_task();
  const int first = co_await t;
  r.line(first, co_await t);
  auto u = value_task<int>(10).as_task();
  r.line(u.status(), co_await u);
}
WEFT_CASE(value_tasks, result_that_is_there) {
  r.line(value_task<int>(11).result());
}
WEFT_CASE(value_tasks, result_that_comes_later) {
  task_completion_source<> gate;
  auto t = value(gate.task(), 12);
  on_thread("setter", [&] { gate.set_result(); });
  r.line(std::move(t).result());
}
WEFT_CASE(value_tasks, starts_at_the_call) {
  task_completion_source<> gate;
  auto body = [&]() -> value_task<> {
    r.line("starts");
    co_await gate.task();
    r.line("goes on");
  };
  auto v = body();
  r.line("called");
  gate.set_result();
  r.line(v.is_completed());
}
WEFT_ASYNC_CASE(value_tasks, a_second_use_of_one_with_a_source) {
  task_completion_source<int> source;
  value_task<int> v(source.task());
  source.set_result(1);
  r.line(co_await std::move(v));
  // NOLINTBEGIN(bugprone-use-after-move): it is what the case is about
  r.gives("second", [&] { return std::move(v).result(); });
  r.gives("is_completed", [&] { return v.is_completed(); });
  // NOLINTEND(bugprone-use-after-move)
}

}  // namespace
}  // namespace weft::conformance
