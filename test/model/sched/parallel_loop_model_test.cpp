// Parallel loops under the model checker: a caller and the helpers that it invites. Each iteration
// runs once, whoever ran it; who called sees it done; and an invitation that comes too late, or is
// declined, is freed without a look at the loop, which has gone.

#include "model/mutants.hpp"

#include <algorithm>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_parallel
#include "base/assert.cpp"
#include "base/error.cpp"
#include "base/lock.cpp"
#include "base/work_deque.cpp"
#include "model/context_stubs.hpp"
#include "model/sched/stub_scheduler.hpp"
#include "model/task_stubs.hpp"
#include "parallel/loop.cpp"
#include "parallel/loop_state.cpp"
#include "task/context.cpp"
#include "task/core.cpp"

// The default pool, in which no loop of this model runs.
namespace weft {
thread_pool::~thread_pool() = default;
void thread_pool::post(work) {
  std::abort();
}
void thread_pool::queue_job(detail::job*) {
  std::abort();
}
void thread_pool::queue_job_behind(detail::job*) {
  std::abort();
}
int thread_pool::size() const noexcept {
  std::abort();
}
}  // namespace weft
namespace weft::detail {
pool::~pool() = default;
void pool::post(job*) noexcept {
  std::abort();
}
void pool::post_fair(job*) noexcept {
  std::abort();
}
bool pool::take_back(const job*) noexcept {
  std::abort();
}
bool pool::watch(watched&) noexcept {
  std::abort();
}
void pool::unwatch(watched&) noexcept {
  std::abort();
}
bool pool::has_waiting_jobs() const noexcept {
  std::abort();
}
void pool::about_to_search() noexcept {}
void pool::poll() noexcept {
  std::abort();
}
void pool::begin_blocking() noexcept {
  std::abort();
}
void pool::end_blocking() noexcept {
  std::abort();
}
worker* pool::this_worker() noexcept {
  return nullptr;
}
thread_local constinit loop_place* loop_of_this_thread = nullptr;

/// Each look finds as much time gone as a caller spins for, and more than makes a loop long.
inline std::int64_t stub_now = 0;
std::int64_t monotonic_ns() noexcept {
  return stub_now += 20'000;
}
}  // namespace weft::detail

namespace {

using namespace weft::detail;  // NOLINT
using weft::parallel_loop_state;
using weft::parallel_options;
using weft::partitioner;

/// Where helpers run: one thread, which takes the jobs one after the other.
using one_thread = stub_scheduler<8>;

struct shared {
  explicit shared(bool caller_helps = true) {
    stub_now = 0;
    this_thread().scheduler = caller_helps ? &helpers : nullptr;
    stub_default_scheduler = [] { return elsewhere; };
    elsewhere = &another;
  }
  ~shared() { this_thread().scheduler = nullptr; }

  void loop(std::uint64_t count, int degree, partitioner how,
            void (*body)(shared&, std::uint64_t, parallel_loop_state&)) {
    {
      counted over(*this, count,
                   {.max_degree_of_parallelism = degree, .scheduler = &helpers, .partitioner = how},
                   body);
      completed = over.execute().is_completed();
    }
    helpers.stub_end();
  }
  static void note(shared& s, std::uint64_t i, parallel_loop_state&) {
    model::require(s.ran[i].get() == 0, "an iteration ran twice");
    s.ran[i].set(1);
  }
  void expect_all(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      model::require(ran[i].get() == 1, "an iteration was lost");
    }
    model::require(completed, "ended early");
  }

  struct counted : loop_core {
    counted(shared& s, std::uint64_t count, const parallel_options& options,
            void (*each)(shared&, std::uint64_t, parallel_loop_state&))
        : loop_core(&run, count, 0, options, s.site), all(s), body(each) {}
    static void run(loop_core& core, loop_participant& p) {
      auto& self = static_cast<counted&>(core);
      parallel_loop_state state(core);
      while (core.next(p)) {
        while (p.first < p.last) {
          state.enter(p.first);
          self.body(self.all, p.first++, state);
          if (core.signalled()) {
            core.attend(p);
          }
        }
      }
    }
    shared& all;
    void (*body)(shared&, std::uint64_t, parallel_loop_state&);
  };

  static inline weft::task_scheduler* elsewhere = nullptr;
  stub_memory memory;
  one_thread helpers;
  one_thread another;
  loop_site site;
  model::plain<int> ran[5];
  bool completed = false;
};

model::result two_take_pieces(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   s.loop(2, 2, partitioner::chunked(1), &shared::note);
                                   s.expect_all(2);
                                 },
                                 [](shared& s) { s.helpers.stub_work(); }},
                                [](shared&) {});
}
model::result a_rest_is_shared(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   s.loop(5, 2, partitioner::fixed(), &shared::note);
                                   s.expect_all(5);
                                 },
                                 [](shared& s) { s.helpers.stub_work(); }},
                                [](shared&) {});
}
/// The caller waits for a scheduler that it does not run on.
model::result all_of_it_elsewhere(const model::options& chosen) {
  struct state : shared {
    state() : shared(false) {}
  };
  return model::explore<state>(chosen,
                               {[](state& s) {
                                  s.loop(1, 1, partitioner::automatic(), &shared::note);
                                  s.expect_all(1);
                                },
                                [](state& s) { s.helpers.stub_work(); }},
                               [](state&) {});
}
model::result declined(const model::options& chosen) {
  struct state : shared {
    state() { helpers.declines = true; }
  };
  return model::explore<state>(chosen,
                               {[](state& s) {
                                  s.loop(2, 2, partitioner::chunked(1), &shared::note);
                                  s.expect_all(2);
                                },
                                [](state& s) { s.helpers.stub_work(); }},
                               [](state&) {});
}
/// Who sees that there was a break sees where.
model::result a_break_is_seen(const model::options& chosen) {
  return model::explore<shared>(
      chosen,
      {[](shared& s) {
         s.loop(3, 2, partitioner::chunked(1),
                [](shared& all, std::uint64_t i, parallel_loop_state& state) {
                  shared::note(all, i, state);
                  if (i == 1) {
                    state.break_loop();
                  } else if (const auto at = state.lowest_break_iteration()) {
                    model::require(*at == 1, "broken where nobody broke it");
                  }
                });
         model::require(!s.completed && s.ran[0].get() == 1 && s.ran[1].get() == 1,
                        "what is below the break was not run");
       },
       [](shared& s) { s.helpers.stub_work(); }},
      [](shared&) {});
}

TEST(parallel_loop_model, needs_each_order) {
  model::expect_all_killed(
      "parallel_loop", {"loop_core", "parallel_loop_state", "lock::release"},
      {{"two take pieces", &two_take_pieces, {.preemptions = 1, .stale_reads = 1}},
       {"all of it elsewhere", &all_of_it_elsewhere, {.preemptions = 1, .stale_reads = 1}},
       {"declined", &declined, {.preemptions = 1, .stale_reads = 1}},
       {"a break is seen", &a_break_is_seen, {.preemptions = 1, .stale_reads = 1}},
       {"a rest is shared", &a_rest_is_shared, {.preemptions = 1, .stale_reads = 1}}});
}

}  // namespace
