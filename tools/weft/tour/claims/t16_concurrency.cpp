// T16: concurrency is not parallelism.

#include <weft/sched.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "tour/claims/claims.hpp"
#include "tour/measure.hpp"
#include "tour/primes.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace weft::tour {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t computations = 8;
constexpr int slices = 500;
constexpr int slice_length = 800;
constexpr int rounds = 3;
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
void compute_on(int threads, progress_of_all& all) {
  thread_pool pool(thread_pool_options{.min_threads = threads, .max_threads = threads});
  all = {};
  const stopwatch watch;
  std::vector<task<>> running;
  for (progress_of_one& one : all) {
    running.push_back(pool.run([&] { return compute(one, watch); }));
  }
  wait_all(running);
}

void compute_in_sequence(std::size_t& primes) {
  primes = 0;
  for (std::size_t i = 0; i < computations; ++i) {
    for (int s = 0; s < slices; ++s) {
      primes += slice(s);
    }
  }
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
  progress_of_all on_one{};
  progress_of_all on_all{};
  progress_of_all on_many{};
  std::size_t primes = 0;
  run_times sum;
  run_times one;
  run_times all;
  run_times many;
  // In turns, so that what else this machine does meets them alike.
  for (int round = 0; round < rounds; ++round) {
    e.doing("computations");
    sum.run([&] { compute_in_sequence(primes); });
    one.run([&] { compute_on(1, on_one); });
    all.run([&] { compute_on(cores, on_all); });
    many.run([&] { compute_on(8 * cores, on_many); });
  }
  e.doing("eight waits");
  const double waits = median_of_three(&wait_on_one_thread);

  const double share =
      sum.wall() / static_cast<double>(std::min(physical_core_count(), computations));
  o.plain({"eight computations, one after another", show_ms(sum.wall()), "the sum"});
  o.with_weft({"at the same time, on one worker", show_ms(one.wall()),
               all_made_progress(on_one) ? "all make progress: concurrent" : "in turn"});
  o.with_weft({fmt::format("on {}", counted(static_cast<std::size_t>(8 * cores), "thread")),
               show_ms(many.wall()), "more threads than cores bring nothing"});
  o.with_weft({"eight waits of 100 … 170 ms, 1 thread", show_ms(waits), "the longest"});
  o.with_weft({fmt::format("computations on {}", counted(static_cast<std::size_t>(cores), "core")),
               show_ms(all.wall()),
               fmt::format("the sum ÷ {:.2f}: parallel", sum.wall() / all.wall())});
  o.show(
      fmt::format("     processor time: {:.0f} ms in sequence, {:.0f} on one worker, {:.0f} on all "
                  "cores, {:.0f} on {} threads",
                  sum.processor(), one.processor(), all.processor(), many.processor(), 8 * cores));
  const std::pair<const char*, const run_times*> ways[] = {
      {"sum", &sum}, {"one_worker", &one}, {"all_cores", &all}, {"many_threads", &many}};
  for (const auto& [name, way] : ways) {
    o.measured(fmt::format("{}_ms", name), way->wall());
    o.measured(fmt::format("{}_processor_ms", name), way->processor());
  }
  o.measured("eight_waits_ms", waits);
  o.check(all_right(on_one, primes) && all_right(on_all, primes) && all_right(on_many, primes),
          "the computations gave wrong results");
  o.check(all_made_progress(on_one), "on one worker a computation ended before another began");
  for (const run_times* way : {&one, &all, &many}) {
    const double ratio = way->processor() / sum.processor();
    o.check(ratio >= 0.8 && ratio <= 1.25,
            fmt::format("{:.2f} times the processor time of the sum", ratio));
  }
  o.check(all.wall() <= 1.25 * share, fmt::format("on all cores: {:.1f} ms", all.wall()));
  o.check(waits >= 170 && waits <= 180, fmt::format("the waits took {:.1f} ms", waits));
}

}  // namespace weft::tour
