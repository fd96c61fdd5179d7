// when_each: tasks in the order of their ends.

#include "conformance/support.hpp"

#include <algorithm>
#include <ranges>

namespace weft::conformance {
namespace {

task<std::vector<std::string>> all_of(async_generator<task<int>&> tasks) {
  std::vector<std::string> seen;
  for (auto* t = co_await tasks.next(); t != nullptr; t = co_await tasks.next()) {
    const std::exception_ptr failed = t->is_faulted() ? t->exception() : nullptr;
    std::string word = failed != nullptr ? to_word(failed) : "operation_canceled";
    if (t->is_completed_successfully()) {
      word = to_word(t->result());
    }
    seen.push_back(std::move(word));
  }
  co_return seen;
}

WEFT_ASYNC_CASE(when_each, in_the_order_of_their_ends) {
  task_completion_source<int> a;
  task_completion_source<int> b;
  task_completion_source<int> c;
  auto ta = a.task();
  auto tb = b.task();
  auto tc = c.task();
  auto all = all_of(when_each(ta, tb, tc));
  b.set_result(2);
  c.set_result(3);
  a.set_result(1);
  r.line(co_await all);
}
WEFT_ASYNC_CASE(when_each, those_that_have_ended_come_first_in_the_order_of_the_arguments) {
  task_completion_source<int> source;
  auto one = from_result(1);
  auto a = source.task();
  auto two = from_result(2);
  auto three = from_result(3);
  auto all = all_of(when_each(one, a, two, three));
  source.set_result(4);
  r.line(co_await all);
}
WEFT_ASYNC_CASE(when_each, of_nothing) {
  std::vector<task<int>> none;
  r.line(co_await all_of(when_each(none)));
}
WEFT_ASYNC_CASE(when_each, of_one) {
  auto five = from_result(5);
  r.line(co_await all_of(when_each(five)));
}
WEFT_ASYNC_CASE(when_each, a_failed_one_comes_like_the_others) {
  auto failed = from_exception<int>(test_error("failed"));
  auto one = from_result(1);
  auto each = when_each(failed, one);
  for (auto* t = co_await each.next(); t != nullptr; t = co_await each.next()) {
    r.state("t", *t);
  }
  r.errors("errors", failed);
}
WEFT_ASYNC_CASE(when_each, a_canceled_one_comes_like_the_others) {
  std::stop_source stop;
  stop.request_stop();
  auto canceled = from_canceled<int>(stop.get_token());
  auto one = from_result(1);
  auto each = when_each(canceled, one);
  for (auto* t = co_await each.next(); t != nullptr; t = co_await each.next()) {
    r.state("t", *t);
  }
}
WEFT_ASYNC_CASE(when_each, a_mixture) {
  task_completion_source<int> a;
  task_completion_source<int> b;
  task_completion_source<int> c;
  auto ta = a.task();
  auto zero = from_result(0);
  auto tb = b.task();
  auto early = from_exception<int>(test_error("early"));
  auto tc = c.task();
  auto all = all_of(when_each(ta, zero, tb, early, tc));
  c.set_exception(test_error("late"));
  a.set_canceled();
  b.set_result(7);
  r.line(co_await all);
}
WEFT_ASYNC_CASE(when_each, the_same_task_twice) {
  auto t = from_result(1);
  r.line(co_await all_of(when_each(t, t)));
}
WEFT_ASYNC_CASE(when_each, the_same_task_twice_and_another) {
  task_completion_source<int> source;
  auto a = source.task();
  auto t = from_result(1);
  auto all = all_of(when_each(a, t, a, t));
  source.set_result(2);
  r.line(co_await all);
}
WEFT_ASYNC_CASE(when_each, a_next_that_is_there_is_completed) {
  task_completion_source<int> source;
  auto one = from_result(1);
  auto a = source.task();
  auto each = when_each(one, a);
  auto first = each.next().as_task();
  r.line(first.is_completed(), co_await first != nullptr);
  auto second = each.next().as_task();
  r.line(second.is_completed());
  source.set_result(2);
  const bool was_there = co_await second != nullptr;
  const bool is_more = co_await each.next() != nullptr;
  r.line(was_there, is_more);
}
WEFT_ASYNC_CASE(when_each, canceled_while_it_waits) {
  task_completion_source<int> source;
  std::stop_source stop;
  auto one = from_result(1);
  auto a = source.task();
  auto read_all = [&]() -> task<> {
    auto each = when_each(one, a);
    each.with_cancellation(stop.get_token());
    for (auto* t = co_await each.next(); t != nullptr; t = co_await each.next()) {
      r.line(t->result());
    }
  };
  auto reads = read_all();
  stop.request_stop();
  co_await r.awaits("reads", reads);
  source.set_result(2);
  r.line(a.status());
}
WEFT_ASYNC_CASE(when_each, left_half_way_the_others_go_on) {
  task_completion_source<int> source;
  auto one = from_result(1);
  auto a = source.task();
  {
    auto each = when_each(one, a);
    auto* t = co_await each.next();
    r.line(t->result());
  }
  source.set_result(2);
  r.line(co_await a);
}
WEFT_CASE(when_each, those_not_looked_at_are_unobserved) {
  std::vector<std::string> lost;
  for (const auto& e : unobserved_of([] {
         auto reads = []() -> task<> {
           std::vector<task<int>> tasks;
           tasks.push_back(from_exception<int>(test_error("a")));
           tasks.push_back(from_exception<int>(test_error("b")));
           auto each = when_each(std::move(tasks));
           for (auto* t = co_await each.next(); t != nullptr; t = co_await each.next()) {
             static_cast<void>(t->is_faulted());
           }
         };
         reads().wait();
       })) {
    lost.push_back(detail::message_of(e));
  }
  std::ranges::sort(lost);
  r.line(lost);
}
WEFT_ASYNC_CASE(when_each, many) {
  int sum = 0;
  auto each = when_each(std::views::iota(1, 101) |
                        std::views::transform([](int n) { return run([n] { return n; }); }));
  for (auto* t = co_await each.next(); t != nullptr; t = co_await each.next()) {
    sum += t->result();
  }
  r.line(sum);
}

}  // namespace
}  // namespace weft::conformance
