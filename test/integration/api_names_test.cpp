/// Every name of the task part of the public API, written as its users write it.

#include <weft/sched/single_thread_context.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include <array>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace weft;
using namespace std::chrono_literals;

task<int> number(int n) {
  co_return n;
}
task<> nothing() {
  co_return;
}
lazy<int> fib(int n) {
  if (n < 2) {
    co_return n;
  }
  auto [x, y] = co_await fork_join(fib(n - 1), fib(n - 2));
  co_return x + y;
}
value_task<int> at_once() {
  return 5;
}
value_task<int> by_coroutine() {
  co_return co_await number(6);
}
task<> fails() {
  throw std::runtime_error("fails");
  co_return;
}
async_void handler(bool& called) {
  called = true;
  co_return;
}
async_generator<int> numbers(int n) {
  for (int i = 0; i < n; ++i) {
    co_yield i;
  }
}

TEST(api_names, of_the_types) {
  static_assert(std::is_same_v<decltype(number(1)), task<int>>);
  auto body = []() -> task<> {
    task<int> t = number(1);
    static_assert(std::is_same_v<await_result<task<int>&>, int&>);
    static_assert(std::is_same_v<await_result<task<int>>, int>);
    value_task<int> v = at_once();
    EXPECT_TRUE(v.is_completed());
    static_assert(std::is_same_v<await_result<value_task<int>>, int>);
    EXPECT_EQ(co_await std::move(v), 5);
    EXPECT_EQ(by_coroutine().result(), 6);
    value_task<int> from_task = number(7);
    task<int> as = std::move(from_task).as_task();
    EXPECT_EQ(co_await as, 7);
    EXPECT_THROW(static_cast<void>(std::move(v).result()), value_task_consumed);
    lazy<int> l = fib(3);
    EXPECT_EQ(co_await l, 2);
    task<int> started = fib(10).start();
    EXPECT_EQ(co_await started, 55);
    shared_task<int> s = std::move(started).share();
    shared_task<int> copy = s;
    static_assert(std::is_same_v<await_result<shared_task<int>&>, const int&>);
    EXPECT_EQ(co_await copy, 55);
    EXPECT_EQ(value_task<int>().result(), 0);
  };
  body().wait();
}

TEST(api_names, of_a_task) {
  std::stop_source source;
  const std::stop_token stop = source.get_token();
  task<int> t = number(1);
  EXPECT_EQ(t.status(), task_status::ran_to_completion);
  for (const auto each :
       {task_status::created, task_status::waiting_for_activation, task_status::waiting_to_run,
        task_status::running, task_status::canceled, task_status::faulted}) {
    EXPECT_NE(t.status(), each);
  }
  EXPECT_TRUE(t.valid() && t.is_completed() && t.is_completed_successfully());
  EXPECT_FALSE(t.is_canceled() || t.is_faulted());
  std::exception_ptr e = t.exception();
  std::vector<std::exception_ptr> all = t.exceptions();
  EXPECT_TRUE(e == nullptr && all.empty());
  t.wait(stop);
  t.wait();
  EXPECT_TRUE(t.wait(100ms, stop));
  static_assert(std::is_same_v<decltype(t.result()), int&>);
  static_assert(std::is_same_v<decltype(std::move(t).result()), int>);
  std::move(t).detach();
  number(2).detach([](std::exception_ptr) {});
  bool reported = false;
  fails().detach([&](std::exception_ptr error) { reported = error != nullptr; });
  EXPECT_TRUE(reported);
}

TEST(api_names, of_awaiting_with_options) {
  std::stop_source source;
  const std::stop_token stop = source.get_token();
  auto body = [&]() -> task<> {
    task<> t = nothing();
    co_await t.configure_await(false);
    co_await t.configure_await(configure_await_options::suppress_throwing |
                               configure_await_options::force_yielding);
    co_await t.configure_await(configure_await_options::continue_on_captured_context);
    co_await t.configure_await(configure_await_options::none);
    task<int> n = number(3);
    EXPECT_THROW(static_cast<void>(n.configure_await(configure_await_options::suppress_throwing)),
                 std::invalid_argument);
    EXPECT_EQ(co_await n.wait_async(1s, stop), 3);
    EXPECT_EQ(co_await n.wait_async(stop), 3);
    const int limited =
        co_await with_timeout([&](std::stop_token) -> task<int> { co_return 4; }, 1s, stop);
    EXPECT_EQ(limited, 4);
    task<int> next = n.continue_with([](task<int>& antecedent) { return antecedent.result() + 1; },
                                     task_continuation_options{.only_on_ran_to_completion = true,
                                                               .execute_synchronously = true,
                                                               .stop = stop,
                                                               .scheduler = nullptr});
    EXPECT_EQ(co_await next, 4);
    task<> never =
        n.continue_with([](task<int>&) {}, task_continuation_options{.only_on_faulted = true});
    co_await never.configure_await(configure_await_options::suppress_throwing);
    EXPECT_TRUE(never.is_canceled());
    static_cast<void>(task_continuation_options{.only_on_canceled = true,
                                                .not_on_ran_to_completion = false,
                                                .not_on_faulted = false,
                                                .not_on_canceled = false});
  };
  body().wait();
}

TEST(api_names, of_running_and_delaying) {
  std::stop_source source;
  const std::stop_token stop = source.get_token();
  auto body = [&]() -> task<> {
    EXPECT_EQ(co_await run([] { return 1; }, stop), 1);
    EXPECT_EQ(co_await run([] { return number(2); }), 2);
    EXPECT_EQ(co_await run([] { return fib(5); }, run_options{.long_running = true}), 5);
    EXPECT_EQ(co_await run([] { return 3; }, {},
                           run_options{.long_running = false, .scheduler = nullptr}),
              3);
    co_await delay(0s);
    co_await delay(1ms, stop);
    co_await delay(1ms, system_time(), stop);
    co_await yield();
  };
  block_on(body);
  EXPECT_EQ(block_on(number(4)), 4);
  EXPECT_EQ(block_on(fib(6)), 8);
  task<int> t = number(5);
  static_assert(std::is_same_v<decltype(block_on(t)), int&>);
  EXPECT_EQ(block_on(t), 5);
  EXPECT_THROW(static_cast<void>(delay(-5ms)), std::invalid_argument);
  task<> for_ever = delay(infinite, stop);
  source.request_stop();
  EXPECT_THROW(for_ever.wait(), operation_canceled);
}

TEST(api_names, of_combining) {
  auto body = []() -> task<> {
    auto [u, p, f] = co_await when_all(number(1), number(2), nothing());
    static_assert(std::is_same_v<decltype(f), std::monostate>);
    EXPECT_EQ(u + p, 3);
    task<int> user = number(3);
    task<int> picture = number(4);
    co_await when_all(user, picture);
    EXPECT_EQ(user.result() + picture.result(), 7);
    static_assert(std::is_same_v<decltype(when_all(user, picture)), task<std::tuple<int&, int&>>>);
    static_assert(std::is_same_v<decltype(when_all(nothing(), nothing())), task<>>);
    std::vector<task<int>> tasks;
    tasks.push_back(number(1));
    tasks.push_back(number(2));
    co_await when_all(tasks);
    EXPECT_EQ(co_await when_any(tasks), 0u);
    std::size_t i = co_await when_any(user, picture);
    EXPECT_EQ(i, 0u);
    std::vector<int> r = co_await when_all(std::move(tasks));
    EXPECT_EQ(r, (std::vector<int>{1, 2}));
    std::vector<int> lazies = co_await when_all(
        std::views::iota(0, 3) | std::views::transform([](int n) { return fib(n); }));
    EXPECT_EQ(lazies, (std::vector<int>{0, 1, 1}));
    std::vector<task<int>> more;
    more.push_back(number(8));
    int seen = 0;
    for (auto g = when_each(std::move(more)); auto* t = co_await g.next();) {
      seen += t->result();
    }
    EXPECT_EQ(seen, 8);
  };
  body().wait();
  task<int> a = number(1);
  task<int> b = number(2);
  wait_all(a, b);
  EXPECT_EQ(wait_any(a, b), 0u);
  std::vector<task<int>> range;
  range.push_back(number(1));
  wait_all(range);
  EXPECT_TRUE(wait_all(range, 100ms));
  EXPECT_EQ(wait_any(range), 0u);
  EXPECT_EQ(wait_any(range, 100ms), std::optional<std::size_t>(0));
}

TEST(api_names, of_forking) {
  auto body = []() -> lazy<int> {
    std::vector<lazy<int>> children;
    children.push_back(fib(4));
    children.push_back(fib(5));
    auto r = co_await fork_join(std::move(children));
    std::vector<lazy<int>> few;
    few.push_back(fib(6));
    auto fixed = co_await fork_join<4>(std::move(few));
    std::array<lazy<int>, 2> two{fib(1), fib(2)};
    std::array<int, 2> both = co_await fork_join(std::move(two));
    co_return r[0] + r[1] + fixed[0] + both[0] + both[1];
  };
  EXPECT_EQ(block_on(body()), 3 + 5 + 8 + 1 + 1);
}

TEST(api_names, of_sources) {
  task_completion_source<int> s{{.run_continuations_asynchronously = true}};
  task<int> first = s.task();
  task<int> second = s.task();
  s.set_result(1);
  EXPECT_EQ(first.result(), second.result());
  EXPECT_THROW(s.set_result(2), invalid_operation);
  EXPECT_FALSE(s.try_set_result(2));
  EXPECT_FALSE(s.try_set_exception(std::make_exception_ptr(std::runtime_error("x"))));
  EXPECT_FALSE(s.try_set_canceled());
  task_completion_source<> by_object;
  by_object.set_exception(std::runtime_error("object"));
  EXPECT_TRUE(by_object.task().exception() != nullptr);
  task_completion_source<> by_pointer;
  by_pointer.set_exception(std::make_exception_ptr(std::runtime_error("pointer")));
  EXPECT_TRUE(by_pointer.task().exception() != nullptr);
  task_completion_source<> by_range;
  by_range.set_exception(std::vector{std::make_exception_ptr(std::runtime_error("range"))});
  EXPECT_EQ(by_range.task().exceptions().size(), 1u);
  task_completion_source<> canceled;
  std::stop_source source;
  source.request_stop();
  canceled.set_canceled(source.get_token());
  EXPECT_TRUE(canceled.task().is_canceled());
  EXPECT_EQ(from_result(3).result(), 3);
  EXPECT_TRUE(from_exception<int>(std::runtime_error("e")).exception() != nullptr);
  EXPECT_TRUE(from_exception(std::make_exception_ptr(std::runtime_error("e"))).exception() !=
              nullptr);
  EXPECT_TRUE(from_canceled<int>(source.get_token()).is_canceled());
  EXPECT_TRUE(completed_task().is_completed_successfully());
}

TEST(api_names, of_cancellation) {
  cancellation_source c;
  cancellation_source later{1h};
  std::stop_token token = c.token();
  c.cancel_after(1h);
  EXPECT_TRUE(c.try_reset());
  cancellation_source linked;
  linked.link(c.token());
  int called = 0;
  auto registration = c.on_cancel([&] { ++called; });
  EXPECT_FALSE(c.is_cancellation_requested());
  c.cancel();
  EXPECT_TRUE(c.is_cancellation_requested() && linked.is_cancellation_requested());
  EXPECT_EQ(called, 1);
  later.cancel_async().wait();
  EXPECT_TRUE(later.is_cancellation_requested());
  EXPECT_THROW(throw_if_stopped(c.token()), operation_canceled);
}

TEST(api_names, of_errors) {
  static_assert(std::is_base_of_v<std::exception, operation_canceled>);
  static_assert(std::is_base_of_v<std::exception, timeout_error>);
  static_assert(std::is_base_of_v<std::exception, deadlock_error>);
  static_assert(std::is_base_of_v<invalid_operation, value_task_consumed>);
  static_assert(std::is_base_of_v<invalid_operation, object_disposed>);
  static_assert(std::is_base_of_v<invalid_operation, channel_closed>);
  const aggregate_exception all({std::make_exception_ptr(std::runtime_error("one"))});
  EXPECT_EQ(all.exceptions().size(), 1u);
  EXPECT_EQ(all.flatten().exceptions().size(), 1u);
  all.handle([](const std::exception_ptr&) { return true; });
  auto former = on_unobserved_exception([](unobserved_exception& report) {
    static_cast<void>(report.exception());
    static_cast<void>(report.function());
    report.set_observed();
  });
  fails().detach();
  on_unobserved_exception(former);
  auto unhandled = on_unhandled_exception(nullptr);
  on_unhandled_exception(unhandled);
}

TEST(api_names, of_handlers_generators_scopes_and_locals) {
  bool called = false;
  handler(called);
  EXPECT_TRUE(called);
  std::stop_source source;
  const std::stop_token stop = source.get_token();
  auto body = [&]() -> task<> {
    auto g = numbers(3);
    g.with_cancellation(stop);
    int sum = 0;
    while (auto* x = co_await g.next()) {
      sum += *x;
    }
    EXPECT_EQ(sum, 3);
    auto child = [](std::stop_token) -> task<> { co_return; };
    co_await with_scope(
        [&](task_scope& s) -> task<> {
          s.spawn(child(s.stop_token()));
          s.spawn([](std::stop_token) -> task<> { co_return; });
          co_return;
        },
        stop);
    async_local<int> a;
    a.set(4);
    EXPECT_EQ(a.get(), 4);
  };
  body().wait();
}

TEST(api_names, of_periodic_timers) {
  std::stop_source source;
  const std::stop_token stop = source.get_token();
  auto body = [&]() -> task<int> {
    periodic_timer t{1ms, system_time()};
    int ticks = 0;
    while (co_await t.wait_for_next_tick(stop)) {
      if (++ticks == 2) {
        t.dispose();
      }
    }
    co_return ticks;
  };
  EXPECT_EQ(body().result(), 2);
}

}  // namespace
