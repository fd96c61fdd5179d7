// Which exception comes out of which door, and what aggregates hold in which order.

#include "conformance/support.hpp"

namespace weft::conformance {
namespace {

task<> fails(task<> gate, const char* message) {
  co_await std::move(gate);
  throw test_error(message);
}
task<> passes(task<> inner) {
  co_await std::move(inner);
}
task<> passes_on(task<>& inner) {
  co_await inner;
}
task<int> value(task<> inner) {
  co_await std::move(inner);
  co_return 1;
}
std::vector<std::exception_ptr> list(std::initializer_list<const char*> messages) {
  std::vector<std::exception_ptr> all;
  for (const char* m : messages) {
    all.push_back(error(m));
  }
  return all;
}
task<> of(std::initializer_list<const char*> messages) {
  task_completion_source<> source;
  auto t = source.task();
  source.set_exception(list(messages));
  return t;
}
std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

WEFT_ASYNC_CASE(exceptions, await_throws_the_original) {
  co_await r.awaits("await", from_exception(test_error("boom")));
}
WEFT_ASYNC_CASE(exceptions, await_throws_it_each_time) {
  auto t = from_exception(test_error("boom"));
  co_await r.awaits("first", t);
  co_await r.awaits("second", t);
}
WEFT_CASE(exceptions, wait_throws) {
  auto t = from_exception(test_error("boom"));
  r.throws("wait", [&] { t.wait(); });
}
WEFT_CASE(exceptions, get_result_throws_the_original) {
  auto t = from_exception<int>(test_error("boom"));
  r.gives("result", [&] { return t.result(); });
}
WEFT_CASE(exceptions, wait_of_a_canceled_task_throws) {
  auto t = from_canceled(requested());
  r.throws("wait", [&] { t.wait(); });
}
WEFT_CASE(exceptions, get_result_of_a_canceled_task_throws) {
  auto t = from_canceled<int>(requested());
  r.gives("result", [&] { return t.result(); });
}
WEFT_ASYNC_CASE(exceptions, the_first_of_several_comes_out_of_await) {
  auto t = of({"a", "b", "c"});
  co_await r.awaits("await", t);
  r.errors("errors", t);
}
WEFT_CASE(exceptions, the_exception_is_the_same_object) {
  auto t = from_exception(error("boom"));
  const test_error* first = nullptr;
  const test_error* second = nullptr;
  const test_error* held = nullptr;
  try {
    t.result();
  } catch (const test_error& e) {
    first = &e;
  }
  try {
    passes_on(t).result();
  } catch (const test_error& e) {
    second = &e;
  }
  try {
    std::rethrow_exception(t.exception());
  } catch (const test_error& e) {
    held = &e;
  }
  r.line(first == second, held == first);
}
WEFT_ASYNC_CASE(exceptions, passes_through_the_callers) {
  task_completion_source<> gate;
  auto t = passes(passes(passes(fails(gate.task(), "boom"))));
  r.line("faulted", t.is_faulted());
  gate.set_result();
  co_await r.awaits("await", t);
  r.errors("errors", t);
}
WEFT_CASE(exceptions, a_caller_holds_only_the_first_of_several) {
  auto t = passes(of({"a", "b"}));
  r.errors("errors", t);
}
WEFT_CASE(exceptions, set_exception_needs_one) {
  task_completion_source<> source;
  r.throws("null", [&] { source.set_exception(std::exception_ptr()); });
  r.throws("empty", [&] { source.set_exception(list({})); });
  r.throws("null among them", [&] {
    auto all = list({"a"});
    all.emplace_back();
    source.set_exception(all);
  });
  r.line("completed", source.task().is_completed());
}
task<std::string> catches() {
  std::string caught = "nothing";
  try {
    co_await fails(completed_task(), "boom");
  } catch (const test_error& e) {
    caught = std::string("caught ") + e.what();
  }
  co_return caught;
}
WEFT_ASYNC_CASE(exceptions, caught_inside_it_is_gone) {
  co_await r.awaits("await", catches());
}
task<> replaces() {
  try {
    co_await fails(completed_task(), "first");
  } catch (const test_error&) {
    throw test_error("second");
  }
}
WEFT_ASYNC_CASE(exceptions, another_one_thrown_from_the_handler) {
  auto t = replaces();
  co_await r.awaits("await", t);
  r.errors("errors", t);
}
task<> rethrows() {
  try {
    co_await fails(completed_task(), "boom");
  } catch (const test_error&) {
    throw;
  }
}
WEFT_ASYNC_CASE(exceptions, rethrown_from_the_handler) {
  co_await r.awaits("await", rethrows());
}
struct guard {
  guard(recorder& rec, const char* n) : r(&rec), name(n) {}
  guard(const guard&) = delete;
  ~guard() { r->line("leaves", name); }
  recorder* r;
  const char* name;
};
task<> inner_of_scopes(recorder& r, task<> gate) {
  const guard a(r, "a");
  const guard b(r, "b");
  co_await std::move(gate);
  throw test_error("boom");
}
task<> outer_of_scopes(recorder& r, task<> gate) {
  const guard c(r, "c");
  try {
    co_await inner_of_scopes(r, std::move(gate));
  } catch (const test_error&) {
    r.line("caught");
  }
}
WEFT_ASYNC_CASE(exceptions, scopes_are_left_before_the_awaiter_goes_on) {
  task_completion_source<> gate;
  auto t = outer_of_scopes(r, gate.task());
  gate.set_result();
  co_await std::move(t);
}
WEFT_CASE(exceptions, what_an_awaiter_throws_does_not_reach_set_result) {
  task_completion_source<> gate;
  auto t = fails(gate.task(), "boom");
  r.throws("set", [&] { gate.set_result(); });
  r.errors("errors", t);
}
task<> throws_aggregate() {
  throw aggregate_exception(list({"a", "b"}));
  co_return;
}
WEFT_CASE(exceptions, an_aggregate_thrown_is_one_exception) {
  r.errors("errors", throws_aggregate());
}
std::exception_ptr aggregate(std::vector<std::exception_ptr> all) {
  return std::make_exception_ptr(aggregate_exception(std::move(all)));
}
WEFT_CASE(exceptions, flatten_is_breadth_first) {
  const aggregate_exception all({error("a"), aggregate({error("b"), aggregate({error("c")})}),
                                 error("d"), aggregate({error("e")})});
  r.line(std::make_exception_ptr(all.flatten()));
}
WEFT_CASE(exceptions, flatten_of_what_is_flat) {
  r.line(std::make_exception_ptr(aggregate_exception(list({"a", "b"})).flatten()));
}
WEFT_CASE(exceptions, handle_all) {
  const aggregate_exception all(list({"a", "b"}));
  auto handler = [&](const std::exception_ptr& e) {
    r.line("asked", e);
    return true;
  };
  r.throws("handle", [&] { all.handle(handler); });
}
WEFT_CASE(exceptions, handle_some) {
  const aggregate_exception all(list({"a", "b", "c"}));
  auto handler = [&](const std::exception_ptr& e) { return to_word(e) == "test_error b"; };
  r.throws("handle", [&] { all.handle(handler); });
}
WEFT_CASE(exceptions, handle_that_throws) {
  const aggregate_exception all(list({"a", "b"}));
  auto handler = [&](const std::exception_ptr&) -> bool { throw test_error("handler"); };
  r.throws("handle", [&] { all.handle(handler); });
}
WEFT_CASE(exceptions, aggregate_of_nothing) {
  r.line(aggregate_exception({}).exceptions());
}
WEFT_CASE(exceptions, aggregate_with_a_null) {
  r.throws("null", [] { aggregate_exception({std::exception_ptr()}); });
}
WEFT_CASE(exceptions, errors_of_what_has_none) {
  task_completion_source<> pending;
  r.errors("pending", pending.task());
  r.errors("completed", completed_task());
  r.errors("canceled", from_canceled(requested()));
  r.line(completed_task().exception());
}
task<> throws_if_stopped(std::stop_token stop) {
  throw_if_stopped(stop);
  co_return;
}
WEFT_ASYNC_CASE(exceptions, a_cancellation_carries_its_token) {
  cancellation_source source;
  source.cancel();
  auto t = from_canceled(source.token());
  try {
    co_await t;
  } catch (const operation_canceled& e) {
    r.line(e.token() == source.token(), e.token().stop_requested());
  }
  try {
    co_await throws_if_stopped(source.token());
  } catch (const operation_canceled& e) {
    r.line(e.token() == source.token());
  }
}
WEFT_ASYNC_CASE(exceptions, a_value_that_could_not_be_made) {
  auto t = value(fails(completed_task(), "boom"));
  co_await r.awaits("await", t);
  r.line("faulted", t.is_faulted());
}

}  // namespace
}  // namespace weft::conformance
