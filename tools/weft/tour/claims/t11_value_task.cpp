// T11: a cache whose answers are mostly there.

#include <weft/sched.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "tour/allocations.hpp"
#include "tour/claims/claims.hpp"
#include "tour/measure.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace weft::tour {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t hits = 1'000'000;
constexpr std::size_t misses = 100;

struct user {
  int id = 0;
  std::array<char, 24> name{};
};

class user_cache {
 public:
  value_task<user> find(std::size_t id) {
    const user& kept = slots_[id % slots_.size()];
    if (kept.id != 0) {
      return kept;  // no coroutine and no frame
    }
    return load(id);
  }
  [[gnu::noinline]] user find_now(std::size_t id) const { return slots_[id % slots_.size()]; }
  /// The same with a task, which always has a state to share.
  task<user> find_as_task(std::size_t id) { co_return find_now(id); }

 private:
  value_task<user> load(std::size_t id) {
    co_await delay(1ms);  // the source of the data; what it costs is not the matter here
    user& kept = slots_[id % slots_.size()];
    kept.id = static_cast<int>(id + 1);
    co_return kept;
  }

  std::array<user, misses> slots_;
};

struct counted_run {
  std::size_t allocations = 0;
  double ns_each = 0;
};

template <class F>
counted_run run_hits(F one) {
  const allocation_count count;
  const stopwatch watch;
  for (std::size_t i = 0; i < hits; ++i) {
    one(i);
  }
  return {count.value(), watch.ms() * 1e6 / hits};
}

task<std::size_t> worst_miss(user_cache& cache) {
  std::size_t worst = 0;
  for (std::size_t i = 0; i < misses; ++i) {
    const allocation_count count;
    static_cast<void>(co_await cache.find(i));
    worst = std::max(worst, count.value());
  }
  co_return worst;
}

task<counted_run> awaited_hits(user_cache& cache, std::size_t& sum) {
  const allocation_count count;
  const stopwatch watch;
  for (std::size_t i = 0; i < hits; ++i) {
    const user found = co_await cache.find(i);
    sum += static_cast<std::size_t>(found.id);
  }
  co_return counted_run{count.value(), watch.ms() * 1e6 / hits};
}

task<double> awaited_tasks_ns(user_cache& cache, std::size_t& sum) {
  const stopwatch watch;
  for (std::size_t i = 0; i < hits; ++i) {
    const user found = co_await cache.find_as_task(i);
    sum += static_cast<std::size_t>(found.id);
  }
  co_return watch.ms() * 1e6 / hits;
}

}  // namespace

void measure_t11(environment& e, outcome& o) {
  user_cache cache;
  e.doing("misses");
  // On one thread, and a second time: a thread's first frames of a size take a slab of memory from
  // malloc.
  single_thread_context loop;
  user_cache rehearsal;
  static_cast<void>(loop.run([&] { return worst_miss(rehearsal); }));
  const std::size_t per_miss = loop.run([&] { return worst_miss(cache); });
  e.doing("hits");
  std::size_t plain_sum = 0;
  std::size_t sum = 0;
  std::size_t task_sum = 0;
  const counted_run plain =
      run_hits([&](std::size_t i) { plain_sum += static_cast<std::size_t>(cache.find_now(i).id); });
  const counted_run awaited = block_on(awaited_hits(cache, sum));
  const double task_ns = block_on(awaited_tasks_ns(cache, task_sum));

  o.plain(
      {"a plain function", show_ms(plain.ns_each / 1e6), counted(plain.allocations, "allocation")});
  o.with_weft({"a task<user>, awaited", show_ms(task_ns / 1e6), "a frame from the thread's cache"});
  o.with_weft(
      {"a value_task<user>, awaited: miss", "", counted(per_miss, "allocation") + " at most"});
  o.with_weft({"a value_task<user>, awaited: hit", show_ms(awaited.ns_each / 1e6),
               counted(awaited.allocations, "allocation")});
  o.measured("plain_ns", plain.ns_each);
  o.measured("task_ns", task_ns);
  o.measured("hit_ns", awaited.ns_each);
  o.measured("hit_allocations", static_cast<double>(awaited.allocations));
  o.measured("miss_allocations_most", static_cast<double>(per_miss));
  o.check(awaited.allocations == 0,
          fmt::format("{} allocations on the hit path", awaited.allocations));
  o.check(per_miss <= 1, fmt::format("{} allocations on a miss", per_miss));
  o.check(sum == plain_sum && task_sum == plain_sum, "the cache gave a wrong user");
}

}  // namespace weft::tour
