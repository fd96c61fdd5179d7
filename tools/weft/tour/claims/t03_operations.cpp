// T3: many operations at once, a blocked thread each against none.

#include <weft/sched.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "tour/claims/claims.hpp"
#include "tour/measure.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

namespace weft::tour {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t operations = 100;
constexpr auto length = 100ms;

task<> operation(thread_set& used) {
  co_await delay(length);
  used.note();
}

double with_threads(std::size_t& peak) {
  const std::size_t before = thread_count();
  return timed_ms([&] {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < operations; ++i) {
      threads.emplace_back([] { std::this_thread::sleep_for(length); });
    }
    peak = std::max(peak, thread_count() - before);
    for (std::thread& t : threads) {
      t.join();
    }
  });
}

double with_tasks(std::size_t& used_most) {
  thread_set used;
  const double ms = timed_ms([&] {
    std::vector<task<>> started;
    for (std::size_t i = 0; i < operations; ++i) {
      started.push_back(operation(used));
    }
    wait_all(started);
  });
  used_most = std::max(used_most, used.size());
  return ms;
}

}  // namespace

void measure_t3(environment& e, outcome& o) {
  std::size_t blocked = 0;
  std::size_t used = 0;
  e.doing("a blocked thread each");
  const double plain = median_of_three([&] { return with_threads(blocked); });
  e.doing("started together, awaited");
  block_on(delay(1ms));  // the pool is up
  const double awaited = median_of_three([&] { return with_tasks(used); });

  o.plain({"a thread each, which blocks", show_ms(plain), counted(blocked, "blocked thread")});
  o.with_weft(
      {"started together, awaited", show_ms(awaited), counted(used, "thread") + " of the pool"});
  o.measured("threads_ms", plain);
  o.measured("threads_blocked", static_cast<double>(blocked));
  o.measured("awaited_ms", awaited);
  o.measured("pool_threads_used", static_cast<double>(used));
  o.check(awaited <= 105, fmt::format("awaiting took {:.1f} ms", awaited));
  o.check(used <= 2, fmt::format("{} threads of the pool were used", used));
  o.check(blocked >= operations, fmt::format("only {} threads were blocked", blocked));
}

}  // namespace weft::tour
