/// Every name of contexts, schedulers, threads, time, synchronisation and channels, written as
/// their users write it.

#include <weft/channel.hpp>
#include <weft/parallel/options.hpp>
#include <weft/parallel/progress.hpp>
#include <weft/sched.hpp>
#include <weft/sync.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include <atomic>
#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <semaphore>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace weft;
using namespace std::chrono_literals;

static_assert(std::same_as<work, synchronization_context::work>);
static_assert(!std::copyable<work> && std::movable<work>);

/// A context of a user's own: runs what is posted when it is told to.
class own_context : public synchronization_context {
 public:
  void post(work w) override { queue.push_back(std::move(w)); }
  void send(work w) override { w(); }
  void operation_started() override { ++running; }
  void operation_completed() override { --running; }
  void run_all() {
    const scope here(*this);
    for (std::size_t i = 0; i < queue.size(); ++i) {
      work next = std::move(queue[i]);
      next();
    }
    queue.clear();
  }
  std::vector<work> queue;
  int running = 0;
};
/// A scheduler of a user's own.
class own_scheduler : public task_scheduler {
 public:
  void queue(work w) override { default_scheduler().queue(std::move(w)); }
  int maximum_concurrency() override { return 3; }
};

TEST(api_names, of_contexts) {
  own_context mine;
  EXPECT_EQ(synchronization_context::current(), nullptr);
  {
    synchronization_context::scope s{mine};
    EXPECT_EQ(synchronization_context::current(), &mine);
  }
  synchronization_context::set_current(&mine);
  synchronization_context::set_current(nullptr);
  int sent = 0;
  mine.send([&] { ++sent; });
  mine.post([&] { ++sent; });
  [](synchronization_context& there) -> async_void { co_await resume_on(there); }(mine);
  mine.run_all();
  EXPECT_EQ(sent, 2);
  EXPECT_EQ(mine.running, 0);
  work none;
  EXPECT_FALSE(static_cast<bool>(none));
}

TEST(api_names, of_loops_and_strands) {
  single_thread_context ui;
  EXPECT_EQ(ui.run([] { return 1; }), 1);
  EXPECT_EQ(ui.run([]() -> task<int> {
    co_await yield();
    co_return 2;
  }),
            2);
  ui.post([&] { ui.stop(); });
  ui.run();
  auto former = ui.on_unhandled_exception([](std::exception_ptr) {});
  ui.on_unhandled_exception(former);

  thread_pool pool{{.min_threads = 2, .max_threads = 8, .name = "work"}};
  strand st{pool};
  own_context base;
  strand over{static_cast<synchronization_context&>(base)};
  strand plain;
  auto body = [](strand& there) -> task<bool> {
    co_await resume_on(there);
    co_return synchronization_context::current() == &there;
  };
  EXPECT_TRUE(body(st).result());
  EXPECT_TRUE(body(plain).result());
}

TEST(api_names, of_schedulers) {
  EXPECT_EQ(task_scheduler::current(), &task_scheduler::default_scheduler());
  own_scheduler mine;
  EXPECT_EQ(mine.maximum_concurrency(), 3);
  limited_concurrency_scheduler two{2};
  EXPECT_EQ(two.maximum_concurrency(), 2);
  concurrent_exclusive_scheduler_pair p{task_scheduler::default_scheduler(), 2};
  concurrent_exclusive_scheduler_pair of_defaults;
  priority_scheduler s;
  EXPECT_EQ(run([] { return 1; }, {}, {.scheduler = &two}).result(), 1);
  EXPECT_EQ(run([] { return 2; }, {}, {.scheduler = &p.exclusive_scheduler()}).result(), 2);
  EXPECT_EQ(run([] { return 3; }, {}, {.scheduler = &p.concurrent_scheduler()}).result(), 3);
  EXPECT_EQ(run([] { return 4; }, {}, {.scheduler = &s.at(7)}).result(), 4);
  EXPECT_EQ(run([] { return 5; }, {}, {.scheduler = &mine}).result(), 5);
  p.complete();
  static_assert(std::is_same_v<decltype(p.completion()), task<>&>);
  p.completion().wait();
}

TEST(api_names, of_thread_pools) {
  thread_pool pool{{.min_threads = 2, .max_threads = 8, .name = "work"}};
  static_assert(std::derived_from<thread_pool, task_scheduler>);
  std::stop_source stop;
  task<int> t = pool.run([] { return 1; }, stop.get_token());
  EXPECT_EQ(t.result(), 1);
  std::binary_semaphore posted{0};
  pool.post([&] { posted.release(); });
  posted.acquire();
  EXPECT_EQ(pool.size(), 2);
  EXPECT_EQ(pool.stats().size, 2);
  EXPECT_EQ(pool.run([] { return blocking([&] { return 7; }); }).result(), 7);
  auto there = [](thread_pool& on) -> task<bool> {
    co_await resume_on(on);
    co_return task_scheduler::current() == &on;
  };
  EXPECT_TRUE(there(pool).result());
  EXPECT_GE(thread_pool::default_pool().size(), 1);
}

TEST(api_names, of_time) {
  time_provider& clock = system_time();
  const time_point now = clock.now();
  EXPECT_GE(clock.now(), now);
  std::binary_semaphore fired{0};
  const std::unique_ptr<timer> once =
      clock.create_timer([&] { fired.release(); }, 1ms, weft::infinite);
  fired.acquire();
}

TEST(api_names, of_locks) {
  std::stop_source source;
  const std::stop_token stop = source.get_token();
  auto body = [stop]() -> task<> {
    async_mutex m;
    {
      async_mutex::guard held = co_await m.lock(stop);
      EXPECT_FALSE(m.try_lock().has_value());
      async_condition c;
      co_await c.wait(held, [] { return true; }, stop);
      c.notify_one();
      c.notify_all();
    }
    std::optional<async_mutex::guard> got = m.try_lock();
    EXPECT_TRUE(got.has_value());
    async_shared_mutex rw;
    {
      async_shared_mutex::guard reads = co_await rw.lock_shared(stop);
      EXPECT_TRUE(rw.try_lock_shared().has_value());
    }
    async_shared_mutex::guard writes = co_await rw.lock(stop);
    EXPECT_FALSE(rw.try_lock().has_value());
  };
  block_on(body());
}

TEST(api_names, of_semaphores_and_events) {
  std::stop_source source;
  const std::stop_token stop = source.get_token();
  auto body = [stop]() -> task<> {
    async_semaphore s{2, 3};
    static_assert(std::is_void_v<await_result<decltype(s.acquire(stop))>>);
    co_await s.acquire(stop);
    const bool in_time = co_await s.acquire_for(100ms, stop);
    EXPECT_TRUE(in_time);
    EXPECT_FALSE(s.try_acquire());
    s.release();
    s.release(2);
    EXPECT_EQ(s.current_count(), 3u);
    manual_reset_event e{false};
    EXPECT_FALSE(e.try_wait());
    e.set();
    co_await e.wait(stop);
    e.reset();
    EXPECT_FALSE(e.is_set());
    auto_reset_event turnstile;
    turnstile.set();
    EXPECT_TRUE(turnstile.try_wait());
    turnstile.set();
    co_await turnstile.wait(stop);
    turnstile.reset();
    EXPECT_FALSE(turnstile.is_set());
    async_latch l{3};
    l.count_down();
    EXPECT_EQ(l.current_count(), 2u);
    l.count_down(2);
    co_await l.wait();
    EXPECT_TRUE(l.is_set());
    int phases = 0;
    async_barrier b{1, [&] { ++phases; }};
    co_await b.arrive_and_wait();
    EXPECT_EQ(phases, 1);
    async_lazy<int> z{[] { return from_result(4); }};
    static_assert(std::is_same_v<await_result<decltype(z.value())>, const int&>);
    const int& made = co_await z.value();
    EXPECT_EQ(made, 4);
  };
  block_on(body());
}

TEST(api_names, of_channels) {
  std::stop_source source;
  const std::stop_token stop = source.get_token();
  auto body = [stop]() -> task<> {
    int dropped = 0;
    auto f = [&dropped](int) { ++dropped; };
    auto small =
        channel<int>::bounded(1, {.full_mode = channel_full_mode::drop_oldest, .item_dropped = f});
    for (const auto mode : {channel_full_mode::wait, channel_full_mode::drop_newest,
                            channel_full_mode::drop_oldest, channel_full_mode::drop_write}) {
      static_cast<void>(channel<int>::bounded(2, {.full_mode = mode}));
    }
    auto c = channel<int>::unbounded({.single_reader = false});
    channel_writer<int> writer = c.writer();
    channel_reader<int> reader = c.reader();
    EXPECT_TRUE(small.writer().try_write(1));
    co_await small.writer().write(2, stop);
    EXPECT_EQ(dropped, 1);
    const bool room = co_await writer.wait_to_write(stop);
    EXPECT_TRUE(room);
    co_await writer.write(1, stop);
    co_await writer.write(2);
    EXPECT_EQ(reader.count(), 2u);
    EXPECT_EQ(reader.try_peek(), std::optional<int>(1));
    EXPECT_EQ(reader.try_read(), std::optional<int>(1));
    const bool more = co_await reader.wait_to_read(stop);
    EXPECT_TRUE(more);
    const int read = co_await reader.read(stop);
    EXPECT_EQ(read, 2);
    co_await writer.write(3);
    writer.complete();
    EXPECT_FALSE(writer.try_complete());
    int sum = 0;
    auto rest = reader.read_all(stop);
    while (auto* item = co_await rest.next()) {
      sum += *item;
    }
    EXPECT_EQ(sum, 3);
    static_assert(std::is_same_v<decltype(reader.completion()), task<>&>);
    co_await reader.completion();
  };
  block_on(body());
}

// The option structs are flat aggregates; the order of their fields is contract.
TEST(api_names, of_options_in_their_order) {
  std::stop_token stop;
  const channel_options of_channel{true, true, true};
  const bounded_channel_options<int> of_bounded{channel_full_mode::wait, {}, true, true, true};
  const run_options of_run{true, nullptr};
  const thread_pool_options of_pool{2, 8, "work"};
  const task_continuation_options of_continuation{true,  false, false, false,  false,
                                                  false, true,  stop,  nullptr};
  const parallel_options of_loop{4, stop, nullptr, partitioner::automatic()};
  EXPECT_EQ(of_loop.max_degree_of_parallelism, 4);
  EXPECT_TRUE(of_channel.single_reader && of_channel.single_writer &&
              of_channel.allow_synchronous_continuations);
  EXPECT_TRUE(of_bounded.single_reader && of_bounded.single_writer &&
              of_bounded.allow_synchronous_continuations);
  EXPECT_TRUE(of_run.long_running && of_run.scheduler == nullptr);
  EXPECT_TRUE(of_pool.min_threads == 2 && of_pool.max_threads == 8);
  EXPECT_TRUE(of_continuation.only_on_ran_to_completion && of_continuation.execute_synchronously);
}

TEST(api_names, of_progress) {
  own_context mine;
  double seen = 0;
  {
    const synchronization_context::scope here(mine);
    progress<double> p{[&](double v) { seen = v; }};
    p.report(0.5);
  }
  mine.run_all();
  EXPECT_EQ(seen, 0.5);
}

}  // namespace
