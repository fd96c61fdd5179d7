// T12: a million delays at once. Measured in a process of its own, whose pool has two threads
// whatever the machine and whose memory nothing else has used.

#include <weft/json.hpp>
#include <weft/sched.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "tour/claims/claims.hpp"
#include "tour/claims/delays.hpp"
#include "tour/measure.hpp"

#include <thread>

#include <fmt/format.h>

namespace weft::tour {

/// What the process of its own reports.
struct delays_report {
  double created_ms;
  double first_due_ms;  // of the first delay, after its creation
  double ended_ms;      // when all had ended, after the first creation
  double early;         // delays that ended before their time
  double bytes_each;
  double pool_threads;
};
WEFT_JSON(delays_report, created_ms, first_due_ms, ended_ms, early, bytes_each, pool_threads)

namespace {

using namespace std::chrono_literals;

constexpr std::size_t delays = 1'000'000;
constexpr auto length = 3s;  // longer than their creation takes, so that all are pending at once
constexpr std::size_t threads_tried = 1'000;

double bytes_per_sleeping_thread() {
  const double before = resident_bytes();
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < threads_tried; ++i) {
    threads.emplace_back([] { std::this_thread::sleep_for(300ms); });
  }
  const double used = resident_bytes() - before;
  for (std::thread& t : threads) {
    t.join();
  }
  return used / threads_tried;
}

}  // namespace

void run_delays() {
  block_on(delay(1ms));  // the pool is up
  std::vector<task<>> pending;
  pending.reserve(delays);
  const double before = resident_bytes();
  const stopwatch watch;
  for (std::size_t i = 0; i < delays; ++i) {
    pending.push_back(delay(length));
  }
  const double created = watch.ms();
  const double bytes = resident_bytes() - before;
  std::size_t early = 0;
  for (const task<>& t : pending) {
    early += t.is_completed() ? 1U : 0U;
  }
  pending.front().wait();
  const double first = watch.ms();
  wait_all(pending);
  const double ended = watch.ms();
  const int threads = thread_pool::default_pool().stats().max_running;
  fmt::print("{}", json::to_string(delays_report{created, first, ended, static_cast<double>(early),
                                                 bytes / delays, static_cast<double>(threads)}));
}

void measure_t12(environment& e, outcome& o) {
  e.doing("1,000 threads that sleep");
  const double thread_bytes = bytes_per_sleeping_thread();
  e.doing("1,000,000 delays of 3 s");
  const auto r = json::parse<delays_report>(output_of_self({"tour-delays"}, {"WEFT_THREADS=2"}));

  const double due = std::chrono::duration<double, std::milli>(length).count();
  const double late = r.ended_ms - due - r.created_ms;
  o.plain({"a sleeping thread each: 1,000 tried", "",
           fmt::format("{} a thread; a million: {:.0f} GiB", show_bytes(thread_bytes),
                       thread_bytes * delays / (1024.0 * 1024 * 1024))});
  o.with_weft({"1,000,000 times delay(3s)", show_ms(r.ended_ms),
               fmt::format("{} a delay, {}", show_bytes(r.bytes_each),
                           counted(static_cast<std::size_t>(r.pool_threads), "pool thread"))});
  o.show(fmt::format("     created in {:.0f} ms; all had ended {:.0f} ms after the last one's time",
                     r.created_ms, late));
  o.measured("thread_bytes", thread_bytes);
  o.measured("delay_bytes", r.bytes_each);
  o.measured("created_ms", r.created_ms);
  o.measured("ended_ms", r.ended_ms);
  o.measured("pool_threads", r.pool_threads);
  o.check(r.early == 0 && r.first_due_ms >= due, "a delay ended early");
  o.check(
      r.created_ms < due,
      fmt::format("creating them took {:.0f} ms: they were not all pending at once", r.created_ms));
  o.check(late <= 2000, fmt::format("the last delay ended {:.0f} ms late", late));
  o.check(r.pool_threads <= 2, fmt::format("{:.0f} threads of the pool", r.pool_threads));
  o.check(r.bytes_each <= 128, fmt::format("{:.0f} B a delay", r.bytes_each));
}

}  // namespace weft::tour
