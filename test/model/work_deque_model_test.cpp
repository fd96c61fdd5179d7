// work_deque under the model checker: no job is taken twice or lost, and what was written before
// the push is seen by whoever takes it. Each order and each fence is shown to be needed.

#include "model/mutants.hpp"

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define weft weft_model_of_deque
#include <weft/base/work_deque.hpp>

#include "base/assert.cpp"
#include "base/work_deque.cpp"

namespace {

using weft::detail::atomic;
using weft::detail::job;
using weft::detail::steal_result;
using weft::detail::work_deque;

struct item : job {
  atomic<int> payload{0};
  atomic<int> taken{0};
};

struct deque_state {
  explicit deque_state(int pushed_before = 0) {
    for (int i = 0; i < pushed_before; ++i) {
      push(i);
    }
  }

  void push(int i) {
    items[i].payload.store(1, std::memory_order_relaxed);
    deque.push(&items[i]);
    ++pushed;
  }

  void take_back(int i) {
    if (deque.take_back(&items[i])) {
      took(&items[i]);
    }
  }

  void took(job* j) {
    if (j != nullptr) {
      auto* i = static_cast<item*>(j);
      model::require(i->payload.load(std::memory_order_relaxed) == 1,
                     "who takes a job does not see what was written before the push");
      model::require(i->taken.fetch_add(1, std::memory_order_relaxed) == 0,
                     "a job was taken twice");
    }
  }

  void steal() { took(deque.steal().item); }
  void pop() { took(deque.pop()); }

  // Whatever was pushed was taken once, or is there still.
  void all_accounted_for() {
    int there = 0;
    while (job* j = deque.pop()) {
      took(j);
    }
    for (int i = 0; i < pushed; ++i) {
      there += items[i].taken.load(std::memory_order_relaxed);
    }
    model::require(there == pushed, "a job was lost");
  }

  item items[4];
  int pushed = 0;
  work_deque deque{2};
};

struct two_pushed : deque_state {
  two_pushed() : deque_state(2) {}
};

template <class State>
void end(State& s) {
  s.all_accounted_for();
}

model::result pops_against_thieves(const model::options& chosen) {
  return model::explore<two_pushed>(
      chosen,
      {[](two_pushed& s) {
         s.pop();
         s.pop();
       },
       [](two_pushed& s) { s.steal(); }, [](two_pushed& s) { s.steal(); }},
      end<two_pushed>);
}

model::result pushes_against_a_thief(const model::options& chosen) {
  return model::explore<deque_state>(chosen,
                                     {[](deque_state& s) {
                                        s.push(0);
                                        s.push(1);
                                        s.pop();
                                      },
                                      [](deque_state& s) {
                                        s.steal();
                                        s.steal();
                                      }},
                                     end<deque_state>);
}

model::result single_jobs_against_thieves(const model::options& chosen) {
  return model::explore<deque_state>(
      chosen,
      {[](deque_state& s) {
         s.push(0);
         s.pop();
         s.push(1);
         s.pop();
       },
       [](deque_state& s) { s.steal(); }, [](deque_state& s) { s.steal(); }},
      end<deque_state>);
}

model::result growth_against_a_thief(const model::options& chosen) {
  return model::explore<two_pushed>(chosen,
                                    {[](two_pushed& s) {
                                       s.push(2);
                                       s.push(3);
                                       s.pop();
                                     },
                                     [](two_pushed& s) {
                                       s.steal();
                                       s.steal();
                                     }},
                                    end<two_pushed>);
}

// The ring is full: the owner may write the oldest slot again once a thief is through with it.
model::result a_slot_used_again(const model::options& chosen) {
  return model::explore<two_pushed>(
      chosen, {[](two_pushed& s) { s.push(2); }, [](two_pushed& s) { s.steal(); }},
      end<two_pushed>);
}

// Children of a fork that were given away, and are taken back one by one.
model::result forks_against_a_thief(const model::options& chosen) {
  return model::explore<deque_state>(chosen,
                                     {[](deque_state& s) {
                                        s.push(0);
                                        s.push(1);
                                        s.push(2);
                                        s.take_back(2);
                                        s.take_back(1);
                                        s.take_back(0);
                                      },
                                      [](deque_state& s) {
                                        s.steal();
                                        s.steal();
                                      }},
                                     end<deque_state>);
}

TEST(work_deque_model, pops_and_steals_take_each_job_once) {
  const model::result found = pops_against_thieves({.preemptions = 2, .stale_reads = 2});
  EXPECT_EQ(found.failure, "") << found.executions;
  EXPECT_GT(found.executions, 1000);
}

TEST(work_deque_model, a_single_job_is_taken_once) {
  EXPECT_EQ(single_jobs_against_thieves({.preemptions = 2, .stale_reads = 2}).failure, "");
}

TEST(work_deque_model, a_thief_sees_what_was_written_before_the_push) {
  EXPECT_EQ(pushes_against_a_thief({.preemptions = 2}).failure, "");
}

TEST(work_deque_model, growth_loses_nothing) {
  EXPECT_EQ(growth_against_a_thief({.preemptions = 2}).failure, "");
}

TEST(work_deque_model, what_is_taken_back_is_taken_once) {
  EXPECT_EQ(forks_against_a_thief({.preemptions = 2}).failure, "");
}

TEST(work_deque_model, needs_each_order_and_fence) {
  model::expect_all_killed(
      "work_deque", {"work_deque"},
      {{"pops against thieves", &pops_against_thieves, {.preemptions = 2, .stale_reads = 2}},
       {"single jobs against thieves",
        &single_jobs_against_thieves,
        {.preemptions = 2, .stale_reads = 1}},
       {"pushes against a thief", &pushes_against_a_thief, {.preemptions = 2, .stale_reads = 1}},
       {"growth against a thief", &growth_against_a_thief, {.preemptions = 2, .stale_reads = 1}},
       {"forks against a thief", &forks_against_a_thief, {.preemptions = 2, .stale_reads = 1}},
       {"a slot used again", &a_slot_used_again, {.preemptions = 2, .foreseen = 1}}});
}

}  // namespace
