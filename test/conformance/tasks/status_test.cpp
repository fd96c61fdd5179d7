// The life of a task: which states there are, and when each holds.

#include <weft/time.hpp>

#include "conformance/support.hpp"

namespace weft::conformance {
namespace {

WEFT_CASE(status, completed_task) {
  r.state("task", completed_task());
}
WEFT_CASE(status, from_result) {
  auto t = from_result(42);
  r.state("task", t);
  r.line("result", t.result());
}
WEFT_CASE(status, from_exception) {
  auto t = from_exception(test_error("boom"));
  r.state("task", t);
  r.errors("errors", t);
}
std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}
WEFT_CASE(status, from_canceled) {
  auto t = from_canceled(requested());
  r.state("task", t);
  r.errors("errors", t);
}
WEFT_CASE(status, from_canceled_needs_a_requested_token) {
  cancellation_source source;
  r.throws("not requested", [&] { from_canceled(source.token()).detach(); });
  r.throws("none", [] { from_canceled({}).detach(); });
}
WEFT_CASE(status, source_before_and_after_its_result) {
  task_completion_source<int> source;
  r.state("before", source.task());
  source.set_result(1);
  r.state("after", source.task());
}
WEFT_CASE(status, source_with_an_exception) {
  task_completion_source<int> source;
  source.set_exception(test_error("boom"));
  r.state("task", source.task());
  r.errors("errors", source.task());
}
WEFT_CASE(status, source_canceled) {
  task_completion_source<int> source;
  source.set_canceled();
  r.state("task", source.task());
  r.errors("errors", source.task());
}

task<> returns() {
  co_return;
}
task<> suspends(task<> gate) {
  co_await std::move(gate);
}
task<> throws(std::exception_ptr e) {
  co_await completed_task();
  std::rethrow_exception(e);
}
task<> throws_after(task<> gate, std::exception_ptr e) {
  co_await std::move(gate);
  std::rethrow_exception(e);
}

WEFT_CASE(status, async_function_that_never_suspends) {
  r.state("task", returns());
}
WEFT_CASE(status, async_function_that_is_suspended_and_ends) {
  task_completion_source<> gate;
  auto t = suspends(gate.task());
  r.state("suspended", t);
  gate.set_result();
  r.state("ended", t);
}
WEFT_CASE(status, async_function_that_throws_before_its_first_suspension) {
  auto t = throws(error("boom"));
  r.state("task", t);
  r.errors("errors", t);
}
WEFT_CASE(status, async_function_that_throws_later) {
  task_completion_source<> gate;
  auto t = throws_after(gate.task(), error("boom"));
  r.state("before", t);
  gate.set_result();
  r.state("after", t);
  r.errors("errors", t);
}
WEFT_CASE(status, async_function_that_lets_a_cancellation_escape) {
  auto t = throws(std::make_exception_ptr(operation_canceled()));
  r.state("task", t);
  r.errors("errors", t);
}
WEFT_CASE(status, async_function_that_lets_a_cancellation_with_a_foreign_token_escape) {
  cancellation_source source;
  auto t = throws(std::make_exception_ptr(operation_canceled(source.token())));
  r.state("task", t);
}
WEFT_CASE(status, async_function_that_awaits_a_canceled_task) {
  auto t = suspends(from_canceled(requested()));
  r.state("task", t);
}
WEFT_CASE(status, async_function_that_awaits_a_task_canceled_later) {
  task_completion_source<> gate;
  auto t = suspends(gate.task());
  gate.set_canceled();
  r.state("task", t);
}
WEFT_CASE(status, a_cancellation_set_as_an_exception_is_a_fault) {
  task_completion_source<> source;
  source.set_exception(operation_canceled());
  r.state("task", source.task());
  r.errors("errors", source.task());
}
WEFT_CASE(status, work_in_a_scheduler) {
  manual_scheduler scheduler;
  task<> t;
  t = run([&] { r.state("inside", t); }, run_options{.scheduler = &scheduler});
  r.state("queued", t);
  scheduler.run_one();
  r.state("ended", t);
}
WEFT_CASE(status, work_in_a_scheduler_that_throws) {
  manual_scheduler scheduler;
  auto t = run([] { throw test_error("boom"); }, run_options{.scheduler = &scheduler});
  scheduler.run_one();
  r.state("task", t);
  r.errors("errors", t);
}
WEFT_CASE(status, work_in_a_scheduler_that_gives_a_task) {
  manual_scheduler scheduler;
  task_completion_source<> gate;
  auto t = run([&] { return gate.task(); }, run_options{.scheduler = &scheduler});
  r.state("queued", t);
  scheduler.run_one();
  r.state("inner is suspended", t);
  gate.set_result();
  t.wait();
  r.state("ended", t);
}
WEFT_CASE(status, a_delay) {
  cancellation_source source;
  auto t = delay(infinite, source.token());
  r.state("waiting", t);
  source.cancel();
  r.state("canceled", t);
  r.state("of nothing", delay(0s));
}
WEFT_CASE(status, of_several) {
  task_completion_source<> a;
  task_completion_source<> b;
  auto ta = a.task();
  auto tb = b.task();
  auto all = when_all(ta, tb);
  auto any = when_any(ta, tb);
  r.state("all", all);
  r.state("any", any);
  a.set_exception(test_error("a"));
  r.state("all", all);
  r.state("any", any);
  b.set_result();
  r.state("all", all);
  r.errors("errors", all);
}
WEFT_CASE(status, statuses_have_an_order) {
  r.line(task_status::created < task_status::waiting_for_activation,
         task_status::waiting_to_run < task_status::running,
         task_status::running < task_status::ran_to_completion,
         task_status::ran_to_completion < task_status::canceled,
         task_status::canceled < task_status::faulted);
}

}  // namespace
}  // namespace weft::conformance
