// Exceptions that nobody took: which way of looking counts.

#include "conformance/support.hpp"

namespace weft::conformance {
namespace {

task<> failed(const char* message) {
  return from_exception(test_error(message));
}

WEFT_CASE(unobserved, a_dropped_task_is_reported) {
  r.line(unobserved_of([] { task<> dropped = failed("boom"); }));
}
task<> throws() {
  co_await completed_task();
  throw test_error("boom");
}
WEFT_CASE(unobserved, an_async_function_too) {
  r.line(unobserved_of([] { throws().detach(); }));
}
task<> throws_late(task<> gate) {
  co_await std::move(gate);
  throw test_error("late");
}
WEFT_CASE(unobserved, one_that_fails_after_it_was_dropped) {
  r.line(unobserved_of([] {
    task_completion_source<> gate;
    throws_late(gate.task()).detach();
    gate.set_result();
  }));
}
task<> waits() {
  try {
    co_await failed("boom");
  } catch (const test_error&) {
  }
}
WEFT_CASE(unobserved, an_await_counts) {
  r.line(unobserved_of([] { waits().wait(); }));
}
WEFT_CASE(unobserved, a_wait_counts) {
  r.line(unobserved_of([] {
    try {
      failed("boom").wait();
    } catch (const test_error&) {
    }
  }));
}
WEFT_CASE(unobserved, the_exception_counts) {
  r.line(unobserved_of([] { static_cast<void>(failed("boom").exception()); }));
}
WEFT_CASE(unobserved, the_status_does_not) {
  r.line(unobserved_of([] {
    auto t = failed("boom");
    static_cast<void>(t.is_faulted());
    static_cast<void>(t.status());
    static_cast<void>(t.is_completed());
  }));
}
WEFT_CASE(unobserved, a_canceled_task_is_not_reported) {
  r.line(unobserved_of([] {
    std::stop_source source;
    source.request_stop();
    task<> dropped = from_canceled(source.get_token());
  }));
}
WEFT_CASE(unobserved, a_cancellation_set_as_an_exception_is) {
  r.line(unobserved_of([] {
    task_completion_source<> s;
    auto t = s.task();
    s.set_exception(operation_canceled());
  }));
}
WEFT_CASE(unobserved, a_dropped_when_all_is_reported_with_all) {
  r.line(unobserved_of([] { task<> dropped = when_all(failed("a"), failed("b")); }));
}
task<> waits_for_two() {
  try {
    co_await when_all(failed("a"), failed("b"));
  } catch (const test_error&) {
  }
}
WEFT_CASE(unobserved, an_await_of_when_all_takes_all) {
  r.line(unobserved_of([] { waits_for_two().wait(); }));
}
WEFT_CASE(unobserved, when_any_takes_nothing) {
  r.line(unobserved_of([] {
    auto a = failed("a");
    task_completion_source<> never;
    auto b = never.task();
    when_any(a, b).wait();
    never.set_result();
  }));
}
WEFT_CASE(unobserved, several_of_one_source) {
  r.line(unobserved_of([] {
    task_completion_source<> s;
    auto t = s.task();
    s.set_exception(std::vector{error("a"), error("b")});
  }));
}
task<> passes() {
  co_await failed("boom");
}
WEFT_CASE(unobserved, one_that_was_passed_on_is_reported_once) {
  r.line(unobserved_of([] { passes().detach(); }));
}
WEFT_CASE(unobserved, a_wait_that_timed_out_did_not_take_it) {
  r.line(unobserved_of([] {
    task_completion_source<> s;
    auto t = s.task();
    t.wait(0ms);
    s.set_exception(test_error("late"));
  }));
}
WEFT_CASE(unobserved, wait_all_counts_for_all) {
  r.line(unobserved_of([] {
    auto a = failed("a");
    auto b = failed("b");
    try {
      wait_all(a, b);
    } catch (const test_error&) {
    }
  }));
}

}  // namespace
}  // namespace weft::conformance
