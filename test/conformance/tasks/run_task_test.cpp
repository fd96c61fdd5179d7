// run: what runs where, what is unwrapped, when the token counts.

#include "conformance/support.hpp"

#include <latch>

namespace weft::conformance {
namespace {

std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

WEFT_ASYNC_CASE(run_task, runs_on_the_pool) {
  co_await r.awaits("place", run(&here));
}
WEFT_ASYNC_CASE(run_task, gives_the_value) {
  co_await r.awaits("value", run([] { return 42; }));
}
WEFT_ASYNC_CASE(run_task, throws_what_the_function_throws) {
  auto t = run([] { throw test_error("boom"); });
  co_await r.awaits("await", t);
  r.state("task", t);
}
WEFT_ASYNC_CASE(run_task, unwraps_a_task) {
  co_await r.awaits("value", run([] { return from_result(42); }));
}
WEFT_ASYNC_CASE(run_task, unwraps_an_async_function) {
  co_await r.awaits("value", run([]() -> task<std::string> {
                      co_await yield();
                      co_return here();
                    }));
}
WEFT_ASYNC_CASE(run_task, unwraps_one_level_only) {
  auto t = run([] { return from_result(from_result(42)); });
  auto inner = co_await std::move(t);
  r.line(co_await inner);
}
WEFT_ASYNC_CASE(run_task, a_failure_of_the_inner_task) {
  auto t = run([] { return from_exception<int>(test_error("boom")); });
  co_await r.awaits("await", t);
  r.errors("errors", t);
}
WEFT_ASYNC_CASE(run_task, several_failures_of_the_inner_task) {
  task_completion_source<> source;
  source.set_exception(std::vector{error("a"), error("b")});
  auto t = run([&] { return source.task(); });
  co_await r.awaits("await", t);
  r.errors("errors", t);
}
WEFT_ASYNC_CASE(run_task, a_cancellation_of_the_inner_task) {
  auto t = run([] { return from_canceled(requested()); });
  co_await r.awaits("await", t);
  r.state("task", t);
}
WEFT_ASYNC_CASE(run_task, an_inner_task_faulted_with_a_cancellation) {
  task_completion_source<> source;
  source.set_exception(operation_canceled());
  auto t = run([&] { return source.task(); });
  co_await r.awaits("await", t);
  r.state("task", t);
}
WEFT_ASYNC_CASE(run_task, a_requested_token_keeps_it_from_running) {
  bool ran = false;
  auto t = run([&] { ran = true; }, requested());
  co_await r.awaits("await", t);
  r.line(ran, t.status());
}
WEFT_ASYNC_CASE(run_task, a_token_requested_while_it_runs_does_nothing_by_itself) {
  cancellation_source source;
  auto t = run(
      [&] {
        source.cancel();
        return 1;
      },
      source.token());
  co_await r.awaits("await", t);
  r.line(t.status());
}
WEFT_ASYNC_CASE(run_task, a_cancellation_of_its_own_token) {
  cancellation_source source;
  auto t = run(
      [&] {
        source.cancel();
        throw_if_stopped(source.token());
      },
      source.token());
  co_await r.awaits("await", t);
  r.line(t.status());
}
WEFT_ASYNC_CASE(run_task, a_cancellation_of_another_token_out_of_a_plain_function) {
  cancellation_source source;
  source.cancel();
  auto t = run([&] { throw_if_stopped(source.token()); });
  co_await r.awaits("await", t);
  r.line(t.status());
}
WEFT_ASYNC_CASE(run_task, a_cancellation_without_a_token_out_of_a_plain_function) {
  auto t = run([] { throw operation_canceled(); });
  co_await r.awaits("await", t);
  r.line(t.status());
}
WEFT_ASYNC_CASE(run_task, a_cancellation_of_another_token_out_of_an_async_function) {
  cancellation_source source;
  source.cancel();
  auto t = run([&]() -> task<> {
    throw_if_stopped(source.token());
    co_return;
  });
  co_await r.awaits("await", t);
  r.line(t.status());
}
WEFT_CASE(run_task, there_is_no_context_inside) {
  manual_context context;
  const synchronization_context::scope current(context);
  auto t = run([] { return synchronization_context::current() == nullptr; });
  r.line(t.result(), synchronization_context::current() != nullptr);
}
WEFT_CASE(run_task, the_scheduler_inside_is_the_default) {
  auto t = run([] { return task_scheduler::current() == &task_scheduler::default_scheduler(); });
  r.line(t.result());
}
WEFT_CASE(run_task, nested) {
  r.line(run([] {
           return run([] { return run([] { return 3; }).result() + 1; }).result() + 1;
         }).result());
}
WEFT_ASYNC_CASE(run_task, the_call_returns_before_it_ends) {
  std::latch gate(1);
  auto t = run([&] {
    gate.wait();
    return 1;
  });
  r.line(t.is_completed());
  gate.count_down();
  r.line(co_await t);
}
WEFT_ASYNC_CASE(run_task, an_await_in_it_goes_on_on_the_pool) {
  task_completion_source<> gate;
  task_completion_source<> began;
  auto t = run([&]() -> task<std::string> {
    began.set_result();
    co_await gate.task();
    co_return here();
  });
  co_await began.task();
  auto opens = run([&] { gate.set_result(); });
  r.line(co_await t);
  co_await opens;
}
WEFT_ASYNC_CASE(run_task, an_empty_task) {
  co_await r.awaits("await", run([] { return task<>(); }));
}
WEFT_ASYNC_CASE(run_task, many) {
  std::vector<task<int>> tasks;
  for (int i = 0; i < 100; ++i) {
    tasks.push_back(run([i] { return i * i; }));
  }
  const std::vector<int> all = co_await when_all(std::move(tasks));
  int sum = 0;
  for (const int x : all) {
    sum += x;
  }
  r.line(sum);
}

}  // namespace
}  // namespace weft::conformance
