// A task that ordinary code completes.

#include <weft/parallel/parallel_for.hpp>

#include "conformance/support.hpp"

#include <atomic>

namespace weft::conformance {
namespace {

WEFT_CASE(completion_source, the_second_completion_throws) {
  task_completion_source<int> s;
  s.set_result(1);
  r.throws("result", [&] { s.set_result(2); });
  r.throws("exception", [&] { s.set_exception(test_error("boom")); });
  r.throws("canceled", [&] { s.set_canceled(); });
  r.line(s.task().result());
}
WEFT_CASE(completion_source, the_second_try_gives_false) {
  task_completion_source<int> s;
  const bool first = s.try_set_result(1);
  r.line(first, s.try_set_result(2), s.try_set_exception(error("boom")), s.try_set_canceled());
  r.line(s.task().status(), s.task().result());
}
WEFT_CASE(completion_source, after_an_exception) {
  task_completion_source<int> s;
  const bool first = s.try_set_exception(error("first"));
  r.line(first, s.try_set_result(1), s.try_set_exception(error("second")), s.try_set_canceled());
  r.throws("result", [&] { s.set_result(1); });
  r.errors("errors", s.task());
}
WEFT_CASE(completion_source, after_a_cancellation) {
  task_completion_source<int> s;
  const bool first = s.try_set_canceled();
  r.line(first, s.try_set_result(1), s.try_set_exception(error("second")), s.try_set_canceled());
  r.throws("canceled", [&] { s.set_canceled(); });
  r.line(s.task().status());
}
WEFT_CASE(completion_source, its_task_is_always_the_same) {
  task_completion_source<int> s;
  auto a = s.task();
  s.set_result(7);
  auto b = s.task();
  r.line(a.result(), b.result());
}
WEFT_ASYNC_CASE(completion_source, canceled_with_a_token) {
  cancellation_source source;
  task_completion_source<> s;
  s.set_canceled(source.token());
  auto t = s.task();
  r.line(t.status());
  try {
    co_await t;
  } catch (const operation_canceled& e) {
    r.line(e.token() == source.token(), e.token().stop_requested());
  }
}
WEFT_ASYNC_CASE(completion_source, canceled_without_a_token) {
  task_completion_source<> s;
  s.set_canceled();
  auto t = s.task();
  try {
    co_await t;
  } catch (const operation_canceled& e) {
    r.line(e.token().stop_possible());
  }
}
WEFT_ASYNC_CASE(completion_source, several_exceptions) {
  task_completion_source<int> s;
  s.set_exception(std::vector{error("a"), error("b")});
  auto t = s.task();
  r.errors("errors", t);
  co_await r.awaits("await", t);
}
WEFT_CASE(completion_source, a_try_with_several_exceptions) {
  task_completion_source<int> s;
  const bool first = s.try_set_exception(std::vector{error("a"), error("b")});
  r.line(first, s.try_set_exception(std::vector{error("c")}));
  r.errors("errors", s.task());
}
WEFT_ASYNC_CASE(completion_source, a_cancellation_as_an_exception) {
  task_completion_source<int> s;
  s.set_exception(operation_canceled());
  auto t = s.task();
  r.line(t.status());
  co_await r.awaits("await", t);
}
task<> waits(task<int> inner) {
  co_await std::move(inner);
}
WEFT_ASYNC_CASE(completion_source, an_awaiter_of_such_a_task_ends_canceled) {
  task_completion_source<int> s;
  s.set_exception(operation_canceled());
  r.line(waits(s.task()).status());
  co_return;
}
WEFT_CASE(completion_source, who_wins_a_race) {
  task_completion_source<int> s;
  std::atomic<int> won = 0;
  parallel_for(0, 16, [&](int i) { won += s.try_set_result(i) ? 1 : 0; });
  r.line(won.load(), s.task().is_completed_successfully());
}
WEFT_CASE(completion_source, completed_before_anybody_asked) {
  task_completion_source<std::string> s;
  s.set_result("early");
  r.line(s.task().is_completed(), s.task().result());
}
task<std::string> where(task<> gate) {
  try {
    co_await std::move(gate);
  } catch (const std::exception&) {
  }
  co_return here();
}
WEFT_CASE(completion_source, inline_by_default_on_the_pool_by_option) {
  task_completion_source<> inlined;
  task_completion_source<> pooled({.run_continuations_asynchronously = true});
  auto a = where(inlined.task());
  auto b = where(pooled.task());
  on_thread("setter", [&] {
    inlined.set_result();
    pooled.set_result();
  });
  r.line(a.result(), b.result());
}
WEFT_CASE(completion_source, the_option_holds_for_exceptions_and_cancellation) {
  task_completion_source<> a({.run_continuations_asynchronously = true});
  task_completion_source<> b({.run_continuations_asynchronously = true});
  auto ta = where(a.task());
  auto tb = where(b.task());
  on_thread("setter", [&] {
    a.set_exception(test_error("boom"));
    b.set_canceled();
  });
  r.line(ta.result(), tb.result());
}
WEFT_CASE(completion_source, set_inside_an_awaiter_of_another) {
  task_completion_source<> a;
  task_completion_source<> b;
  auto first = [&]() -> task<> {
    co_await a.task();
    r.line("first");
    b.set_result();
    r.line("first ends");
  };
  auto second = [&]() -> task<> {
    co_await b.task();
    r.line("second");
  };
  auto t1 = first();
  auto t2 = second();
  a.set_result();
  r.line(t1.is_completed(), t2.is_completed());
}

}  // namespace
}  // namespace weft::conformance
