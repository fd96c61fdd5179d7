/// The public contract as it is written down: every line of it that stands for code, as others
/// would type it, with the least around it that makes it run. Names by themselves are in
/// api_names_test.cpp; this file is about forms: what is a temporary, what is braced, what deduces.

#include <weft/weft.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using weft::async_generator;
using weft::lazy;
using weft::shared_task;
using weft::task;
using weft::task_continuation_options;
using weft::task_scope;
using weft::value_task;

template <class T>
task<T> give(T value) {
  co_await weft::yield();
  co_return value;
}
task<> end_later() {
  co_await weft::yield();
}
task<> fails(const char* message) {
  co_await weft::yield();
  throw std::runtime_error(message);
}
task<> fails_at_once() {
  throw std::runtime_error("at once");
  co_return;
}
lazy<int> fib(int n) {
  if (n < 2) {
    co_return n;
  }
  auto [x, y] = co_await weft::fork_join(fib(n - 1), fib(n - 2));
  co_return x + y;
}

// Law 1: handles.
TEST(api_contract, handles_are_empty_when_made_of_nothing_or_moved_from) {
  task<int> empty;
  EXPECT_FALSE(empty.valid());
  EXPECT_THROW(empty.wait(), weft::invalid_operation);
  EXPECT_THROW(static_cast<void>(empty.status()), weft::invalid_operation);
  EXPECT_THROW(static_cast<void>(empty.is_completed()), weft::invalid_operation);
  EXPECT_THROW(static_cast<void>(empty.exception()), weft::invalid_operation);
  EXPECT_THROW(static_cast<void>(std::move(empty).share()), weft::invalid_operation);
  task<int> t = give(1);
  task<int> moved = std::move(t);
  EXPECT_FALSE(t.valid());  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(moved.result(), 1);
  static_assert(!std::is_copy_constructible_v<task<int>> &&
                std::is_nothrow_move_constructible_v<task<int>>);
  static_assert(std::is_copy_constructible_v<shared_task<int>>);
  EXPECT_EQ(value_task<int>().result(), 0);
  EXPECT_EQ(value_task<std::string>().result(), "");
}

// Law 2: results.
TEST(api_contract, results_are_references_of_lvalues_and_values_of_rvalues) {
  auto body = []() -> task<> {
    task<std::string> t = give(std::string("text"));
    std::string& kept = co_await t;
    kept += "!";
    EXPECT_EQ(t.result(), "text!");
    std::string copied = co_await t;
    std::string moved = co_await std::move(t);
    EXPECT_EQ(copied, moved);

    auto unique = give(std::make_unique<int>(3));
    std::unique_ptr<int> owned = co_await std::move(unique);
    EXPECT_EQ(*owned, 3);
    task<std::unique_ptr<int>> by_result = give(std::make_unique<int>(4));
    EXPECT_EQ(*std::move(by_result).result(), 4);

    auto held_twice = give(std::make_unique<int>(5));
    co_await held_twice;
    auto other = std::move(held_twice).share();
    auto copy = other;
    EXPECT_EQ(*(co_await copy), 5);
    auto on_rvalue = give(6);
    int six = co_await std::move(on_rvalue).wait_async(10s);
    auto next = give(7);
    int seven = co_await std::move(next).configure_await(false);
    auto last = give(8);
    task<int> nine = std::move(last).continue_with([](task<int>& t8) { return t8.result() + 1; });
    EXPECT_EQ(six + seven + co_await nine, 22);
  };
  weft::block_on(body);
}

TEST(api_contract, a_result_that_cannot_be_copied_stays_while_others_hold_the_task) {
  weft::task_completion_source<std::unique_ptr<int>> s;
  auto a = s.task();
  auto b = s.task();
  s.set_result(std::make_unique<int>(1));
  EXPECT_THROW(static_cast<void>(std::move(a).result()), weft::invalid_operation);
  EXPECT_EQ(*b.result(), 1);
}

TEST(api_contract, of_waits) {
  std::stop_token stop;
  auto t = give(1);
  t.wait(stop);
  bool in_time = t.wait(100ms, stop);
  EXPECT_TRUE(in_time);
  int& one = t.result();
  EXPECT_EQ(one, 1);
  auto a = give(1);
  auto b = give(std::string("b"));
  weft::wait_all(a, b);
  std::vector<task<int>> range;
  range.push_back(give(1));
  range.push_back(give(2));
  weft::wait_all(range);
  EXPECT_TRUE(weft::wait_all(range, 100ms));
  std::size_t index = weft::wait_any(range);
  EXPECT_LT(index, 2u);
  std::optional<std::size_t> limited = weft::wait_any(range, 100ms);
  EXPECT_TRUE(limited.has_value());
}

TEST(api_contract, of_continuations) {
  std::stop_source source;
  std::stop_token stop = source.get_token();
  weft::limited_concurrency_scheduler s{2};
  auto t = fails("first");
  task<std::string> r = t.continue_with(
      [](task<>& antecedent) {
        EXPECT_TRUE(antecedent.is_faulted());
        return weft::detail::message_of(antecedent.exception());
      },
      task_continuation_options{
          .only_on_faulted = true, .execute_synchronously = true, .stop = stop, .scheduler = &s});
  EXPECT_EQ(r.result(), "first");
  task<task<int>> not_unwrapped = t.continue_with([](task<>&) { return give(4); });
  EXPECT_EQ(not_unwrapped.result().result(), 4);
  EXPECT_TRUE(t.exception() != nullptr);
}

TEST(api_contract, of_running) {
  std::stop_token stop;
  auto body = [&]() -> task<> {
    task<int> plain = weft::run([] { return 1; });
    task<int> with_token = weft::run([] { return 2; }, stop);
    task<int> with_options = weft::run([] { return 3; }, weft::run_options{.long_running = true});
    task<int> with_both = weft::run([] { return 4; }, stop, {.long_running = true});
    task<int> unwrapped = weft::run([] { return give(5); });
    task<int> of_lazy = weft::run([] { return fib(6); });
    task<int> of_value_task = weft::run([]() -> value_task<int> { return 7; });
    task<> of_nothing = weft::run([] {});
    int sum = 0;
    for (auto* t :
         {&plain, &with_token, &with_options, &with_both, &unwrapped, &of_lazy, &of_value_task}) {
      sum += co_await *t;
    }
    co_await of_nothing;
    EXPECT_EQ(sum, 1 + 2 + 3 + 4 + 5 + 8 + 7);
    weft::cancellation_source c;
    c.cancel();
    bool started = false;
    auto never = weft::run([&] { started = true; }, c.token());
    co_await never.configure_await(weft::configure_await_options::suppress_throwing);
    EXPECT_TRUE(never.is_canceled());
    EXPECT_FALSE(started);
  };
  weft::block_on(body);
  weft::block_on(body());
  auto t = give(9);
  int& nine = weft::block_on(t);
  EXPECT_EQ(nine, 9);
  EXPECT_EQ(weft::block_on([] { return give(10); }), 10);
  EXPECT_EQ(weft::block_on(fib(7)), 13);
}

TEST(api_contract, of_combinations) {
  auto body = []() -> task<> {
    auto user = give(std::string("user"));
    auto picture = give(2);
    auto feed = end_later();
    auto [u, p, f] = co_await weft::when_all(std::move(user), std::move(picture), std::move(feed));
    static_assert(std::is_same_v<decltype(u), std::string> && std::is_same_v<decltype(p), int>);
    static_assert(std::is_same_v<decltype(f), std::monostate>);
    EXPECT_EQ(u, "user");
    EXPECT_EQ(p, 2);
    co_await weft::when_all(end_later(), end_later());

    auto name = give(std::string("name"));
    auto age = give(7);
    auto [n, a] = co_await weft::when_all(name, age);
    static_assert(std::is_same_v<decltype(n), std::string&>);
    EXPECT_EQ(n.size() + static_cast<std::size_t>(a), 11u);
    EXPECT_EQ(name.result(), "name");

    // any awaitable
    value_task<int> v = give(1);
    auto [x, y] = co_await weft::when_all(std::move(v), fib(5));
    EXPECT_EQ(x + y, 6);
    std::vector<lazy<int>> lazies;
    lazies.push_back(fib(3));
    lazies.push_back(fib(4));
    std::vector<int> r = co_await weft::when_all(std::move(lazies));
    EXPECT_EQ(r, (std::vector{2, 3}));

    auto quick = give(1);
    auto slow = give(2);
    std::size_t i = co_await weft::when_any(quick, slow);
    EXPECT_LT(i, 2u);
    std::vector<task<int>> range;
    range.push_back(std::move(quick));
    range.push_back(std::move(slow));
    EXPECT_LT(co_await weft::when_any(range), 2u);
    int sum = 0;
    for (auto g = weft::when_each(std::move(range)); auto* t = co_await g.next();) {
      sum += t->result();
    }
    EXPECT_EQ(sum, 3);
  };
  body().wait();
}

TEST(api_contract, of_failures_of_a_combination) {
  auto first = fails("first");
  auto second = fails("second");
  auto third = give(3);
  auto all = weft::when_all(first, third, second);
  try {
    all.wait();
    FAIL();
  } catch (const std::runtime_error& e) {
    EXPECT_STREQ(e.what(), "first");
  }
  EXPECT_EQ(all.exceptions().size(), 2u);
  std::vector<task<int>> none;
  EXPECT_THROW(static_cast<void>(weft::when_any(none)), std::invalid_argument);
}

TEST(api_contract, of_forks) {
  auto body = []() -> lazy<int> {
    auto [x, y] = co_await weft::fork_join(fib(8), fib(9));
    std::vector<lazy<int>> range;
    range.push_back(fib(3));
    range.push_back(fib(4));
    std::vector<int> joined = co_await weft::fork_join(std::move(range));
    std::vector<lazy<int>> few;
    few.push_back(fib(5));
    auto fixed = co_await weft::fork_join<8>(std::move(few));
    std::array<lazy<int>, 2> two{fib(6), fib(7)};
    std::array<int, 2> both = co_await weft::fork_join(std::move(two));
    co_return x + y + joined[0] + joined[1] + fixed[0] + both[0] + both[1];
  };
  EXPECT_EQ(weft::block_on(body()), 21 + 34 + 2 + 3 + 5 + 8 + 13);
  auto l = fib(10);
  task<int> started = std::move(l).start();
  EXPECT_EQ(started.result(), 55);
}

TEST(api_contract, of_sources) {
  weft::task_completion_source<int> s{{.run_continuations_asynchronously = true}};
  auto same = s.task();
  EXPECT_TRUE(s.try_set_result(1));
  EXPECT_FALSE(s.try_set_exception(std::runtime_error("late")));
  EXPECT_FALSE(s.try_set_canceled());
  EXPECT_EQ(same.result() + s.task().result(), 2);
  std::exception_ptr pointer = std::make_exception_ptr(std::runtime_error("pointer"));
  std::vector<std::exception_ptr> several{pointer, pointer};
  weft::task_completion_source<> a;
  weft::task_completion_source<> b;
  weft::task_completion_source<> c;
  weft::task_completion_source<> d;
  a.set_exception(pointer);
  b.set_exception(std::runtime_error("object"));
  c.set_exception(several);
  EXPECT_EQ(c.task().exceptions().size(), 2u);
  EXPECT_TRUE(a.task().exception() != nullptr && b.task().exception() != nullptr);
  weft::cancellation_source cancel;
  cancel.cancel();
  d.set_canceled(cancel.token());
  EXPECT_TRUE(d.task().is_canceled());
  EXPECT_EQ(weft::from_result(std::string("r")).result(), "r");
  EXPECT_TRUE(weft::from_exception<int>(pointer).exception() != nullptr);
  EXPECT_TRUE(weft::from_canceled<int>(cancel.token()).is_canceled());
  EXPECT_TRUE(weft::from_canceled(cancel.token()).is_canceled());
  weft::completed_task().wait();
}

TEST(api_contract, of_cancellation) {
  weft::cancellation_source c;
  c.cancel_after(1h);
  EXPECT_TRUE(c.try_reset());
  weft::cancellation_source timed{1h};
  timed.link(c.token());
  std::vector<int> order;
  auto one = c.on_cancel([&] { order.push_back(1); });
  auto two = c.on_cancel([&] { order.push_back(2); });
  std::stop_token token = timed.token();
  auto body = [&]() -> task<> { co_await weft::delay(weft::infinite, token); };
  auto t = body();
  c.cancel();
  c.cancel();
  EXPECT_EQ(order, (std::vector{2, 1}));
  EXPECT_TRUE(token.stop_requested());
  try {
    t.wait();
    FAIL();
  } catch (const weft::operation_canceled& e) {
    EXPECT_TRUE(e.token() == token);
  }
  auto throws = [](std::stop_token stop) -> task<> {
    weft::throw_if_stopped(stop);
    co_return;
  };
  EXPECT_TRUE(throws(token).is_canceled());
  weft::cancellation_source loud;
  auto bad = loud.on_cancel([] { throw std::runtime_error("callback"); });
  auto body2 = [&]() -> task<> { co_await loud.cancel_async(); };
  EXPECT_THROW(weft::block_on(body2), weft::aggregate_exception);
}

TEST(api_contract, of_handlers) {
  std::vector<std::string> told_to_handlers;
  auto previous = weft::on_unobserved_exception([&](weft::unobserved_exception& e) {
    EXPECT_NE(e.function().find("fails"), std::string::npos);
    EXPECT_TRUE(e.exception() != nullptr);
    e.set_observed();
    told_to_handlers.push_back("unobserved");
  });
  {
    auto lost = fails_at_once();
  }
  weft::on_unobserved_exception(previous);
  auto former = weft::on_unhandled_exception(
      [&](std::exception_ptr) { told_to_handlers.push_back("unhandled"); });
  [](int) -> weft::async_void {
    throw std::runtime_error("event");
    co_return;
  }(1);
  weft::on_unhandled_exception(former);
  weft::single_thread_context ui;
  ui.on_unhandled_exception([&](std::exception_ptr) { told_to_handlers.push_back("ui"); });
  ui.post([] { throw std::runtime_error("posted"); });
  ui.post([&] { ui.stop(); });
  ui.run();
  EXPECT_EQ(told_to_handlers, (std::vector<std::string>{"unobserved", "unhandled", "ui"}));
  std::atomic<int> told = 0;
  fails("detached").detach([&](std::exception_ptr) { ++told; });
  while (told == 0) {
  }
}

async_generator<int> count_to(int n, std::stop_token stop = {}) {
  for (int i = 1; i <= n; ++i) {
    weft::throw_if_stopped(stop);
    co_yield i;
  }
}

TEST(api_contract, of_streams_scopes_and_locals) {
  weft::cancellation_source c;
  std::stop_token stop = c.token();
  auto body = [&]() -> task<> {
    auto g = count_to(4);
    int sum = 0;
    while (auto* x = co_await g.next()) {
      sum += *x;
    }
    auto limited = count_to(4).with_cancellation(stop);
    while (auto* x = co_await limited.next()) {
      sum += *x;
    }
    EXPECT_EQ(sum, 20);
    weft::async_local<int> a;
    a.set(1);
    std::atomic<int> ended = 0;
    auto f = [&](std::stop_token) -> task<> {
      EXPECT_EQ(a.get(), 1);
      co_await weft::yield();
      ++ended;
    };
    co_await weft::with_scope(
        [&](task_scope& s) -> task<> {
          s.spawn(f(s.stop_token()));
          s.spawn([&](std::stop_token st) -> task<> { co_await f(st); });
          s.spawn(fib(5));
          co_return;
        },
        stop);
    EXPECT_EQ(ended, 2);
    int limited_result = co_await weft::with_timeout(
        [&](std::stop_token st) -> task<int> {
          co_await f(st);
          co_return 5;
        },
        10s, stop);
    EXPECT_EQ(limited_result, 5);
  };
  body().wait();
}

TEST(api_contract, of_contexts_and_schedulers) {
  weft::single_thread_context ui;
  int r = ui.run([&]() -> task<int> {
    co_await weft::delay(1ms);
    EXPECT_EQ(weft::synchronization_context::current(), &ui);
    co_return 4;
  });
  EXPECT_EQ(r, 4);
  weft::thread_pool pool{{.min_threads = 2, .max_threads = 8, .name = "work"}};
  weft::strand st{pool};
  weft::strand over{ui};
  weft::limited_concurrency_scheduler s{2};
  weft::task_scheduler& scheduler = s;
  int max = 2;
  weft::concurrent_exclusive_scheduler_pair p{scheduler, max};
  weft::priority_scheduler by_priority;
  auto body = [&]() -> task<> {
    co_await weft::resume_on(st);
    EXPECT_EQ(weft::synchronization_context::current(), &st);
    co_await weft::resume_on(pool);
    EXPECT_EQ(weft::task_scheduler::current(), &pool);
    co_await weft::resume_on(p.exclusive_scheduler());
    EXPECT_EQ(weft::task_scheduler::current(), &p.exclusive_scheduler());
    co_await weft::resume_on(by_priority.at(3));
    co_await weft::resume_on(weft::thread_pool::default_pool());
  };
  body().wait();
  task<int> on_pool = pool.run([] { return weft::blocking([&] { return 2; }); });
  EXPECT_EQ(on_pool.result(), 2);
  weft::work w = [] {};
  pool.post(std::move(w));
  p.complete();
  p.completion().wait();
  EXPECT_TRUE(weft::thread_pool::default_pool().size() >= 1);
}

/// A clock of a user's own, written from the contract alone.
class frozen_clock : public weft::time_provider {
 public:
  weft::time_point now() override { return at; }
  std::unique_ptr<weft::timer> create_timer(weft::work callback, std::chrono::nanoseconds due,
                                            std::chrono::nanoseconds period) override {
    return weft::system_time().create_timer(std::move(callback), due / 1000, period);
  }
  weft::time_point at{};
};

TEST(api_contract, of_time) {
  frozen_clock provider;
  std::stop_token stop;
  auto body = [&]() -> task<> {
    co_await weft::delay(5s, provider, stop);
    co_await weft::delay(5s, provider);
    co_await weft::delay(1us);
    weft::periodic_timer t{1ms};
    int ticks = 0;
    while (co_await t.wait_for_next_tick(stop)) {
      if (++ticks == 2) {
        t.dispose();
      }
    }
    EXPECT_EQ(ticks, 2);
  };
  body().wait();
  EXPECT_TRUE(weft::delay(0s).is_completed());
  EXPECT_THROW(static_cast<void>(weft::delay(-1s)), std::invalid_argument);
}

TEST(api_contract, of_synchronisation) {
  std::stop_token stop;
  auto body = [&]() -> task<> {
    weft::async_mutex m;
    {
      weft::async_mutex::guard held = co_await m.lock(stop);
      EXPECT_FALSE(m.try_lock().has_value());
      weft::async_condition c;
      bool ready = true;
      co_await c.wait(held, [&] { return ready; }, stop);
    }
    weft::async_semaphore s{1, 2};
    co_await s.acquire(stop);
    bool got = co_await s.acquire_for(1ms, stop);
    EXPECT_FALSE(got);
    s.release();
    s.release(1);
    EXPECT_EQ(s.current_count(), 2u);
    weft::async_latch l{2};
    l.count_down();
    l.count_down(1);
    co_await l.wait();
    int phases = 0;
    weft::async_barrier b{2, [&] { ++phases; }};
    auto other = [&]() -> task<> { co_await b.arrive_and_wait(); };
    auto arrived = other();
    co_await b.arrive_and_wait();
    co_await arrived;
    EXPECT_EQ(phases, 1);
    weft::async_lazy<std::string> z{
        []() -> task<std::string> { return give(std::string("made")); }};
    const std::string& made = co_await z.value();
    EXPECT_EQ(made, "made");
    weft::manual_reset_event e{false};
    weft::auto_reset_event turnstile;
    e.set();
    turnstile.set();
    co_await e.wait(stop);
    co_await turnstile.wait(stop);
  };
  body().wait();
}

TEST(api_contract, of_channels) {
  std::stop_token stop;
  auto body = [&]() -> task<> {
    auto c = weft::channel<int>::unbounded({.single_reader = false});
    weft::channel_reader<int> reader = c.reader();
    weft::channel_writer<int> writer = c.writer();
    EXPECT_TRUE(writer.try_write(1));
    co_await writer.write(2, stop);
    EXPECT_TRUE(co_await writer.wait_to_write(stop));
    EXPECT_EQ(co_await reader.read(stop), 1);
    writer.complete(std::make_exception_ptr(std::runtime_error("source failed")));
    EXPECT_FALSE(writer.try_complete());
    std::string error;
    int sum = 0;
    try {
      for (auto g = reader.read_all(stop); auto* x = co_await g.next();) {
        sum += *x;
      }
    } catch (const std::runtime_error& e) {
      error = e.what();
    }
    EXPECT_EQ(sum, 2);
    EXPECT_EQ(error, "source failed");
    bool closed = false;
    try {
      co_await reader.read();
    } catch (const weft::channel_closed&) {
      closed = true;
    }
    EXPECT_TRUE(closed && reader.completion().is_faulted());
    int n = 1;
    std::vector<int> dropped;
    auto f = [&](int item) { dropped.push_back(item); };
    auto b = weft::channel<int>::bounded(
        n, {.full_mode = weft::channel_full_mode::drop_oldest, .item_dropped = f});
    co_await b.writer().write(1);
    co_await b.writer().write(2);
    EXPECT_EQ(dropped, std::vector{1});
    EXPECT_EQ(b.reader().count(), 1u);
    static_cast<void>(reader.completion().exception());
  };
  body().wait();
}

TEST(api_contract, of_parallel_loops) {
  std::vector<int> v(1000, 1);
  std::stop_token stop;
  std::atomic<int> sum = 0;
  weft::limited_concurrency_scheduler s{2};
  weft::parallel_loop_result r = weft::parallel_for(
      0, v.size(), [&](auto i) { sum += v[i]; },
      weft::parallel_options{.max_degree_of_parallelism = 4, .stop = stop, .scheduler = &s});
  EXPECT_TRUE(r.is_completed() && !r.lowest_break_iteration().has_value());
  EXPECT_EQ(sum, 1000);
  std::size_t n = 100;
  auto broken = weft::parallel_for(0, n, [](auto i, weft::parallel_loop_state& state) {
    if (i == 10) {
      state.break_loop();
    }
    static_cast<void>(state.is_stopped() || state.is_exceptional() ||
                      state.should_exit_current_iteration());
  });
  EXPECT_EQ(broken.lowest_break_iteration(), 10);
  std::atomic<long> total = 0;
  weft::parallel_for(
      0, n, [] { return 0L; },
      [](auto i, weft::parallel_loop_state&, long local) { return local + static_cast<long>(i); },
      [&](long local) { total += local; }, weft::parallel_options{});
  EXPECT_EQ(total, 4950);
  weft::parallel_for_each(v, [](int& x) { x = 2; }, {.stop = stop});
  weft::parallel_invoke([&] { ++sum; }, [&] { ++sum; }, [&] { ++sum; });
  weft::parallel_invoke(weft::parallel_options{.max_degree_of_parallelism = 2}, [&] { ++sum; });
  EXPECT_EQ(sum, 1004);
  auto all = weft::parallel_reduce(
      0, v.size(), 0,
      [&](weft::index_range c, int acc) {
        for (auto i : c) {
          acc += v[static_cast<std::size_t>(i)];
        }
        return acc;
      },
      [](int a, int b) { return a + b; });
  EXPECT_EQ(all, 2000);
  weft::parallel_sort(v);
  weft::parallel_stable_sort(v);
  auto body = [&]() -> task<> {
    std::atomic<int> seen = 0;
    auto each = [&](auto& x, std::stop_token) -> task<> {
      seen += x;
      co_return;
    };
    co_await weft::parallel_for_each_async(v, each, weft::parallel_options{});
    EXPECT_EQ(seen, 2000);
  };
  body().wait();
}

bool is_prime(int n) {
  for (int d = 2; d * d <= n; ++d) {
    if (n % d == 0) {
      return false;
    }
  }
  return n > 1;
}

TEST(api_contract, of_collections_and_queries) {
  int max = 100;
  auto primes = weft::query::range(2, max - 1) | weft::query::as_parallel() |
                weft::query::where(is_prime) | weft::query::to_vector();
  EXPECT_EQ(primes.size(), 25u);
  auto ordered = weft::query::from(primes) | weft::query::as_parallel() |
                 weft::query::as_ordered() | weft::query::with_degree_of_parallelism(2) |
                 weft::query::with_cancellation(std::stop_token()) |
                 weft::query::with_merge_options(weft::query::merge_options::not_buffered) |
                 weft::query::select([](int p) { return p * 2; }) | weft::query::to_vector();
  EXPECT_EQ(ordered.size(), 25u);
  weft::concurrent_bag<int> b;
  b.add(1);
  EXPECT_EQ(b.try_peek(), 1);
  EXPECT_EQ(b.try_take(), 1);
  EXPECT_TRUE(b.empty() && b.size() == 0 && b.to_vector().empty());
  weft::concurrent_queue<int> q;
  q.enqueue(1);
  EXPECT_EQ(q.try_dequeue(), 1);
  weft::blocking_collection<int> c{2};
  c.add(1);
  EXPECT_TRUE(c.try_add(2, 100ms));
  EXPECT_EQ(c.take(), 1);
  EXPECT_EQ(c.try_take(100ms), 2);
  c.complete_adding();
  EXPECT_TRUE(c.is_adding_completed() && c.is_completed());
  for (int item : c.consuming_range(std::stop_token())) {
    ADD_FAILURE() << item;
  }
  double last = 0;
  weft::progress<double> p{[&](double v) { last = v; }};
  std::size_t total = 3;
  weft::progress_bar bar{"images", total};
}

}  // namespace
