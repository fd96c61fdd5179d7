/// The values of `async_local`s go where .NET's ExecutionContext goes, and nowhere else. Here and
/// not in task, since they also flow through loops, strands and pools.

#include <weft/sched.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "support/tasks.hpp"

#include <chrono>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using testing::counted;
using testing::manual_context;

/// One for all tests: each test sets what it reads.
async_local<int>& local() {
  static async_local<int> it;
  return it;
}

/// Opens when the test says so; awaiting it suspends.
class gate {
 public:
  task<> passed() {
    auto opened = source_.task();
    co_await opened;
  }
  task<>& opened() { return task_; }
  void open() { source_.set_result(); }

 private:
  task_completion_source<> source_;
  task<> task_ = source_.task();
};

TEST(async_local, is_the_default_value_until_it_is_set) {
  async_local<std::string> a;
  EXPECT_EQ(a.get(), "");
  a.set("x");
  EXPECT_EQ(a.get(), "x");
  a.set("y");
  EXPECT_EQ(a.get(), "y");
}

TEST(async_local, does_not_mix_up_several) {
  std::vector<std::unique_ptr<async_local<int>>> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(std::make_unique<async_local<int>>());
    all.back()->set(i);
  }
  all.erase(all.begin() + 3);  // its value stays in the set, under a key that nobody else gets
  all.push_back(std::make_unique<async_local<int>>());
  EXPECT_EQ(all.back()->get(), 0);
  EXPECT_EQ(all[2]->get(), 2);
  EXPECT_EQ(all[3]->get(), 4);
}

task<int> sets_and_completes(int value) {
  local().set(value);
  co_return local().get();
}
task<int> sets_and_suspends(int value, gate& g) {
  local().set(value);
  co_await g.opened();
  co_return local().get();
}

TEST(async_local, flows_into_a_call_and_not_back_when_the_callee_completes) {
  local().set(1);
  auto reads = []() -> task<int> { co_return local().get(); };
  EXPECT_EQ(reads().result(), 1);
  EXPECT_EQ(sets_and_completes(2).result(), 2);
  EXPECT_EQ(local().get(), 1);
}

TEST(async_local, does_not_flow_back_when_the_callee_suspends) {
  gate g;
  local().set(1);
  auto t = sets_and_suspends(2, g);
  EXPECT_EQ(local().get(), 1);
  local().set(3);
  g.open();
  EXPECT_EQ(t.result(), 2);
  EXPECT_EQ(local().get(), 3);
}

TEST(async_local, does_not_flow_back_from_the_first_value_ever_set_in_a_callee) {
  // On a thread of its own, where nothing was set before.
  std::thread([] {
    gate g;
    auto t = sets_and_suspends(5, g);
    EXPECT_EQ(local().get(), 0);
    EXPECT_EQ(sets_and_completes(6).result(), 6);
    EXPECT_EQ(local().get(), 0);
    g.open();
    EXPECT_EQ(t.result(), 5);
    EXPECT_EQ(local().get(), 0);
  }).join();
}

TEST(async_local, keeps_siblings_apart) {
  gate g;
  local().set(1);
  auto child = [&](int v) -> task<int> {
    EXPECT_EQ(local().get(), 1);
    local().set(v);
    co_await g.opened();
    const int before = local().get();
    auto t = yield();
    co_await t;
    co_return before == local().get() ? before : -1;
  };
  auto all = when_all(child(10), child(20), child(30));
  g.open();
  const auto [a, b, c] = std::move(all).result();
  EXPECT_EQ(a, 10);
  EXPECT_EQ(b, 20);
  EXPECT_EQ(c, 30);
  EXPECT_EQ(local().get(), 1);
}

TEST(async_local, nested_calls_each_give_their_caller_its_values_back) {
  gate g;
  auto inner = [&]() -> task<int> {
    local().set(3);
    co_await g.opened();
    co_return local().get();
  };
  auto outer = [&]() -> task<int> {
    local().set(2);
    auto t = inner();
    EXPECT_EQ(local().get(), 2);
    const int from = co_await t;
    EXPECT_EQ(local().get(), 2);
    co_return from * 10 + local().get();
  };
  local().set(1);
  auto t = outer();
  EXPECT_EQ(local().get(), 1);
  g.open();
  EXPECT_EQ(t.result(), 32);
  EXPECT_EQ(local().get(), 1);
}

TEST(async_local, the_awaiters_own_values_come_back_not_the_completers) {
  task_completion_source<int> source;
  auto waits = [&]() -> task<int> {
    local().set(7);
    auto t = source.task();
    const int given = co_await t;
    co_return given * 100 + local().get();
  };
  auto waiting = waits();
  local().set(8);
  source.set_result(1);  // resumes it right here
  EXPECT_EQ(waiting.result(), 107);
  EXPECT_EQ(local().get(), 8);
}

TEST(async_local, an_awaiter_without_values_has_none_when_a_thread_with_values_resumes_it) {
  task_completion_source<> source;
  task<int> waiting;
  std::thread([&] {
    auto waits = [](task<> t) -> task<int> {
      co_await t;
      const int seen = local().get();
      local().set(9);
      co_return seen;
    };
    waiting = waits(source.task());
  }).join();
  local().set(8);
  source.set_result();
  EXPECT_EQ(waiting.result(), 0);
  EXPECT_EQ(local().get(), 8);
}

TEST(async_local, flows_into_run_and_posts_as_it_was_at_the_call) {
  local().set(1);
  auto reads = [] { return local().get(); };
  auto ran = run(reads);
  auto ran_long = run(reads, run_options{.long_running = true});
  auto ran_task = run([]() -> task<int> {
    auto t = yield();
    co_await t;
    co_return local().get();
  });
  thread_pool pool({.min_threads = 1});
  auto ran_there = pool.run(reads);
  task_completion_source<int> posted;
  pool.post([&] {
    posted.set_result(local().get());
    local().set(99);
  });
  local().set(2);
  EXPECT_EQ(ran.result(), 1);
  EXPECT_EQ(ran_long.result(), 1);
  EXPECT_EQ(ran_task.result(), 1);
  EXPECT_EQ(ran_there.result(), 1);
  EXPECT_EQ(posted.task().result(), 1);
  EXPECT_EQ(pool.run(reads).result(), 2);
  std::thread([&] {
    EXPECT_EQ(pool.run(reads).result(), 0) << "left behind on the worker";
  }).join();
}

TEST(async_local, flows_through_loops_and_strands) {
  single_thread_context ui;
  strand st;
  local().set(1);
  auto in_ui = [&]() -> task<int> {
    local().set(2);
    auto due = delay(1ms);
    co_await due;
    EXPECT_EQ(local().get(), 2);
    co_await resume_on(st);
    EXPECT_EQ(local().get(), 2);
    local().set(3);
    co_await resume_on(ui);
    co_return local().get();
  };
  EXPECT_EQ(ui.run(in_ui), 3);
  EXPECT_EQ(local().get(), 1);
  int posted = 0;
  ui.post([&] { posted = local().get(); });
  local().set(4);
  ui.run([&]() -> task<> { co_await yield(); });
  EXPECT_EQ(posted, 1);
  task_completion_source<int> in_strand;
  st.post([&] { in_strand.set_result(local().get()); });
  EXPECT_EQ(in_strand.task().result(), 4);
}

TEST(async_local, flows_through_contexts_of_others) {
  manual_context context;
  local().set(1);
  auto body = [&]() -> task<int> {
    const synchronization_context::scope here(context);
    local().set(2);
    auto opened = yield();
    co_await opened;
    co_return local().get();
  };
  auto t = body();
  synchronization_context::set_current(nullptr);  // the scope left it at its first suspension
  local().set(3);
  context.run_one();
  EXPECT_EQ(local().get(), 3);
  EXPECT_EQ(t.result(), 2);
}

TEST(async_local, flows_into_timers_and_registrations) {
  local().set(1);
  task_completion_source<int> fired;
  auto timer = system_time().create_timer([&] { fired.set_result(local().get()); }, 1ms, infinite);
  cancellation_source c;
  int seen = 0;
  auto registration = c.on_cancel([&] {
    seen = local().get();
    local().set(50);
  });
  local().set(2);
  c.cancel();
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(local().get(), 2);
  EXPECT_EQ(fired.task().result(), 1);
}

lazy<int> sets_lazily(int v) {
  local().set(v);
  co_return local().get();
}

TEST(async_local, a_lazy_begins_with_its_awaiters_values_and_gives_none_back) {
  auto body = []() -> task<int> {
    local().set(1);
    auto reads = []() -> lazy<int> { co_return local().get(); };
    EXPECT_EQ(co_await reads(), 1);
    EXPECT_EQ(co_await sets_lazily(2), 2);
    EXPECT_EQ(local().get(), 1);
    auto suspends = []() -> lazy<int> {
      local().set(3);
      auto due = delay(1ms);
      co_await due;
      co_return local().get();
    };
    EXPECT_EQ(co_await suspends(), 3);
    EXPECT_EQ(local().get(), 1);
    co_return 0;
  };
  local().set(9);
  auto t = body();
  EXPECT_EQ(local().get(), 9);
  t.wait();
  EXPECT_EQ(local().get(), 9);
}

TEST(async_local, a_lazy_below_a_coroutine_without_values_leaves_it_without) {
  std::thread([] {
    auto body = []() -> task<int> {
      EXPECT_EQ(co_await sets_lazily(2), 2);
      co_return local().get();
    };
    EXPECT_EQ(body().result(), 0);
    EXPECT_EQ(local().get(), 0);
  }).join();
}

TEST(async_local, a_million_lazies_one_after_the_other_need_no_stack) {
  auto body = []() -> task<long> {
    local().set(1);
    long sum = 0;
    for (int i = 0; i < 1'000'000; ++i) {
      sum += co_await sets_lazily(2);
    }
    co_return sum + local().get();
  };
  EXPECT_EQ(body().result(), 2'000'001);
}

TEST(async_local, a_million_lazies_in_a_loop_context_need_no_stack) {
  single_thread_context ui;
  auto body = []() -> task<long> {
    long sum = 0;
    for (int i = 0; i < 1'000'000; ++i) {
      sum += co_await sets_lazily(2);
    }
    co_return sum;
  };
  EXPECT_EQ(ui.run(body), 2'000'000);
}

TEST(async_local, a_deep_chain_of_awaiting_tasks_needs_no_stack) {
  local().set(1);
  constexpr int depth = 200'000;
  task_completion_source<> start;
  auto link = [](task<int> t) -> task<int> {
    local().set(local().get() + 1);
    const int below = co_await std::move(t);
    co_return below + (local().get() == 2 ? 1 : 0);
  };
  auto first = [](task<> t) -> task<int> {
    co_await t;
    co_return 0;
  };
  task<int> all = first(start.task());
  for (int i = 0; i < depth; ++i) {
    all = link(std::move(all));
  }
  start.set_result();
  EXPECT_EQ(all.result(), depth);
  EXPECT_EQ(local().get(), 1);
}

lazy<long> forks(int n, int expected) {
  const long own = local().get() == expected ? 1 : 0;
  if (n == 0) {
    co_return own;
  }
  local().set(n);
  auto [a, b] = co_await fork_join(forks(n - 1, n), forks(n - 1, n));
  co_return a + b + own + (local().get() == n ? 0 : -1000000);
}

TEST(async_local, every_child_of_a_fork_begins_with_the_parents_values) {
  local().set(77);
  auto whole = [] { return forks(12, 77); };
  auto t = run(whole);
  EXPECT_EQ(t.result(), (1 << 13) - 1);
  EXPECT_EQ(local().get(), 77);
}

/// Not of weft's: hands the coroutine to a thread that resumes it by hand.
struct by_hand {
  std::coroutine_handle<>* out;
  bool suspends = true;
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  [[nodiscard]] bool await_suspend(std::coroutine_handle<> h) const noexcept {
    *out = h;
    return suspends;
  }
  [[nodiscard]] int await_resume() const noexcept { return 1; }
};

TEST(async_local, comes_back_when_foreign_code_resumes_the_coroutine) {
  std::coroutine_handle<> handle;
  auto body = [&]() -> task<int> {
    local().set(5);
    const int stayed = co_await by_hand{&handle, false};
    EXPECT_EQ(local().get(), 5);
    const int once = co_await by_hand{&handle};
    const int first = local().get();
    local().set(6);
    const int again = co_await by_hand{&handle};
    co_return (first * 10 + local().get()) * stayed* once* again;
  };
  local().set(1);
  auto t = body();
  EXPECT_EQ(local().get(), 1);
  std::thread([&] {
    local().set(2);
    handle.resume();
    EXPECT_EQ(local().get(), 2);
  }).join();
  std::thread([&] {
    handle.resume();
    EXPECT_EQ(local().get(), 0);
  }).join();
  EXPECT_EQ(t.result(), 56);
  EXPECT_EQ(local().get(), 1);
}

TEST(async_local, an_awaiter_of_others_that_throws_leaves_the_values_alone) {
  struct throwing {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) const { throw std::runtime_error("no"); }
    void await_resume() const noexcept {}
  };
  auto body = []() -> task<int> {
    local().set(5);
    try {
      co_await throwing{};
    } catch (const std::runtime_error&) {
    }
    co_return local().get();
  };
  local().set(1);
  EXPECT_EQ(body().result(), 5);
  EXPECT_EQ(local().get(), 1);
}

TEST(async_local, flows_into_async_void_and_detached_work_and_not_back) {
  task_completion_source<int> inside;
  auto handler = [&]() -> async_void {
    EXPECT_EQ(local().get(), 1);
    local().set(2);
    auto due = delay(1ms);
    co_await due;
    inside.set_result(local().get());
  };
  local().set(1);
  handler();
  EXPECT_EQ(local().get(), 1);
  EXPECT_EQ(inside.task().result(), 2);
  task_completion_source<int> failed;
  run([]() -> int { throw std::runtime_error("x"); }).detach([&](const std::exception_ptr&) {
    failed.set_result(local().get());
  });
  EXPECT_EQ(failed.task().result(), 1);
}

TEST(async_local, a_generator_sees_what_each_next_has_and_gives_nothing_back) {
  auto numbers = []() -> async_generator<int> {
    co_yield local().get();
    local().set(100);
    auto t = yield();
    co_await t;
    co_yield local().get();
    co_yield local().get();
  };
  auto body = [&]() -> task<std::string> {
    auto g = numbers();
    std::string seen;
    for (int i = 1; i <= 3; ++i) {
      local().set(i);
      auto next = g.next();
      int* const x = co_await std::move(next);
      seen += std::to_string(*x) + "/" + std::to_string(local().get()) + " ";
    }
    co_return seen;
  };
  local().set(9);
  EXPECT_EQ(body().result(), "1/1 100/2 3/3 ");
  EXPECT_EQ(local().get(), 9);
}

TEST(async_local, values_are_freed_with_the_last_that_may_go_on_with_them) {
  counted::start_counting();
  const int before = counted::alive;
  {
    async_local<counted> a;
    gate g;
    auto body = [&]() -> task<int> {
      a.set(counted(4));
      co_await g.opened();
      co_return a.get().value;
    };
    auto t = body();
    EXPECT_EQ(counted::alive, before + 1);
    std::thread([&] {
      a.set(counted(5));
      EXPECT_EQ(a.get().value, 5);
    }).join();
    EXPECT_EQ(counted::alive, before + 1) << "a thread that ends gives its values back";
    g.open();
    EXPECT_EQ(t.result(), 4);
  }
  EXPECT_EQ(counted::alive, before);
}

TEST(async_local, a_frame_destroyed_while_it_waits_frees_its_values) {
  counted::start_counting();
  const int before = counted::alive;
  async_local<counted> a;
  std::coroutine_handle<> handle;
  auto body = [](async_local<counted>& l, std::coroutine_handle<>& h) -> task<> {
    l.set(counted(4));
    static_cast<void>(co_await by_hand{&h});
  };
  {
    auto t = body(a, handle);
    EXPECT_EQ(counted::alive, before + 1);
    handle.destroy();
    static_cast<void>(t.release());  // its state went with the frame
  }
  EXPECT_EQ(counted::alive, before);
}

TEST(async_local, many_flows_on_many_workers_stay_apart) {
  constexpr int flows = 200;
  auto body = [](int id) -> task<int> {
    local().set(id);
    for (int i = 0; i < 50; ++i) {
      auto t = yield();
      co_await t;
      auto child = [](int parent) -> task<int> {
        const bool good = local().get() == parent;
        local().set(-1);
        auto y = yield();
        co_await y;
        co_return good&& local().get() == -1 ? 0 : 1;
      }(local().get());
      if (const int bad = co_await child; bad != 0 || local().get() != id) {
        co_return 1;
      }
    }
    co_return 0;
  };
  std::vector<task<int>> all;
  for (int i = 1; i <= flows; ++i) {
    auto f = [=] { return body(i); };
    all.push_back(run(f));
  }
  for (auto& t : all) {
    EXPECT_EQ(t.result(), 0);
  }
}

}  // namespace
}  // namespace weft
