// T16: concurrency is not parallelism.

#include <weft/sched.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "tour/claims/claims.hpp"
#include "tour/measure.hpp"
#include "tour/primes.hpp"
#include "tour/timeline.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace weft::tour {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t computations = 8;
constexpr int slices = 400;
constexpr int slices_of_picture = 40;
constexpr int slice_length = 800;
// So many at least; then until the rounds agree, or so many at most.
constexpr int least_rounds = 9;
constexpr int most_rounds = 25;
constexpr int first_number = 1'000'000;
constexpr std::array<std::size_t, 4> worker_counts{1, 2, 8, 64};

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

task<> compute(progress_of_one& mine, std::size_t number, int how_many, const stopwatch& watch) {
  for (int i = 0; i < how_many; ++i) {
    {
      const marked work("slice", number);
      mine.primes += slice(i);
    }
    if (i == 0) {
      mine.first_slice_ms = watch.ms();
    }
    co_await yield();
  }
  mine.end_ms = watch.ms();
}

/// All computations on a pool of `threads`.
void compute_on(int threads, int how_many, progress_of_all& all) {
  thread_pool pool(thread_pool_options{.min_threads = threads, .max_threads = threads});
  all = {};
  const stopwatch watch;
  std::vector<task<>> running;
  for (std::size_t number = 0; number < computations; ++number) {
    running.push_back(pool.run([&all, &watch, number, how_many] {
      return compute(all[number], number, how_many, watch);
    }));
  }
  wait_all(running);
}

std::size_t compute_one(std::size_t number, int how_many) {
  const marked work("computation", number);
  std::size_t primes = 0;
  for (int s = 0; s < how_many; ++s) {
    primes += slice(s);
  }
  return primes;
}

std::size_t compute_in_sequence(int how_many) {
  std::size_t primes = 0;
  for (std::size_t i = 0; i < computations; ++i) {
    primes += compute_one(i, how_many);
  }
  return primes;
}

/// A thread for each: what this machine gives, now.
std::size_t compute_by_hand() {
  std::array<std::size_t, computations> primes{};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < computations; ++i) {
    threads.emplace_back([&primes, i] { primes[i] = compute_one(i, slices); });
  }
  for (std::thread& t : threads) {
    t.join();
  }
  return std::accumulate(primes.begin(), primes.end(), std::size_t{0});
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

/// How often as fast as the sum, at least. On one core nothing can be gained, and less is lost.
double least_speedup_of(std::size_t workers, double sum_ms, double by_hand_ms) {
  const std::size_t cores = std::min(workers, physical_core_count());
  return cores == 1 ? 0.8 : least_speedup(static_cast<double>(cores), sum_ms, by_hand_ms);
}

/// The computations on a pool of so many workers, and what that takes of what it may at most (or
/// must at least), round by round.
struct on_workers {
  static constexpr double least_processor = 0.8;
  static constexpr double most_processor = 1.25;
  static constexpr double least_cores = 0.8;

  std::size_t count = 0;
  run_times times{};
  progress_of_all last{};
  paired_ratio of_speed{};      ///< The speed-up, of the least one allowed.
  paired_ratio of_processor{};  ///< Processor time, of the sum's.
  paired_ratio of_cores{};      ///< Of what all cores together need for the sum's processor time.

  void add(const run_times& sum, const run_times& by_hand) {
    of_speed.add(sum.last_wall() / times.last_wall(),
                 least_speedup_of(count, sum.last_wall(), by_hand.last_wall()));
    of_processor.add(times.last_processor(), sum.last_processor());
    of_cores.add(times.last_wall(),
                 sum.last_processor() / static_cast<double>(std::min(count, core_count())));
  }
  [[nodiscard]] bool decided() const {
    return of_speed.decided(1, 1) && of_processor.decided(least_processor, most_processor) &&
           of_cores.decided(least_cores, least_cores);
  }
};

struct measured_all {
  std::size_t primes = 0;
  std::size_t primes_by_hand = 0;
  run_times sum;
  run_times by_hand;
  std::array<on_workers, worker_counts.size()> pools{};
  double waits_ms = 0;
};

measured_all measure_all(environment& e) {
  measured_all m;
  // In turns, so that what else this machine does meets them alike.
  for (int round = 0; round < least_rounds ||
                      (round < most_rounds && !std::ranges::all_of(m.pools, &on_workers::decided));
       ++round) {
    e.doing("computations");
    m.sum.run([&] { m.primes = compute_in_sequence(slices); });
    m.by_hand.run([&] { m.primes_by_hand = compute_by_hand(); });
    for (std::size_t i = 0; i < worker_counts.size(); ++i) {
      on_workers& pool = m.pools[i];
      pool.count = worker_counts[i];
      pool.times.run([&] { compute_on(static_cast<int>(pool.count), slices, pool.last); });
      pool.add(m.sum, m.by_hand);
    }
  }
  e.doing("eight waits");
  m.waits_ms = median_of_three(&wait_on_one_thread);
  return m;
}

void draw(outcome& o) {
  progress_of_all ignored;
  o.drawn(panel_of("one after another",
                   [] { static_cast<void>(compute_in_sequence(slices_of_picture)); }));
  for (const std::size_t count : worker_counts) {
    o.drawn(panel_of(fmt::format("a pool of {}", counted(count, "worker")),
                     [&] { compute_on(static_cast<int>(count), slices_of_picture, ignored); }));
  }
}

void say(outcome& o, const measured_all& m) {
  o.plain({"eight computations, one after another", show_ms(m.sum.wall()), "the sum"});
  o.plain(
      {"a thread for each, by hand", show_ms(m.by_hand.wall()),
       fmt::format("the sum ÷ {:.2f}: what the machine gives", m.sum.wall() / m.by_hand.wall())});
  o.with_weft({"eight waits of 100 … 170 ms, 1 thread", show_ms(m.waits_ms), "the longest"});
  std::string processor =
      fmt::format("     processor time: {:.0f} ms in sequence", m.sum.processor());
  o.measured("sum_ms", m.sum.wall());
  o.measured("sum_processor_ms", m.sum.processor());
  o.measured("by_hand_ms", m.by_hand.wall());
  for (const on_workers& pool : m.pools) {
    const std::string workers = counted(pool.count, "worker");
    o.with_weft(
        {fmt::format("at the same time, on {}", workers), show_ms(pool.times.wall()),
         fmt::format(
             "the sum ÷ {:.2f}{}", m.sum.wall() / pool.times.wall(),
             pool.count == 1 && all_made_progress(pool.last) ? ": concurrent, not parallel" : "")});
    processor += fmt::format(", {:.0f} on {}", pool.times.processor(), pool.count);
    o.measured(fmt::format("workers_{}_ms", pool.count), pool.times.wall());
    o.measured(fmt::format("workers_{}_processor_ms", pool.count), pool.times.processor());
  }
  o.show(processor);
  o.measured("eight_waits_ms", m.waits_ms);
}

}  // namespace

void measure_t16(environment& e, outcome& o) {
  const measured_all m = measure_all(e);
  say(o, m);
  e.doing("for the picture");
  draw(o);
  o.check(all_made_progress(m.pools[0].last),
          "on one worker a computation ended before another began");
  o.check(m.primes_by_hand == m.primes, "wrong results by hand");
  for (const on_workers& pool : m.pools) {
    o.check(all_right(pool.last, m.primes), fmt::format("wrong results on {} workers", pool.count));
    const double processor = pool.of_processor.median();
    o.check(processor >= on_workers::least_processor && processor <= on_workers::most_processor,
            fmt::format("{:.2f} times the sum's processor time on {}", processor, pool.count));
    o.check(pool.of_speed.median() >= 1,
            fmt::format("on {} workers: {:.2f} of the speed-up that this machine gives", pool.count,
                        pool.of_speed.median()));
    // Processor time, which other work does not lengthen: no number of threads computes faster.
    o.check(pool.of_cores.median() >= on_workers::least_cores,
            fmt::format("on {} workers: {:.2f} of the time that the cores need", pool.count,
                        pool.of_cores.median()));
  }
  o.check(m.waits_ms >= 170 && m.waits_ms <= 200,
          fmt::format("the waits took {:.1f} ms", m.waits_ms));
}

}  // namespace weft::tour
