// What has run when a call returns, and what runs inside set_result.

#include "conformance/support.hpp"

namespace weft::conformance {
namespace {

task<> traced(recorder& r, const char* name, task<> gate) {
  r.line(name, "starts on", here());
  co_await std::move(gate);
  r.line(name, "goes on");
}

WEFT_CASE(hot_start, runs_to_the_first_suspension_inside_the_call) {
  task_completion_source<> gate;
  auto t = traced(r, "a", gate.task());
  r.line("called");
  gate.set_result();
  r.line("set");
  t.wait();
}
WEFT_CASE(hot_start, runs_to_the_end_when_nothing_suspends) {
  auto t = traced(r, "a", completed_task());
  r.line("called", t.is_completed());
}
WEFT_CASE(hot_start, several_start_in_the_order_of_the_calls) {
  task_completion_source<> first;
  task_completion_source<> second;
  auto a = traced(r, "a", first.task());
  auto b = traced(r, "b", completed_task());
  auto c = traced(r, "c", second.task());
  r.line("called", a.is_completed(), b.is_completed(), c.is_completed());
  second.set_result();
  first.set_result();
  wait_all(a, b, c);
}
task<> outer(recorder& r, task<> gate) {
  r.line("outer starts");
  auto inner = traced(r, "inner", std::move(gate));
  co_await inner;
  r.line("outer goes on");
}
WEFT_CASE(hot_start, a_nested_call_starts_too) {
  task_completion_source<> gate;
  auto t = outer(r, gate.task());
  r.line("called");
  gate.set_result();
  r.line("set", t.is_completed());
}
task<int> immediately(recorder& r) {
  r.line("runs");
  co_return 1;
}
WEFT_CASE(hot_start, it_runs_though_nobody_awaits) {
  immediately(r).detach();
  r.line("called");
}
task<> throwing(recorder& r) {
  r.line("runs");
  throw test_error("boom");
  co_return;
}
WEFT_CASE(hot_start, an_exception_before_the_first_suspension_does_not_come_out_of_the_call) {
  task<> t;
  r.throws("call", [&] { t = throwing(r); });
  r.line("faulted", t.is_faulted());
  r.errors("errors", t);
}
task<> not_async(bool fail) {
  if (fail) {
    throw test_error("boom");
  }
  return completed_task();
}
WEFT_CASE(hot_start, a_plain_function_that_throws_does) {
  r.throws("call", [] { not_async(true).detach(); });
}
WEFT_CASE(hot_start, an_await_of_a_completed_task_does_not_suspend) {
  auto body = [&]() -> task<> {
    r.line("before", here());
    auto one = from_result(1);
    co_await one;
    r.line("after", here());
  };
  auto t = body();
  r.line("called", t.is_completed());
}
WEFT_CASE(hot_start, a_yield_suspends) {
  task_completion_source<> called;
  auto body = [&]() -> task<> {
    r.line("before", here());
    co_await yield();
    co_await called.task();
    r.line("after");
  };
  auto t = body();
  r.line("called");
  called.set_result();
  t.wait();
}
WEFT_CASE(hot_start, the_awaiter_runs_inside_set_result) {
  task_completion_source<> gate;
  auto body = [&]() -> task<> {
    co_await gate.task();
    r.line("goes on");
  };
  auto t = body();
  r.line("set begins");
  gate.set_result();
  r.line("set ends", t.is_completed());
}
task<> catching(recorder& r, task<> gate) {
  std::exception_ptr caught;
  try {
    co_await std::move(gate);
  } catch (...) {
    caught = std::current_exception();
  }
  r.line("caught", caught);
}
WEFT_CASE(hot_start, also_inside_set_exception_and_set_canceled) {
  task_completion_source<> a;
  task_completion_source<> b;
  auto ta = catching(r, a.task());
  auto tb = catching(r, b.task());
  a.set_exception(test_error("boom"));
  r.line("set", ta.is_completed());
  b.set_canceled();
  r.line("set", tb.is_completed());
}
task<std::string> where_it_goes_on(task<> gate) {
  co_await std::move(gate);
  co_return here();
}
WEFT_CASE(hot_start, but_not_when_continuations_run_asynchronously) {
  task_completion_source<> gate({.run_continuations_asynchronously = true});
  auto t = where_it_goes_on(gate.task());
  gate.set_result();
  r.line(t.result());
}
WEFT_CASE(hot_start, the_thread_that_completes_goes_on_with_the_awaiter) {
  task_completion_source<> gate;
  auto body = [&]() -> task<> {
    r.line(here());
    co_await gate.task();
    r.line(here());
  };
  auto t = body();
  on_thread("setter", [&] { gate.set_result(); });
  r.line(t.is_completed());
}
task<> level(recorder& r, task<>& gate, int n) {
  if (n == 0) {
    co_await gate;
  } else {
    co_await level(r, gate, n - 1);
  }
  r.line("level", n);
}
WEFT_CASE(hot_start, a_chain_resumes_from_the_inside_out) {
  task_completion_source<> gate;
  auto end = gate.task();
  auto t = level(r, end, 4);
  gate.set_result();
  r.line("done", t.is_completed());
}
WEFT_CASE(hot_start, how_many_of_several_awaiters_run_inline) {
  task_completion_source<> gate;
  std::vector<task<std::string>> tasks;
  for (int i = 0; i < 3; ++i) {
    tasks.push_back(where_it_goes_on(gate.task()));
  }
  on_thread("setter", [&] { gate.set_result(); });
  r.line(when_all(std::move(tasks)).result());
}
WEFT_CASE(hot_start, a_task_may_be_awaited_many_times_and_after_its_end) {
  task_completion_source<int> gate;
  auto source = gate.task();
  auto twice = [&]() -> task<int> {
    const int first = co_await source;
    const int second = co_await source;
    co_return first + second;
  };
  auto t = twice();
  gate.set_result(4);
  r.line(t.result(), twice().result());
}

}  // namespace
}  // namespace weft::conformance
