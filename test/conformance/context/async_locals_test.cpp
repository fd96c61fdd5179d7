// async_local: where values flow, and where they do not come back.

#include <weft/parallel/parallel_for.hpp>
#include <weft/task/async_local.hpp>
#include <weft/time.hpp>

#include "conformance/support.hpp"

#include <atomic>

namespace weft::conformance {
namespace {

async_local<int>& local() {
  static async_local<int> value;
  return value;
}
async_local<std::string>& name() {
  static async_local<std::string> value;
  return value;
}

WEFT_CASE(async_locals, nothing_was_set) {
  r.line(async_local<int>().get());
}
WEFT_CASE(async_locals, set_and_get) {
  local().set(1);
  r.line(local().get());
  local().set(2);
  r.line(local().get());
  local().set(0);
}
WEFT_CASE(async_locals, two_do_not_mix) {
  local().set(1);
  name().set("a");
  r.line(local().get(), name().get());
  local().set(0);
  name().set("");
}
WEFT_ASYNC_CASE(async_locals, across_an_await) {
  local().set(3);
  co_await yield();
  r.line(local().get());
  co_await delay(1ms);
  r.line(local().get());
}
task<> says_twice(recorder& r) {
  r.line("in", local().get());
  co_await yield();
  r.line("later", local().get());
}
WEFT_ASYNC_CASE(async_locals, into_a_call) {
  local().set(4);
  co_await says_twice(r);
}
task<> sets_and_suspends(recorder& r, int value, task<>& gate) {
  local().set(value);
  co_await gate;
  r.line("callee", local().get());
}
WEFT_ASYNC_CASE(async_locals, out_of_a_call_that_suspends) {
  local().set(5);
  task_completion_source<> source;
  auto gate = source.task();
  auto t = sets_and_suspends(r, 50, gate);
  r.line("caller", local().get());
  source.set_result();
  co_await t;
  r.line("caller", local().get());
}
task<> sets(recorder& r, int value) {
  local().set(value);
  r.line("callee", local().get());
  co_return;
}
WEFT_ASYNC_CASE(async_locals, out_of_a_call_that_does_not_suspend) {
  local().set(6);
  co_await sets(r, 60);
  r.line("caller", local().get());
}
WEFT_CASE(async_locals, out_of_a_plain_function) {
  auto callee = [] { local().set(70); };
  local().set(7);
  callee();
  r.line(local().get());
  local().set(0);
}
task<> suspends_and_sets(recorder& r, int value) {
  co_await yield();
  local().set(value);
  r.line("callee", local().get());
}
WEFT_ASYNC_CASE(async_locals, set_after_the_await_in_a_callee) {
  local().set(8);
  co_await suspends_and_sets(r, 80);
  r.line("caller", local().get());
}
task<int> child(task<>& gate, int n) {
  local().set(n);
  co_await gate;
  co_return local().get();
}
WEFT_ASYNC_CASE(async_locals, siblings_do_not_see_each_other) {
  task_completion_source<> gate;
  auto end = gate.task();
  local().set(9);
  auto a = child(end, 91);
  auto b = child(end, 92);
  gate.set_result();
  const int first = co_await a;
  const int second = co_await b;
  r.line(first, second, local().get());
}
WEFT_ASYNC_CASE(async_locals, into_run) {
  local().set(10);
  r.line(co_await run([] { return local().get(); }));
}
WEFT_ASYNC_CASE(async_locals, out_of_run) {
  local().set(11);
  co_await run([] { local().set(110); });
  r.line(local().get());
}
WEFT_ASYNC_CASE(async_locals, as_it_was_when_run_was_called) {
  task_completion_source<> gate;
  local().set(12);
  auto t = run([&]() -> task<int> {
    co_await gate.task();
    co_return local().get();
  });
  local().set(120);
  gate.set_result();
  const int seen = co_await t;
  r.line(seen, local().get());
}
task<int> waits(task<> gate) {
  co_await std::move(gate);
  co_return local().get();
}
WEFT_CASE(async_locals, whoever_completes_does_not_hand_over_his_value) {
  task_completion_source<> gate;
  local().set(13);
  auto t = waits(gate.task());
  local().set(130);
  gate.set_result();
  r.line(t.result(), local().get());
  local().set(0);
}
task<> waits_and_sets(task<> gate, int value) {
  co_await std::move(gate);
  local().set(value);
}
WEFT_CASE(async_locals, a_continuation_does_not_change_the_value_of_who_completes) {
  task_completion_source<> gate;
  auto t = waits_and_sets(gate.task(), 140);
  local().set(14);
  gate.set_result();
  r.line(t.is_completed(), local().get());
  local().set(0);
}
WEFT_CASE(async_locals, into_a_registration) {
  cancellation_source source;
  local().set(15);
  auto registration = source.on_cancel([&] { r.line("callback", local().get()); });
  local().set(150);
  source.cancel();
  r.line(local().get());
  local().set(0);
}
WEFT_CASE(async_locals, into_a_post_it_does_not_flow_by_itself) {
  manual_context a;
  task_completion_source<> gate;
  task<int> t;
  {
    const synchronization_context::scope current(a);
    local().set(16);
    t = waits(gate.task());
  }
  local().set(160);
  gate.set_result();
  a.run_one();
  r.line(t.result(), local().get());
  local().set(0);
}
task<int> yields() {
  co_await yield();
  co_return local().get();
}
WEFT_ASYNC_CASE(async_locals, into_a_when_all) {
  local().set(17);
  auto [a, b, c] = co_await when_all(yields(), yields(), yields());
  r.line(std::vector{a, b, c});
}
WEFT_CASE(async_locals, threads_begin_without) {
  on_thread("fresh", [&] {
    r.line(local().get());
    local().set(18);
    r.line(local().get());
  });
}
task<> level(recorder& r, int n) {
  local().set(n);
  if (n < 3) {
    co_await level(r, n + 1);
  } else {
    co_await yield();
  }
  r.line("level", n, local().get());
}
WEFT_ASYNC_CASE(async_locals, nested_levels) {
  local().set(100);
  co_await level(r, 1);
  r.line(local().get());
}
task<> sets_and_fails() {
  local().set(190);
  co_await yield();
  throw test_error("boom");
}
WEFT_ASYNC_CASE(async_locals, after_an_exception) {
  local().set(19);
  try {
    co_await sets_and_fails();
  } catch (const test_error&) {
  }
  r.line(local().get());
}
WEFT_ASYNC_CASE(async_locals, in_a_loop_of_awaits) {
  for (int i = 0; i < 3; ++i) {
    local().set(i);
    co_await yield();
    r.line(local().get());
  }
}
WEFT_CASE(async_locals, into_a_parallel_loop) {
  local().set(20);
  std::atomic<int> wrong = 0;
  parallel_for(0, 100, [&](int) { wrong += local().get() != 20 ? 1 : 0; });
  r.line(wrong.load(), local().get());
  local().set(0);
}
value_task<int> value_callee() {
  const int seen = local().get();
  local().set(210);
  co_await yield();
  co_return seen + local().get();
}
WEFT_ASYNC_CASE(async_locals, with_a_value_task) {
  local().set(21);
  const int got = co_await value_callee();
  r.line(got, local().get());
}
WEFT_CASE(async_locals, into_async_void) {
  task_completion_source<> gate;
  auto handler = [&]() -> weft::async_void {
    local().set(local().get() + 1);
    co_await gate.task();
    r.line("handler", local().get());
  };
  local().set(22);
  handler();
  r.line(local().get());
  gate.set_result();
  local().set(0);
}
task<std::string> where_it_goes_on(task<> gate) {
  co_await std::move(gate);
  co_return here();
}
WEFT_CASE(async_locals, a_value_does_not_make_it_go_on_in_a_context_that_is_not_its_own) {
  manual_context a;
  task_completion_source<> gate;
  local().set(23);
  auto t = where_it_goes_on(gate.task());
  on_thread("setter", [&] {
    const synchronization_context::scope current(a);
    gate.set_result();
  });
  const std::string where = t.result();
  r.line(where, a.posts());
  local().set(0);
}

}  // namespace
}  // namespace weft::conformance
