// async_semaphore, as SemaphoreSlim.

#include <weft/sync.hpp>
#include <weft/time.hpp>

#include "conformance/support.hpp"

#include <algorithm>

namespace weft::conformance {
namespace {

std::stop_token requested() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

WEFT_CASE(semaphore, counts_down_and_up) {
  async_semaphore s(2, 3);
  s.acquire().result();
  r.line(s.current_count());
  s.acquire().result();
  r.line(s.current_count());
  r.line("before", s.release());
  r.line(s.current_count());
}
WEFT_CASE(semaphore, acquire_with_a_permit_at_hand_is_completed) {
  async_semaphore s(1);
  auto first = s.acquire();
  auto second = s.acquire();
  r.line(first.is_completed_successfully(), second.is_completed());
}
WEFT_CASE(semaphore, try_acquire) {
  async_semaphore s(1);
  const bool first = s.try_acquire();
  const bool second = s.try_acquire();
  r.line(first, second, s.current_count());
}
task<> waits_in_turn(async_semaphore& s, std::vector<int>& order, std::mutex& guard, int n) {
  co_await s.acquire();
  {
    const std::lock_guard held(guard);
    order.push_back(n);
  }
  s.release();
}
WEFT_CASE(semaphore, first_come_first_served) {
  async_semaphore s(0);
  std::vector<int> order;
  std::mutex guard;
  std::vector<task<>> tasks;
  for (int n = 0; n < 5; ++n) {
    tasks.push_back(waits_in_turn(s, order, guard, n));
  }
  s.release();
  wait_all(tasks);
  r.line(order);
}
task<std::string> where_it_goes_on(async_semaphore& s) {
  co_await s.acquire();
  co_return here();
}
WEFT_CASE(semaphore, release_does_not_run_the_awaiter_inside) {
  async_semaphore s(0);
  auto t = where_it_goes_on(s);
  on_thread("releaser", [&] { s.release(); });
  r.line(t.result());
}
WEFT_CASE(semaphore, a_release_of_several) {
  async_semaphore s(0);
  std::vector<task<>> tasks;
  for (int n = 0; n < 3; ++n) {
    tasks.push_back(s.acquire().as_task());
  }
  r.line("before", s.release(2));
  tasks[0].wait();
  tasks[1].wait();
  r.line(tasks[2].is_completed(), s.current_count());
  s.release();
  tasks[2].wait();
  r.line(s.current_count());
}
WEFT_CASE(semaphore, above_its_maximum) {
  async_semaphore s(1, 2);
  r.gives("one", [&] { return s.release(); });
  r.gives("too many", [&] { return s.release(); });
  r.line(s.current_count());
  static_cast<void>(s.try_acquire());
  r.gives("two at once", [&] { return s.release(2); });
  r.line(s.current_count());
}
WEFT_CASE(semaphore, bad_arguments) {
  r.throws("more than its maximum", [] { const async_semaphore s(3, 2); });
  r.throws("no maximum", [] { const async_semaphore s(0, 0); });
  r.throws("release nothing", [] { async_semaphore(0).release(0); });
}
WEFT_ASYNC_CASE(semaphore, a_requested_token_beats_a_permit) {
  async_semaphore s(1);
  co_await r.awaits("acquire", s.acquire(requested()));
  r.line(s.current_count());
}
WEFT_ASYNC_CASE(semaphore, canceled_while_it_waits) {
  async_semaphore s(0);
  cancellation_source source;
  auto t = s.acquire(source.token()).as_task();
  r.line(t.is_completed());
  source.cancel();
  co_await r.awaits("acquire", t);
  s.release();
  r.line(s.current_count());
}
WEFT_ASYNC_CASE(semaphore, a_canceled_waiter_is_skipped) {
  async_semaphore s(0);
  cancellation_source source;
  auto first = s.acquire(source.token()).as_task();
  auto second = s.acquire().as_task();
  source.cancel();
  co_await r.awaits("first", first);
  s.release();
  co_await r.awaits("second", second);
  r.line(s.current_count());
}
WEFT_ASYNC_CASE(semaphore, cancel_after_it_was_acquired) {
  async_semaphore s(1);
  cancellation_source source;
  auto t = s.acquire(source.token());
  source.cancel();
  co_await r.awaits("acquire", std::move(t));
  r.line(s.current_count());
}
WEFT_ASYNC_CASE(semaphore, with_a_limit_that_passes) {
  async_semaphore s(0);
  const bool got = co_await s.acquire_for(2ms);
  r.line(got, s.current_count());
  s.release();
  r.line(s.current_count());
}
WEFT_ASYNC_CASE(semaphore, with_a_limit_that_suffices) {
  async_semaphore s(1);
  const bool got = co_await s.acquire_for(1000ms);
  r.line(got, s.current_count());
  auto t = s.acquire_for(infinite);
  s.release();
  r.line(co_await t);
}
WEFT_ASYNC_CASE(semaphore, with_no_time) {
  async_semaphore s(1);
  const bool first = co_await s.acquire_for(0ms);
  const bool second = co_await s.acquire_for(0ms);
  r.line(first, second, s.current_count());
}
WEFT_ASYNC_CASE(semaphore, with_less_than_no_time) {
  async_semaphore s(1);
  try {
    co_await s.acquire_for(-5ms);
    r.line("ok");
  } catch (const std::exception&) {
    r.line(std::current_exception());
  }
  r.line(s.current_count());
}
WEFT_ASYNC_CASE(semaphore, with_a_limit_and_a_token) {
  async_semaphore s(0);
  cancellation_source source;
  auto t = s.acquire_for(1h, source.token());
  source.cancel();
  co_await r.awaits("acquire", t);
  co_await r.awaits("requested", s.acquire_for(1000ms, requested()));
}
WEFT_CASE(semaphore, limits_what_runs_at_once) {
  async_semaphore s(2);
  std::mutex guard;
  int now = 0;
  int most = 0;
  auto work = [&]() -> task<> {
    co_await s.acquire();
    {
      const std::lock_guard held(guard);
      most = std::max(most, ++now);
    }
    co_await yield();
    {
      const std::lock_guard held(guard);
      --now;
    }
    s.release();
  };
  std::vector<task<>> tasks;
  for (int n = 0; n < 50; ++n) {
    tasks.push_back(run([&] { return work(); }));
  }
  wait_all(tasks);
  r.line(most <= 2, s.current_count());
}
WEFT_CASE(semaphore, as_a_mutex) {
  async_semaphore s(1, 1);
  int value = 0;
  auto work = [&]() -> task<> {
    for (int i = 0; i < 100; ++i) {
      co_await s.acquire();
      const int x = value;
      co_await yield();
      value = x + 1;
      s.release();
    }
  };
  std::vector<task<>> tasks;
  for (int n = 0; n < 4; ++n) {
    tasks.push_back(run([&] { return work(); }));
  }
  wait_all(tasks);
  r.line(value);
}

}  // namespace
}  // namespace weft::conformance
