// when_all: when it ends, with which values, errors and status.

#include <weft/parallel/parallel_for.hpp>

#include "conformance/support.hpp"

#include <numeric>
#include <ranges>

namespace weft::conformance {
namespace {

std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}
task<int> failed(const char* message) {
  return from_exception<int>(test_error(message));
}
task<int> canceled() {
  return from_canceled<int>(requested());
}
template <class... T>
std::vector<task<int>> tasks(T... all) {
  std::vector<task<int>> list;
  (list.push_back(std::move(all)), ...);
  return list;
}

WEFT_ASYNC_CASE(when_all, values_stand_in_the_order_of_the_arguments) {
  task_completion_source<int> a;
  task_completion_source<int> b;
  task_completion_source<int> c;
  auto all = when_all(tasks(a.task(), b.task(), c.task()));
  c.set_result(3);
  a.set_result(1);
  r.line("completed", all.is_completed());
  b.set_result(2);
  r.line("completed", all.is_completed());
  r.line(co_await all);
}
WEFT_ASYNC_CASE(when_all, of_completed_tasks_is_completed) {
  auto all = when_all(tasks(from_result(1), from_result(2)));
  r.state("all", all);
  r.line(co_await all);
}
WEFT_CASE(when_all, of_nothing_is_completed) {
  auto all = when_all(std::vector<task<int>>());
  r.state("all", all);
  r.line(all.result());
  r.state("void", when_all(std::vector<task<>>()));
}
WEFT_ASYNC_CASE(when_all, the_first_failure_in_argument_order_is_thrown) {
  task_completion_source<int> a;
  task_completion_source<int> b;
  auto all = when_all(tasks(a.task(), b.task()));
  b.set_exception(test_error("b"));
  r.line("completed", all.is_completed());
  a.set_exception(test_error("a"));
  co_await r.awaits("await", all);
  r.errors("errors", all);
}
WEFT_ASYNC_CASE(when_all, it_waits_for_the_rest_after_a_failure) {
  task_completion_source<int> b;
  auto all = when_all(tasks(failed("a"), b.task()));
  r.line("completed", all.is_completed());
  b.set_result(1);
  r.line("completed", all.is_completed());
  co_await r.awaits("await", all);
}
WEFT_CASE(when_all, a_fault_beats_a_cancellation) {
  auto all = when_all(tasks(canceled(), failed("b"), canceled()));
  r.state("all", all);
  r.errors("errors", all);
}
WEFT_ASYNC_CASE(when_all, cancellations_only) {
  auto all = when_all(tasks(from_result(1), canceled(), canceled()));
  r.state("all", all);
  r.errors("errors", all);
  co_await r.awaits("await", all);
}
WEFT_ASYNC_CASE(when_all, a_cancellation_carries_the_token_of_the_first) {
  cancellation_source one;
  cancellation_source two;
  one.cancel();
  two.cancel();
  auto all = when_all(from_canceled(one.token()), from_canceled(two.token()));
  try {
    co_await all;
  } catch (const operation_canceled& e) {
    r.line(e.token() == one.token(), e.token() == two.token());
  }
}
WEFT_CASE(when_all, tasks_with_several_errors_are_flattened) {
  task_completion_source<int> s;
  s.set_exception(std::vector{error("b"), error("c")});
  auto all = when_all(tasks(failed("a"), s.task(), failed("d")));
  r.errors("errors", all);
}
WEFT_CASE(when_all, nested) {
  auto inner = when_all(tasks(failed("a"), failed("b")));
  auto all = when_all(inner, when_all(tasks(failed("c"), failed("d"))));
  r.errors("errors", all);
}
task<> throws_aggregate() {
  throw aggregate_exception({error("a"), error("b")});
  co_return;
}
WEFT_CASE(when_all, an_aggregate_thrown_in_one_is_one) {
  r.errors("errors", when_all(throws_aggregate(), completed_task()));
}
task<> waits_for_two() {
  co_await when_all(failed("a"), failed("b"));
}
WEFT_ASYNC_CASE(when_all, an_await_of_it_in_a_function_keeps_one_error) {
  auto t = waits_for_two();
  co_await r.awaits("await", t);
  r.errors("errors", t);
}
WEFT_ASYNC_CASE(when_all, the_same_task_twice) {
  auto t = from_result(4);
  auto [first, second] = co_await when_all(t, t);
  r.line(std::vector{first, second});
}
WEFT_ASYNC_CASE(when_all, the_same_failed_task_twice) {
  auto t = failed("a");
  auto all = when_all(t, t);
  r.throws("await", [&] { all.result(); });
  r.errors("errors", all);
  co_return;
}
WEFT_ASYNC_CASE(when_all, the_tasks_stay_usable) {
  auto a = from_result(1);
  auto b = from_result(std::string("two"));
  co_await when_all(a, b);
  r.line(a.result(), b.result());
}
WEFT_ASYNC_CASE(when_all, a_mixture_of_types) {
  auto a = from_result(1);
  auto b = completed_task();
  auto c = from_result(std::string("three"));
  co_await when_all(a, b, c);
  r.line(a.result(), c.result());
}
task<int> works(recorder& r, task<>& gate, int n) {
  r.line("starts", n);
  co_await gate;
  co_return n;
}
WEFT_CASE(when_all, starts_one_after_another_and_overlap) {
  task_completion_source<> gate;
  auto end = gate.task();
  auto one = works(r, end, 1);  // named, as the order of a call's arguments is open in C++
  auto two = works(r, end, 2);
  auto three = works(r, end, 3);
  auto all = when_all(std::move(one), std::move(two), std::move(three));
  r.line("all started");
  gate.set_result();
  auto [a, b, c] = all.result();
  r.line(std::vector{a, b, c});
}
WEFT_CASE(when_all, a_sequence_is_walked_once_at_the_call) {
  auto all = when_all(std::views::iota(0, 3) | std::views::transform([&](int i) {
                        r.line("makes", i);
                        return from_result(i);
                      }));
  r.line("called");
  r.line(all.result());
}
WEFT_CASE(when_all, one_of_a_sequence_cannot_be_made) {
  r.throws("call", [] {
    when_all(std::views::iota(0, 2) | std::views::transform([](int i) {
               if (i == 1) {
                 throw test_error("boom");
               }
               return from_result(i);
             }))
        .detach();
  });
}
task<std::string> goes_on(task<> a, task<> b) {
  co_await when_all(a, b);
  co_return here();
}
WEFT_CASE(when_all, the_awaiter_goes_on_where_the_last_one_completed) {
  task_completion_source<> a;
  task_completion_source<> b;
  auto t = goes_on(a.task(), b.task());
  on_thread("first", [&] { b.set_result(); });
  on_thread("last", [&] { a.set_result(); });
  r.line(t.result());
}
WEFT_ASYNC_CASE(when_all, of_one) {
  auto one = when_all(tasks(from_result(9)));
  r.line(co_await one);
  co_await r.awaits("failed", when_all(tasks(failed("a"))));
}
WEFT_ASYNC_CASE(when_all, of_many) {
  std::vector<task_completion_source<int>> sources(1000);
  std::vector<task<int>> list;
  for (auto& s : sources) {
    list.push_back(s.task());
  }
  auto all = when_all(std::move(list));
  parallel_for(0, 1000, [&](int i) { sources[static_cast<std::size_t>(i)].set_result(i); });
  const std::vector<int>& values = co_await all;
  r.line(std::accumulate(values.begin(), values.end(), 0));
}
WEFT_CASE(when_all, its_children_count_as_observed) {
  r.line(unobserved_of([] {
    auto all = when_all(failed("a"), failed("b"));
    static_cast<void>(all.exception());
  }));
}

}  // namespace
}  // namespace weft::conformance
