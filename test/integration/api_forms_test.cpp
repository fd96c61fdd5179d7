/// What the contract does not spell out and users write all the same: fractions of seconds, `int`s
/// in braces, const handles, temporaries and views of tasks, member pointers. Forms that the
/// contract itself shows are in api_contract_test.cpp.

#include <weft/weft.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <ranges>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using weft::lazy;
using weft::shared_task;
using weft::task;
using weft::value_task;

task<int> later(int n) {
  co_await weft::yield();
  co_return n;
}
task<> nothing_later() {
  co_await weft::yield();
}
std::vector<task<int>> several(int n) {
  std::vector<task<int>> tasks;
  for (int i = 0; i < n; ++i) {
    tasks.push_back(later(i));
  }
  return tasks;
}

TEST(api_forms, times_may_have_fractions) {
  auto body = []() -> task<> {
    co_await weft::delay(0.0005s);
    co_await weft::delay(std::chrono::duration<double, std::micro>(1.5));
    auto t = later(1);
    EXPECT_EQ(co_await t.wait_async(30.5s), 1);
    EXPECT_TRUE(t.wait(0.5s));
    weft::async_semaphore s{0};
    EXPECT_FALSE(co_await s.acquire_for(0.0005s));
    auto limited = [](std::stop_token) -> task<int> { return later(2); };
    EXPECT_EQ(co_await weft::with_timeout(limited, 30.5s), 2);
    weft::periodic_timer ticks{0.0005s};
    EXPECT_TRUE(co_await ticks.wait_for_next_tick());
  };
  weft::block_on(body);
  auto tasks = several(2);
  EXPECT_TRUE(weft::wait_all(tasks, 30.5s));
  EXPECT_TRUE(weft::wait_any(tasks, 30.5s).has_value());
  weft::cancellation_source c{30.5s};
  c.cancel_after(1000.5h);
  weft::blocking_collection<int> items;
  EXPECT_FALSE(items.try_take(0.0001s).has_value());
  EXPECT_THROW(static_cast<void>(weft::delay(-0.5s)), std::invalid_argument);
}

TEST(api_forms, a_time_of_more_than_can_be_counted_is_a_long_one) {
  weft::cancellation_source c;
  auto t = weft::delay(std::chrono::hours::max(), c.token());
  EXPECT_FALSE(t.wait(1ms));
  c.cancel();
  EXPECT_THROW(t.wait(std::chrono::years(1000)), weft::operation_canceled);
}

TEST(api_forms, numbers_of_every_type_may_stand_in_braces) {
  int n = 2;
  unsigned u = 2;
  std::size_t z = 2;
  weft::async_latch latch{n};
  latch.count_down(u);
  weft::async_barrier barrier{n, [] {}};
  EXPECT_EQ(barrier.participants(), 2u);
  weft::async_semaphore semaphore{u, n};
  EXPECT_EQ(semaphore.current_count(), 2u);
  weft::blocking_collection<int> items{n};
  weft::limited_concurrency_scheduler limited{u};
  EXPECT_EQ(limited.maximum_concurrency(), 2);
  weft::concurrent_exclusive_scheduler_pair pair{limited, z};
  weft::priority_scheduler by_priority{limited, z};
  static_assert(requires(int total) { weft::progress_bar{"images", total}; });
  int below = -1;
  EXPECT_THROW(weft::async_latch{below}, std::invalid_argument);
  EXPECT_THROW(weft::async_barrier{below}, std::invalid_argument);
  EXPECT_THROW(weft::async_semaphore{below}, std::invalid_argument);
  EXPECT_THROW((weft::async_semaphore{n, below}), std::invalid_argument);
  EXPECT_THROW(weft::blocking_collection<int>{below}, std::invalid_argument);
  EXPECT_THROW(weft::limited_concurrency_scheduler{below}, std::invalid_argument);
}

TEST(api_forms, a_const_handle_shows_the_result) {
  auto body = []() -> task<> {
    const task<std::string> t = weft::run([] { return std::string("text"); });
    const task<> v = nothing_later();
    static_assert(std::is_same_v<weft::await_result<decltype((t))>, const std::string&>);
    static_assert(std::is_void_v<weft::await_result<decltype((v))>>);
    static_assert(std::is_same_v<decltype(t.result()), const std::string&>);
    co_await v;
    const std::string& seen = co_await t;
    const std::string& again = co_await t.configure_await(false);
    EXPECT_EQ(&seen, &again);
    EXPECT_EQ(&seen, &t.result());
    auto [text, nothing] = co_await weft::when_all(t, v);
    static_assert(std::is_same_v<decltype(text), const std::string&>);
    EXPECT_EQ(&text, &seen);
    EXPECT_EQ(&weft::block_on(t), &seen);
  };
  weft::block_on(body);
  const std::vector<task<int>> tasks = several(4);
  weft::wait_all(tasks);
  weft::when_all(tasks).wait();
  EXPECT_LT(weft::when_any(tasks).result(), 4u);
  int sum = 0;
  for (const auto& t : tasks) {
    sum += t.result();
  }
  EXPECT_EQ(sum, 6);
}

TEST(api_forms, wait_all_takes_temporaries_and_views) {
  weft::wait_all(later(1), nothing_later());
  weft::wait_all(several(3));
  auto tasks = several(3);
  weft::wait_all(std::span(tasks));
  weft::wait_all(tasks | std::views::take(2));
  EXPECT_LT(weft::wait_any(std::span(tasks)), 3u);
  EXPECT_LT(weft::when_any(tasks | std::views::drop(1)).result(), 2u);
  shared_task<int> a = later(1).share();
  shared_task<int> b = later(2).share();
  weft::wait_all(a, b);
  EXPECT_LT(weft::wait_any(a, b), 2u);
  EXPECT_LT(weft::when_any(a, b).result(), 2u);
}
template <class... T>
concept can_wait_for_any = requires(T&&... t) { weft::wait_any(std::forward<T>(t)...); };
static_assert(can_wait_for_any<task<int>&, task<>&>);
static_assert(!can_wait_for_any<task<int>, task<>> && !can_wait_for_any<std::vector<task<int>>>);

TEST(api_forms, tasks_that_a_view_shows_stay_the_callers) {
  auto tasks = several(3);
  auto body = [&]() -> task<> {
    static_assert(std::is_same_v<decltype(weft::when_all(std::span(tasks))), task<>>);
    co_await weft::when_all(std::span(tasks));
    co_await weft::when_all(tasks | std::views::take(2));
    co_await weft::when_all(tasks | std::views::filter([](auto&) { return true; }));
    int sum = 0;
    for (auto g = weft::when_each(std::span(tasks)); auto* t = co_await g.next();) {
      sum += t->result();
    }
    auto last = tasks | std::views::filter([](auto& t) { return t.result() == 2; });
    for (auto g = weft::when_each(last); auto* t = co_await g.next();) {
      sum += co_await *t;
    }
    EXPECT_EQ(sum, 5);
    std::vector<int> taken = co_await weft::when_all(
        std::views::iota(0, 3) | std::views::transform([&](int i) { return std::move(tasks[i]); }));
    EXPECT_EQ(taken, (std::vector{0, 1, 2}));
  };
  weft::block_on(body);
}

TEST(api_forms, a_range_of_shared_tasks_keeps_its_handles) {
  std::vector<shared_task<int>> tasks;
  tasks.push_back(later(4).share());
  tasks.push_back(tasks.front());
  auto body = [&]() -> task<std::vector<int>> { co_return co_await weft::when_all(tasks); };
  EXPECT_EQ(weft::block_on(body), (std::vector{4, 4}));
  EXPECT_TRUE(tasks.front().valid() && tasks.back().valid());
}

TEST(api_forms, a_value_task_can_be_configured) {
  weft::single_thread_context ui;
  ui.run([&]() -> task<> {
    weft::async_mutex m;
    auto held = co_await m.lock().configure_await(false);
    EXPECT_FALSE(m.try_lock().has_value());
    EXPECT_EQ(weft::synchronization_context::current(), &ui);  // did not suspend
    auto gate = weft::channel<int>::unbounded();
    auto reading = gate.reader().read();
    ui.post([w = gate.writer()] { w.try_write(5); });
    EXPECT_EQ(co_await std::move(reading).configure_await(true), 5);
    EXPECT_EQ(weft::synchronization_context::current(), &ui);
    value_task<int> v = gate.reader().read();
    ui.post([w = gate.writer()] { w.try_write(6); });  // once this is suspended
    EXPECT_EQ(co_await std::move(v).configure_await(false), 6);
    EXPECT_NE(weft::synchronization_context::current(), &ui);
    EXPECT_THROW(co_await std::move(v).configure_await(false), weft::value_task_consumed);
  });
}

TEST(api_forms, a_value_task_tells_how_it_ended) {
  value_task<int> good = 1;
  EXPECT_TRUE(good.is_completed_successfully() && !good.is_faulted() && !good.is_canceled());
  value_task<int> bad = weft::from_exception<int>(std::runtime_error("bad"));
  EXPECT_TRUE(bad.is_faulted() && !bad.is_canceled() && !bad.is_completed_successfully());
  EXPECT_THROW(static_cast<void>(std::move(bad).result()), std::runtime_error);
  weft::cancellation_source c;
  c.cancel();
  value_task<int> canceled = weft::from_canceled<int>(c.token());
  EXPECT_TRUE(canceled.is_canceled() && !canceled.is_faulted());
  EXPECT_THROW(static_cast<void>(std::move(canceled).result()), weft::operation_canceled);
}

TEST(api_forms, block_on_takes_closures_that_only_move) {
  auto body = [p = std::make_unique<int>(3)]() -> task<int> { co_return co_await later(*p); };
  EXPECT_EQ(weft::block_on(body), 3);
  EXPECT_EQ(weft::block_on(std::move(body)), 3);
}

/// The names of the contract's synopsis, without a namespace before them.
struct quick_scheduler : weft::task_scheduler {
  void queue(work w) override { w(); }
  int maximum_concurrency() override { return 1; }
};
struct still_clock : weft::time_provider {
  time_point now() override { return {}; }
  std::unique_ptr<timer> create_timer(work callback, duration due, duration period) override {
    return weft::system_time().create_timer(std::move(callback), due / 1000, period);
  }
};

TEST(api_forms, derived_types_may_use_the_names_of_their_bases) {
  quick_scheduler quick;
  EXPECT_TRUE(weft::run([] {}, {.scheduler = &quick}).is_completed());
  still_clock clock;
  auto wait = weft::delay(1s, clock);
  wait.wait();
}

struct picture {
  int sharpness = 1;
  void sharpen() { ++sharpness; }
};

TEST(api_forms, loops_take_member_functions_and_iterators) {
  std::vector<picture> pictures(10);
  weft::parallel_for_each(pictures, &picture::sharpen);
  EXPECT_TRUE(std::ranges::all_of(pictures, [](const picture& p) { return p.sharpness == 2; }));
  std::vector<picture*> pointers{&pictures[0], &pictures[1]};
  weft::parallel_for_each(pointers, &picture::sharpen);
  EXPECT_EQ(pictures[0].sharpness + pictures[1].sharpness, 6);
  std::vector<int> v{3, 1, 2};
  weft::parallel_sort(v.begin(), v.end(), std::greater<>{});
  EXPECT_EQ(v, (std::vector{3, 2, 1}));
  weft::parallel_stable_sort(v.begin(), v.end());
  EXPECT_EQ(v, (std::vector{1, 2, 3}));
  auto sum = [&](weft::index_range c, int acc) {
    for (auto i = c.begin(); i < c.end(); ++i) {
      acc += v[i];
    }
    return acc;
  };
  EXPECT_EQ(weft::parallel_reduce(0, v.size(), 0, sum, std::plus<>{}), 6);
}

TEST(api_forms, channel_options_may_be_named_before_the_type_is) {
  weft::bounded_channel_options options{.full_mode = weft::channel_full_mode::drop_oldest};
  options.single_reader = true;
  auto c = weft::channel<std::string>::bounded(1, options);
  EXPECT_TRUE(c.writer().try_write("first") && c.writer().try_write("second"));
  EXPECT_EQ(c.reader().try_read(), "second");
}

TEST(api_forms, a_token_comes_last_whatever_is_left_out) {
  weft::cancellation_source asked;
  const std::stop_token stop = asked.token();
  auto body = [&]() -> task<> {
    auto folder = co_await weft::fs::temporary_directory::create();
    co_await weft::fs::write_all_text(folder / "a", "text");
    EXPECT_EQ(co_await weft::fs::copy(folder / "a", folder / "b", stop), 4u);
    int seen = 0;
    for (auto g = weft::fs::entries(folder.path(), stop); co_await g.next() != nullptr;) {
      ++seen;
    }
    EXPECT_EQ(seen, 2);
    auto listener = weft::net::tcp_listener::bind({"127.0.0.1", 0});
    const auto where = listener.local_endpoint();
    auto one = co_await weft::net::tcp_stream::connect(where, stop);
    auto other = co_await listener.accept(stop);
    co_await one.write_all("a,b\nc\n", stop);
    EXPECT_EQ(co_await other.read_until(','), "a,");
    EXPECT_EQ(co_await other.read_until('\n', stop), "b\n");
    EXPECT_EQ(co_await other.read_until("\n", stop), "c\n");
  };
  weft::block_on(body);
}

TEST(api_forms, queries_begin_at_ranges_and_lists) {
  namespace query = weft::query;
  std::vector<int> v{1, 2, 3, 4};
  auto even = [](int n) { return n % 2 == 0; };
  EXPECT_EQ(v | query::as_parallel() | query::where(even) | query::sum(), 6);
  EXPECT_EQ(std::vector({5, 6}) | query::select([](int n) { return n + 1; }) | query::to_vector(),
            (std::vector{6, 7}));
  EXPECT_EQ(std::views::iota(0, 5) | query::as_parallel() | query::long_count(even), 3);
  EXPECT_EQ(query::from({3, 1, 2}) | query::max(), 3);
  int sum = 0;
  for (int n : v | query::as_parallel() | query::as_ordered() | query::as_enumerable()) {
    sum = sum * 10 + n;
  }
  EXPECT_EQ(sum, 1234);
  EXPECT_EQ(v | query::long_count(), 4);
}

}  // namespace
