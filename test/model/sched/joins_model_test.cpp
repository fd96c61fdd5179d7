// when_any, when_all and when_each under the model checker: against tasks that end while they are
// registered at them, one wins, all are seen, and what they share is freed once, after everybody's
// last look.

#include "model/mutants.hpp"

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define WEFT_MODEL_WATCHES 1
#define weft weft_model_of_joins
#include "base/assert.cpp"
#include "base/error.cpp"
#include "base/lock.cpp"
#include "base/work_deque.cpp"
#include "model/task_stubs.hpp"
#include "model/transfer_stubs.hpp"
#include "model/two_tasks.hpp"
#include "task/compose/when_each.cpp"
#include "task/core.cpp"
#include "task/join.cpp"

namespace weft::detail {
void replace_flow(flow_values*) noexcept {}
}  // namespace weft::detail

namespace {

using namespace weft::detail;  // NOLINT
using weft::task;

using shared = stub_two_tasks;

/// Everything that was made has been freed.
void all_freed(shared&, std::size_t made) {
  model::require(stub_memory::freed().size() == made, "something was not freed");
}

model::result any_of_two(const model::options& chosen) {
  return model::explore<shared>(
      chosen,
      {[](shared& s) { s.end(0); }, [](shared& s) { s.end(1); },
       [](shared& s) {
         {
           std::unique_ptr<task_core*[]> cores(new task_core*[2]{s.cores[0], s.cores[1]});
           task<std::size_t> first = first_of(std::move(cores), 2);
           stub_sleeper sleeper;
           if (first.checked().try_add_awaiter(&sleeper)) {
             sleeper.stub_sleep();
           }
           s.look(static_cast<core_of<std::size_t>&>(first.checked()).value());
         }
         s.let_go();
       }},
      [](shared& s) { all_freed(s, 3); });
}

/// The state of a when_all, without results of its own.
struct all_of : join_base {
  explicit all_of(shared& s) : join_base(&ended), all(&s) {}
  static void ended(join_base* base) noexcept {
    auto* self = static_cast<all_of*>(base);
    self->all->look(0);
    self->all->look(1);
    model::require(self->times++ == 0, "ended twice");
  }
  void begin() {
    task_core* cores[2] = {all->cores[0], all->cores[1]};
    start(cores, children, 2);
  }

  shared* all;
  child children[2];
  int times = 0;
};
struct joined : shared {
  all_of join{*this};
};
model::result all_of_two(const model::options& chosen) {
  return model::explore<joined>(
      chosen,
      {[](joined& s) { s.end(0); }, [](joined& s) { s.end(1); }, [](joined& s) { s.join.begin(); }},
      [](joined& s) {
        model::require(s.join.times == 1, "the end was lost");
        s.let_go();
      });
}

/// Takes `wanted` of the two as they end, then lets go of the rest.
template <int Wanted>
model::result each_of_two(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) { s.end(0); }, [](shared& s) { s.end(1); },
                                 [](shared& s) {
                                   {
                                     task_core* cores[2] = {s.cores[0], s.cores[1]};
                                     auto* queue = frame_new<each_queue>(cores, std::size_t{2});
                                     queue->begin();
                                     for (int taken = 0; taken < Wanted; ++taken) {
                                       stub_sleeper sleeper;
                                       if (!queue->has_next() && queue->wait(&sleeper)) {
                                         sleeper.stub_sleep();
                                       }
                                       s.look(queue->take());
                                     }
                                     queue->leave();
                                   }
                                   s.let_go();
                                 }},
                                [](shared& s) { all_freed(s, 3); });
}

TEST(joins_model, needs_each_order) {
  model::expect_all_killed(
      "joins", {"first_of_operation", "join_base", "each_queue"},
      {{"any of two", &any_of_two, {.preemptions = 1, .stale_reads = 1}},
       {"all of two", &all_of_two, {.preemptions = 2, .stale_reads = 1}},
       {"both, one after the other", &each_of_two<2>, {.preemptions = 1, .stale_reads = 1}},
       {"the first alone", &each_of_two<1>, {.preemptions = 1, .stale_reads = 1}}});
}

}  // namespace
