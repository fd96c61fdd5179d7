/// `run`, `block_on`, `wait`, `wait_all`: onto the pool, and back by blocking.

#include <weft/task/run.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>

#include "support/tasks.hpp"

#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using testing::thrown_by;

task<int> returns(int value) {
  co_return value;
}
task<> throws(const char* what) {
  throw std::runtime_error(what);
  co_return;
}

TEST(run, calls_the_function_on_another_thread) {
  EXPECT_NE(run([] { return std::this_thread::get_id(); }).result(), std::this_thread::get_id());
}

TEST(run, unwraps_tasks_lazies_and_value_tasks_one_level) {
  EXPECT_EQ(run([] { return returns(1); }).result(), 1);
  EXPECT_EQ(run([]() -> lazy<int> { co_return 2; }).result(), 2);
  EXPECT_EQ(run([]() -> value_task<int> { return 3; }).result(), 3);
  auto nested = run([]() -> task<task<int>> { co_return returns(4); });
  static_assert(std::is_same_v<decltype(nested), task<task<int>>>);
  EXPECT_EQ(nested.result().result(), 4);
}

TEST(run, passes_on_what_the_function_throws) {
  EXPECT_EQ(thrown_by([] { run([] { throw std::runtime_error("plain"); }).wait(); }), "plain");
  EXPECT_EQ(thrown_by([] { run([] { return throws("task"); }).wait(); }), "task");
}

// .NET 10: Task.Run(() => throw new OperationCanceledException()) is Canceled.
TEST(run, is_canceled_when_operation_canceled_escapes) {
  EXPECT_THROW(run([] { throw operation_canceled(); }).wait(), operation_canceled);
}

TEST(run, looks_at_the_token_before_it_starts) {
  std::stop_source stop;
  stop.request_stop();
  bool ran = false;
  auto t = run([&ran] { ran = true; }, stop.get_token());
  EXPECT_THROW(t.wait(), operation_canceled);
  EXPECT_TRUE(t.is_canceled());
  EXPECT_FALSE(ran);
}

TEST(run, does_not_look_at_the_token_once_started) {
  std::stop_source stop;
  auto t = run([&stop] { stop.request_stop(); }, stop.get_token());
  t.wait();
  EXPECT_TRUE(t.is_completed_successfully());
}

TEST(run, refuses_an_empty_task_from_the_function) {
  EXPECT_THROW(run([] { return task<int>(); }).wait(), invalid_operation);
}

TEST(run, keeps_the_callable_until_its_task_ends) {
  auto body = [text = std::make_unique<std::string>("kept")]() -> task<std::string> {
    co_await yield();
    co_return *text;
  };
  EXPECT_EQ(run(std::move(body)).result(), "kept");
}

TEST(run, takes_a_move_only_callable) {
  auto f = [p = std::make_unique<int>(5)] { return *p; };
  EXPECT_EQ(run(std::move(f)).result(), 5);
}

TEST(run, waits_to_run_until_a_scheduler_starts_it) {
  testing::manual_scheduler scheduler;
  auto t = run([] { return 1; }, run_options{.scheduler = &scheduler});
  EXPECT_EQ(t.status(), task_status::waiting_to_run);
  scheduler.run_one();
  EXPECT_EQ(t.status(), task_status::ran_to_completion);
}

// .NET 10: Running, seen from inside the delegate.
TEST(run, is_running_while_its_function_runs) {
  testing::manual_scheduler scheduler;
  task<>* self = nullptr;
  auto seen = task_status::created;
  auto t = run([&] { seen = self->status(); }, run_options{.scheduler = &scheduler});
  self = &t;
  scheduler.run_one();
  EXPECT_EQ(seen, task_status::running);
}

// .NET 10: Task.Run of an async function is WaitingForActivation until it has completed.
TEST(run, of_a_coroutine_waits_for_activation_until_its_end) {
  testing::manual_scheduler scheduler;
  task<>* self = nullptr;
  auto seen = task_status::created;
  auto body = [&]() -> task<> {
    seen = self->status();
    co_return;
  };
  auto t = run(body, run_options{.scheduler = &scheduler});
  EXPECT_EQ(t.status(), task_status::waiting_for_activation);
  self = &t;
  scheduler.run_one();
  EXPECT_EQ(seen, task_status::waiting_for_activation);
  t.wait();
}

TEST(run, long_running_has_a_thread_of_its_own) {
  std::latch all_started(8);
  std::vector<task<>> all;
  for (int i = 0; i < 8; ++i) {  // more than the pool has workers: each waits for all others
    all.push_back(run([&] { all_started.arrive_and_wait(); }, run_options{.long_running = true}));
  }
  wait_all(all);
}

TEST(run, from_inside_a_run) {
  auto body = [] {
    auto inner = run([] { return 2; });
    return inner.result();
  };
  EXPECT_EQ(run(body).result(), 2);
}

/// Whether the gate was opened while a `run` of this coroutine waited for it.
task<bool> sees_opened(task<> gate) {
  auto waits = run([&gate] { return gate.wait(30s); });
  const bool opened = co_await std::move(waits);
  co_return opened;
}
task<bool> sees_opened_after(task<> start, task<> gate) {
  co_await std::move(start);
  auto waits = run([&gate] { return gate.wait(30s); });
  const bool opened = co_await std::move(waits);
  co_return opened;
}

// What is awaited may run in place of the coroutine that awaits it, but not of who called that.
TEST(run, awaited_by_a_called_coroutine_leaves_its_caller_free) {
  EXPECT_TRUE(run([] {
                task_completion_source<> gate;
                task<bool> seen = sees_opened(gate.task());
                gate.set_result();
                return std::move(seen).result();
              }).result());
}
TEST(run, awaited_by_a_coroutine_resumed_inline_leaves_who_resumed_it_free) {
  EXPECT_TRUE(run([] {
                task_completion_source<> start;
                task_completion_source<> gate;
                task<bool> seen = sees_opened_after(start.task(), gate.task());
                start.set_result();
                gate.set_result();
                return std::move(seen).result();
              }).result());
}

task<int> later(int value) {
  co_await yield();
  co_return value;
}
task<int> runs_one_by_one(int count) {
  co_await yield();
  int sum = 0;
  for (int i = 0; i < count; ++i) {
    auto suspends = run([i] { return later(i); });
    sum += co_await std::move(suspends);
    auto ends = run([i] { return i; });
    sum += co_await std::move(ends);
    auto fails = run([] { throw std::runtime_error("in place"); });
    try {
      co_await std::move(fails);
    } catch (const std::runtime_error&) {
      ++sum;
    }
  }
  co_return sum;
}
TEST(run, awaited_in_turn_gives_each_result) {
  constexpr int count = 1000;
  std::vector<task<int>> several;
  for (int i = 0; i < 4; ++i) {
    several.push_back(run([] { return runs_one_by_one(count); }));
  }
  for (task<int>& t : several) {
    EXPECT_EQ(t.result(), count * (count - 1) + count);
  }
}

TEST(run, on_a_destroyed_scheduler_throws_object_disposed) {
  auto scheduler = std::make_unique<testing::manual_scheduler>();
  auto t = run([] { return 1; }, run_options{.scheduler = scheduler.get()});
  scheduler.reset();
  EXPECT_THROW(t.wait(), object_disposed);
}

// -------------------------------------------------------------------------------------------
// block_on

TEST(block_on, takes_awaitables_functions_and_lvalue_tasks) {
  EXPECT_EQ(block_on(returns(1)), 1);
  EXPECT_EQ(block_on([]() -> lazy<int> { co_return 2; }()), 2);
  EXPECT_EQ(block_on(value_task<int>(3)), 3);
  EXPECT_EQ(block_on([] { return returns(4); }), 4);
  EXPECT_EQ(block_on([] { return 5; }), 5);
  auto t = returns(6);
  static_assert(std::is_same_v<decltype(block_on(t)), int&>);
  EXPECT_EQ(&block_on(t), &t.result());
}

TEST(block_on, keeps_a_lambda_coroutine_with_captures) {
  const std::string text = block_on([text = std::string(100, 'x')]() -> task<std::string> {
    co_await yield();
    co_return text;
  });
  EXPECT_EQ(text, std::string(100, 'x'));
}

TEST(block_on, installs_no_context) {
  EXPECT_EQ(block_on([]() -> task<synchronization_context*> {
              co_return synchronization_context::current();
            }),
            nullptr);
}

TEST(block_on, rethrows) {
  EXPECT_EQ(thrown_by([] { block_on(throws("blocked")); }), "blocked");
}

// ------------------------------------------------------------------------------------------- wait

TEST(wait, returns_false_when_the_time_is_over_and_the_task_goes_on) {
  task_completion_source<> source;
  auto t = source.task();
  EXPECT_FALSE(t.wait(1ms));
  EXPECT_FALSE(t.wait(0ms));
  source.set_result();
  EXPECT_TRUE(t.wait(1ms));
  EXPECT_TRUE(t.is_completed_successfully());
}

TEST(wait, throws_operation_canceled_when_its_token_is_requested) {
  task_completion_source<> source;
  auto t = source.task();
  std::stop_source stop;
  std::thread stopper([&] { stop.request_stop(); });
  EXPECT_THROW(t.wait(stop.get_token()), operation_canceled);
  stopper.join();
  EXPECT_FALSE(t.is_completed());
  EXPECT_THROW(t.wait(1s, stop.get_token()), operation_canceled);
  source.set_result();
  t.wait(stop.get_token());  // a completed task beats a token
}

TEST(wait, leaves_no_trace_in_the_task_when_it_gives_up) {
  task_completion_source<> source;
  auto t = source.task();
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(t.wait(0ns));
  }
  source.set_result();
}

TEST(wait, races_time_out_and_completion_without_losing_either) {
  for (int i = 0; i < 300; ++i) {
    task_completion_source<> source;
    auto t = source.task();
    auto setter = run([&source] { source.set_result(); });
    while (!t.wait(std::chrono::microseconds(i % 30))) {
    }
    setter.wait();
  }
}

TEST(wait, blocks_several_threads_on_one_task) {
  task_completion_source<int> source;
  auto t = source.task();
  std::vector<std::thread> threads;
  std::atomic<int> sum = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { sum += t.result(); });
  }
  source.set_result(2);
  for (auto& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(sum, 8);
}

TEST(wait_all, waits_for_all_and_throws_the_first_failure_in_argument_order) {
  task_completion_source<> one;
  auto a = one.task();
  auto b = throws("b");
  auto c = throws("c");
  auto setter = run([&] { one.set_result(); });
  EXPECT_EQ(thrown_by([&] { wait_all(a, b, c); }), "b");
  EXPECT_TRUE(a.is_completed());
  std::vector<task<>> range;
  range.push_back(completed_task());
  range.push_back(throws("range"));
  EXPECT_EQ(thrown_by([&] { wait_all(range); }), "range");
  std::vector<task<>> none;
  wait_all(none);
  EXPECT_NE(c.exception(), nullptr);
  setter.wait();
}

template <std::size_t... I>
void wait_for_one_after_another(std::index_sequence<I...>) {
  // The last one ends first, and each ends the one before it.
  task_completion_source<> sources[sizeof...(I) + 1];
  task<> all[] = {sources[I].task()...};
  const auto chain = [](task_completion_source<>& before, task<>& after) -> task<> {
    co_await after;
    before.set_result();
  };
  std::vector<task<>> links;
  for (std::size_t i = 0; i + 1 < sizeof...(I); ++i) {
    links.push_back(chain(sources[i], all[i + 1]));
  }
  auto setter = run([&] { sources[sizeof...(I) - 1].set_result(); });
  EXPECT_LT(wait_any(all[I]...), sizeof...(I));
  wait_all(all[I]...);
  EXPECT_TRUE((all[I].is_completed() && ...));
  EXPECT_EQ(wait_any(all[I]...), 0U) << "the first of those that have ended";
  setter.wait();
  wait_all(links);
}

TEST(wait_all, and_wait_any_take_up_to_eight_by_name) {
  wait_for_one_after_another(std::make_index_sequence<1>());
  wait_for_one_after_another(std::make_index_sequence<2>());
  wait_for_one_after_another(std::make_index_sequence<3>());
  wait_for_one_after_another(std::make_index_sequence<4>());
  wait_for_one_after_another(std::make_index_sequence<5>());
  wait_for_one_after_another(std::make_index_sequence<6>());
  wait_for_one_after_another(std::make_index_sequence<7>());
  wait_for_one_after_another(std::make_index_sequence<8>());
}

TEST(wait_all, throws_the_failure_of_any_of_eight) {
  auto fine = completed_task();
  auto late = throws("late");
  EXPECT_EQ(thrown_by([&] { wait_all(fine, fine, late); }), "late");
  EXPECT_EQ(thrown_by([&] { wait_all(fine, fine, fine, late); }), "late");
  EXPECT_EQ(thrown_by([&] { wait_all(fine, fine, fine, fine, late); }), "late");
  EXPECT_EQ(thrown_by([&] { wait_all(fine, fine, fine, fine, fine, late); }), "late");
  EXPECT_EQ(thrown_by([&] { wait_all(fine, fine, fine, fine, fine, fine, late); }), "late");
  EXPECT_EQ(thrown_by([&] { wait_all(fine, fine, fine, fine, fine, fine, fine, late); }), "late");
}

}  // namespace
}  // namespace weft
