/// Where a coroutine goes on after an await: for every context and option.

#include <weft/base/error.hpp>
#include <weft/task.hpp>

#include "support/tasks.hpp"

#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace weft {
namespace {

using testing::manual_context;
using testing::manual_scheduler;
using testing::thrown_by;

struct observed {
  std::thread::id thread;
  synchronization_context* context = nullptr;
  task_scheduler* scheduler = nullptr;
};
observed here() {
  return {std::this_thread::get_id(), synchronization_context::current(),
          task_scheduler::current()};
}

task<> awaits(task<>& gate, observed& after) {
  co_await gate;
  after = here();
}
task<> awaits(task<>& gate, observed& after, configure_await_options options) {
  co_await gate.configure_await(options);
  after = here();
}

TEST(synchronization_context, is_captured_at_the_await_and_resumed_in) {
  manual_context context;
  task_completion_source<> source;
  auto gate = source.task();
  observed after;
  auto t = [&] {
    const synchronization_context::scope scope(context);
    return awaits(gate, after);
  }();
  source.set_result();
  EXPECT_FALSE(t.is_completed()) << "never inline outside its context";
  EXPECT_EQ(context.posts(), 1);
  context.run_one();
  EXPECT_TRUE(t.is_completed());
  EXPECT_EQ(after.context, &context);
}

// .NET 10: a captured context equal to the current one resumes inline.
TEST(synchronization_context, equal_to_the_current_one_resumes_inline) {
  manual_context context;
  task_completion_source<> source;
  auto gate = source.task();
  observed after;
  const synchronization_context::scope scope(context);
  auto t = awaits(gate, after);
  source.set_result();
  EXPECT_TRUE(t.is_completed());
  EXPECT_EQ(context.posts(), 0);
}

TEST(synchronization_context, of_another_kind_gets_the_coroutine_posted) {
  manual_context one;
  manual_context two;
  task_completion_source<> source;
  auto gate = source.task();
  observed after;
  auto t = [&] {
    const synchronization_context::scope scope(one);
    return awaits(gate, after);
  }();
  {
    const synchronization_context::scope scope(two);
    source.set_result();
    EXPECT_FALSE(t.is_completed());
  }
  one.run_one();
  EXPECT_EQ(after.context, &one);
  EXPECT_EQ(two.posts(), 0);
}

TEST(synchronization_context, is_not_captured_when_the_task_is_completed_already) {
  manual_context context;
  auto gate = completed_task();
  observed after;
  const synchronization_context::scope scope(context);
  auto t = awaits(gate, after);
  EXPECT_TRUE(t.is_completed());
  EXPECT_EQ(context.posts(), 0);
}

TEST(synchronization_context, is_kept_through_a_chain_of_awaits) {
  manual_context context;
  task_completion_source<> source;
  auto gate = source.task();
  observed after;
  auto outer = [&]() -> task<> {
    co_await awaits(gate, after);
    after = here();
  };
  auto t = [&] {
    const synchronization_context::scope scope(context);
    return outer();
  }();
  source.set_result();
  context.run_one();
  EXPECT_TRUE(t.is_completed()) << "the outer one resumes inline: its context is current";
  EXPECT_EQ(context.posts(), 1);
}

TEST(synchronization_context, is_resumed_in_after_awaiting_a_lazy_that_left_it) {
  manual_context context;
  task_completion_source<> source;
  auto gate = source.task();
  observed inside;
  observed after;
  auto cold = [&]() -> lazy<> {
    co_await gate.configure_await(false);
    inside = here();
  };
  auto outer = [&]() -> task<> {
    co_await cold();
    after = here();
  };
  auto t = [&] {
    const synchronization_context::scope scope(context);
    return outer();
  }();
  source.set_result();
  EXPECT_EQ(inside.context, nullptr);
  while (!t.is_completed()) {
    context.run_one();
  }
  EXPECT_EQ(after.context, &context);
}

TEST(synchronization_context, destroyed_resumes_its_coroutines_with_object_disposed) {
  task_completion_source<> source;
  auto gate = source.task();
  observed after;
  task<> t;
  {
    manual_context context;
    const synchronization_context::scope scope(context);
    t = awaits(gate, after);
  }
  source.set_result();
  EXPECT_THROW(t.wait(), object_disposed);
}

TEST(synchronization_context, destroyed_with_work_in_its_queue_resumes_it_with_object_disposed) {
  task_completion_source<> source;
  auto gate = source.task();
  observed after;
  task<> t;
  {
    manual_context context;
    {
      const synchronization_context::scope scope(context);
      t = awaits(gate, after);
    }
    source.set_result();
    EXPECT_EQ(context.queued(), 1U);
  }
  EXPECT_THROW(t.wait(), object_disposed);
}

class refusing_context : public synchronization_context {
 public:
  void post(weft::work) override { throw std::runtime_error("closed"); }
};
TEST(synchronization_context, that_throws_from_post_resumes_with_object_disposed) {
  refusing_context context;
  task_completion_source<> source;
  auto gate = source.task();
  observed after;
  auto t = [&] {
    const synchronization_context::scope scope(context);
    return awaits(gate, after);
  }();
  source.set_result();
  EXPECT_THROW(t.wait(), object_disposed);
}

TEST(synchronization_context, send_posts_and_waits_and_rethrows) {
  manual_context context;
  std::thread loop([&] {
    context.run_one();
    context.run_one();
  });
  std::thread::id ran_on;
  context.send([&] { ran_on = std::this_thread::get_id(); });
  EXPECT_EQ(ran_on, loop.get_id());
  EXPECT_EQ(thrown_by([&] { context.send([] { throw std::runtime_error("sent"); }); }), "sent");
  loop.join();
}

TEST(synchronization_context, scope_restores_the_former_one) {
  manual_context one;
  manual_context two;
  const synchronization_context::scope outer(one);
  {
    const synchronization_context::scope inner(two);
    EXPECT_EQ(synchronization_context::current(), &two);
    const synchronization_context::scope none(nullptr);
    EXPECT_EQ(synchronization_context::current(), nullptr);
  }
  EXPECT_EQ(synchronization_context::current(), &one);
}

// -------------------------------------------------------------------------------------------
// schedulers

TEST(task_scheduler, not_the_default_one_is_captured_and_resumed_on) {
  manual_scheduler scheduler;
  task_completion_source<> source;
  auto gate = source.task();
  observed after;
  auto body = [&]() -> task<> {
    co_await gate;
    after = here();
  };
  auto t = run(body, run_options{.scheduler = &scheduler});
  EXPECT_EQ(scheduler.works.size(), 1U);
  EXPECT_FALSE(t.is_completed());
  scheduler.run_one();
  source.set_result();
  while (!scheduler.works.empty()) {
    scheduler.run_one();
  }
  t.wait();
}

TEST(task_scheduler, current_is_the_default_one_outside) {
  EXPECT_EQ(task_scheduler::current(), &task_scheduler::default_scheduler());
}

// -------------------------------------------------------------------------------------------
// configure_await

TEST(configure_await, false_resumes_on_the_completing_thread_without_context) {
  manual_context context;
  task_completion_source<> source;
  auto gate = source.task();
  observed after;
  auto t = [&] {
    const synchronization_context::scope scope(context);
    return awaits(gate, after, configure_await_options::none);
  }();
  source.set_result();
  EXPECT_TRUE(t.is_completed());
  EXPECT_EQ(context.posts(), 0);
  EXPECT_EQ(after.thread, std::this_thread::get_id());
  EXPECT_EQ(after.context, nullptr);
}

// .NET 10: ConfigureAwait(false) does not resume inline on a thread that has a context: it goes to
// the pool.
TEST(configure_await, false_does_not_resume_inline_on_a_thread_with_a_context) {
  manual_context context;
  task_completion_source<> source;
  auto gate = source.task();
  observed after;
  const synchronization_context::scope scope(context);
  auto t = awaits(gate, after, configure_await_options::none);
  source.set_result();
  t.wait();
  EXPECT_NE(after.thread, std::this_thread::get_id());
  EXPECT_EQ(after.context, nullptr);
  EXPECT_EQ(context.posts(), 0);
}

TEST(configure_await, true_is_as_a_plain_await) {
  manual_context context;
  task_completion_source<> source;
  auto gate = source.task();
  observed after;
  auto body = [&]() -> task<> {
    co_await gate.configure_await(true);
    after = here();
  };
  auto t = [&] {
    const synchronization_context::scope scope(context);
    return body();
  }();
  source.set_result();
  context.run_one();
  t.wait();
  EXPECT_EQ(after.context, &context);
}

TEST(configure_await, suppress_throwing_swallows_fault_and_cancellation) {
  const testing::unobserved_count unobserved;
  auto body = [](task<> t) -> task<task_status> {
    co_await t.configure_await(configure_await_options::suppress_throwing);
    co_return t.status();
  };
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(body(from_exception(std::runtime_error("x"))).result(), task_status::faulted);
  EXPECT_EQ(body(from_canceled(stop.get_token())).result(), task_status::canceled);
  EXPECT_EQ(body(completed_task()).result(), task_status::ran_to_completion);
  EXPECT_EQ(unobserved.count(), 0);
}

// .NET 10: Task<int>.ConfigureAwait(SuppressThrowing): ArgumentOutOfRangeException.
TEST(configure_await, suppress_throwing_is_refused_on_a_task_with_a_value) {
  auto t = from_result(1);
  EXPECT_THROW(static_cast<void>(t.configure_await(configure_await_options::suppress_throwing)),
               std::invalid_argument);
  EXPECT_TRUE(t.valid());
}

// .NET 10: ForceYielding suspends even on a completed task.
TEST(configure_await, force_yielding_suspends_on_a_completed_task) {
  auto gate = completed_task();
  observed after;
  auto t = awaits(gate, after, configure_await_options::force_yielding);
  t.wait();
  EXPECT_NE(after.thread, std::this_thread::get_id());
}

TEST(configure_await, force_yielding_in_a_context_comes_back_to_it) {
  manual_context context;
  auto gate = completed_task();
  observed after;
  auto t = [&] {
    const synchronization_context::scope scope(context);
    return awaits(gate, after,
                  configure_await_options::force_yielding |
                      configure_await_options::continue_on_captured_context);
  }();
  EXPECT_FALSE(t.is_completed());
  context.run_one();
  EXPECT_EQ(after.context, &context);
}

TEST(configure_await, all_options_together) {
  auto body = [](task<> t) -> task<task_status> {
    co_await t.configure_await(configure_await_options::suppress_throwing |
                               configure_await_options::force_yielding);
    co_return t.status();
  };
  EXPECT_EQ(body(from_exception(std::runtime_error("x"))).result(), task_status::faulted);
}

TEST(configure_await, owns_an_rvalue_task_and_gives_the_value) {
  auto body = [](task<std::string> t) -> task<std::string> {
    co_return co_await std::move(t).configure_await(false);
  };
  EXPECT_EQ(body(from_result(std::string("owned"))).result(), "owned");
  task_completion_source<std::string> source;
  auto pending = body(source.task());
  source.set_result("later");
  EXPECT_EQ(pending.result(), "later");
}

TEST(configure_await, gives_a_reference_for_an_lvalue) {
  auto t = from_result(1);
  auto body = [](task<int>& u) -> task<int*> { co_return &co_await u.configure_await(false); };
  EXPECT_EQ(body(t).result(), &t.result());
}

TEST(configure_await, may_be_kept_and_awaited_later) {
  auto body = [](task<int> t) -> task<int> {
    auto configured = std::move(t).configure_await(false);
    co_return co_await configured;
  };
  EXPECT_EQ(body(from_result(2)).result(), 2);
}

// -------------------------------------------------------------------------------------------
// resume_on, yield

TEST(resume_on, goes_through_the_queue_of_a_context) {
  manual_context context;
  observed after;
  auto body = [&]() -> task<> {
    co_await resume_on(context);
    after = here();
  };
  auto t = body();
  EXPECT_FALSE(t.is_completed());
  context.run_one();
  EXPECT_EQ(after.context, &context);
}

TEST(resume_on, goes_through_the_queue_even_when_there_already) {
  manual_context context;
  auto body = [&]() -> task<> { co_await resume_on(context); };
  const synchronization_context::scope scope(context);
  auto t = body();
  EXPECT_FALSE(t.is_completed());
  context.run_one();
  EXPECT_TRUE(t.is_completed());
}

TEST(resume_on, goes_to_a_scheduler) {
  manual_scheduler scheduler;
  auto body = [&]() -> task<> { co_await resume_on(scheduler); };
  auto t = body();
  EXPECT_FALSE(t.is_completed());
  scheduler.run_one();
  EXPECT_TRUE(t.is_completed());
}

TEST(resume_on, a_destroyed_context_throws_object_disposed) {
  auto context = std::make_unique<manual_context>();
  auto body = [](manual_context& c) -> task<> { co_await resume_on(c); };
  auto t = body(*context);
  context.reset();
  EXPECT_THROW(t.wait(), object_disposed);
}

TEST(yield, goes_behind_what_the_context_has_queued) {
  manual_context context;
  std::string order;
  auto body = [&]() -> task<> {
    co_await yield();
    order += 'y';
  };
  auto t = [&] {
    const synchronization_context::scope scope(context);
    context.post([&] { order += 'p'; });
    return body();
  }();
  context.run_one();
  context.run_one();
  EXPECT_EQ(order, "py");
}

TEST(yield, without_a_context_goes_to_the_pool) {
  auto body = []() -> task<std::thread::id> {
    co_await yield();
    co_return std::this_thread::get_id();
  };
  EXPECT_NE(body().result(), std::this_thread::get_id());
}

// -------------------------------------------------------------------------------------------
// async_void

async_void waits_and_throws(task<>& gate) {
  co_await gate;
  throw std::runtime_error("handler");
}
async_void throws_now() {
  throw std::runtime_error("now");
  co_return;
}

TEST(async_void, posts_its_exception_to_the_context_of_the_call) {
  manual_context context;
  task_completion_source<> source;
  auto gate = source.task();
  {
    const synchronization_context::scope scope(context);
    waits_and_throws(gate);
  }
  source.set_result();
  context.run_one();
  EXPECT_EQ(thrown_by([&] { context.run_one(); }), "handler");
}

// .NET 10: an exception before the first await does not come out of the call either.
TEST(async_void, posts_an_exception_thrown_before_the_first_await) {
  manual_context context;
  const synchronization_context::scope scope(context);
  throws_now();
  EXPECT_EQ(thrown_by([&] { context.run_one(); }), "now");
}

TEST(async_void, tells_its_context_when_it_starts_and_ends) {
  manual_context context;
  task_completion_source<> source;
  auto gate = source.task();
  auto body = [](task<>& g) -> async_void { co_await g; };
  {
    const synchronization_context::scope scope(context);
    body(gate);
    EXPECT_EQ(context.started, 1);
    EXPECT_EQ(context.completed, 0);
    source.set_result();
  }
  EXPECT_EQ(context.completed, 1);
}

TEST(async_void, without_a_context_calls_the_handler) {
  std::string last_unhandled;
  auto former =
      on_unhandled_exception([&](std::exception_ptr e) { last_unhandled = testing::message(e); });
  throws_now();
  on_unhandled_exception(former);
  EXPECT_EQ(last_unhandled, "now");
}

TEST(async_void, without_context_and_handler_ends_the_program) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(throws_now(), "an exception left an async_void function that has no context: now");
}

}  // namespace
}  // namespace weft
