// Latch, barrier, events, and values made once.

#include <weft/parallel/parallel_for.hpp>
#include <weft/sync.hpp>

#include "conformance/support.hpp"

#include <array>
#include <atomic>

namespace weft::conformance {
namespace {

std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

WEFT_CASE(latches, a_latch_opens_at_zero) {
  async_latch l(2);
  r.line(l.is_set(), l.current_count());
  l.count_down();
  r.line(l.is_set(), l.current_count());
  l.count_down();
  r.line(l.is_set(), l.current_count());
  l.wait().result();
}
WEFT_CASE(latches, a_latch_of_nothing_is_open) {
  r.line(async_latch(0).is_set());
}
WEFT_CASE(latches, several_at_once) {
  async_latch l(3);
  l.count_down(2);
  r.line(l.current_count());
  r.throws("too many", [&] { l.count_down(2); });
  r.line(l.current_count());
  l.count_down();
  r.throws("open already", [&] { l.count_down(); });
}
WEFT_CASE(latches, a_latch_lets_all_go) {
  async_latch l(1);
  std::atomic<int> through = 0;
  auto waits = [&]() -> task<> {
    co_await l.wait();
    ++through;
  };
  std::vector<task<>> tasks;
  for (int n = 0; n < 3; ++n) {
    tasks.push_back(run([&] { return waits(); }));
  }
  l.count_down();
  wait_all(tasks);
  r.line(through.load());
}
WEFT_CASE(latches, a_requested_token_beats_an_open_latch) {
  async_latch open(0);
  async_latch closed(1);
  r.throws("open", [&] { open.wait(requested()).result(); });
  r.throws("closed", [&] { closed.wait(requested()).result(); });
}
WEFT_CASE(latches, a_gate_stays_open) {
  manual_reset_event e(false);
  r.line(e.is_set());
  e.set();
  e.wait().result();
  e.wait().result();
  r.line(e.is_set());
  e.reset();
  r.line(e.is_set());
  e.set();
  e.set();
  r.line(e.is_set());
}
WEFT_CASE(latches, a_gate_open_from_the_start) {
  manual_reset_event e(true);
  e.wait().result();
  r.line(e.is_set());
}
WEFT_CASE(latches, a_requested_token_beats_an_open_gate) {
  manual_reset_event e(true);
  r.throws("wait", [&] { e.wait(requested()).result(); });
}
WEFT_CASE(latches, a_turnstile_lets_one_through) {
  auto_reset_event e;
  auto twice = [&] {
    const bool first = e.try_wait();
    r.line(first, e.try_wait());
  };
  e.set();
  twice();
  e.set();
  e.set();
  twice();
  e.set();
  e.reset();
  r.line(e.try_wait());
}
WEFT_CASE(latches, a_turnstile_open_from_the_start) {
  auto_reset_event e(true);
  const bool first = e.try_wait();
  r.line(first, e.try_wait());
}
WEFT_CASE(latches, a_barrier_goes_by_phases) {
  int phases = 0;
  async_barrier b(3, [&] { ++phases; });
  auto works = [&]() -> task<> {
    for (int i = 0; i < 4; ++i) {
      co_await b.arrive_and_wait();
    }
  };
  std::vector<task<>> tasks;
  for (int n = 0; n < 3; ++n) {
    tasks.push_back(run([&] { return works(); }));
  }
  wait_all(tasks);
  r.line(phases, b.current_phase());
}
WEFT_CASE(latches, a_barrier_for_one) {
  async_barrier* self = nullptr;
  async_barrier b(1, [&] { r.line("phase", self->current_phase()); });
  self = &b;
  b.arrive_and_wait().result();
  b.arrive_and_wait().result();
  r.line(b.current_phase(), b.participants());
}
WEFT_CASE(latches, a_phase_that_throws) {
  async_barrier b(1, [] { throw test_error("phase"); });
  r.throws("arrive", [&] { b.arrive_and_wait().result(); });
  r.line(b.current_phase());
}
WEFT_CASE(latches, a_value_is_made_once) {
  int made = 0;
  async_lazy<int> z([&] {
    ++made;
    return from_result(7);
  });
  r.line(made);
  const int first = block_on(z.value());
  r.line(first, block_on(z.value()), made);
}
WEFT_ASYNC_CASE(latches, a_value_that_takes_its_time) {
  task_completion_source<> gate;
  int made = 0;
  async_lazy<int> z([&]() -> task<int> {
    ++made;
    co_await gate.task();
    co_return 8;
  });
  auto a = z.value();
  auto b = z.value();
  r.line(made, a.is_completed(), b.is_completed());
  gate.set_result();
  const int first = co_await a;
  const int second = co_await b;
  r.line(first, second, made);
}
WEFT_ASYNC_CASE(latches, a_value_that_cannot_be_made) {
  int tried = 0;
  async_lazy<int> z([&]() -> task<int> {
    ++tried;
    co_await completed_task();
    throw test_error("boom");
    co_return 0;
  });
  for (const char* which : {"first", "second"}) {
    try {
      co_await z.value();
    } catch (const test_error&) {
      r.line(std::string(which) + ":", std::current_exception());
    }
  }
  r.line(tried);
}
WEFT_CASE(latches, many_who_ask_at_once) {
  std::atomic<int> made = 0;
  async_lazy<int> z([&]() -> task<int> {
    ++made;
    co_await yield();
    co_return 9;
  });
  std::atomic<int> sum = 0;
  parallel_for(0, 32, [&](int) { sum += block_on(z.value()); });
  r.line(sum.load(), made.load());
}

}  // namespace
}  // namespace weft::conformance
