// T13: what a thread costs, and what a task.

#include <weft/task.hpp>

#include "tour/claims/claims.hpp"
#include "tour/measure.hpp"

#include <latch>
#include <thread>

#include <fmt/format.h>
#include <pthread.h>

namespace weft::tour {
namespace {

constexpr std::size_t threads = 500;
constexpr std::size_t tasks = 100'000;

struct cost {
  double create_ms;  // each
  double bytes;      // each
};

cost of_threads() {
  std::latch go(1);
  std::latch running(threads);
  std::vector<std::thread> made;
  made.reserve(threads);
  const double before = resident_bytes();
  const double ms = timed_ms([&] {
    for (std::size_t i = 0; i < threads; ++i) {
      made.emplace_back([&] {
        running.count_down();
        go.wait();
      });
    }
    running.wait();
  });
  const double bytes = resident_bytes() - before;
  go.count_down();
  for (std::thread& t : made) {
    t.join();
  }
  return {ms / threads, bytes / threads};
}

/// Has begun and waits, as the threads do.
task<> waiting(task<>& go) {
  co_await go;
}

cost of_tasks() {
  task_completion_source<> source;
  task<> go = source.task();
  std::vector<task<>> made;
  made.reserve(tasks);
  const double before = resident_bytes();
  const double ms = timed_ms([&] {
    for (std::size_t i = 0; i < tasks; ++i) {
      made.push_back(waiting(go));
    }
  });
  const double bytes = resident_bytes() - before;
  source.set_result();
  wait_all(made);
  return {ms / tasks, bytes / tasks};
}

/// The first run is the one that needs new memory; times are the median of three.
cost measured(cost (*one_run)()) {
  const cost first = one_run();
  return {median({first.create_ms, one_run().create_ms, one_run().create_ms}), first.bytes};
}

double reserved_stack_bytes() {
  pthread_attr_t defaults;
  std::size_t bytes = 0;
  ::pthread_attr_init(&defaults);
  ::pthread_attr_getstacksize(&defaults, &bytes);
  ::pthread_attr_destroy(&defaults);
  return static_cast<double>(bytes);
}

}  // namespace

void measure_t13(environment& e, outcome& o) {
  e.doing("500 threads");
  const cost thread = measured(&of_threads);
  e.doing("100,000 tasks");
  const cost task = measured(&of_tasks);
  const double faster = thread.create_ms / task.create_ms;
  const double smaller = thread.bytes / task.bytes;

  o.plain({"a thread, started and waiting", show_ms(thread.create_ms),
           fmt::format("{} resident, {} reserved", show_bytes(thread.bytes),
                       show_bytes(reserved_stack_bytes()))});
  o.with_weft(
      {"a task, started and suspended", show_ms(task.create_ms),
       fmt::format("{}; {:.0f} and {:.0f} times less", show_bytes(task.bytes), faster, smaller)});
  o.measured("thread_create_us", thread.create_ms * 1e3);
  o.measured("thread_bytes", thread.bytes);
  o.measured("task_create_us", task.create_ms * 1e3);
  o.measured("task_bytes", task.bytes);
  o.check(faster >= 10, fmt::format("a task takes 1/{:.1f} of the time of a thread", faster));
  o.check(smaller >= 10, fmt::format("a task takes 1/{:.1f} of the memory of a thread", smaller));
}

}  // namespace weft::tour
