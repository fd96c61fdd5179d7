// The loop of `single_thread_context` under the model checker: what is posted to it, the end of
// what it waits for, and a request to stop get it out of its sleep, in its own event count and in
// the driver that it is given on the way.

#include "model/mutants.hpp"

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_loop
#include "base/assert.cpp"
#include "base/error.cpp"
#include "base/event_count.cpp"
#include "model/context_stubs.hpp"
#include "model/task_stubs.hpp"
#include "sched/single_thread_context.cpp"
#include "task/context.cpp"
#include "task/core.cpp"

namespace {

using namespace weft::detail;  // NOLINT
using weft::single_thread_context;
using weft::task;

/// What the loop waits in: a word, with what the real ones order.
struct stub_driver final : idle_driver {
  explicit stub_driver(model::plain<int>& is_made) : made(is_made) { made.set(1); }
  void wait(job_list&, std::int64_t timeout_ns) noexcept override {
    while (timeout_ns < 0 && word.load(std::memory_order_acquire) == 0) {
      futex_wait(word, 0);
    }
    static_cast<void>(word.exchange(0, std::memory_order_acquire));
  }
  void wake() noexcept override {
    model::require(made.get() == 1, "a driver that is not yet made");
    static_cast<void>(word.exchange(1, std::memory_order_release));
    futex_wake_one(word);
  }
  atomic<std::uint32_t> word{0};
  model::plain<int>& made;
};

struct shared {
  struct piece : job {
    piece() : job{&stub_run, &action_marker, nullptr} {}
    static void stub_run(job* self) {
      auto* p = static_cast<piece*>(self);
      model::require(p->written.get() == 1, "what came before the post is not seen");
      if (p->ends != nullptr) {
        p->ends->complete(7);
        p->ends->release_handle();
      }
    }
    model::plain<int> written{0};
    plain_core<int>* ends = nullptr;
  };
  /// What does the first I/O in the loop.
  struct attaches : job {
    attaches() : job{&stub_run, &action_marker, nullptr} {}
    static void stub_run(job* self) {
      model::plain<int>& made = static_cast<attaches*>(self)->made;
      if (model::thread_number() >= 0) {  // not run by the loop's end, which found it left over
        loop_of_this_thread->attach(std::make_shared<stub_driver>(made));
      }
    }
    model::plain<int> made{0};
  };

  shared() {  // an execution that was given up leaves them as they were
    loop_of_this_thread = nullptr;
    this_thread() = thread_state();
  }
  void run_until_completed() {
    context.run([&] { return task<int>(core); });
    model::require(result.get() == 7, "what came before its end is not seen");
  }
  /// Posts what ends the loop's task.
  void post() {
    item.written.set(1);
    result.set(7);
    item.ends = core;
    context.post_job(&item);
  }
  void complete() {
    result.set(7);
    core->complete(7);
    core->release_handle();
  }

  stub_memory memory;
  single_thread_context context;
  plain_core<int>* core = nullptr;
  piece item;
  attaches first;
  model::plain<int> result{0};
};
template <bool Drives>
struct loop_for_a_task : shared {
  loop_for_a_task() {
    this->core = frame_new<plain_core<int>>();
    this->core->add_handle();  // that of who ends it
    if (Drives) {
      context.post_job(&first);
    }
  }
};

template <bool Drives>
model::result posted(const model::options& chosen) {
  using state = loop_for_a_task<Drives>;
  return model::explore<state>(
      chosen, {[](state& s) { s.run_until_completed(); }, [](state& s) { s.post(); }},
      [](state&) {});
}

/// Its task ends elsewhere.
template <bool Drives>
model::result ended(const model::options& chosen) {
  using state = loop_for_a_task<Drives>;
  return model::explore<state>(
      chosen, {[](state& s) { s.run_until_completed(); }, [](state& s) { s.complete(); }},
      [](state&) {});
}

/// Run until it is stopped, then looked at.
template <bool Drives>
model::result stopped(const model::options& chosen) {
  struct state : shared {
    state() {
      if (Drives) {
        context.post_job(&first);
      }
    }
  };
  return model::explore<state>(chosen,
                               {[](state& s) {
                                  s.context.run();
                                  model::require(s.result.get() == 7, "stopped by nobody");
                                },
                                [](state& s) {
                                  s.result.set(7);
                                  s.context.stop();
                                }},
                               [](state&) {});
}

TEST(loop_model, needs_each_order) {
  model::expect_all_killed(
      "loop", {"loop"},
      {{"posted", &posted<false>, {.preemptions = 2, .stale_reads = 1}},
       {"posted, in a driver", &posted<true>, {.preemptions = 2, .stale_reads = 1}},
       {"ended", &ended<false>, {.preemptions = 2, .stale_reads = 1}},
       {"ended, in a driver", &ended<true>, {.preemptions = 2, .stale_reads = 1}},
       {"stopped", &stopped<false>, {.preemptions = 2, .stale_reads = 1}},
       {"stopped in a driver", &stopped<true>, {.preemptions = 2, .stale_reads = 1}}});
}

}  // namespace
