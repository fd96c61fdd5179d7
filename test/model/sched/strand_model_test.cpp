// `strand` and the anchor of contexts under the model checker: what is posted from several threads
// runs one at a time, each piece after the one before, and the strand goes when all of it is over,
// with nobody inside.

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
#define weft weft_model_of_strand
#include "base/assert.cpp"
#include "base/error.cpp"
#include "model/context_stubs.hpp"
#include "model/task_stubs.hpp"
#include "sched/strand.cpp"
#include "task/context.cpp"
#include "task/core.cpp"

namespace {

using namespace weft::detail;  // NOLINT
using weft::strand;

/// Work that no two threads may do at once.
struct piece : job {
  piece() : job{&stub_run, &action_marker, nullptr} {}
  static void stub_run(job* self) {
    auto* p = static_cast<piece*>(self);
    model::require(p->written.get() == 1, "what came before the post is not seen");
    model::require(p->ran.exchange(1, std::memory_order_relaxed) == 0, "it ran twice");
    p->guarded->set(p->guarded->get() + 1);
  }
  model::plain<int> written{0};
  atomic<int> ran{0};
  model::plain<int>* guarded = nullptr;
};

/// A thread for a strand: at most one job of the strand's is on its way.
struct one_worker : weft::synchronization_context {
  void post(weft::work) override { std::abort(); }
  void post_job(job* item) override {
    slot = item;
    model::require(stub_tell(posted) != posted, "a strand was scheduled twice");
  }
  std::uint32_t stub_tell(std::uint32_t what) {
    const std::uint32_t former = word.exchange(what, std::memory_order_acq_rel);
    futex_wake_one(word);
    return former;
  }
  void stub_work() {
    for (;;) {
      // order: acquire; the model's own.
      const std::uint32_t now = word.load(std::memory_order_acquire);
      if (now == over) {
        return;
      }
      if (now == posted) {
        word.store(nothing, std::memory_order_relaxed);
        run_job(slot);
      } else {
        futex_wait(word, nothing);
      }
    }
  }
  static constexpr std::uint32_t nothing = 0;
  static constexpr std::uint32_t posted = 1;
  static constexpr std::uint32_t over = 2;
  atomic<std::uint32_t> word{nothing};
  job* slot = nullptr;
};

struct shared {
  shared() {
    for (piece& p : pieces) {
      p.guarded = &guarded;
    }
  }
  void post(int i) {
    pieces[i].written.set(1);
    serial->post_job(&pieces[i]);
  }
  /// As a coroutine that comes back, whose context may be gone.
  void come_back(int i) {
    pieces[i].written.set(1);
    came_back[i] = anchor->try_post(&pieces[i]);
    anchor->release();
  }
  void expect(int count) { model::require(guarded.get() == count, "a piece of work was lost"); }

  stub_memory memory;
  model::plain<int> guarded{0};
  piece pieces[3];
  one_worker worker;
  std::optional<strand> serial;
  context_anchor* anchor = nullptr;
  bool came_back[3] = {};
  int looked = 0;
};

/// A strand whose work is run by whoever posts the first piece of it.
struct on_the_spot : shared {
  on_the_spot() { serial.emplace(); }
};
struct with_returns : on_the_spot {
  with_returns() {
    anchor = serial->anchor();
    anchor->add_reference();
    anchor->add_reference();
  }
};
struct on_a_worker : shared {
  on_a_worker() { serial.emplace(worker); }
};

model::result two_post(const model::options& chosen) {
  return model::explore<on_the_spot>(chosen,
                                     {[](on_the_spot& s) {
                                        s.post(0);
                                        s.post(1);
                                      },
                                      [](on_the_spot& s) { s.post(2); }},
                                     [](on_the_spot& s) { s.expect(3); });
}

/// Two pieces, then the strand goes, whose thread reads what they did.
model::result destroyed_behind_its_work(const model::options& chosen) {
  return model::explore<on_a_worker>(chosen,
                                     {[](on_a_worker& s) {
                                        s.post(0);
                                        s.post(1);
                                        s.serial.reset();
                                        s.expect(2);
                                        s.worker.stub_tell(one_worker::over);
                                      },
                                      [](on_a_worker& s) { s.worker.stub_work(); }},
                                     [](on_a_worker& s) { s.expect(2); });
}

/// Somebody comes to resume in it while it goes.
model::result destroyed_before_a_return(const model::options& chosen) {
  return model::explore<with_returns>(
      chosen,
      {[](with_returns& s) {
         s.serial.reset();
         s.looked = s.guarded.get();
       },
       [](with_returns& s) { s.come_back(0); }, [](with_returns& s) { s.come_back(1); }},
      [](with_returns& s) {
        const int came = (s.came_back[0] ? 1 : 0) + (s.came_back[1] ? 1 : 0);
        s.expect(came);
        model::require(s.looked == came, "it went before its work was over");
      });
}

/// A context of somebody's: `post_job` reads what its end writes.
struct read_by_posts : weft::synchronization_context {
  ~read_by_posts() override {
    close_anchor();
    open.set(0);
  }
  void post(weft::work) override { std::abort(); }
  void post_job(job*) override { model::require(open.get() == 1, "posted to what is gone"); }
  model::plain<int> open{1};
};
struct with_context {
  with_context() : context(std::in_place), anchor(context->anchor()) {
    anchor->add_reference();
    anchor->add_reference();
  }
  void come_back() {
    static_cast<void>(anchor->try_post(&item));
    anchor->release();
  }
  stub_memory memory;
  std::optional<read_by_posts> context;
  context_anchor* anchor;
  job item{&action_marker, &action_marker, nullptr};
};

model::result context_gone(const model::options& chosen) {
  return model::explore<with_context>(
      chosen,
      {[](with_context& s) { s.context.reset(); }, [](with_context& s) { s.come_back(); },
       [](with_context& s) { s.come_back(); }},
      [](with_context&) {
        model::require(stub_memory::freed().size() == 1, "the anchor was not freed");
      });
}

TEST(strand_model, needs_each_order) {
  model::expect_all_killed("strand", {"strand", "mpsc_stack"},
                           {{"two post", &two_post, {.preemptions = 2, .stale_reads = 1}},
                            {"destroyed behind its work",
                             &destroyed_behind_its_work,
                             {.preemptions = 2, .stale_reads = 1}},
                            {"destroyed before a return",
                             &destroyed_before_a_return,
                             {.preemptions = 1, .stale_reads = 1}}});
}

TEST(context_model, needs_each_order) {
  model::expect_all_killed("context", {"context_anchor"},
                           {{"context gone", &context_gone, {.preemptions = 2, .stale_reads = 1}}});
}

}  // namespace
