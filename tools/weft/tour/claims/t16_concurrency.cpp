// T16: concurrency is not parallelism.

#include <weft/sched.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "tour/claims/claims.hpp"
#include "tour/measure.hpp"
#include "tour/primes.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace weft::tour {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t computations = 8;
constexpr int slices = 500;
constexpr int slice_length = 800;
constexpr int first_number = 1'000'000;

struct progress_of_one {
  double first_slice_ms = 0;
  double end_ms = 0;
  std::size_t primes = 0;
};
using progress_of_all = std::array<progress_of_one, computations>;

/// Not inlined: the compiler would count the primes itself.
[[gnu::noinline]] std::size_t slice(int number) {
  const int from = first_number + number * slice_length;
  return count_primes(from, from + slice_length);
}

task<> compute(progress_of_one& mine, const stopwatch& watch) {
  for (int i = 0; i < slices; ++i) {
    mine.primes += slice(i);
    if (i == 0) {
      mine.first_slice_ms = watch.ms();
    }
    co_await yield();
  }
  mine.end_ms = watch.ms();
}

/// All computations on a pool of `threads`.
double compute_on(int threads, progress_of_all& all) {
  thread_pool pool(thread_pool_options{.min_threads = threads, .max_threads = threads});
  all = {};
  const stopwatch watch;
  std::vector<task<>> running;
  for (progress_of_one& one : all) {
    running.push_back(pool.run([&] { return compute(one, watch); }));
  }
  wait_all(running);
  return watch.ms();
}

double in_sequence(std::size_t& primes) {
  return timed_ms([&] {
    for (std::size_t i = 0; i < computations; ++i) {
      for (int s = 0; s < slices; ++s) {
        primes += slice(s);
      }
    }
  });
}

/// Every computation had begun before any had ended.
bool all_made_progress(const progress_of_all& all) {
  const auto last_begin = std::ranges::max(all, {}, &progress_of_one::first_slice_ms);
  const auto first_end = std::ranges::min(all, {}, &progress_of_one::end_ms);
  return last_begin.first_slice_ms < first_end.end_ms;
}

bool all_right(const progress_of_all& all, std::size_t expected) {
  return std::ranges::all_of(
      all, [=](const progress_of_one& one) { return one.primes * computations == expected; });
}

/// Eight waits of 100, 110 … 170 ms on one thread.
double wait_on_one_thread() {
  single_thread_context loop;
  return timed_ms([&] {
    loop.run([]() -> task<> {
      std::vector<task<>> waits;
      for (std::size_t i = 0; i < computations; ++i) {
        waits.push_back(delay(100ms + 10ms * static_cast<int>(i)));
      }
      co_await when_all(waits);
    });
  });
}

}  // namespace

void measure_t16(environment& e, outcome& o) {
  const auto cores = static_cast<int>(core_count());
  progress_of_all progress_on_one{};
  progress_of_all ignored{};
  std::size_t primes = 0;
  e.doing("in sequence");
  const double sum = median_of_three([&] {
    primes = 0;
    return in_sequence(primes);
  });
  e.doing("on one worker");
  const double one = median_of_three([&] { return compute_on(1, progress_on_one); });
  e.doing("on all cores");
  const double all = median_of_three([&] { return compute_on(cores, ignored); });
  const bool right = all_right(progress_on_one, primes) && all_right(ignored, primes);
  e.doing("on eight times as many threads");
  const double many = median_of_three([&] { return compute_on(8 * cores, ignored); });
  e.doing("eight waits");
  const double waits = median_of_three(&wait_on_one_thread);

  const double share = sum / std::min<double>(cores, computations);
  o.plain({"eight computations, one after another", show_ms(sum), ""});
  o.with_weft({"at the same time, on one worker", show_ms(one),
               all_made_progress(progress_on_one) ? "all make progress: concurrent" : "in turn"});
  o.with_weft({fmt::format("on {}", counted(static_cast<std::size_t>(8 * cores), "thread")),
               show_ms(many), "more threads bring nothing"});
  o.with_weft({"eight waits of 100 … 170 ms, 1 thread", show_ms(waits), "the longest"});
  o.with_weft({fmt::format("computations on {}", counted(static_cast<std::size_t>(cores), "core")),
               show_ms(all), fmt::format("the sum ÷ {:.2f}: parallel", sum / all)});
  o.measured("sum_ms", sum);
  o.measured("one_worker_ms", one);
  o.measured("all_cores_ms", all);
  o.measured("many_threads_ms", many);
  o.measured("eight_waits_ms", waits);
  o.check(right, "the computations gave wrong results");
  o.check(all_made_progress(progress_on_one),
          "on one worker a computation ended before another began");
  o.check(one >= 0.9 * sum && one <= 1.25 * sum, fmt::format("on one worker: {:.1f} ms", one));
  o.check(all <= share / 0.8, fmt::format("on all cores: {:.1f} ms", all));
  o.check(std::min(all, many) >= 0.85 * share,
          fmt::format("{:.1f} ms: less than the share of a core", std::min(all, many)));
  o.check(waits >= 170 && waits <= 180, fmt::format("the waits took {:.1f} ms", waits));
}

}  // namespace weft::tour
