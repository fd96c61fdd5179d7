#include <weft/parallel/parallel_for_each_async.hpp>

#include <weft/base/error.hpp>
#include <weft/parallel.hpp>
#include <weft/sched/thread_pool.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "support/tasks.hpp"

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <numeric>
#include <ranges>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using testing::message;
using testing::thrown_by;
using testing::unobserved_count;

async_generator<int> count_to(int n, std::stop_token stop = {}) {
  for (int i = 1; i <= n; ++i) {
    throw_if_stopped(stop);
    co_yield i;
  }
}
std::vector<int> numbers(int n) {
  std::vector<int> v(static_cast<std::size_t>(n));
  std::iota(v.begin(), v.end(), 0);
  return v;
}
/// Counts how many are inside, and the most that ever were.
struct gauge {
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  void enter() {
    const int now = ++inside;
    int seen = most;
    while (seen < now && !most.compare_exchange_weak(seen, now)) {
    }
  }
  void leave() { --inside; }
};
/// One whose bodies wait until as many as may be are inside.
struct meeting : gauge {
  explicit meeting(int all) : expected(all) {}
  meeting(const meeting&) = delete;
  meeting& operator=(const meeting&) = delete;
  ~meeting() { complete.try_set_result(); }  // when it has not taken place

  shared_task<> enter() {
    gauge::enter();
    if (most >= expected) {
      complete.try_set_result();
    }
    return met;
  }
  const int expected;
  task_completion_source<> complete;
  shared_task<> met = complete.task().share();
};

TEST(parallel_for_each_async, runs_its_body_for_every_element) {
  std::atomic<int> sum = 0;
  const auto v = numbers(1000);
  parallel_for_each_async(v, [&](const int& x, std::stop_token) -> task<> {
    co_await yield();
    sum += x;
  }).wait();
  EXPECT_EQ(sum, 499'500);
}

TEST(parallel_for_each_async, changes_the_elements_of_an_lvalue_range) {
  auto v = numbers(100);
  parallel_for_each_async(v, [](int& x) -> task<> {
    co_await yield();
    x *= 2;
  }).wait();
  EXPECT_EQ(v[99], 198);
}

TEST(parallel_for_each_async, keeps_a_range_by_value_and_takes_views) {
  std::atomic<int> sum = 0;
  auto add = [&](auto& x) -> task<> {
    co_await yield();
    sum += x;
  };
  parallel_for_each_async(numbers(10), add).wait();
  EXPECT_EQ(sum, 45);
  parallel_for_each_async(std::views::iota(0, 10), add).wait();
  EXPECT_EQ(sum, 90);
}

TEST(parallel_for_each_async, takes_a_generator) {
  std::atomic<int> sum = 0;
  parallel_for_each_async(count_to(100), [&](int& x) -> task<> {
    co_await yield();
    sum += x;
  }).wait();
  EXPECT_EQ(sum, 5050);
}

TEST(parallel_for_each_async, takes_bodies_that_give_any_awaitable) {
  std::atomic<int> sum = 0;
  parallel_for_each_async(numbers(10), [&](int& x) -> lazy<> {
    sum += x;
    co_return;
  }).wait();
  parallel_for_each_async(numbers(10), [&](int& x) -> value_task<> {
    sum += x;
    return {};
  }).wait();
  EXPECT_EQ(sum, 90);
}

TEST(parallel_for_each_async, of_nothing_ends) {
  parallel_for_each_async(numbers(0), [](int&) -> task<> { co_return; }).wait();
}

TEST(parallel_for_each_async, runs_no_more_bodies_than_its_degree) {
  for (const int degree : {1, 3, 100}) {
    meeting g(degree);
    parallel_for_each_async(numbers(200),
                            [&](int&) -> task<> {
                              auto met = g.enter();
                              co_await met;
                              co_await yield();  // those behind the first meet by chance
                              g.leave();
                            },
                            {.max_degree_of_parallelism = degree})
        .wait();
    EXPECT_EQ(g.most, degree);
    EXPECT_EQ(g.inside, 0);
  }
}

TEST(parallel_for_each_async, takes_elements_only_when_there_is_room) {
  std::atomic<int> taken = 0;
  auto source = [&]() -> async_generator<int> {
    for (int i = 0; i < 10; ++i) {
      ++taken;
      co_yield i;
    }
  };
  task_completion_source<> open;
  auto gate = open.task();
  std::atomic<int> begun = 0;
  std::latch two_begun(2);
  auto all = parallel_for_each_async(source(),
                                     [&](int&) -> task<> {
                                       if (++begun <= 2) {
                                         two_begun.count_down();
                                       }
                                       co_await gate;
                                     },
                                     {.max_degree_of_parallelism = 2});
  two_begun.wait();
  EXPECT_FALSE(all.wait(20ms));
  EXPECT_EQ(taken, 2);
  EXPECT_EQ(begun, 2);
  open.set_result();
  all.wait();
  EXPECT_EQ(taken, 10);
}

TEST(parallel_for_each_async, starts_nothing_on_the_calling_thread) {
  const auto here = std::this_thread::get_id();
  std::atomic<bool> was_here = false;
  parallel_for_each_async(numbers(10), [&](int&) -> task<> {
    was_here = was_here || std::this_thread::get_id() == here;
    co_return;
  }).wait();
  EXPECT_FALSE(was_here);
}

TEST(parallel_for_each_async, a_failure_stops_the_others_and_all_are_kept) {
  task_completion_source<> both;
  auto gate = both.task();
  std::atomic<int> begun = 0;
  auto all = parallel_for_each_async(numbers(1000),
                                     [&](int& x, std::stop_token) -> task<> {
                                       if (++begun == 2) {
                                         both.set_result();
                                       }
                                       co_await gate;
                                       throw std::runtime_error("body " + std::to_string(x));
                                     },
                                     {.max_degree_of_parallelism = 2});
  EXPECT_EQ(thrown_by([&] { all.wait(); }).substr(0, 5), "body ");
  EXPECT_TRUE(all.is_faulted());
  EXPECT_EQ(all.exceptions().size(), 2u);
  EXPECT_EQ(begun, 2);
}

TEST(parallel_for_each_async, asks_the_other_bodies_to_stop_after_a_failure) {
  auto all = parallel_for_each_async(numbers(2),
                                     [&](int& x, std::stop_token stop) -> task<> {
                                       if (x == 0) {
                                         throw std::runtime_error("first");
                                       }
                                       co_await delay(infinite, stop);
                                     },
                                     {.max_degree_of_parallelism = 2});
  EXPECT_EQ(thrown_by([&] { all.wait(); }), "first");
}

TEST(parallel_for_each_async, is_faulted_by_a_cancellation_that_nobody_asked_for) {
  // As .NET: the token of the options alone makes it canceled.
  auto all = parallel_for_each_async(numbers(1), [](int&) -> task<> {
    throw operation_canceled();
    co_return;
  });
  EXPECT_THROW(all.wait(), operation_canceled);
  EXPECT_TRUE(all.is_faulted());
}

TEST(parallel_for_each_async, is_canceled_by_its_token) {
  std::stop_source stop;
  const std::stop_token token = stop.get_token();
  std::atomic<int> begun = 0;
  auto all = parallel_for_each_async(numbers(1000),
                                     [&](int& x) -> task<> {
                                       ++begun;
                                       if (x == 3) {
                                         stop.request_stop();
                                       }
                                       co_return;
                                     },
                                     {.max_degree_of_parallelism = 1, .stop = token});
  EXPECT_THROW(all.wait(), operation_canceled);
  EXPECT_TRUE(all.is_canceled());
  EXPECT_EQ(begun, 4);
  auto never = parallel_for_each_async(numbers(10),
                                       [&](int&) -> task<> {
                                         ++begun;
                                         co_return;
                                       },
                                       {.stop = token});
  EXPECT_THROW(never.wait(), operation_canceled);
  EXPECT_EQ(begun, 4);
}

TEST(parallel_for_each_async, canceled_reports_what_its_bodies_threw) {
  const unobserved_count unobserved;
  std::stop_source stop;
  const std::stop_token token = stop.get_token();
  auto all = parallel_for_each_async(numbers(1),
                                     [&](int&) -> task<> {
                                       stop.request_stop();
                                       throw std::runtime_error("real");
                                       co_return;
                                     },
                                     {.stop = token});
  EXPECT_THROW(all.wait(), operation_canceled);
  EXPECT_EQ(unobserved.count(), 1);
}

TEST(parallel_for_each_async, hands_its_token_to_a_generator) {
  std::stop_source stop;
  const std::stop_token token = stop.get_token();
  auto endless = [](std::stop_token st) -> async_generator<int> {
    for (int i = 0;; ++i) {
      co_await delay(infinite, st);
      co_yield i;
    }
  };
  auto all =
      parallel_for_each_async(endless({}), [](int&) -> task<> { co_return; }, {.stop = token});
  EXPECT_FALSE(all.wait(5ms));
  stop.request_stop();
  EXPECT_THROW(all.wait(), operation_canceled);
}

TEST(parallel_for_each_async, throws_what_its_source_throws) {
  auto bad = []() -> async_generator<int> {
    co_yield 1;
    throw std::runtime_error("source");
  };
  auto all = parallel_for_each_async(bad(), [](int&) -> task<> { co_return; });
  EXPECT_EQ(thrown_by([&] { all.wait(); }), "source");
}

TEST(parallel_for_each_async, refuses_a_degree_of_none) {
  auto body = [](int&) -> task<> { co_return; };
  for (const int degree : {0, -2}) {
    EXPECT_THROW(static_cast<void>(parallel_for_each_async(numbers(1), body,
                                                           {.max_degree_of_parallelism = degree})),
                 std::invalid_argument);
  }
}

TEST(parallel_for_each_async, runs_on_its_scheduler) {
  thread_pool pool{{.min_threads = 1, .max_threads = 1, .name = "own"}};
  std::atomic<int> elsewhere = 0;
  parallel_for_each_async(numbers(20),
                          [&](int&) -> task<> {
                            elsewhere += task_scheduler::current() != &pool;
                            co_await yield();
                            elsewhere += task_scheduler::current() != &pool;
                          },
                          {.scheduler = &pool})
      .wait();
  EXPECT_EQ(elsewhere, 0);
}

TEST(parallel_for_each_async, keeps_its_body_until_the_end) {
  auto kept = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = kept;
  task_completion_source<> open;
  auto gate = open.task();
  auto all = parallel_for_each_async(numbers(1), [k = std::move(kept), &gate](int&) -> task<> {
    co_await gate;
    EXPECT_EQ(*k, 1);
  });
  EXPECT_FALSE(all.wait(5ms));
  EXPECT_FALSE(watch.expired());
  open.set_result();
  all.wait();
}

template <class R>
task<std::vector<R>> gather(async_generator<R> g) {
  std::vector<R> all;
  while (auto* x = co_await g.next()) {
    all.push_back(std::move(*x));
  }
  co_return all;
}

TEST(parallel_select_async, gives_results_in_the_order_of_the_elements) {
  auto squares =
      gather(parallel_select_async(numbers(100),
                                   [](int& x) -> task<int> {
                                     co_await delay(std::chrono::microseconds((x * 37) % 300));
                                     co_return x* x;
                                   },
                                   {.max_degree_of_parallelism = 8}));
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(squares.result().at(static_cast<std::size_t>(i)), i * i);
  }
}

TEST(parallel_select_async, runs_no_more_bodies_than_its_degree) {
  meeting g(3);
  gather(parallel_select_async(count_to(50),
                               [&](int& x) -> task<std::string> {
                                 auto met = g.enter();
                                 co_await met;
                                 co_await yield();
                                 g.leave();
                                 co_return std::to_string(x);
                               },
                               {.max_degree_of_parallelism = 3}))
      .wait();
  EXPECT_EQ(g.most, 3);
}

TEST(parallel_select_async, throws_the_first_failure_in_order_when_the_others_have_ended) {
  const unobserved_count unobserved;
  gauge g;
  auto all = gather(parallel_select_async(numbers(10),
                                          [&](int& x, std::stop_token stop) -> task<int> {
                                            g.enter();
                                            struct leave {
                                              gauge& of;
                                              ~leave() { of.leave(); }
                                            } at_end{g};
                                            if (x == 1) {
                                              throw std::runtime_error("one");
                                            }
                                            if (x > 1) {
                                              co_await delay(infinite, stop);
                                            }
                                            co_return x;
                                          },
                                          {.max_degree_of_parallelism = 4}));
  EXPECT_EQ(thrown_by([&] { all.wait(); }), "one");
  EXPECT_EQ(g.inside, 0);
  EXPECT_EQ(unobserved.count(), 0);
}

TEST(parallel_select_async, left_half_way_asks_its_bodies_to_stop) {
  auto v = numbers(10);
  std::atomic<int> stopped = 0;
  task_completion_source<> ended;
  auto all_stopped = ended.task();
  {
    auto g = parallel_select_async(v,
                                   [&](int& x, std::stop_token stop) -> task<int> {
                                     if (x > 0) {
                                       try {
                                         co_await delay(infinite, stop);
                                       } catch (const operation_canceled&) {
                                         if (++stopped == 2) {
                                           ended.set_result();
                                         }
                                         throw;
                                       }
                                     }
                                     co_return x;
                                   },
                                   {.max_degree_of_parallelism = 3});
    EXPECT_EQ(*g.next().result(), 0);
  }
  all_stopped.wait();
  EXPECT_EQ(stopped, 2);
}

TEST(parallel_select_async, is_canceled_by_its_token_and_by_with_cancellation) {
  for (const bool by_options : {true, false}) {
    std::stop_source stop;
    const std::stop_token token = stop.get_token();
    auto body = [](int& x, std::stop_token st) -> task<int> {
      co_await delay(infinite, st);
      co_return x;
    };
    auto g = by_options ? parallel_select_async(numbers(3), body, {.stop = token})
                        : parallel_select_async(numbers(3), body).with_cancellation(token);
    auto all = gather(std::move(g));
    EXPECT_FALSE(all.wait(2ms));
    stop.request_stop();
    EXPECT_THROW(all.wait(), operation_canceled);
    EXPECT_TRUE(all.is_canceled());
  }
}

}  // namespace
}  // namespace weft
