// long_running: a thread of its own for what computes or blocks for long.

#include <weft/task/async_local.hpp>
#include <weft/time/delay.hpp>

#include "conformance/support.hpp"

#include <latch>
#include <thread>

namespace weft::conformance {
namespace {

constexpr run_options own_thread{.long_running = true};

std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

WEFT_ASYNC_CASE(long_running, gives_the_value) {
  co_await r.awaits("value", run([] { return 42; }, own_thread));
}
WEFT_ASYNC_CASE(long_running, throws_what_the_function_throws) {
  auto t = run([]() -> int { throw test_error("boom"); }, own_thread);
  co_await r.awaits("await", t);
  r.state("task", t);
}
WEFT_ASYNC_CASE(long_running, unwraps_an_async_function) {
  auto body = []() -> task<int> {
    co_await yield();
    co_return 3;
  };
  co_await r.awaits("value", run(body, own_thread));
}
WEFT_ASYNC_CASE(long_running, a_requested_token_keeps_it_from_running) {
  bool ran = false;
  auto body = [&ran] {
    ran = true;
    return 1;
  };
  auto t = run(body, requested(), own_thread);
  co_await r.awaits("await", t);
  r.line(ran);
  r.state("task", t);
}
WEFT_ASYNC_CASE(long_running, a_cancellation_of_its_own_token) {
  std::stop_source source;
  auto body = [&source]() -> int {
    source.request_stop();
    throw_if_stopped(source.get_token());
    return 1;
  };
  auto t = run(body, source.get_token(), own_thread);
  co_await r.awaits("await", t);
  r.state("task", t);
}
WEFT_CASE(long_running, there_is_no_context_inside) {
  manual_context context;
  const synchronization_context::scope current(context);
  auto t = run([] { return synchronization_context::current() == nullptr; }, own_thread);
  r.line(t.result());
}
WEFT_ASYNC_CASE(long_running, after_an_await_it_is_on_the_pool) {
  auto body = []() -> task<std::string> {
    auto due = delay(1ms);
    co_await due;
    co_return here();
  };
  co_await r.awaits("place", run(body, own_thread));
}
WEFT_ASYNC_CASE(long_running, more_than_there_are_processors_block_at_once) {
  const int many = static_cast<int>(std::thread::hardware_concurrency()) + 20;
  std::latch all(many);
  std::vector<task<int>> tasks;
  for (int i = 0; i < many; ++i) {
    auto body = [&all] {
      all.arrive_and_wait();
      return 1;
    };
    tasks.push_back(run(body, own_thread));
  }
  int sum = 0;
  for (const int one : co_await when_all(std::move(tasks))) {
    sum += one;
  }
  r.line(sum == many);
}
WEFT_ASYNC_CASE(long_running, async_local_values_flow_into_it) {
  async_local<int> local;
  local.set(5);
  auto body = [&local] {
    const int seen = local.get();
    local.set(6);
    return seen;
  };
  co_await r.awaits("value", run(body, own_thread));
  r.line(local.get());
}
WEFT_ASYNC_CASE(long_running, work_that_it_starts_is_the_pools) {
  auto body = [] { return run(&here); };
  co_await r.awaits("place", run(body, own_thread));
}

}  // namespace
}  // namespace weft::conformance
