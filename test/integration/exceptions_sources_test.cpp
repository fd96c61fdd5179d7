/// Exceptions are never lost, continued: out of what is not a task. Callbacks, posted work, timers,
/// loops and queries, primitives, foreign APIs.

#include <weft/weft.hpp>

#include "support/ledger.hpp"

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <numeric>
#include <stop_token>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using testing::ledger;
using testing::numbered;
using testing::take_all;
using testing::takes;

[[noreturn]] void fail() {
  throw numbered(ledger::next());
}
/// For what runs at its own time: its number counts from now on.
auto failing() {
  return [number = ledger::next()] { throw numbered(number); };
}
void expect_none_lost(const char* name, void (*path)()) {
  const ledger all;
  for (int i = 0; i < 10; ++i) {
    path();
  }
  ledger::expect_all(name);
}
lazy<int> fails_cold() {
  fail();
  co_return 0;
}
value_task<int> fails_with(std::size_t number, bool later) {
  if (later) {
    co_await yield();
  }
  throw numbered(number);
}
value_task<int> fails_as_value(bool later) {
  return fails_with(ledger::next(), later);
}

TEST(exceptions_are_never_lost, by_a_lazy) {
  expect_none_lost("awaited", [] {
    takes([] { block_on([]() -> task<int> { co_return co_await fails_cold(); }); });
  });
  expect_none_lost("blocked on", [] { takes([] { block_on(fails_cold()); }); });
  expect_none_lost("started and dropped", [] { auto t = fails_cold().start(); });
  expect_none_lost("forked", [] {
    takes([] {
      block_on([]() -> lazy<> {
        std::vector<lazy<int>> all;
        all.push_back(fails_cold());
        auto joined = fork_join(std::move(all));
        co_await joined;
      });
    });
  });
  expect_none_lost("many in when_all", [] {
    std::vector<lazy<int>> cold;
    cold.push_back(fails_cold());
    cold.push_back(fails_cold());
    auto all = when_all(std::move(cold));
    EXPECT_THROW(all.wait(), numbered);
    take_all(all);
  });
}

TEST(exceptions_are_never_lost, by_a_value_task) {
  expect_none_lost("awaited", [] {
    for (const bool later : {false, true}) {
      takes([later] {
        block_on([later]() -> task<> {
          auto v = fails_as_value(later);
          co_await std::move(v);
        });
      });
    }
  });
  expect_none_lost("result", [] { takes([] { fails_as_value(true).result(); }); });
  expect_none_lost("as a task, dropped", [] { auto t = fails_as_value(true).as_task(); });
}

TEST(exceptions_are_never_lost, by_work_that_is_posted) {
  expect_none_lost("to the pool", [] { thread_pool::default_pool().post(failing()); });
  expect_none_lost("to a pool of one's own", [] {
    thread_pool pool({.min_threads = 1});
    pool.post(failing());
  });
  expect_none_lost("to a strand", [] {
    strand st;
    st.post(failing());
  });
  expect_none_lost("to schedulers", [] {
    limited_concurrency_scheduler two(2);
    two.queue(failing());
    concurrent_exclusive_scheduler_pair pair;
    pair.exclusive_scheduler().queue(failing());
    pair.concurrent_scheduler().queue(failing());
    priority_scheduler by_priority;
    by_priority.at(1).queue(failing());
  });
  expect_none_lost("to a loop without a handler", [] {
    single_thread_context ui;
    ui.post(failing());
    ui.post(failing());
    takes([&] { ui.run(); });
    takes([&] { ui.run(); });
  });
  expect_none_lost("to a loop with one", [] {
    single_thread_context ui;
    ui.on_unhandled_exception([](std::exception_ptr e) { ledger::took(e); });
    ui.post(failing());
    ui.post([&] { ui.stop(); });
    ui.run();
  });
  expect_none_lost("to a loop whose handler fails", [] {
    single_thread_context ui;
    ui.on_unhandled_exception([](std::exception_ptr e) { std::rethrow_exception(e); });
    ui.post(failing());
    takes([&] { ui.run(); });
  });
  expect_none_lost("and waited for", [] {
    single_thread_context ui;
    ui.run([&] { takes([&] { ui.send(failing()); }); });
  });
}

async_void fails_in_its_context(int yields) {
  for (int i = 0; i < yields; ++i) {
    co_await yield();
  }
  fail();
}

TEST(exceptions_are_never_lost, by_an_async_void_whose_loop_ends_first) {
  expect_none_lost("at once", [] {
    single_thread_context ui;
    ui.run([] { fails_in_its_context(0); });
  });
}

TEST(exceptions_are_never_lost, by_timers) {
  expect_none_lost("a timer's callback", [] {
    static std::atomic<int> called;
    called = 0;
    const auto timer = system_time().create_timer(
        [number = ledger::next()] {
          ++called;
          throw numbered(number);
        },
        1ms, infinite);
    while (called == 0) {
      std::this_thread::yield();
    }
  });
  expect_none_lost("callbacks of a cancellation in time", [] {
    static std::atomic<int> called;
    called = 0;
    cancellation_source c;
    const auto callback = [](std::size_t number) {
      return [number] {
        ++called;
        throw numbered(number);
      };
    };
    const auto one = c.on_cancel(callback(ledger::next()));
    const auto two = c.on_cancel(callback(ledger::next()));
    c.cancel_after(1ms);
    while (called != 2) {
      std::this_thread::yield();
    }
  });
  expect_none_lost("work with a limit", [] {
    takes([] {
      auto limited = with_timeout(
          [](std::stop_token) -> task<> {
            fail();
            co_return;
          },
          1h);
      limited.wait();
    });
  });
}

TEST(exceptions_are_never_lost, by_callbacks_of_linked_cancellations) {
  expect_none_lost("linked to a source", [] {
    cancellation_source parent;
    cancellation_source child;
    child.link(parent.token());
    const auto one = child.on_cancel([] { fail(); });
    const auto two = parent.on_cancel([] { fail(); });
    takes([&] { parent.cancel(); });
  });
  expect_none_lost("linked to a plain std::stop_source", [] {
    std::stop_source parent;
    cancellation_source child;
    child.link(parent.get_token());
    const auto one = child.on_cancel([] { fail(); });
    parent.request_stop();
  });
  expect_none_lost("called at once", [] {
    cancellation_source c;
    c.cancel();
    takes([&] { const auto one = c.on_cancel([] { fail(); }); });
  });
}

TEST(exceptions_are_never_lost, by_primitives) {
  expect_none_lost("async_lazy", [] {
    // On this thread: TSan does not see how libstdc++ counts the holders of an exception, and the
    // worker that caught it would hold it a little longer than who is told.
    async_lazy<int> z([]() -> task<int> {
      fail();
      co_return 0;
    });
    takes([&] { z.value().result(); });
  });
  expect_none_lost("a barrier's phase", [] {
    async_barrier b(1, [] { fail(); });
    takes([&] { b.arrive_and_wait().result(); });
  });
  expect_none_lost("a condition's predicate", [] {
    takes([] {
      block_on([]() -> task<> {
        async_mutex m;
        auto held = co_await m.lock();
        async_condition c;
        co_await c.wait(held, []() -> bool { fail(); });
      });
    });
  });
  expect_none_lost("what is told of a dropped item", [] {
    auto f = [](int) { fail(); };
    auto c =
        channel<int>::bounded(1, {.full_mode = channel_full_mode::drop_oldest, .item_dropped = f});
    EXPECT_TRUE(c.writer().try_write(1));
    takes([&] { static_cast<void>(c.writer().try_write(2)); });
  });
  expect_none_lost("blocking", [] { takes([] { blocking([] { fail(); }); }); });
  expect_none_lost("progress", [] {
    progress<int> p([number = ledger::next()](int) { throw numbered(number); });
    p.report(1);
  });
}

TEST(exceptions_are_never_lost, by_a_foreign_api) {
  expect_none_lost("its callback", [] {
    auto t = from_callback<int>(
        [](callback<int> done) { done.set_exception(numbered(ledger::next())); });
    takes([&] { t.result(); });
  });
  expect_none_lost("its callback, dropped", [] {
    auto t = from_callback<int>(
        [](callback<int> done) { done.set_exception(numbered(ledger::next())); });
  });
}

TEST(exceptions_are_never_lost, by_loops) {
  expect_none_lost("parallel_for_each", [] {
    std::vector<int> items(100);
    takes([&] { parallel_for_each(items, [](int&) { fail(); }); });
  });
  expect_none_lost("parallel_invoke",
                   [] { takes([] { parallel_invoke([] { fail(); }, [] { fail(); }, [] {}); }); });
  expect_none_lost("init and finally", [] {
    takes([] {
      parallel_for(
          0, 10, [] { return 0; }, [](auto, parallel_loop_state&, int local) { return local; },
          [](int) { fail(); });
    });
  });
  expect_none_lost("parallel_reduce", [] {
    takes([] {
      static_cast<void>(
          parallel_reduce(0, 1000, 0, [](index_range, int) -> int { fail(); }, std::plus<>()));
    });
  });
  expect_none_lost("parallel_sort", [] {
    std::vector<int> items(10'000);
    std::iota(items.rbegin(), items.rend(), 0);
    takes([&] { parallel_sort(items, [](int, int) -> bool { fail(); }); });
  });
  expect_none_lost("a query", [] {
    takes([] {
      static_cast<void>(query::range(0, 1000) | query::as_parallel() |
                        query::select([](int) -> int { fail(); }) | query::to_vector());
    });
  });
}

}  // namespace
}  // namespace weft
