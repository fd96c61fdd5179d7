#include <weft/task/task.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#define WEFT_DEFINE_MALLOC_COUNT
#include "support/malloc_count.hpp"
#include "support/tasks.hpp"

namespace weft {
namespace {

using namespace std::chrono_literals;
using testing::counted;
using testing::message;
using testing::thrown_by;
using testing::unobserved_count;

task<int> returns(int value) {
  co_return value;
}
task<> throws_at_once(const char* what) {
  throw std::runtime_error(what);
  co_return;
}
task<> throws_after(task<>& first, const char* what) {
  co_await first;
  throw std::runtime_error(what);
}
template <class T>
task<T> passes_on(task<T> from) {
  co_return co_await std::move(from);
}

// ------------------------------------------------------------------------------------------- hot
// start

TEST(task, runs_on_the_callers_thread_until_it_suspends) {
  task_completion_source<> source;
  auto gate = source.task();
  std::vector<std::string> order;
  std::thread::id ran_on;
  auto body = [&]() -> task<> {
    ran_on = std::this_thread::get_id();
    order.emplace_back("begin");
    co_await gate;
    order.emplace_back("end");
  };
  auto t = body();
  order.emplace_back("called");
  EXPECT_EQ(ran_on, std::this_thread::get_id());
  EXPECT_FALSE(t.is_completed());
  source.set_result();
  EXPECT_EQ(order, (std::vector<std::string>{"begin", "called", "end"}));
  EXPECT_TRUE(t.is_completed_successfully());
}

TEST(task, is_completed_when_the_call_returns_unless_it_suspended) {
  auto t = returns(3);
  EXPECT_EQ(t.status(), task_status::ran_to_completion);
  EXPECT_EQ(t.result(), 3);
}

TEST(task, does_not_suspend_at_an_await_of_a_completed_task) {
  bool passed = false;
  auto body = [&]() -> task<> {
    auto done = completed_task();
    co_await done;
    passed = true;
  };
  auto t = body();
  EXPECT_TRUE(passed);
  t.wait();
}

TEST(task, waits_for_activation_while_it_is_suspended) {
  task_completion_source<int> source;
  auto t = passes_on(source.task());
  EXPECT_EQ(t.status(), task_status::waiting_for_activation);
  source.set_result(1);
  EXPECT_EQ(t.status(), task_status::ran_to_completion);
}

// g++ 12 is said to miscompile coroutines without local variables; this is the shape.
task<> has_neither_locals_nor_parameters() {
  co_return;
}
task<int> awaits_a_temporary() {
  co_return co_await returns(1) + co_await returns(2);
}
struct member_shape {
  int value = 7;
  task<int> get() { co_return value; }
  [[nodiscard]] task<int> get_const() const { co_return value; }
};
task<> takes_by_value(std::string text, std::unique_ptr<int> p, std::string& out) {
  co_await completed_task();
  out = text + std::to_string(*p);
}

TEST(task, works_in_the_shapes_that_compilers_get_wrong) {
  has_neither_locals_nor_parameters().wait();
  auto sum = awaits_a_temporary();
  EXPECT_EQ(sum.result(), 3);
  member_shape m;
  EXPECT_EQ(m.get().result(), 7);
  EXPECT_EQ(std::as_const(m).get_const().result(), 7);
  std::string out;
  takes_by_value("n", std::make_unique<int>(5), out).wait();
  EXPECT_EQ(out, "n5");
}

TEST(task, destroys_parameters_and_locals_once) {
  counted::alive = 0;
  {
    task_completion_source<> source;
    auto gate = source.task();
    auto body = [](counted a, task<>& g) -> task<int> {
      const counted local(2);
      co_await g;
      co_return a.value + local.value;
    };
    auto t = body(counted(1), gate);
    EXPECT_GE(counted::alive, 2);
    source.set_result();
    EXPECT_EQ(t.result(), 3);
  }
  EXPECT_EQ(counted::alive, 0);
}

TEST(task, goes_on_when_its_handle_is_dropped) {
  task_completion_source<> source;
  auto gate = source.task();
  counted::alive = 0;
  int ended = 0;
  auto body = [](task<>& g, int& end) -> task<counted> {
    counted local(1);
    co_await g;
    ++end;
    co_return local;
  };
  {
    auto dropped = body(gate, ended);
    EXPECT_FALSE(dropped.is_completed());
  }
  EXPECT_EQ(ended, 0);
  source.set_result();
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(counted::alive, 0) << "frame and result are freed at the end";
}

// -------------------------------------------------------------------------------------------
// handles

TEST(task, is_move_only_and_empty_after_a_move) {
  static_assert(!std::is_copy_constructible_v<task<int>>);
  auto t = returns(1);
  auto u = std::move(t);
  EXPECT_FALSE(t.valid());  // NOLINT(bugprone-use-after-move): what is tested
  EXPECT_TRUE(u.valid());
  EXPECT_EQ(u.result(), 1);
}

TEST(task, refuses_every_use_of_an_empty_handle) {
  task<> empty;
  EXPECT_THROW(static_cast<void>(empty.status()), invalid_operation);
  EXPECT_THROW(static_cast<void>(empty.is_completed()), invalid_operation);
  EXPECT_THROW(static_cast<void>(empty.exception()), invalid_operation);
  EXPECT_THROW(empty.wait(), invalid_operation);
  EXPECT_THROW(empty.result(), invalid_operation);
  EXPECT_THROW(std::move(empty).detach(), invalid_operation);
  EXPECT_THROW(static_cast<void>(empty.configure_await(false)), invalid_operation);
  EXPECT_THROW(static_cast<void>(std::move(empty).share()), invalid_operation);
  auto body = [](task<>& t) -> task<> { co_await t; };
  EXPECT_THROW(body(empty).wait(), invalid_operation);
  auto owning = [](task<> t) -> task<> { co_await std::move(t); };
  EXPECT_THROW(owning(task<>()).wait(), invalid_operation);
}

// -------------------------------------------------------------------------------------------
// errors

// .NET 10: "threw at await, not at call" for an async method that throws before its first await.
TEST(task, keeps_an_exception_thrown_before_the_first_await) {
  auto t = throws_at_once("early");
  EXPECT_EQ(t.status(), task_status::faulted);
  EXPECT_EQ(thrown_by([&] { t.wait(); }), "early");
}

TEST(task, keeps_an_exception_thrown_after_an_await) {
  task_completion_source<> source;
  auto gate = source.task();
  auto t = throws_after(gate, "late");
  source.set_result();
  EXPECT_TRUE(t.is_faulted());
  EXPECT_EQ(message(t.exception()), "late");
  EXPECT_EQ(t.exceptions().size(), 1U);
}

TEST(task, rethrows_the_same_exception_object_at_every_await) {
  auto t = throws_at_once("same");
  auto body = [](task<>& u) -> task<const void*> {
    const void* address = nullptr;
    try {
      co_await u;
    } catch (const std::runtime_error& e) {
      address = &e;
    }
    co_return address;
  };
  const void* first = body(t).result();
  EXPECT_NE(first, nullptr);
  EXPECT_EQ(first, body(t).result());
}

TEST(task, has_no_exception_unless_faulted) {
  auto good = returns(1);
  EXPECT_EQ(good.exception(), nullptr);
  EXPECT_TRUE(good.exceptions().empty());
  task_completion_source<> source;
  auto pending = source.task();
  EXPECT_EQ(pending.exception(), nullptr);
  source.set_canceled();
  EXPECT_EQ(pending.exception(), nullptr);
}

// .NET 10: an async method that lets OperationCanceledException escape is Canceled, whatever its
// token.
TEST(task, ends_canceled_when_operation_canceled_escapes) {
  auto body = []() -> task<> {
    throw operation_canceled();
    co_return;
  };
  auto t = body();
  EXPECT_EQ(t.status(), task_status::canceled);
  EXPECT_TRUE(t.is_canceled());
  EXPECT_FALSE(t.is_faulted());
  EXPECT_THROW(t.wait(), operation_canceled);
}

class derived_cancel : public operation_canceled {};
TEST(task, ends_canceled_for_types_derived_from_operation_canceled) {
  auto body = []() -> task<> {
    throw derived_cancel();
    co_return;
  };
  auto t = body();
  EXPECT_TRUE(t.is_canceled());
  EXPECT_THROW(t.wait(), derived_cancel);
}

TEST(task, passes_cancellation_on_to_who_awaits_it) {
  task_completion_source<int> source;
  auto outer = passes_on(source.task());
  std::stop_source stop;
  stop.request_stop();
  source.set_canceled(stop.get_token());
  EXPECT_EQ(outer.status(), task_status::canceled);
  try {
    outer.wait();
    FAIL() << "nothing thrown";
  } catch (const operation_canceled& e) {
    EXPECT_EQ(e.token(), stop.get_token());
  }
}

// .NET 10: SetException(new OperationCanceledException()) gives Faulted; awaited by an async
// method, that one is Canceled.
TEST(task, is_faulted_by_set_exception_of_operation_canceled_and_its_awaiter_is_canceled) {
  task_completion_source<int> source;
  auto inner = source.task();
  auto outer = passes_on(source.task());
  source.set_exception(operation_canceled());
  EXPECT_TRUE(inner.is_faulted());
  EXPECT_TRUE(outer.is_canceled());
  EXPECT_NE(inner.exception(), nullptr);
}

// -------------------------------------------------------------------------------------------
// results

TEST(task, gives_an_lvalue_reference_to_its_result) {
  auto t = returns(1);
  auto body = [](task<int>& u) -> task<int*> {
    static_assert(std::is_same_v<await_result<task<int>&>, int&>);
    int& value = co_await u;
    value = 2;
    co_return &value;
  };
  EXPECT_EQ(body(t).result(), &t.result());
  EXPECT_EQ(t.result(), 2);
}

TEST(task, moves_the_result_out_for_its_only_owner) {
  auto make = []() -> task<counted> { co_return counted(5); };
  auto t = make();
  counted::start_counting();
  auto body = [](task<counted> u) -> task<int> {
    static_assert(std::is_same_v<await_result<task<counted>>, counted>);
    const counted c = co_await std::move(u);
    co_return c.value;
  };
  EXPECT_EQ(body(std::move(t)).result(), 5);
  EXPECT_EQ(counted::copies, 0);
  auto again = make();
  EXPECT_EQ(std::move(again).result().value, 5);
  EXPECT_EQ(counted::copies, 0);
}

TEST(task, copies_the_result_when_another_handle_lives) {
  task_completion_source<counted> source;
  auto t = source.task();
  auto other = source.task();
  source.set_result(counted(5));
  counted::start_counting();
  EXPECT_EQ(std::move(t).result().value, 5);
  EXPECT_EQ(counted::copies, 1);
  EXPECT_EQ(other.result().value, 5);
}

TEST(task, copies_the_result_while_its_source_lives) {
  task_completion_source<counted> source;
  auto t = source.task();
  source.set_result(counted(5));
  counted::start_counting();
  EXPECT_EQ(std::move(t).result().value, 5);
  EXPECT_EQ(counted::copies, 1);
  EXPECT_EQ(source.task().result().value, 5) << "the source can hand it out again";
}

TEST(task, moves_a_move_only_result_even_while_its_source_lives) {
  task_completion_source<std::unique_ptr<int>> source;
  auto t = source.task();
  source.set_result(std::make_unique<int>(3));
  EXPECT_EQ(*std::move(t).result(), 3);
}

TEST(task, refuses_to_take_a_move_only_result_that_others_can_see) {
  task_completion_source<std::unique_ptr<int>> source;
  auto t = source.task();
  auto other = source.task();
  source.set_result(std::make_unique<int>(3));
  EXPECT_THROW(std::move(t).result(), invalid_operation);
  EXPECT_EQ(*other.result(), 3) << "the value stays";
}

TEST(task, keeps_the_value_for_another_awaiter_when_one_takes_the_task) {
  task_completion_source<counted> source;
  auto t = std::make_unique<task<counted>>(source.task());
  int seen = 0;
  auto looks = [&seen](task<counted>& u) -> task<> { seen = (co_await u).value; };
  auto takes = [](task<counted> u) -> task<int> { co_return (co_await std::move(u)).value; };
  auto other = source.task();
  auto first = looks(*t);
  auto second = takes(std::move(*t));
  source.set_result(counted(4));
  EXPECT_EQ(second.result(), 4);
  first.wait();
  EXPECT_EQ(seen, 4);
  EXPECT_EQ(other.result().value, 4);
}

struct alignas(64) wide {
  std::uint64_t value = 0;
  std::uint64_t more[7] = {};
};
TEST(task, aligns_an_over_aligned_result) {
  auto make = [](std::uint64_t v) -> task<wide> {
    wide w;
    w.value = v;
    co_return w;
  };
  auto t = make(9);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&t.result()) % 64, 0U);
  EXPECT_EQ(t.result().value, 9U);
  task_completion_source<wide> source;
  auto u = source.task();
  source.set_exception(std::runtime_error("wide"));
  EXPECT_EQ(message(u.exception()), "wide");
}

TEST(task, gives_the_object_itself_for_a_reference_result) {
  int object = 1;
  auto make = [](int& r) -> task<int&> { co_return r; };
  auto t = make(object);
  static_assert(std::is_same_v<decltype(t.result()), int&>);
  EXPECT_EQ(&t.result(), &object);
  EXPECT_EQ(&std::move(t).result(), &object);
}

struct throwing_copy {
  throwing_copy() = default;
  throwing_copy(const throwing_copy&) { throw std::runtime_error("copy"); }
  throwing_copy(throwing_copy&&) noexcept = default;
  throwing_copy& operator=(const throwing_copy&) = default;
};
TEST(task, lets_a_throwing_copy_out_of_the_take_and_keeps_the_value) {
  task_completion_source<throwing_copy> source;
  auto t = source.task();
  auto other = source.task();
  source.set_result(throwing_copy());
  EXPECT_EQ(thrown_by([&] { static_cast<void>(std::move(t).result()); }), "copy");
  EXPECT_TRUE(other.is_completed_successfully());
}

TEST(task, faults_when_making_its_result_throws) {
  auto body = []() -> task<throwing_copy> {
    const throwing_copy local;
    co_return local;
  };
  auto t = body();
  EXPECT_TRUE(t.is_faulted());
  EXPECT_EQ(message(t.exception()), "copy");
}

// -------------------------------------------------------------------------------------------
// awaiters

task<> notes(task<>& gate, std::vector<int>& order, int number, std::atomic<int>& ended,
             std::thread::id* where = nullptr) {
  co_await gate;
  static std::mutex mutex;
  {
    const std::lock_guard guard(mutex);
    order.push_back(number);
  }
  if (where != nullptr) {
    *where = std::this_thread::get_id();
  }
  ++ended;
}

TEST(task, resumes_the_first_awaiter_inline_and_the_others_on_the_pool) {
  task_completion_source<> source;
  auto gate = source.task();
  std::vector<int> order;
  std::atomic<int> ended = 0;
  std::thread::id where[3];
  std::vector<task<>> all;
  for (int i = 0; i < 3; ++i) {
    all.push_back(notes(gate, order, i, ended, &where[i]));
  }
  source.set_result();
  EXPECT_TRUE(all[0].is_completed()) << "inline: done when set_result returns";
  wait_all(all);
  EXPECT_EQ(where[0], std::this_thread::get_id());
  EXPECT_NE(where[1], std::this_thread::get_id());
  EXPECT_NE(where[2], std::this_thread::get_id());
  EXPECT_EQ(ended, 3);
}

TEST(task, resumes_every_one_of_many_awaiters) {
  constexpr int many = 1000;
  task_completion_source<> source;
  auto gate = source.task();
  std::vector<int> order;
  std::atomic<int> ended = 0;
  std::vector<task<>> all;
  for (int i = 0; i < many; ++i) {
    all.push_back(notes(gate, order, i, ended));
  }
  source.set_result();
  wait_all(all);
  EXPECT_EQ(ended, many);
}

TEST(task, can_be_awaited_again_and_again_once_completed) {
  auto t = returns(4);
  auto body = [](task<int>& u) -> task<int> {
    int sum = 0;
    for (int i = 0; i < 10; ++i) {
      sum += co_await u;
    }
    co_return sum;
  };
  EXPECT_EQ(body(t).result(), 40);
}

// -------------------------------------------------------------------------------------------
// share, detach

TEST(shared_task, gives_a_const_reference_to_every_holder) {
  auto s = returns(6).share();
  auto copy = s;
  auto body = [](shared_task<int> u) -> task<const int*> {
    static_assert(std::is_same_v<await_result<shared_task<int>&>, const int&>);
    const int& value = co_await u;
    co_return &value;
  };
  EXPECT_EQ(body(s).result(), body(copy).result());
  EXPECT_EQ(copy.result(), 6);
}

TEST(shared_task, is_awaited_while_pending_by_several) {
  task_completion_source<int> source;
  auto s = source.task().share();
  auto body = [](shared_task<int> u) -> task<int> { co_return co_await u; };
  auto a = body(s);
  auto b = body(s);
  s = {};
  source.set_result(8);
  EXPECT_EQ(a.result() + b.result(), 16);
}

TEST(shared_task, rethrows_to_every_holder) {
  auto s = throws_at_once("shared").share();
  auto copy = s;
  EXPECT_EQ(thrown_by([&] { s.result(); }), "shared");
  EXPECT_EQ(thrown_by([&] { copy.result(); }), "shared");
}

TEST(shared_task, keeps_the_result_as_long_as_a_copy_lives) {
  counted::alive = 0;
  auto make = []() -> task<counted> { co_return counted(1); };
  {
    shared_task<counted> outlives;
    {
      auto s = make().share();
      outlives = s;
    }
    EXPECT_EQ(outlives.result().value, 1);
    EXPECT_EQ(counted::alive, 1);
  }
  EXPECT_EQ(counted::alive, 0);
}

TEST(shared_task, continues_with_a_copy_of_itself) {
  task_completion_source<int> source;
  auto s = source.task().share();
  auto twice = s.continue_with([](const shared_task<int>& ended) { return 2 * ended.result(); },
                               {.execute_synchronously = true});
  auto never = s.continue_with([](shared_task<int>&) { return 0; }, {.only_on_faulted = true});
  s = {};
  source.set_result(4);
  EXPECT_EQ(twice.result(), 8);
  EXPECT_THROW(never.wait(), operation_canceled);
}

TEST(shared_task, waits_for_a_while_and_goes_on) {
  task_completion_source<int> source;
  const auto s = source.task().share();
  auto too_short = s.wait_async(0s);
  EXPECT_THROW(too_short.wait(), timeout_error);
  std::stop_source stop;
  auto canceled = s.wait_async(stop.get_token());
  stop.request_stop();
  EXPECT_THROW(canceled.wait(), operation_canceled);
  task<const int&> waits = s.wait_async(10s);
  source.set_result(5);
  EXPECT_EQ(&waits.result(), &s.result());
}

TEST(shared_task, given_away_waits_for_a_value_of_its_own) {
  auto s = from_result(std::make_unique<int>(3)).share();
  task<std::unique_ptr<int>> waits = std::move(s).wait_async(1s);
  EXPECT_EQ(*std::move(waits).result(), 3);
  EXPECT_FALSE(s.valid());
  auto held = returns(6).share();
  auto copy = held;
  EXPECT_EQ(std::move(copy).wait_async(1s).result(), 6);
  EXPECT_EQ(held.result(), 6);
}

TEST(shared_task, is_awaited_with_options) {
  auto body = [](shared_task<int> number, shared_task<> failed) -> task<int> {
    co_await failed.configure_await(configure_await_options::suppress_throwing);
    static_assert(
        std::is_same_v<decltype(number.configure_await(false).await_resume()), const int&>);
    co_return co_await number.configure_await(false);
  };
  EXPECT_EQ(body(returns(7).share(), from_exception(std::runtime_error("quiet")).share()).result(),
            7);
  const auto number = returns(1).share();
  EXPECT_THROW(
      static_cast<void>(number.configure_await(configure_await_options::suppress_throwing)),
      std::invalid_argument);
}

TEST(shared_task, that_is_empty_says_so) {
  const shared_task<int> none;
  EXPECT_THROW(none.result(), invalid_operation);
  EXPECT_THROW(static_cast<void>(none.wait_async(1s)), invalid_operation);
  EXPECT_THROW(static_cast<void>(shared_task<int>().wait_async(1s)), invalid_operation);
  EXPECT_THROW(static_cast<void>(none.continue_with([](shared_task<int>&) {})), invalid_operation);
  EXPECT_THROW(static_cast<void>(none.configure_await(false)), invalid_operation);
}

TEST(task, detach_calls_on_error_with_the_exception) {
  const unobserved_count unobserved;
  task_completion_source<> source;
  auto gate = source.task();
  std::string seen;
  throws_after(gate, "detached").detach([&](std::exception_ptr e) { seen = message(e); });
  EXPECT_EQ(seen, "");
  source.set_result();
  EXPECT_EQ(seen, "detached");
  EXPECT_EQ(unobserved.count(), 0);
}

TEST(task, detach_does_not_call_on_error_for_success_or_cancellation) {
  int calls = 0;
  auto count = [&calls](std::exception_ptr) { ++calls; };
  returns(1).detach(count);
  std::stop_source stop;
  stop.request_stop();
  from_canceled(stop.get_token()).detach(count);
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace weft
