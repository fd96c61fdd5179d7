// when_any: which one it names, and what becomes of the others.

#include <weft/parallel/parallel_invoke.hpp>
#include <weft/time.hpp>

#include "conformance/support.hpp"

namespace weft::conformance {
namespace {

WEFT_ASYNC_CASE(when_any, the_first_that_is_completed_already) {
  task_completion_source<> source;
  auto pending = source.task();
  auto a = completed_task();
  auto b = completed_task();
  r.line(co_await when_any(pending, a, b));
  r.line(co_await when_any(a, b));
  source.set_result();
}
WEFT_ASYNC_CASE(when_any, the_first_to_complete) {
  task_completion_source<> a;
  task_completion_source<> b;
  auto ta = a.task();
  auto tb = b.task();
  auto any = when_any(ta, tb);
  r.line(any.is_completed());
  b.set_result();
  r.line(co_await any);
  a.set_result();
  r.line(co_await any);
}
WEFT_ASYNC_CASE(when_any, a_failed_one_counts) {
  task_completion_source<> source;
  auto a = source.task();
  auto b = from_exception(test_error("b"));
  auto any = when_any(a, b);
  const std::size_t index = co_await any;
  r.line(index, any.status());
  r.errors("errors", b);
  source.set_result();
}
WEFT_ASYNC_CASE(when_any, a_canceled_one_counts) {
  task_completion_source<> source;
  std::stop_source stop;
  stop.request_stop();
  auto a = source.task();
  auto b = from_canceled(stop.get_token());
  r.line(co_await when_any(a, b));
  source.set_result();
}
WEFT_CASE(when_any, of_nothing) {
  std::vector<task<>> none;
  r.throws("call", [&] { when_any(none).detach(); });
}
WEFT_ASYNC_CASE(when_any, the_others_go_on) {
  task_completion_source<int> a;
  task_completion_source<int> b;
  b.set_result(1);
  auto ta = a.task();
  auto tb = b.task();
  co_await when_any(ta, tb);
  r.line(ta.is_completed());
  a.set_result(7);
  r.line(co_await ta);
}
WEFT_ASYNC_CASE(when_any, the_same_task_twice) {
  task_completion_source<> source;
  auto a = source.task();
  auto any = when_any(a, a);
  source.set_result();
  r.line(co_await any);
}
task<std::string> waits(task<> a, task<> b) {
  co_await when_any(a, b);
  co_return here();
}
WEFT_CASE(when_any, the_awaiter_goes_on_where_the_first_one_completed) {
  task_completion_source<> a;
  task_completion_source<> b;
  auto t = waits(a.task(), b.task());
  on_thread("first", [&] { b.set_result(); });
  on_thread("second", [&] { a.set_result(); });
  r.line(t.result());
}
WEFT_ASYNC_CASE(when_any, of_many) {
  std::vector<task_completion_source<>> sources(100);
  std::vector<task<>> tasks;
  for (auto& s : sources) {
    tasks.push_back(s.task());
  }
  auto any = when_any(tasks);
  sources[63].set_result();
  r.line(co_await any);
  for (auto& s : sources) {
    s.try_set_result();
  }
  r.line(co_await any);
}
WEFT_ASYNC_CASE(when_any, one_after_another) {
  std::vector<task_completion_source<int>> sources(4);
  std::vector<task<int>> left;
  for (auto& s : sources) {
    left.push_back(s.task());
  }
  for (const int i : {2, 0, 3, 1}) {
    auto any = when_any(left);
    sources[static_cast<std::size_t>(i)].set_result(i);
    const std::size_t first = co_await any;
    const int value = left[first].result();
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(first));
    r.line(value, left.size());
  }
}
WEFT_CASE(when_any, a_race_has_one_winner) {
  for (int round = 0; round < 50; ++round) {
    task_completion_source<> a;
    task_completion_source<> b;
    auto ta = a.task();
    auto tb = b.task();
    auto any = when_any(ta, tb);
    parallel_invoke([&] { a.set_result(); }, [&] { b.set_result(); });
    if (any.result() > 1) {
      r.line("nobody won");
    }
  }
  r.line("end");
}
WEFT_ASYNC_CASE(when_any, a_time_limit_by_hand) {
  task_completion_source<> source;
  auto never = source.task();
  auto limit = delay(2ms);
  r.line(co_await when_any(never, limit));
  source.set_result();
}

}  // namespace
}  // namespace weft::conformance
