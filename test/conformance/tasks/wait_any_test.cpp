// wait_any, and wait_all with a limit.

#include "conformance/support.hpp"

#include <atomic>
#include <thread>

namespace weft::conformance {
namespace {

template <class... T>
std::vector<task<>> tasks(T... all) {
  std::vector<task<>> list;
  (list.push_back(std::move(all)), ...);
  return list;
}

std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

WEFT_CASE(wait_any, wait_all_with_a_limit) {
  task_completion_source<> s;
  auto all = tasks(completed_task(), s.task());
  r.gives("passes", [&] { return wait_all(all, 2ms); });
  s.set_result();
  r.gives("enough", [&] { return wait_all(all, 1000ms); });
}
WEFT_CASE(wait_any, wait_any_gives_the_index) {
  task_completion_source<> s;
  auto second = tasks(s.task(), completed_task());
  auto first = tasks(completed_task(), completed_task());
  r.gives("second", [&] { return wait_any(second); });
  r.gives("first", [&] { return wait_any(first); });
  s.set_result();
}
WEFT_CASE(wait_any, wait_any_does_not_throw_for_a_faulted_task) {
  task_completion_source<> s;
  auto all = tasks(s.task(), from_exception(test_error("a")));
  r.gives("wait_any", [&] { return wait_any(all); });
  r.errors("errors", all[1]);
  s.set_result();
}
WEFT_CASE(wait_any, wait_any_of_nothing) {
  std::vector<task<>> none;
  r.gives("wait_any", [&] { return wait_any(none); });
}
WEFT_CASE(wait_any, wait_any_waits_for_the_first) {
  task_completion_source<> a;
  task_completion_source<> b;
  auto all = tasks(a.task(), b.task());
  auto t = run([&] { b.set_result(); });
  r.gives("wait_any", [&] { return wait_any(all); });
  t.wait();
  a.set_result();
}
WEFT_CASE(wait_any, a_limit_that_passes_and_one_that_does_not) {
  task_completion_source<> s;
  auto all = tasks(s.task(), s.task());
  r.line(wait_any(all, 2ms).has_value());
  r.line(wait_any(all, 0ms).has_value());
  s.set_result();
  r.line(wait_any(all, 0ms).has_value());
}
WEFT_CASE(wait_any, a_canceled_task_is_a_first_one) {
  task_completion_source<> s;
  auto all = tasks(s.task(), from_canceled(requested()));
  r.gives("wait_any", [&] { return wait_any(all); });
  r.line(all[1].status());
  s.set_result();
}
WEFT_CASE(wait_any, the_others_go_on) {
  task_completion_source<> s;
  auto all = tasks(s.task(), completed_task());
  r.gives("wait_any", [&] { return wait_any(all); });
  r.line(all[0].status());
  s.set_result();
  r.line(all[0].status());
}
WEFT_CASE(wait_any, a_requested_token_and_nothing_completed) {
  task_completion_source<> s;
  auto all = tasks(s.task());
  r.gives("wait_any", [&] { return wait_any(all, requested()); });
  r.throws("wait_all", [&] { wait_all(all, requested()); });
  s.set_result();
}
WEFT_CASE(wait_any, a_requested_token_and_all_completed) {
  auto all = tasks(completed_task());
  r.gives("wait_any", [&] { return wait_any(all, requested()); });
  r.throws("wait_all", [&] { wait_all(all, requested()); });
}
WEFT_CASE(wait_any, a_token_requested_while_it_waits) {
  task_completion_source<> s;
  auto all = tasks(s.task());
  cancellation_source source;
  auto t = run([&] { source.cancel(); });
  r.gives("wait_any", [&] { return wait_any(all, source.token()); });
  r.line(all[0].is_completed());
  t.wait();
  s.set_result();
}
WEFT_CASE(wait_any, the_same_task_twice) {
  task_completion_source<> s;
  auto all = tasks(s.task(), s.task());
  auto t = run([&] { s.set_result(); });
  r.line(wait_any(all) < 2);
  t.wait();
}
WEFT_CASE(wait_any, by_many_threads_at_once) {
  task_completion_source<> s;
  task_completion_source<> never;
  auto all = tasks(never.task(), s.task());
  std::atomic<std::size_t> sum = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { sum += wait_any(all); });
  }
  s.set_result();
  for (auto& t : threads) {
    t.join();
  }
  r.line(sum.load());
  never.set_result();
}

}  // namespace
}  // namespace weft::conformance
