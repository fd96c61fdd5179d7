// continue_with: which continuations run, where, and what becomes of those that do not.

#include <weft/task/continue_with.hpp>
#include <weft/time.hpp>

#include "conformance/support.hpp"

#include <string_view>

namespace weft::conformance {
namespace {

using options = task_continuation_options;

std::stop_token requested() {
  static const std::stop_token token = [] {
    std::stop_source source;
    source.request_stop();
    return source.get_token();
  }();
  return token;
}
void end(task_completion_source<>& s, std::string_view how) {
  if (how == "succeeded") {
    s.set_result();
  } else if (how == "faulted") {
    s.set_exception(test_error("boom"));
  } else {
    s.set_canceled();
  }
}
template <class T>
void wait_quietly(task<T>& t) {
  try {
    t.wait();
  } catch (const std::exception&) {
  }
}
void combine(recorder& r, options which, std::string_view how) {
  task_completion_source<> s;
  bool ran = false;
  auto t = s.task().continue_with(
      [&](task<>& a) {
        ran = true;
        static_cast<void>(a.exception());
        return 5;
      },
      which);
  r.line(t.is_completed());
  end(s, how);
  wait_quietly(t);
  static_cast<void>(s.task().exception());
  r.line("ran", ran, t.status());
}

WEFT_CASE(continuations, always_when_succeeded) {
  combine(r, {}, "succeeded");
}
WEFT_CASE(continuations, always_when_faulted) {
  combine(r, {}, "faulted");
}
WEFT_CASE(continuations, always_when_canceled) {
  combine(r, {}, "canceled");
}
WEFT_CASE(continuations, only_on_ran_to_completion_when_succeeded) {
  combine(r, {.only_on_ran_to_completion = true}, "succeeded");
}
WEFT_CASE(continuations, only_on_ran_to_completion_when_faulted) {
  combine(r, {.only_on_ran_to_completion = true}, "faulted");
}
WEFT_CASE(continuations, only_on_ran_to_completion_when_canceled) {
  combine(r, {.only_on_ran_to_completion = true}, "canceled");
}
WEFT_CASE(continuations, only_on_faulted_when_succeeded) {
  combine(r, {.only_on_faulted = true}, "succeeded");
}
WEFT_CASE(continuations, only_on_faulted_when_faulted) {
  combine(r, {.only_on_faulted = true}, "faulted");
}
WEFT_CASE(continuations, only_on_faulted_when_canceled) {
  combine(r, {.only_on_faulted = true}, "canceled");
}
WEFT_CASE(continuations, only_on_canceled_when_succeeded) {
  combine(r, {.only_on_canceled = true}, "succeeded");
}
WEFT_CASE(continuations, only_on_canceled_when_faulted) {
  combine(r, {.only_on_canceled = true}, "faulted");
}
WEFT_CASE(continuations, only_on_canceled_when_canceled) {
  combine(r, {.only_on_canceled = true}, "canceled");
}
WEFT_CASE(continuations, not_on_ran_to_completion_when_succeeded) {
  combine(r, {.not_on_ran_to_completion = true}, "succeeded");
}
WEFT_CASE(continuations, not_on_ran_to_completion_when_faulted) {
  combine(r, {.not_on_ran_to_completion = true}, "faulted");
}
WEFT_CASE(continuations, not_on_ran_to_completion_when_canceled) {
  combine(r, {.not_on_ran_to_completion = true}, "canceled");
}
WEFT_CASE(continuations, not_on_faulted_when_succeeded) {
  combine(r, {.not_on_faulted = true}, "succeeded");
}
WEFT_CASE(continuations, not_on_faulted_when_faulted) {
  combine(r, {.not_on_faulted = true}, "faulted");
}
WEFT_CASE(continuations, not_on_faulted_when_canceled) {
  combine(r, {.not_on_faulted = true}, "canceled");
}
WEFT_CASE(continuations, not_on_canceled_when_succeeded) {
  combine(r, {.not_on_canceled = true}, "succeeded");
}
WEFT_CASE(continuations, not_on_canceled_when_faulted) {
  combine(r, {.not_on_canceled = true}, "faulted");
}
WEFT_CASE(continuations, not_on_canceled_when_canceled) {
  combine(r, {.not_on_canceled = true}, "canceled");
}

WEFT_CASE(continuations, it_sees_its_antecedent) {
  task_completion_source<int> s;
  auto t = s.task().continue_with([](task<int>& a) { return a.result() + 1; });
  s.set_result(4);
  r.line(t.result());
}
std::string place(task<>&) {
  return here();
}
WEFT_CASE(continuations, runs_on_the_pool) {
  task_completion_source<> s;
  auto t = s.task().continue_with(&place);
  on_thread("setter", [&] { s.set_result(); });
  r.line(t.result());
}
WEFT_CASE(continuations, runs_inside_set_result_when_synchronous) {
  task_completion_source<> s;
  auto t = s.task().continue_with(&place, options{.execute_synchronously = true});
  on_thread("setter", [&] { s.set_result(); });
  r.line(t.result());
}
WEFT_CASE(continuations, of_a_completed_task_it_runs_on_the_pool) {
  r.line(completed_task().continue_with(&place).result());
}
WEFT_CASE(continuations, of_a_completed_task_it_runs_at_once_when_synchronous) {
  auto t = completed_task().continue_with(&place, options{.execute_synchronously = true});
  r.line(t.is_completed(), t.result());
}
WEFT_CASE(continuations, asynchronous_completion_beats_synchronous_execution) {
  task_completion_source<> s({.run_continuations_asynchronously = true});
  auto t = s.task().continue_with(&place, options{.execute_synchronously = true});
  on_thread("setter", [&] { s.set_result(); });
  r.line(t.result());
}
WEFT_CASE(continuations, it_captures_no_context) {
  manual_context a;
  task_completion_source<> s;
  task<std::string> t;
  {
    const synchronization_context::scope current(a);
    t = s.task().continue_with(&place);
  }
  s.set_result();
  const std::string where = t.result();
  r.line(where, a.posts());
}
WEFT_CASE(continuations, in_a_scheduler) {
  manual_scheduler scheduler;
  task_completion_source<> s;
  auto t = s.task().continue_with(&place, options{.scheduler = &scheduler});
  s.set_result();
  r.line(t.is_completed(), scheduler.queued());
  scheduler.run_one();
  r.line(t.result());
}
WEFT_CASE(continuations, what_it_throws) {
  auto t = completed_task().continue_with([](task<>&) { throw test_error("continuation"); },
                                          options{.execute_synchronously = true});
  r.state("task", t);
  r.errors("errors", t);
}
WEFT_CASE(continuations, a_failure_of_the_antecedent_is_not_its_own) {
  auto t = from_exception(test_error("antecedent"))
               .continue_with(
                   [](task<>& a) {
                     static_cast<void>(a.exception());
                     return a.is_faulted();
                   },
                   options{.execute_synchronously = true});
  r.line(t.status(), t.result());
}
WEFT_CASE(continuations, reading_the_result_of_a_failed_antecedent) {
  auto t = from_exception<int>(test_error("antecedent"))
               .continue_with([](task<int>& a) { return a.result(); },
                              options{.execute_synchronously = true});
  r.errors("errors", t);
}
WEFT_CASE(continuations, a_task_that_it_gives_is_not_unwrapped) {
  task_completion_source<int> s;
  auto t = completed_task().continue_with([&](task<>&) { return s.task(); },
                                          options{.execute_synchronously = true});
  r.line(t.is_completed());
  s.set_result(3);
  r.line(t.result().result());
}
WEFT_CASE(continuations, a_requested_token) {
  bool ran = false;
  const std::stop_token token = requested();
  auto t = completed_task().continue_with([&](task<>&) { ran = true; }, options{.stop = token});
  wait_quietly(t);
  r.line(ran, t.status());
}
WEFT_CASE(continuations, a_token_requested_before_the_antecedent_ends) {
  cancellation_source source;
  const std::stop_token token = source.token();
  task_completion_source<> s;
  bool ran = false;
  auto t = s.task().continue_with([&](task<>&) { ran = true; }, options{.stop = token});
  source.cancel();
  wait_quietly(t);
  r.line(ran, t.status(), s.task().is_completed());
  s.set_result();
}
WEFT_CASE(continuations, a_chain) {
  task_completion_source<int> s;
  auto t = s.task()
               .continue_with([](task<int>& a) { return a.result() + 1; })
               .continue_with([](task<int>& a) { return a.result() * 10; })
               .continue_with([](task<int>& a) { return a.result() - 5; });
  s.set_result(1);
  r.line(t.result());
}
WEFT_CASE(continuations, a_chain_that_skips_over_a_failure) {
  task_completion_source<> s;
  auto ok =
      s.task().continue_with([](task<>&) { return 1; }, options{.only_on_ran_to_completion = true});
  auto bad =
      ok.continue_with([](task<int>& a) { return a.status(); }, options{.only_on_canceled = true});
  s.set_exception(test_error("boom"));
  r.line(bad.result());
  static_cast<void>(s.task().exception());
}
WEFT_CASE(continuations, options_that_contradict_each_other) {
  r.throws("call", [] {
    completed_task()
        .continue_with([](task<>&) {}, options{.not_on_ran_to_completion = true,
                                               .not_on_faulted = true,
                                               .not_on_canceled = true})
        .detach();
  });
}
WEFT_CASE(continuations, a_cancellation_that_it_throws) {
  auto t = completed_task().continue_with([](task<>&) { throw operation_canceled(); },
                                          options{.execute_synchronously = true});
  r.line(t.status());
  static_cast<void>(t.exception());
}
WEFT_CASE(continuations, an_exception_that_nobody_took_stays_so) {
  r.line(unobserved_of([] {
    from_exception(test_error("boom"))
        .continue_with([](task<>& a) { return a.is_faulted(); },
                       options{.execute_synchronously = true})
        .wait();
  }));
}
WEFT_CASE(continuations, an_exception_that_it_looked_at) {
  r.line(unobserved_of([] {
    from_exception(test_error("boom"))
        .continue_with([](task<>& a) { return a.exception() != nullptr; },
                       options{.execute_synchronously = true})
        .wait();
  }));
}

}  // namespace
}  // namespace weft::conformance
