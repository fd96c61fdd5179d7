// `task_scope` under the model checker: its children end on threads of their own, and start others
// there; who waits goes on once, after all of them, sees what they did, and may free the scope.

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
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define WEFT_MODEL_WATCHES 1
#define weft weft_model_of_scope
#include "base/assert.cpp"
#include "base/error.cpp"
#include "base/lock.cpp"
#include "model/context_stubs.hpp"
#include "model/task_stubs.hpp"
#include "task/compose/task_scope.cpp"
#include "task/core.cpp"

namespace weft::detail {
void throw_scope_ended(const std::source_location&) {
  model::stop("the scope has ended before its children");
}
bool task_handle::is_faulted() const {
  return checked().how() == outcome::fault;
}
std::vector<std::exception_ptr> task_handle::exceptions() const {
  core_->mark_observed();
  return {first_error_of(*core_)};
}
}  // namespace weft::detail

namespace {

using namespace weft::detail;  // NOLINT
using weft::task;
using weft::task_scope;

/// A scope with two children, tasks that other threads end.
struct shared {
  shared() {
    for (auto*& core : cores) {
      core = frame_new<plain_core<int>>();
    }
    // The body: it goes on where the last child ends, or at once.
    sleeper.run = &stub_go_on;
    sleeper.all = this;
  }
  struct body : job {
    body() : job{nullptr, &action_marker, nullptr} {}
    shared* all = nullptr;
  };
  static void stub_go_on(job* item) { static_cast<body*>(item)->all->go_on(); }

  void spawn(int i) { static_cast<void>(scope->spawn(task<int>(cores[i]))); }
  void wait() {
    prepared.set(1);
    if (!scope->all_ended().await_suspend(std::coroutine_handle<>::from_address(&sleeper))) {
      go_on();
    }
  }
  void go_on() {
    model::require(prepared.get() == 1, "what came before the await is not seen");
    for (model::plain<int>& result : results) {
      model::require(result.get() == 7, "a child's end is not seen");
    }
    model::require(times++ == 0, "resumed twice");
    try {
      scope->throw_failures();
    } catch (const run_faults& faults) {
      failures = static_cast<int>(faults.errors.size());
    }
    scope.reset();
  }
  void end(int i) {
    results[i].set(7);
    cores[i]->complete(7);
  }
  void fail(int i) {
    results[i].set(7);
    cores[i]->fail(std::make_exception_ptr(std::runtime_error("meant to fail")));
  }

  stub_memory memory;
  plain_core<int>* cores[2] = {};
  model::plain<int> results[2];
  model::plain<int> prepared{0};
  std::unique_ptr<task_scope> scope{new task_scope(std::stop_token())};
  body sleeper;
  int times = 0;
  int failures = 0;
};
void ended_once(shared& s) {
  model::require(s.times == 1, "never resumed");
}

model::result two_children(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   s.spawn(0);
                                   s.spawn(1);
                                   s.wait();
                                 },
                                 [](shared& s) { s.end(0); }, [](shared& s) { s.end(1); }},
                                ended_once);
}
model::result two_fail(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   s.spawn(0);
                                   s.spawn(1);
                                   s.wait();
                                 },
                                 [](shared& s) { s.fail(0); }, [](shared& s) { s.fail(1); }},
                                [](shared& s) {
                                  ended_once(s);
                                  model::require(s.failures == 2, "a failure was lost");
                                });
}
/// One of them starts the other, and ends.
model::result a_child_of_a_child(const model::options& chosen) {
  struct state : shared {
    state() { spawn(0); }
  };
  return model::explore<state>(chosen,
                               {[](state& s) { s.wait(); },
                                [](state& s) {
                                  s.spawn(1);
                                  s.end(0);
                                },
                                [](state& s) { s.end(1); }},
                               [](state& s) { ended_once(s); });
}

TEST(task_scope_model, needs_each_order) {
  model::expect_all_killed(
      "task_scope", {"task_scope"},
      {{"two children", &two_children, {.preemptions = 1, .stale_reads = 1}},
       {"two fail", &two_fail, {.preemptions = 1, .stale_reads = 1}},
       {"a child of a child", &a_child_of_a_child, {.preemptions = 1, .stale_reads = 1}}});
}

}  // namespace
