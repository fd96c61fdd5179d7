// async_void: for event handlers; what its context hears.

#include "conformance/support.hpp"

namespace weft::conformance {
namespace {

using scope = synchronization_context::scope;

weft::async_void handler(recorder& r, task<> gate, std::exception_ptr failure) {
  r.line("starts");
  co_await std::move(gate);
  r.line("goes on");
  if (failure != nullptr) {
    std::rethrow_exception(failure);
  }
}

WEFT_CASE(async_void, runs_to_its_first_suspension) {
  task_completion_source<> gate;
  handler(r, gate.task(), nullptr);
  r.line("called");
  gate.set_result();
}
WEFT_CASE(async_void, its_context_hears_of_start_and_end) {
  manual_context a;
  task_completion_source<> gate;
  {
    const scope current(a);
    handler(r, gate.task(), nullptr);
  }
  r.line(a.started(), a.completed());
  gate.set_result();
  a.run_one();
  r.line(a.started(), a.completed());
}
WEFT_CASE(async_void, also_when_it_never_suspends) {
  manual_context a;
  {
    const scope current(a);
    handler(r, completed_task(), nullptr);
  }
  r.line(a.started(), a.completed(), a.posts());
}
WEFT_CASE(async_void, an_exception_is_posted_to_the_context) {
  manual_context a;
  task_completion_source<> gate;
  {
    const scope current(a);
    handler(r, gate.task(), error("boom"));
  }
  gate.set_result();
  r.line("posts", a.posts());
  r.throws("continuation", [&] { a.run_one(); });
  r.line("posts", a.posts(), "completed", a.completed());
  r.throws("exception", [&] { a.run_one(); });
}
WEFT_CASE(async_void, an_exception_before_the_first_suspension_is_posted_too) {
  manual_context a;
  {
    const scope current(a);
    r.throws("call", [&] { handler(r, completed_task(), error("boom")); });
  }
  r.line("posts", a.posts());
  r.throws("exception", [&] { a.run_one(); });
}
WEFT_CASE(async_void, a_cancellation_is_posted_like_any_exception) {
  manual_context a;
  {
    const scope current(a);
    handler(r, completed_task(), std::make_exception_ptr(operation_canceled()));
  }
  r.throws("exception", [&] { a.run_one(); });
}
WEFT_CASE(async_void, the_context_of_the_call_gets_it_wherever_it_ends) {
  manual_context a;
  task_completion_source<> gate;
  auto anywhere = [&]() -> weft::async_void {
    co_await gate.task().configure_await(false);
    r.line(here());
    throw test_error("boom");
  };
  {
    const scope current(a);
    anywhere();
  }
  on_thread("setter", [&] { gate.set_result(); });
  r.line("posts", a.posts());
  r.throws("exception", [&] { a.run_one(); });
}
WEFT_CASE(async_void, without_a_context_its_end_is_heard_by_nobody) {
  task_completion_source<> gate;
  task_completion_source<> done;
  auto body = [&]() -> weft::async_void {
    co_await gate.task();
    done.set_result();
  };
  body();
  gate.set_result();
  r.line(done.task().is_completed());
}
WEFT_CASE(async_void, two_handlers_at_once) {
  manual_context a;
  task_completion_source<> gate;
  {
    const scope current(a);
    handler(r, gate.task(), nullptr);
    handler(r, gate.task(), nullptr);
  }
  r.line(a.started(), a.completed());
  gate.set_result();
  a.run_one();
  a.run_one();
  r.line(a.started(), a.completed());
}
WEFT_CASE(async_void, a_loop_ends_with_what_a_handler_threw) {
  single_thread_context loop;
  task_completion_source<> never;
  auto body = [&]() -> task<> {
    handler(r, completed_task(), error("boom"));
    r.line("called");
    return never.task();
  };
  r.throws("run", [&] { loop.run(body); });
  never.set_result();
}
WEFT_CASE(async_void, errors_are_posted_in_the_order_of_their_throwing) {
  manual_context a;
  {
    const scope current(a);
    handler(r, completed_task(), error("one"));
    handler(r, completed_task(), error("two"));
  }
  r.throws("first", [&] { a.run_one(); });
  r.throws("second", [&] { a.run_one(); });
  r.line(a.started(), a.completed());
}
WEFT_CASE(async_void, the_context_of_the_call_gets_it_though_the_handler_set_another) {
  manual_context a;
  manual_context b;
  auto sets = [&]() -> weft::async_void {
    const scope current(b);
    co_await completed_task();
    throw test_error("boom");
  };
  {
    const scope current(a);
    sets();
  }
  r.line(a.posts(), b.posts(), a.completed(), b.completed());
  r.throws("exception", [&] { a.run_one(); });
}
WEFT_CASE(async_void, a_task_inside_is_of_its_own) {
  manual_context a;
  task<> inner;
  auto fails = []() -> task<> {
    co_await completed_task();
    throw test_error("inner");
  };
  auto keeps = [&]() -> weft::async_void {
    inner = fails();
    co_await completed_task();
  };
  {
    const scope current(a);
    keeps();
  }
  r.line(a.posts(), a.completed(), inner.is_faulted());
  r.errors("errors", inner);
}
WEFT_CASE(async_void, what_a_handler_catches_is_not_posted) {
  manual_context a;
  auto catches = [&]() -> weft::async_void {
    try {
      co_await from_exception(test_error("boom"));
    } catch (const test_error&) {
      r.line(std::current_exception());
    }
  };
  {
    const scope current(a);
    catches();
  }
  r.line(a.posts(), a.completed());
}
WEFT_CASE(async_void, without_a_context_it_goes_on_where_it_was_completed) {
  task_completion_source<> gate;
  task_completion_source<> done;
  auto body = [&]() -> weft::async_void {
    r.line(here());
    co_await gate.task();
    r.line(here());
    done.set_result();
  };
  body();
  on_thread("setter", [&] { gate.set_result(); });
  done.task().wait();
}
WEFT_CASE(async_void, a_local_flows_in_and_not_out) {
  async_local<int> local;
  local.set(1);
  task_completion_source<> gate;
  auto changes = [&]() -> weft::async_void {
    r.line(local.get());
    local.set(2);
    co_await gate.task();
    r.line(local.get());
  };
  changes();
  r.line(local.get());
  local.set(3);
  gate.set_result();
  r.line(local.get());
}

}  // namespace
}  // namespace weft::conformance
