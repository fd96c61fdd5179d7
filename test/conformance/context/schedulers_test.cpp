// The exclusive and the concurrent half of a pair, and limits: what runs beside what.

#include <weft/sched/schedulers.hpp>

#include <weft/sched/thread_pool.hpp>

#include "conformance/support.hpp"

#include <algorithm>
#include <atomic>
#include <latch>
#include <mutex>
#include <thread>

namespace weft::conformance {
namespace {

template <class F>
auto on(task_scheduler& s, F f, std::stop_token stop = {}) {
  return run(std::move(f), std::move(stop), {.scheduler = &s});
}
using pair_of = concurrent_exclusive_scheduler_pair;

/// The most that ran at a time of `n` pieces.
int most(task_scheduler& s, int n) {
  int running = 0;
  int found = 0;
  std::mutex gate;
  std::vector<task<>> all;
  for (int i = 0; i < n; ++i) {
    all.push_back(on(s, [&] {
      {
        const std::lock_guard held(gate);
        found = std::max(found, ++running);
      }
      std::this_thread::yield();
      const std::lock_guard held(gate);
      --running;
    }));
  }
  wait_all(all);
  return found;
}
std::vector<int> order_of(task_scheduler& s) {
  std::vector<int> order;
  std::vector<task<>> all;
  for (int n = 0; n < 10; ++n) {
    all.push_back(on(s, [&order, n] { order.push_back(n); }));
  }
  wait_all(all);
  return order;
}

WEFT_CASE(schedulers, exclusive_work_runs_alone) {
  pair_of pair;
  r.line(most(pair.exclusive_scheduler(), 50));
}
WEFT_CASE(schedulers, exclusive_work_runs_in_order) {
  pair_of pair;
  r.line(order_of(pair.exclusive_scheduler()));
}
WEFT_CASE(schedulers, concurrent_work_of_one_runs_alone) {
  limited_concurrency_scheduler one(1);
  r.line(most(one, 50));
}
WEFT_CASE(schedulers, concurrent_work_runs_up_to_its_maximum) {
  limited_concurrency_scheduler two(2);
  r.line(most(two, 50) <= 2);
}
WEFT_CASE(schedulers, a_limit_of_one_keeps_the_order) {
  limited_concurrency_scheduler one(1);
  r.line(order_of(one));
}
WEFT_CASE(schedulers, the_halves_exclude_each_other) {
  pair_of pair;
  std::atomic<int> readers = 0;
  std::atomic<int> writers = 0;
  std::atomic<bool> clean = true;
  std::vector<task<>> all;
  for (int n = 0; n < 60; ++n) {
    if (n % 3 == 0) {
      all.push_back(on(pair.exclusive_scheduler(), [&] {
        if (++writers != 1 || readers != 0) {
          clean = false;
        }
        --writers;
      }));
    } else {
      all.push_back(on(pair.concurrent_scheduler(), [&] {
        ++readers;
        if (writers != 0) {
          clean = false;
        }
        --readers;
      }));
    }
  }
  wait_all(all);
  r.line(clean.load());
}
WEFT_CASE(schedulers, what_is_current_inside) {
  pair_of pair;
  for (task_scheduler* s : {&pair.exclusive_scheduler(), &pair.concurrent_scheduler()}) {
    r.line(on(*s, [s] { return task_scheduler::current() == s; }).result());
  }
  r.line(task_scheduler::current() == &task_scheduler::default_scheduler());
}
WEFT_CASE(schedulers, an_await_comes_back) {
  pair_of pair;
  auto body = [&]() -> task<bool> {
    co_await yield();
    co_return task_scheduler::current() == &pair.exclusive_scheduler();
  };
  r.line(on(pair.exclusive_scheduler(), body).result());
}
WEFT_CASE(schedulers, configure_await_false_leaves_it) {
  pair_of pair;
  task_completion_source<> source;
  auto gate = source.task();
  auto body = [&]() -> task<bool> {
    co_await gate.configure_await(false);
    co_return task_scheduler::current() == &task_scheduler::default_scheduler();
  };
  auto t = on(pair.exclusive_scheduler(), body);
  on(pair.exclusive_scheduler(), [] {}).wait();  // it waits now
  on_thread("other", [&] { source.set_result(); });
  r.line(t.result());
}
WEFT_CASE(schedulers, run_inside_leaves_it) {
  pair_of pair;
  auto inner = [] {
    return run([] { return task_scheduler::current() == &task_scheduler::default_scheduler(); });
  };
  r.line(on(pair.exclusive_scheduler(), inner).result());
}
WEFT_CASE(schedulers, an_exception_is_the_tasks_and_the_next_runs) {
  pair_of pair;
  auto failed = on(pair.exclusive_scheduler(), [] { throw test_error("piece"); });
  auto next = on(pair.exclusive_scheduler(), [] { return 7; });
  r.line(next.result());
  r.errors("failed", failed);
}
WEFT_CASE(schedulers, no_code_of_another_runs_between_two_pieces_that_do_not_suspend) {
  pair_of pair;
  std::vector<std::string> order;
  auto body = [&](std::string name) -> task<> {
    order.push_back(name + "1");
    co_await yield();
    order.push_back(name + "2");
  };
  std::latch gate(1);
  auto first = on(pair.exclusive_scheduler(), [&] { gate.wait(); });
  auto a = on(pair.exclusive_scheduler(), [&] { return body("a"); });
  auto b = on(pair.exclusive_scheduler(), [&] { return body("b"); });
  gate.count_down();
  wait_all(first, a, b);
  r.line(order);
}
WEFT_CASE(schedulers, completes_at_once_when_nothing_is_queued) {
  pair_of pair;
  r.line(pair.completion().is_completed());
  pair.complete();
  pair.completion().wait();
  r.line(pair.completion().status());
}
WEFT_CASE(schedulers, completes_when_all_that_was_queued_has_run) {
  pair_of pair;
  std::latch gate(1);
  std::atomic<int> ran = 0;
  auto a = on(pair.exclusive_scheduler(), [&] {
    gate.wait();
    ++ran;
  });
  auto b = on(pair.concurrent_scheduler(), [&] { ++ran; });
  pair.complete();
  r.line(pair.completion().is_completed());
  gate.count_down();
  pair.completion().wait();
  r.line(ran.load());
  wait_all(a, b);
}
WEFT_CASE(schedulers, completed_twice_is_silent) {
  pair_of pair;
  pair.complete();
  r.throws("again", [&] { pair.complete(); });
}
WEFT_CASE(schedulers, bad_maxima) {
  task_scheduler& base = task_scheduler::default_scheduler();
  r.throws("none", [&] { const pair_of bad(base, 0); });
  r.throws("below", [&] { const pair_of bad(base, -2); });
  r.throws("as many as there are", [&] { const pair_of good(base, -1); });
}
WEFT_CASE(schedulers, a_limit_over_an_exclusive_one) {
  pair_of below;
  limited_concurrency_scheduler four(4, below.exclusive_scheduler());
  r.line(most(four, 40));
}
WEFT_CASE(schedulers, maximum_concurrency) {
  pair_of pair(task_scheduler::default_scheduler(), 3);
  r.line(pair.exclusive_scheduler().maximum_concurrency(),
         pair.concurrent_scheduler().maximum_concurrency());
}
WEFT_CASE(schedulers, a_requested_token_keeps_it_from_running) {
  pair_of pair;
  std::atomic<bool> ran = false;
  std::stop_source stop;
  std::latch gate(1);
  auto first = on(pair.exclusive_scheduler(), [&] { gate.wait(); });
  auto t = on(pair.exclusive_scheduler(), [&] { ran = true; }, stop.get_token());
  stop.request_stop();
  gate.count_down();
  first.wait();
  r.awaits("t", t).wait();
  r.line(ran.load());
}
WEFT_CASE(schedulers, several_pairs_do_not_hinder_each_other) {
  pair_of a;
  pair_of b;
  std::latch gate(1);
  auto blocked = on(a.exclusive_scheduler(), [&] { blocking([&] { gate.wait(); }); });
  r.line(on(b.exclusive_scheduler(), [] { return 1; }).result());
  gate.count_down();
  blocked.wait();
}

}  // namespace
}  // namespace weft::conformance
