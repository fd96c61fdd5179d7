// `async_generator` under the model checker, with its real promise in a frame laid out by hand:
// `next()` on one thread against the body's `co_yield`, its end, and the end of the generator
// itself on others. Who comes second goes on, or frees the frame.

#include "model/mutants.hpp"

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include <gtest/gtest.h>

#define WEFT_MODEL 1
#define WEFT_MODEL_WATCHES 1
#define weft weft_model_of_generator
#include "base/assert.cpp"
#include "base/error.cpp"
#include "model/task_stubs.hpp"
#include "model/transfer_stubs.hpp"
#include "task/compose/async_generator.cpp"
#include "task/core.cpp"

namespace {

using namespace weft::detail;  // NOLINT
using weft::async_generator;
using weft::value_task;

/// A body that awaits something before each `co_yield` and before its end, and goes on on a thread
/// of its own, once for each `next()`.
struct shared {
  using promise_type = async_generator<int>::promise_type;
  struct head {
    void (*run)(job*) = &stub_suspends;
    void (*drop)(job*) = &stub_destroys;
  };
  struct frame {
    head begin;
    promise_type promise;
    shared* all = nullptr;
  };
  static_assert(sizeof(head) == promise_base::offset_in_frame &&
                alignof(promise_type) <= promise_base::offset_in_frame);

  shared() : generator(body.promise.get_return_object()) { body.all = this; }

  /// Inside of `next()`: the body suspends.
  static void stub_suspends(job* item) {
    auto* self = reinterpret_cast<frame*>(item);
    self->promise.published_ = true;
    self->all->turns.fetch_add(1, std::memory_order_release);
    futex_wake_one(self->all->turns);
  }
  static void stub_destroys(job* item) {
    shared* all = reinterpret_cast<frame*>(item)->all;
    all->value.set(-1);  // the body's variables go
    model::require(all->destroyed++ == 0, "the frame was destroyed twice");
    model::retire(item, sizeof(frame));
  }
  void stub_await_turn(std::uint32_t number) {
    while (turns.load(std::memory_order_acquire) < number) {
      futex_wait(turns, number - 1);
    }
  }
  template <class Awaiter>
  void stub_stops_at(Awaiter at) {
    const auto self = std::coroutine_handle<promise_type>::from_promise(body.promise);
#if WEFT_SYMMETRIC_TRANSFER
    at.await_suspend(self).resume();
#else
    at.await_suspend(self);
#endif
  }
  void yield(int given) {
    value.set(given);
    stub_stops_at(body.promise.yield_value(std::move(given)));
  }
  void finish() { stub_stops_at(promise_type::final_suspend()); }

  void expect_value() {
    int* given = stub_await(generator.next());
    model::require(given != nullptr, "the end instead of a value");
    model::require(value.get() == 7, "what the body did is not seen");
  }
  void expect_end() {
    model::require(stub_await(generator.next()) == nullptr, "a value instead of the end");
  }

  stub_memory memory;
  frame body;
  atomic<std::uint32_t> turns{0};
  model::plain<int> value{0};
  int destroyed = 0;
  async_generator<int> generator;
};
void destroyed_once(shared& s) {
  s.generator = {};
  model::require(s.destroyed == 1, "the frame was not destroyed");
}

model::result a_value_and_the_end(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   s.expect_value();
                                   s.expect_end();
                                   s.generator = {};
                                 },
                                 [](shared& s) {
                                   s.stub_await_turn(1);
                                   s.yield(7);
                                   s.stub_await_turn(2);
                                   s.finish();
                                 }},
                                destroyed_once);
}

/// Destroyed while the body is under way, with somebody who awaits, and without.
template <bool Kept>
model::result destroyed_half_way(const model::options& chosen) {
  return model::explore<shared>(chosen,
                                {[](shared& s) {
                                   value_task<int*> pending = s.generator.next();
                                   if (!Kept) {
                                     pending = {};
                                   }
                                   s.generator = {};
                                 },
                                 [](shared& s) {
                                   s.stub_await_turn(1);
                                   s.yield(7);
                                 }},
                                destroyed_once);
}

TEST(async_generator_model, needs_each_order) {
  model::expect_all_killed(
      "async_generator", {"generator_base"},
      {{"a value and the end", &a_value_and_the_end, {.preemptions = 2, .stale_reads = 1}},
       {"destroyed, awaited", &destroyed_half_way<true>, {.preemptions = 2, .stale_reads = 1}},
       {"destroyed, dropped", &destroyed_half_way<false>, {.preemptions = 2, .stale_reads = 1}}});
}

}  // namespace
