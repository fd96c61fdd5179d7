// Blocking waits: wait, result, wait_all, wait_any.

#include "conformance/support.hpp"

#include <atomic>
#include <thread>

namespace weft::conformance {
namespace {

std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

WEFT_CASE(block, wait_of_a_completed_task) {
  auto t = completed_task();
  r.throws("wait", [&] { t.wait(); });
  r.gives("limit", [&] { return t.wait(1000ms); });
  r.gives("no time", [&] { return t.wait(0ms); });
}
WEFT_CASE(block, wait_until_another_thread_completes) {
  task_completion_source<int> s;
  auto t = run([&] { s.set_result(5); });
  s.task().wait();
  r.line(s.task().result());
  t.wait();
}
WEFT_CASE(block, wait_with_a_limit_that_passes) {
  task_completion_source<> s;
  auto t = s.task();
  r.gives("no time", [&] { return t.wait(0ms); });
  r.gives("a little", [&] { return t.wait(2ms); });
  r.line(t.is_completed());
}
WEFT_CASE(block, wait_without_limit_by_the_constant) {
  auto t = completed_task();
  r.gives("infinite", [&] { return t.wait(infinite); });
}
WEFT_CASE(block, wait_for_less_than_nothing) {
  task_completion_source<> s;
  auto t = s.task();
  auto completed = completed_task();
  r.gives("pending", [&] { return t.wait(-5ms); });
  r.gives("completed", [&] { return completed.wait(-5ms); });
}
WEFT_CASE(block, wait_with_a_requested_token) {
  task_completion_source<> s;
  auto t = s.task();
  auto completed = completed_task();
  r.throws("pending", [&] { t.wait(requested()); });
  r.throws("completed", [&] { completed.wait(requested()); });
  r.gives("limit", [&] { return t.wait(1000ms, requested()); });
}
WEFT_CASE(block, wait_with_a_token_requested_meanwhile) {
  cancellation_source source;
  task_completion_source<> s;
  auto pending = s.task();
  auto t = run([&] { source.cancel(); });
  r.throws("wait", [&] { pending.wait(source.token()); });
  r.line(pending.status());
  t.wait();
}
WEFT_CASE(block, result_of_a_canceled_task) {
  r.gives("result", [] { return from_canceled<int>(requested()).result(); });
}
WEFT_CASE(block, result_that_comes_later) {
  task_completion_source<std::string> s;
  auto t = run([&] { s.set_result("late"); });
  r.gives("result", [&] { return s.task().result(); });
  t.wait();
}
WEFT_CASE(block, result_as_often_as_wanted) {
  auto t = from_result(3);
  r.line(t.result(), t.result(), t.result());
}
WEFT_CASE(block, wait_all_of_completed_tasks) {
  auto a = completed_task();
  auto b = from_result(1);
  r.throws("wait_all", [&] { wait_all(a, b); });
}
template <class F>
bool threw(F&& f) {
  try {
    f();
    return false;
  } catch (...) {
    return true;
  }
}
WEFT_CASE(block, wait_all_waits_for_all_though_one_fails) {
  task_completion_source<> s;
  auto a = from_exception(test_error("a"));
  auto b = s.task();
  auto t = run([&] { s.set_result(); });
  const bool threw_it = threw([&] { wait_all(a, b); });
  r.line("threw", threw_it, b.is_completed());
  t.wait();
}
WEFT_CASE(block, wait_all_throws) {
  auto a = from_exception(test_error("a"));
  auto b = from_exception(test_error("b"));
  r.throws("wait_all", [&] { wait_all(a, b); });
  static_cast<void>(b.exception());
}
WEFT_CASE(block, wait_all_of_a_canceled_and_a_faulted_task) {
  auto a = from_canceled(requested());
  auto b = from_exception(test_error("b"));
  r.throws("wait_all", [&] { wait_all(a, b); });
  static_cast<void>(b.exception());
}
WEFT_CASE(block, wait_all_of_nothing) {
  std::vector<task<>> none;
  r.throws("wait_all", [&] { wait_all(none); });
}
WEFT_CASE(block, blocked_on_by_many_threads) {
  task_completion_source<int> s;
  auto t = s.task();
  std::atomic<int> sum = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { sum += t.result(); });
  }
  s.set_result(2);
  for (std::thread& one : threads) {
    one.join();
  }
  r.line(sum.load());
}
task<int> async_main() {
  co_await yield();
  co_return 7;
}
WEFT_CASE(block, an_async_main) {
  r.line(block_on(async_main()));
}

}  // namespace
}  // namespace weft::conformance
