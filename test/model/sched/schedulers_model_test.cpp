// Schedulers over another one (limits, exclusive turns) under the model checker: each piece runs
// once and after what came before it was queued, no more of them at a time than may, and who
// destroys the scheduler sees what they did.

#include "model/mutants.hpp"

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_schedulers
#include "base/assert.cpp"
#include "base/error.cpp"
#include "base/lock.cpp"
#include "model/context_stubs.hpp"
#include "model/sched/stub_scheduler.hpp"
#include "model/task_stubs.hpp"
#include "sched/schedulers.cpp"
#include "task/context.cpp"
#include "task/core.cpp"

namespace {

using namespace weft::detail;  // NOLINT
using weft::concurrent_exclusive_scheduler_pair;
using weft::limited_concurrency_scheduler;

/// The scheduler below: two threads that take its jobs in turn.
using two_threads = stub_scheduler<6>;

struct shared;

/// What runs: one that writes must run alone, those that read may beside each other. It uses no
/// atomic, so that no other thread runs meanwhile, who shares this one's thread-locals in a model.
struct piece : job {
  piece() : job{&stub_run, &action_marker, nullptr} {}
  static void stub_run(job* self);
  shared* all = nullptr;
  bool writes = true;
  model::plain<int> queued{0};
  model::plain<int> ran{0};
};

struct shared {
  shared() {
    scheduler_core::innermost() = nullptr;  // an execution that failed may have left some
    for (piece& p : pieces) {
      p.all = this;
    }
  }
  void post(weft::task_scheduler& to, int i, bool writes = true) {
    pieces[i].writes = writes;
    pieces[i].queued.set(1);
    to.queue_job(&pieces[i]);
  }
  void expect(int count) {
    for (int i = 0; i < count; ++i) {
      model::require(pieces[i].ran.get() == 1, "a piece of work was lost");
    }
  }

  stub_memory memory;
  two_threads base;
  model::plain<int> guarded{0};
  piece pieces[2];
};

void piece::stub_run(job* self) {
  auto* p = static_cast<piece*>(self);
  model::require(p->queued.get() == 1, "what came before it was queued is not seen");
  model::require(p->ran.get() == 0, "it ran twice");
  p->ran.set(1);
  const int before = p->all->guarded.get();
  if (p->writes) {
    p->all->guarded.set(before + 1);
  }
}

struct limited : shared {
  std::optional<limited_concurrency_scheduler> one{std::in_place, 1, base};
};
struct paired : shared {
  std::optional<concurrent_exclusive_scheduler_pair> pair{std::in_place, base, 2};
};

model::result one_at_a_time(const model::options& chosen) {
  return model::explore<limited>(
      chosen,
      {[](limited& s) {
         s.post(*s.one, 0);
         s.post(*s.one, 1);
         s.one.reset();
         s.expect(2);
         s.base.stub_end(2);
       },
       [](limited& s) { s.base.stub_work(0, 2); }, [](limited& s) { s.base.stub_work(1, 2); }},
      [](limited& s) { model::require(s.guarded.get() == 2, "a piece of work was lost"); });
}

/// From two threads, for one that ends when it has run both.
model::result two_queue(const model::options& chosen) {
  return model::explore<limited>(
      chosen,
      {[](limited& s) { s.post(*s.one, 0); }, [](limited& s) { s.post(*s.one, 1); },
       [](limited& s) {
         for (std::uint32_t at = 0; s.guarded.get() < 2; ++at) {
           s.base.said[at].stub_hear();
           run_job(std::exchange(s.base.jobs[at], nullptr));
         }
       }},
      [](limited& s) {
        for (job* left : s.base.jobs) {
          if (left != nullptr) {
            run_job(left);  // a runner that comes too late for any
          }
        }
        s.expect(2);
        s.one.reset();
      });
}

/// What writes has its turn alone, what reads beside its like.
model::result exclusive_and_concurrent(const model::options& chosen) {
  return model::explore<paired>(
      chosen,
      {[](paired& s) {
         s.post(s.pair->concurrent_scheduler(), 0, false);
         s.post(s.pair->exclusive_scheduler(), 1);
         s.pair.reset();
         s.expect(2);
         s.base.stub_end(2);
       },
       [](paired& s) { s.base.stub_work(0, 2); }, [](paired& s) { s.base.stub_work(1, 2); }},
      [](paired& s) { model::require(s.guarded.get() == 1, "a piece of work was lost"); });
}

/// Its completion ends behind the last piece.
model::result completed_behind_its_work(const model::options& chosen) {
  struct state : paired {
    void wait() {
      stub_sleeper sleeper;
      if (pair->completion().checked().try_add_awaiter(&sleeper)) {
        sleeper.stub_sleep();
      }
    }
  };
  return model::explore<state>(
      chosen,
      {[](state& s) {
         s.post(s.pair->exclusive_scheduler(), 0);
         s.pair->complete();
         s.wait();
         s.expect(1);
         s.pair.reset();
         s.base.stub_end(2);
       },
       [](state& s) { s.base.stub_work(0, 2); }, [](state& s) { s.base.stub_work(1, 2); }},
      [](state&) {});
}

TEST(schedulers_model, needs_each_order) {
  model::expect_all_killed("schedulers", {"scheduler_core", "lane_scheduler", "lock::release"},
                           {{"one at a time", &one_at_a_time, {.preemptions = 1, .stale_reads = 0}},
                            {"two queue", &two_queue, {.preemptions = 1, .stale_reads = 1}},
                            {"exclusive and concurrent",
                             &exclusive_and_concurrent,
                             {.preemptions = 1, .stale_reads = 0}},
                            {"completed behind its work",
                             &completed_behind_its_work,
                             {.preemptions = 1, .stale_reads = 0}}});
}

}  // namespace
