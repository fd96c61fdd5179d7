// One task in many hands: shared_task.

#include "conformance/support.hpp"

namespace weft::conformance {
namespace {

WEFT_ASYNC_CASE(shared_tasks, all_see_the_same_object) {
  auto a = from_result(1).share();
  auto b = a;
  const int& first = co_await a;
  const int& second = co_await b;
  r.line(&first == &second, second);
}
WEFT_ASYNC_CASE(shared_tasks, all_awaiters_go_on) {
  task_completion_source<int> source;
  auto shared = source.task().share();
  auto waits = [](shared_task<int> t) -> task<int> { co_return co_await t + 1; };
  std::vector<task<int>> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(waits(shared));
  }
  source.set_result(5);
  r.line(co_await when_all(std::move(all)));
}
WEFT_ASYNC_CASE(shared_tasks, all_get_the_same_error) {
  auto a = from_exception<int>(test_error("shared")).share();
  auto copies = [](shared_task<int> t) -> task<int> { co_return co_await t; };
  co_await r.awaits("first", copies(a));
  co_await r.awaits("second", copies(a));
  r.state("t", a);
}
WEFT_ASYNC_CASE(shared_tasks, a_copy_is_continued) {
  task_completion_source<int> source;
  auto copy = source.task().share();
  auto next = copy.continue_with([](const shared_task<int>& t) { return t.result() * 2; });
  source.set_result(4);
  co_await r.awaits("next", next);
  r.gives("copy", [&] { return copy.result(); });
}
WEFT_ASYNC_CASE(shared_tasks, a_copy_is_waited_for_a_while) {
  task_completion_source<int> source;
  std::stop_source stop;
  stop.request_stop();
  auto a = source.task().share();
  auto too_short = a.wait_async(0s);
  co_await r.awaits("too short", too_short);
  auto canceled = a.wait_async(stop.get_token());
  co_await r.awaits("canceled", canceled);
  source.set_result(3);
  auto in_time = a.wait_async(60s);
  co_await r.awaits("in time", in_time);
  r.gives("itself", [&] { return a.result(); });
}
WEFT_CASE(shared_tasks, an_error_that_one_has_taken_is_not_lost) {
  r.line(unobserved_of([] {
    auto a = from_exception<int>(test_error("taken")).share();
    auto b = a;
    try {
      b.result();
    } catch (const test_error&) {
    }
  }));
}
WEFT_CASE(shared_tasks, an_error_that_nobody_has_taken_is_reported_once) {
  r.line(unobserved_of([] {
    auto a = from_exception<int>(test_error("lost")).share();
    auto b = a;
    static_cast<void>(b.is_faulted() || a.is_faulted());
  }));
}
WEFT_ASYNC_CASE(shared_tasks, without_throwing) {
  auto a = from_exception(test_error("quiet")).share();
  co_await a.configure_await(configure_await_options::suppress_throwing);
  r.line(a.status());
}
WEFT_CASE(shared_tasks, a_continuation_that_does_not_fit) {
  auto a = from_result(1).share();
  auto next = a.continue_with([](shared_task<int>&) {}, {.only_on_faulted = true});
  r.awaits("next", next).wait();
  r.state("next", next);
}

}  // namespace
}  // namespace weft::conformance
