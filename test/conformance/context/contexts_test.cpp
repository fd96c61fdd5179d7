// Contexts as code lives in them: what is captured when, what is posted.

#include <weft/sched.hpp>
#include <weft/time.hpp>

#include "conformance/support.hpp"

namespace weft::conformance {
namespace {

using scope = synchronization_context::scope;

std::string in(const synchronization_context& a) {
  const synchronization_context* now = synchronization_context::current();
  return now == &a ? "in a" : now == nullptr ? "in none" : "in another";
}

WEFT_CASE(contexts, a_loop_gets_its_code_back) {
  single_thread_context loop;
  auto body = [&]() -> task<> {
    r.line(here());
    auto work = run([&] { r.line(here()); });
    co_await work;
    r.line(here(), in(loop));
  };
  on_thread("loop", [&] { loop.run(body); });
}
WEFT_CASE(contexts, anywhere_is_off_the_loop) {
  single_thread_context loop;
  task_completion_source<> gate;
  task<> t;
  auto inside = [&]() -> task<> {
    co_await t.configure_await(false);
    r.line(here(), in(loop));
  };
  auto body = [&]() -> task<> {
    t = run([&]() -> task<> { co_await gate.task(); });
    auto inner = inside();
    gate.set_result();
    co_await inner;
    r.line(here(), in(loop));
  };
  on_thread("loop", [&] { loop.run(body); });
}
task<int> delayed_anywhere() {
  co_await delay(1ms).configure_await(false);
  co_return 1;
}
WEFT_CASE(contexts, a_callee_that_goes_on_anywhere_leaves_its_caller_in_place) {
  single_thread_context loop;
  auto body = [&]() -> task<> {
    co_await delayed_anywhere();
    r.line(here(), in(loop));
  };
  on_thread("loop", [&] { loop.run(body); });
}
WEFT_CASE(contexts, after_going_on_anywhere_there_is_no_context_left) {
  manual_context a;
  task_completion_source<> first;
  task_completion_source<> second;
  auto body = [&]() -> task<> {
    co_await first.task().configure_await(false);
    r.line(in(a));
    co_await second.task();
    r.line(in(a), here());
  };
  task<> t;
  {
    const scope current(a);
    t = body();
  }
  on_thread("first", [&] { first.set_result(); });
  on_thread("second", [&] { second.set_result(); });
  r.line("posts", a.posts(), t.is_completed());
}
WEFT_CASE(contexts, anywhere_with_a_completed_task_stays) {
  manual_context a;
  const scope current(a);
  auto body = [&]() -> task<> {
    co_await completed_task().configure_await(false);
    r.line(in(a));
  };
  auto t = body();
  r.line(t.is_completed());
}
WEFT_CASE(contexts, captured_at_the_await_and_not_at_the_call) {
  manual_context a;
  task_completion_source<> gate;
  auto body = [&]() -> task<> {
    synchronization_context::set_current(&a);
    co_await gate.task();
    r.line(in(a));
  };
  auto t = body();
  r.line("after the call", synchronization_context::current() == nullptr);
  synchronization_context::set_current(nullptr);
  gate.set_result();
  r.line("posts", a.posts());
  a.run_until(t);
}
WEFT_CASE(contexts, each_await_posts_once) {
  manual_context a;
  std::vector<task_completion_source<>> gates(3);
  auto body = [&]() -> task<> {
    for (auto& g : gates) {
      co_await g.task();
    }
  };
  task<> t;
  {
    const scope current(a);
    t = body();
  }
  for (auto& g : gates) {
    g.set_result();
    r.line("posts", a.posts());
    a.run_one();
  }
  r.line(t.is_completed());
}
task<> says(recorder& r, const char* text, task<> gate) {
  co_await std::move(gate);
  r.line(text);
}
WEFT_CASE(contexts, completed_from_inside_the_context_goes_on_inline) {
  manual_context a;
  task_completion_source<> gate;
  task<> t;
  {
    const scope current(a);
    t = says(r, "goes on", gate.task());
  }
  a.post([&] {
    r.line("set begins");
    gate.set_result();
    r.line("set ends");
  });
  a.run_one();
  r.line(t.is_completed(), a.posts());
}
WEFT_CASE(contexts, asynchronous_continuations_are_posted_even_from_inside) {
  manual_context a;
  task_completion_source<> gate({.run_continuations_asynchronously = true});
  task<> t;
  {
    const scope current(a);
    t = says(r, "goes on", gate.task());
  }
  a.post([&] {
    r.line("set begins");
    gate.set_result();
    r.line("set ends");
  });
  a.run_one();
  a.run_until(t);
}
task<> waits(task<> gate) {
  co_await std::move(gate);
}
WEFT_CASE(contexts, several_awaiters_in_several_contexts) {
  manual_context a;
  manual_context b;
  task_completion_source<> gate;
  task<> ta;
  task<> tb;
  {
    const scope current(a);
    ta = waits(gate.task());
  }
  {
    const scope current(b);
    tb = waits(gate.task());
  }
  gate.set_result();
  r.line("posts", a.posts(), b.posts(), ta.is_completed(), tb.is_completed());
  a.run_one();
  b.run_one();
  r.line(ta.is_completed(), tb.is_completed());
}
WEFT_CASE(contexts, a_yield_is_a_post) {
  manual_context a;
  auto body = [&]() -> task<> {
    co_await yield();
    r.line(in(a));
  };
  task<> t;
  {
    const scope current(a);
    t = body();
  }
  r.line("posts", a.posts(), t.is_completed());
  a.run_one();
  r.line(t.is_completed());
}
WEFT_CASE(contexts, a_when_all_is_one_post) {
  manual_context a;
  task_completion_source<> x;
  task_completion_source<> y;
  auto body = [&]() -> task<> {
    co_await when_all(x.task(), y.task());
    r.line(in(a));
  };
  task<> t;
  {
    const scope current(a);
    t = body();
  }
  x.set_result();
  r.line("posts", a.posts());
  y.set_result();
  r.line("posts", a.posts());
  a.run_until(t);
}
task<> outer(recorder& r, task<> gate) {
  co_await says(r, "inner", std::move(gate));
  r.line("outer");
}
WEFT_CASE(contexts, a_nested_call_posts_for_itself_only) {
  manual_context a;
  task_completion_source<> gate;
  task<> t;
  {
    const scope current(a);
    t = outer(r, gate.task());
  }
  gate.set_result();
  a.run_one();
  r.line("posts", a.posts(), t.is_completed());
}
WEFT_CASE(contexts, an_exception_arrives_in_the_context) {
  manual_context a;
  task_completion_source<> gate;
  auto body = [&]() -> task<> {
    try {
      co_await gate.task();
    } catch (const test_error&) {
      r.line("caught", std::current_exception(), in(a));
    }
  };
  task<> t;
  {
    const scope current(a);
    t = body();
  }
  gate.set_exception(test_error("boom"));
  a.run_until(t);
}
value_task<int> three(task<> gate) {
  co_await std::move(gate);
  co_return 3;
}
WEFT_CASE(contexts, a_value_task_goes_on_there_too) {
  manual_context a;
  task_completion_source<> gate;
  auto body = [&]() -> task<> {
    const int got = co_await three(gate.task());
    r.line(got, in(a));
  };
  task<> t;
  {
    const scope current(a);
    t = body();
  }
  gate.set_result();
  a.run_until(t);
}
WEFT_CASE(contexts, run_from_a_context_comes_back_to_it) {
  manual_context a;
  auto body = [&]() -> task<> {
    auto work = run([&] { return here() + " " + in(a); });
    const std::string place = co_await work;
    r.line(place, in(a));
  };
  task<> t;
  {
    const scope current(a);
    t = body();
  }
  a.run_until(t);
}
WEFT_CASE(contexts, a_delay_comes_back_to_it) {
  manual_context a;
  auto body = [&]() -> task<> {
    co_await delay(1ms);
    r.line(in(a), here());
  };
  task<> t;
  {
    const scope current(a);
    t = body();
  }
  a.run_until(t);
}
task<std::string> suppressing(task<> t) {
  co_await t.configure_await(configure_await_options::suppress_throwing);
  co_return to_word(t.status());
}
WEFT_CASE(contexts, suppressing_gives_no_exception) {
  std::stop_source source;
  source.request_stop();
  r.line(suppressing(from_exception(test_error("boom"))).result(),
         suppressing(from_canceled(source.get_token())).result());
}
WEFT_CASE(contexts, suppressing_with_a_value_is_refused) {
  auto t = from_result(1);
  r.throws("configure", [&] {
    static_cast<void>(t.configure_await(configure_await_options::suppress_throwing));
  });
}
task<> suppresses() {
  co_await from_exception(test_error("boom"))
      .configure_await(configure_await_options::suppress_throwing);
}
WEFT_CASE(contexts, suppressing_counts_as_observing) {
  r.line(unobserved_of([] { suppresses().wait(); }));
}
task<> yields() {
  co_await from_exception(test_error("boom"))
      .configure_await(configure_await_options::force_yielding);
}
WEFT_CASE(contexts, forced_yielding_of_a_failed_task_throws) {
  r.throws("await", [] { yields().result(); });
}
WEFT_CASE(contexts, send_runs_in_place_for_the_loop_itself) {
  single_thread_context loop;
  auto body = [&]() -> task<> {
    bool ran = false;
    synchronization_context::current()->send([&] { ran = true; });
    r.line(ran);
    co_return;
  };
  on_thread("loop", [&] { loop.run(body); });
}
WEFT_CASE(contexts, posted_work_runs_in_order_and_after_what_runs_now) {
  single_thread_context loop;
  auto body = [&]() -> task<> {
    task_completion_source<> done;
    loop.post([&] { r.line("one"); });
    loop.post([&] {
      r.line("two");
      done.set_result();
    });
    r.line("posted");
    co_await done.task();
  };
  on_thread("loop", [&] { loop.run(body); });
}
WEFT_CASE(contexts, a_scope_gives_the_former_context_back) {
  manual_context a;
  {
    const scope outside(a);
    {
      const scope inside(nullptr);
      r.line(in(a));
    }
    r.line(in(a));
  }
  r.line(in(a));
}
WEFT_CASE(contexts, a_call_leaves_the_context_of_its_caller_alone) {
  manual_context a;
  auto changes = [&]() -> task<> {
    synchronization_context::set_current(&a);
    co_return;
  };
  changes().wait();
  r.line(in(a));
  synchronization_context::set_current(nullptr);
}

}  // namespace
}  // namespace weft::conformance
