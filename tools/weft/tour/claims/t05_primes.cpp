// T5: counting primes, in sequence and on all cores.

#include <weft/base/atomic.hpp>
#include <weft/parallel.hpp>
#include <weft/query.hpp>

#include "tour/claims/claims.hpp"
#include "tour/measure.hpp"
#include "tour/primes.hpp"
#include "tour/timeline.hpp"

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include <fmt/format.h>

namespace weft::tour {
namespace {

constexpr int bound = 3'000'000;

std::size_t in_sequence() {
  const marked all("count", 0);
  std::size_t count = 0;
  for (int n = 2; n <= bound; ++n) {
    count += is_prime(n) ? 1U : 0U;
  }
  return count;
}

std::size_t in_a_loop() {
  detail::atomic<std::size_t> count{0};
  parallel_for(
      2, bound + 1, [] { return std::size_t{0}; },
      [](int n, parallel_loop_state&, std::size_t mine) { return mine + (is_prime(n) ? 1U : 0U); },
      [&](std::size_t mine) {
        // order: relaxed; a sum, read after the loop has joined.
        count.fetch_add(mine, std::memory_order_relaxed);
      });
  // order: relaxed; as above.
  return count.load(std::memory_order_relaxed);
}

/// The same, and each thread's stay in the loop is marked: what it cost beside the others.
void count_marked() {
  struct stay {
    std::unique_ptr<marked> mark = std::make_unique<marked>("count", 1);
    std::size_t primes = 0;
  };
  parallel_for(
      2, bound + 1, [] { return stay{}; },
      [](int n, parallel_loop_state&, stay mine) {
        mine.primes += is_prime(n) ? 1U : 0U;
        return mine;
      },
      [](stay) {});
}

std::size_t in_a_query() {
  return static_cast<std::size_t>(query::range(2, bound - 1) | query::as_parallel() |
                                  query::where(is_prime) | query::count());
}

/// As one writes it without a library: a thread for each core, pieces from a shared counter. What
/// this machine gives to as many threads, now.
std::size_t by_hand() {
  constexpr int piece = 2'000;
  detail::atomic<int> next{2};
  detail::atomic<std::size_t> count{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < core_count(); ++i) {
    threads.emplace_back([&] {
      const marked part("count", 2);
      std::size_t mine = 0;
      // order: relaxed; each piece is taken once, nothing else depends on it.
      for (int n = 0; (n = next.fetch_add(piece, std::memory_order_relaxed)) <= bound;) {
        mine += count_primes(n, std::min(n + piece, bound + 1));
      }
      // order: relaxed; a sum, read after the threads have been joined.
      count.fetch_add(mine, std::memory_order_relaxed);
    });
  }
  for (std::thread& t : threads) {
    t.join();
  }
  // order: relaxed; as above.
  return count.load(std::memory_order_relaxed);
}

constexpr int rounds = 5;

/// One way of counting, and its times.
struct counter {
  const char* name;
  std::size_t (*count)();
  std::size_t counted = 0;
  run_times times{};

  void run() {
    times.run([this] { counted = count(); });
  }
};

}  // namespace

void measure_t5(environment& e, outcome& o) {
  const auto cores = static_cast<double>(physical_core_count());
  counter plain_way{"in sequence", &in_sequence};
  counter hand_way{"threads by hand", &by_hand};
  counter loop_way{"parallel_for", &in_a_loop};
  counter query_way{"a query", &in_a_query};
  // In turns, so that what else this machine does meets them alike.
  for (int round = 0; round < rounds; ++round) {
    for (counter* way : {&plain_way, &hand_way, &loop_way, &query_way}) {
      e.doing(way->name);
      way->run();
    }
  }
  const std::size_t expected = plain_way.counted;
  const double plain = plain_way.times.best();
  const double loop = loop_way.times.best();
  const double query = query_way.times.best();

  const double limit = least_speedup(cores, plain, hand_way.times.best());
  o.plain({"a loop", show_ms(plain), fmt::format("{} primes up to {}", expected, bound)});
  o.plain({"threads by hand", show_ms(hand_way.times.best()),
           fmt::format("{:.2f} ×: what the machine gives now", plain / hand_way.times.best())});
  o.with_weft({"query | as_parallel | where | count", show_ms(query),
               fmt::format("{:.2f} × on {:.0f} cores", plain / query, cores)});
  o.with_weft({"parallel_for", show_ms(loop),
               fmt::format("{:.2f} × on {:.0f} cores", plain / loop, cores)});
  o.show(fmt::format(
      "     processor time: {:.0f} ms in sequence, {:.0f} in the query, {:.0f} in parallel_for",
      plain_way.times.processor(), query_way.times.processor(), loop_way.times.processor()));
  o.measured("sequential_ms", plain);
  o.measured("threads_by_hand_ms", hand_way.times.best());
  o.measured("parallel_for_ms", loop);
  o.measured("query_ms", query);
  o.measured("sequential_processor_ms", plain_way.times.processor());
  o.measured("parallel_for_processor_ms", loop_way.times.processor());
  o.measured("query_processor_ms", query_way.times.processor());
  o.measured("cores", cores);
  e.doing("for the picture");
  o.drawn(panel_of("in sequence", [] { static_cast<void>(in_sequence()); }));
  o.drawn(panel_of("threads by hand", [] { static_cast<void>(by_hand()); }));
  o.drawn(panel_of("parallel_for", &count_marked));
  o.check(
      hand_way.counted == expected && loop_way.counted == expected && query_way.counted == expected,
      "the ways counted differently");
  o.check(plain / loop >= limit, fmt::format("parallel_for is {:.2f} times as fast", plain / loop));
  o.check(plain / query >= limit, fmt::format("the query is {:.2f} times as fast", plain / query));
}

}  // namespace weft::tour
