#include <weft/base/error.hpp>
#include <weft/parallel.hpp>
#include <weft/sched/thread_pool.hpp>
#include <weft/task/async_local.hpp>
#include <weft/task/cancellation.hpp>

#include <atomic>
#include <barrier>
#include <cstdint>
#include <functional>
#include <latch>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <numeric>
#include <ranges>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

namespace {

using weft::parallel_for;
using weft::parallel_for_each;
using weft::parallel_invoke;
using weft::parallel_loop_state;
using weft::parallel_options;

static_assert(std::is_trivially_destructible_v<parallel_options>);
static_assert(std::is_aggregate_v<parallel_options>);

/// Calls of each index, counted.
template <class Loop>
std::vector<int> counts(std::size_t n, Loop loop) {
  std::vector<std::atomic<int>> seen(n);
  loop([&](std::size_t i) { seen.at(i).fetch_add(1); });
  return {seen.begin(), seen.end()};
}

/// The highest number of bodies that were inside at the same time.
class gauge {
 public:
  void enter() {
    const int now = inside_.fetch_add(1) + 1;
    int most = most_.load();
    while (now > most && !most_.compare_exchange_weak(most, now)) {
    }
  }
  void leave() { inside_.fetch_sub(1); }
  [[nodiscard]] int most() const { return most_.load(); }

 private:
  std::atomic<int> inside_{0};
  std::atomic<int> most_{0};
};

void burn(int rounds) {
  volatile unsigned x = 0;
  for (int i = 0; i < rounds; ++i) {
    x = x + static_cast<unsigned>(i);
  }
}

TEST(parallel_for, calls_every_index_once) {
  for (const std::size_t n : {1U, 2U, 3U, 7U, 64U, 1'000U, 200'000U}) {
    const auto seen = counts(n, [&](auto body) {
      const auto result = parallel_for(0, n, body);
      EXPECT_TRUE(result.is_completed());
      EXPECT_FALSE(result.lowest_break_iteration());
    });
    EXPECT_EQ(seen, std::vector<int>(n, 1)) << n;
  }
}

TEST(parallel_for, gives_indices_their_common_type) {
  parallel_for(0, std::size_t{3},
               [](auto i) { static_assert(std::is_same_v<decltype(i), std::size_t>); });
  parallel_for(std::int8_t{0}, std::int8_t{3},
               [](auto i) { static_assert(std::is_same_v<decltype(i), std::int8_t>); });
  std::atomic<int> sum{0};
  parallel_for(-3, std::int64_t{3}, [&](std::int64_t i) { sum += static_cast<int>(i); });
  EXPECT_EQ(sum, -3);
}

TEST(parallel_for, reaches_the_ends_of_its_type) {
  std::mutex m;
  std::set<std::int64_t> seen;
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  parallel_for(most - 3, most, [&](std::int64_t i) {
    std::lock_guard guard(m);
    seen.insert(i);
  });
  parallel_for(least, least + 2, [&](std::int64_t i) {
    std::lock_guard guard(m);
    seen.insert(i);
  });
  EXPECT_EQ(seen, (std::set<std::int64_t>{least, least + 1, most - 3, most - 2, most - 1}));
}

TEST(parallel_for, does_nothing_for_an_empty_or_reversed_range) {
  auto never = [](auto) { FAIL() << "there is nothing to call it for"; };
  EXPECT_TRUE(parallel_for(0, 0, never).is_completed());
  EXPECT_TRUE(parallel_for(5, -5, never).is_completed());
  EXPECT_TRUE(parallel_for(10U, 3, never).is_completed());
}

TEST(parallel_for, refuses_a_negative_begin_with_an_unsigned_end) {
  EXPECT_THROW(parallel_for(-1, std::size_t{4}, [](auto) {}), std::invalid_argument);
}

TEST(parallel_for, leaves_a_huge_range_early) {
  std::atomic<std::uint64_t> asked{0};
  const auto result = parallel_for(std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max(),
                                   [&](std::uint64_t i, parallel_loop_state& s) {
                                     if (i >= 100) {  // a helper may get there before the caller
                                       ++asked;
                                       s.stop();
                                     }
                                   });
  EXPECT_FALSE(result.is_completed());
  EXPECT_FALSE(result.lowest_break_iteration().has_value());
  EXPECT_GE(asked, 1U);
}

TEST(parallel_for, lets_bodies_wait_for_each_other) {
  if (weft::thread_pool::default_pool().size() < 2) {
    GTEST_SKIP() << "needs two workers";
  }
  for (int round = 0; round < 200; ++round) {
    std::latch both(2);
    parallel_for(0, 2, [&](int) { both.arrive_and_wait(); });
  }
}

TEST(parallel_for, runs_in_order_on_the_caller_with_degree_1) {
  std::vector<int> order;
  const auto caller = std::this_thread::get_id();
  parallel_for(0, 1'000,
               [&](int i) {
                 EXPECT_EQ(std::this_thread::get_id(), caller);
                 order.push_back(i);
               },
               {.max_degree_of_parallelism = 1});
  std::vector<int> expected(1'000);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(order, expected);
}

TEST(parallel_for, keeps_to_its_degree) {
  weft::thread_pool pool({.min_threads = 6, .max_threads = 0, .name = "wide"});
  for (const int degree : {1, 2, 3}) {
    gauge inside;
    parallel_for(0, 2'000,
                 [&](int) {
                   inside.enter();
                   burn(2'000);
                   inside.leave();
                 },
                 {.max_degree_of_parallelism = degree, .scheduler = &pool});
    EXPECT_LE(inside.most(), degree);
  }
}

TEST(parallel_for, refuses_bad_options) {
  EXPECT_THROW(parallel_for(0, 1, [](int) {}, {.max_degree_of_parallelism = 0}),
               std::invalid_argument);
  EXPECT_THROW(parallel_for(0, 1, [](int) {}, {.max_degree_of_parallelism = -2}),
               std::invalid_argument);
  EXPECT_THROW(parallel_for(0, 1, [](int) {}, {.partitioner = weft::partitioner::chunked(0)}),
               std::invalid_argument);
}

TEST(parallel_for, covers_the_range_with_every_partitioner) {
  using weft::partitioner;
  for (const auto how :
       {partitioner::automatic(), partitioner::fixed(), partitioner::guided(),
        partitioner::guided(100), partitioner::chunked(1), partitioner::chunked(37)}) {
    const auto seen = counts(10'000, [&](auto body) {
      parallel_for(0, std::size_t{10'000}, body, {.partitioner = how});
    });
    EXPECT_EQ(seen, std::vector<int>(10'000, 1));
  }
}

TEST(parallel_for, shares_a_piece_that_turns_out_to_be_long) {
  // Cheap at first, so that the pieces grow; then a stretch that costs a thousand times as much.
  const auto seen = counts(60'000, [&](auto body) {
    parallel_for(0, std::size_t{60'000}, [&](std::size_t i) {
      body(i);
      if (i >= 30'000 && i < 30'400) {
        burn(20'000);
      }
    });
  });
  EXPECT_EQ(seen, std::vector<int>(60'000, 1));
}

TEST(parallel_for, gets_help_though_it_was_short_before) {
  if (weft::thread_pool::default_pool().size() < 2) {
    GTEST_SKIP() << "needs two workers";
  }
  std::latch* meeting = nullptr;
  const auto loop = [&] {
    parallel_for(0, 2, [&](int) {
      if (meeting != nullptr) {
        meeting->arrive_and_wait();
      }
    });
  };
  for (int i = 0; i < 1'000; ++i) {
    loop();
  }
  std::latch both(2);
  meeting = &both;
  loop();
}

TEST(parallel_for, stays_with_its_caller_while_it_is_short) {
  const auto caller = std::this_thread::get_id();
  int helped = 0;
  for (int i = 0; i < 1'000; ++i) {
    std::atomic<bool> elsewhere{false};
    parallel_for(0, 8, [&](int) {
      if (std::this_thread::get_id() != caller) {
        elsewhere = true;
      }
    });
    helped += elsewhere ? 1 : 0;
  }
  EXPECT_LT(helped, 500);  // in some the caller lost its processor, so that they were not short
}

TEST(parallel_for, leaves_nothing_behind_in_the_queues_of_a_busy_pool) {
  weft::thread_pool pool({.min_threads = 1, .max_threads = 1, .name = "busy"});
  auto ended = pool.run([&] {
    for (int i = 0; i < 5'000; ++i) {
      parallel_for(0, 4, [](int) { burn(500); },
                   {.max_degree_of_parallelism = 4, .scheduler = &pool});
    }
    return pool.stats().queued;
  });
  EXPECT_LE(ended.result(), 2U);
}

// ---- on a scheduler

TEST(parallel_for, lets_other_work_of_the_pool_run) {
  weft::thread_pool pool({.min_threads = 1, .max_threads = 1, .name = "one"});
  std::atomic<bool> ran{false};
  const auto result = parallel_for(std::int64_t{0}, std::int64_t{1} << 40,
                                   [&](std::int64_t i, parallel_loop_state& s) {
                                     if (i == 0) {
                                       pool.post([&] { ran = true; });
                                     }
                                     if (ran) {
                                       s.stop();
                                     }
                                   },
                                   {.scheduler = &pool});
  EXPECT_FALSE(result.is_completed());
  EXPECT_TRUE(ran);
}

TEST(parallel_for, runs_on_the_given_pool_alone) {
  weft::thread_pool pool({.min_threads = 2, .max_threads = 0, .name = "own"});
  std::atomic<int> elsewhere{0};
  parallel_for(0, 5'000, [&](int) { elsewhere += weft::task_scheduler::current() != &pool; },
               {.scheduler = &pool});
  EXPECT_EQ(elsewhere, 0);
}

TEST(parallel_for, lets_a_caller_on_the_given_pool_take_part) {
  weft::thread_pool pool({.min_threads = 1, .max_threads = 1, .name = "one"});
  auto sum = pool.run([&] {
    int total = 0;
    parallel_for(0, 1'000, [&](int i) { total += i; }, {.scheduler = &pool});
    return total;
  });
  EXPECT_EQ(sum.result(), 499'500);
}

class refusing_scheduler final : public weft::task_scheduler {
 public:
  ~refusing_scheduler() override { close_anchor(); }
  void queue(weft::work) override { throw std::runtime_error("closed"); }
};

TEST(parallel_for, throws_what_a_scheduler_throws_that_takes_no_work) {
  refusing_scheduler refusing;
  EXPECT_THROW(parallel_for(0, 10, [](int) {}, {.scheduler = &refusing}),
               weft::aggregate_exception);
}

TEST(parallel_for, nests_three_deep) {
  std::atomic<int> calls{0};
  parallel_for(0, 20, [&](int) {
    parallel_for(0, 20, [&](int) { parallel_for(0, 20, [&](int) { ++calls; }); });
  });
  EXPECT_EQ(calls, 8'000);
}

TEST(parallel_for, nests_without_oversubscription) {
  // 421 loops: one takes part in its own, and only who waits for a body is made up for.
  weft::thread_pool pool({.min_threads = 2, .max_threads = 0, .name = "two"});
  const parallel_options here{.scheduler = &pool};
  auto loops = [&](auto body) { parallel_for(0, 20, [&](int) { body(); }, here); };
  std::atomic<int> calls{0};
  auto nested = pool.run([&] {
    loops([&] {
      loops([&] {
        loops([&] {
          burn(500);
          ++calls;
        });
      });
    });
  });
  nested.wait();
  EXPECT_EQ(calls, 8'000);
  EXPECT_LE(pool.stats().threads, 16);
}

TEST(parallel_for, nests_under_waits_without_deadlock) {
  std::atomic<int> calls{0};
  parallel_for(0, 8, [&](int) {
    auto t = weft::run([&] { parallel_for(0, 50, [&](int) { ++calls; }); });
    t.wait();
  });
  EXPECT_EQ(calls, 400);
}

TEST(parallel_for, is_called_from_tasks_and_threads_at_the_same_time) {
  std::atomic<int> calls{0};
  auto loop = [&] {
    for (int i = 0; i < 20; ++i) {
      parallel_for(0, 200, [&](int) {
        burn(50);
        ++calls;
      });
    }
  };
  std::vector<weft::task<>> tasks;
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    tasks.push_back(weft::run(loop));
    threads.emplace_back(loop);
  }
  for (auto& t : threads) {
    t.join();
  }
  weft::wait_all(tasks);
  EXPECT_EQ(calls, 6 * 20 * 200);
}

// ---- errors and early ends

TEST(parallel_for, throws_an_aggregate_of_what_bodies_threw) {
  try {
    parallel_for(0, 1'000'000, [](int i) {
      if (i == 77) {
        throw std::runtime_error("seventy-seven");
      }
    });
    FAIL() << "nothing was thrown";
  } catch (const weft::aggregate_exception& e) {
    ASSERT_EQ(e.exceptions().size(), 1U);
    EXPECT_THROW(std::rethrow_exception(e.exceptions().front()), std::runtime_error);
  }
}

TEST(parallel_for, stops_after_an_error) {
  std::atomic<int> calls{0};
  EXPECT_THROW(parallel_for(0, 1'000'000'000,
                            [&](int) {
                              ++calls;
                              throw std::runtime_error("at once");
                            }),
               weft::aggregate_exception);
  EXPECT_LE(calls, 64);
}

TEST(parallel_for, gathers_the_errors_of_bodies_that_run_together) {
  if (weft::thread_pool::default_pool().size() < 2) {
    GTEST_SKIP() << "needs two workers";
  }
  std::barrier together(2);
  try {
    parallel_for(0, 2, [&](int i) {
      together.arrive_and_wait();
      throw std::runtime_error(std::to_string(i));
    });
    FAIL() << "nothing was thrown";
  } catch (const weft::aggregate_exception& e) {
    EXPECT_EQ(e.exceptions().size(), 2U);
  }
}

TEST(parallel_for, waits_for_running_bodies_before_it_throws) {
  if (weft::thread_pool::default_pool().size() < 2) {
    GTEST_SKIP() << "needs two workers";
  }
  std::latch both(2);
  std::atomic<bool> ended{false};
  EXPECT_THROW(parallel_for(0, 2,
                            [&](int i) {
                              both.arrive_and_wait();
                              if (i == 0) {
                                throw std::runtime_error("first");
                              }
                              burn(1'000'000);
                              ended = true;
                            }),
               weft::aggregate_exception);
  EXPECT_TRUE(ended);
}

TEST(parallel_for, starts_nothing_when_it_is_canceled_before) {
  std::stop_source source;
  source.request_stop();
  const auto token = source.get_token();
  EXPECT_THROW(parallel_for(0, 10, [](int) { FAIL(); }, {.stop = token}), weft::operation_canceled);
}

TEST(parallel_for, ends_soon_when_it_is_canceled) {
  std::stop_source source;
  const auto token = source.get_token();
  std::atomic<std::int64_t> after{0};
  try {
    parallel_for(std::int64_t{0}, std::int64_t{1} << 40,
                 [&](std::int64_t i) {
                   if (i == 1'000) {
                     source.request_stop();
                   } else if (source.stop_requested()) {
                     ++after;
                   }
                 },
                 {.stop = token});
    FAIL() << "it cannot have come to its end";
  } catch (const weft::operation_canceled& e) {
    EXPECT_EQ(e.token(), token);
  }
  EXPECT_LT(after, 100'000'000);
}

TEST(parallel_for, turns_cancellations_by_its_own_token_into_one) {
  std::stop_source source;
  const auto token = source.get_token();
  EXPECT_THROW(parallel_for(0, 10,
                            [&](int) {
                              source.request_stop();
                              weft::throw_if_stopped(token);
                            },
                            {.stop = token}),
               weft::operation_canceled);
}

TEST(parallel_for, gives_errors_precedence_over_cancellation) {
  std::stop_source source;
  const auto token = source.get_token();
  EXPECT_THROW(parallel_for(0, 10,
                            [&](int) {
                              source.request_stop();
                              throw std::runtime_error("and more");
                            },
                            {.stop = token}),
               weft::aggregate_exception);
}

TEST(parallel_loop_state, stop_ends_the_loop) {
  std::atomic<int> calls{0};
  const auto result = parallel_for(0, 1'000'000, [&](int, parallel_loop_state& s) {
    ++calls;
    s.stop();
    EXPECT_TRUE(s.is_stopped());
    EXPECT_TRUE(s.should_exit_current_iteration());
  });
  EXPECT_FALSE(result.is_completed());
  EXPECT_FALSE(result.lowest_break_iteration());
  EXPECT_LE(calls, 64);
}

TEST(parallel_loop_state, break_runs_everything_below_the_lowest) {
  std::vector<std::atomic<int>> seen(100'000);
  const auto result = parallel_for(0, 100'000, [&](int i, parallel_loop_state& s) {
    ++seen[static_cast<std::size_t>(i)];
    if (i >= 5'000 && i % 1'000 == 0) {
      s.break_loop();
    }
  });
  EXPECT_FALSE(result.is_completed());
  ASSERT_TRUE(result.lowest_break_iteration());
  const auto lowest = *result.lowest_break_iteration();
  EXPECT_EQ(lowest, 5'000);
  for (std::int64_t i = 0; i <= lowest; ++i) {
    ASSERT_EQ(seen[static_cast<std::size_t>(i)], 1) << i;
  }
  EXPECT_LT(std::accumulate(seen.begin(), seen.end(), 0), 100'000);
}

TEST(parallel_loop_state, break_counts_from_the_begin_of_the_range) {
  const auto result = parallel_for(-50, 50, [&](int i, parallel_loop_state& s) {
    if (i == -20) {
      s.break_loop();
      EXPECT_LE(s.lowest_break_iteration().value(), -20);
    }
  });
  EXPECT_EQ(result.lowest_break_iteration(), -20);
}

TEST(parallel_loop_state, stop_and_break_exclude_each_other) {
  parallel_for(0, 1, [](int, parallel_loop_state& s) {
    s.stop();
    EXPECT_THROW(s.break_loop(), weft::invalid_operation);
  });
  parallel_for(0, 1, [](int, parallel_loop_state& s) {
    s.break_loop();
    EXPECT_THROW(s.stop(), weft::invalid_operation);
  });
}

TEST(parallel_loop_state, tells_of_errors_elsewhere) {
  if (weft::thread_pool::default_pool().size() < 2) {
    GTEST_SKIP() << "needs two workers";
  }
  std::latch both(2);
  EXPECT_THROW(parallel_for(0, 2,
                            [&](int i, parallel_loop_state& s) {
                              both.arrive_and_wait();
                              if (i == 0) {
                                throw std::runtime_error("here");
                              }
                              while (!s.should_exit_current_iteration()) {
                                std::this_thread::yield();
                              }
                              EXPECT_TRUE(s.is_exceptional());
                            }),
               weft::aggregate_exception);
}

// ---- thread-local values

TEST(parallel_for_local, sums_without_sharing) {
  std::atomic<std::int64_t> sum{0};
  std::atomic<int> made{0};
  std::atomic<int> ended{0};
  parallel_for(
      0, 100'000,
      [&] {
        ++made;
        return std::int64_t{0};
      },
      [](int i, parallel_loop_state&, std::int64_t local) { return local + i; },
      [&](std::int64_t local) {
        ++ended;
        sum += local;
      });
  EXPECT_EQ(sum, 4'999'950'000);
  EXPECT_EQ(made, ended);
  EXPECT_GE(made, 1);
}

TEST(parallel_for_local, ends_a_value_after_an_error) {
  std::atomic<int> made{0};
  std::atomic<int> ended{0};
  EXPECT_THROW(parallel_for(
                   0, 1'000,
                   [&] {
                     ++made;
                     return std::make_unique<int>(0);
                   },
                   [](int i, parallel_loop_state&, std::unique_ptr<int> local) {
                     if (i == 500) {
                       throw std::runtime_error("in the middle");
                     }
                     return local;
                   },
                   [&](std::unique_ptr<int>) { ++ended; }),
               weft::aggregate_exception);
  EXPECT_EQ(made, ended);
}

// ---- ranges

TEST(parallel_for_each, changes_the_elements_of_a_vector) {
  std::vector<int> v(10'000, 1);
  parallel_for_each(v, [](int& x) { x += 1; });
  EXPECT_EQ(v, std::vector<int>(10'000, 2));
}

TEST(parallel_for_each, walks_a_list) {
  std::list<int> l(5'000, 1);
  const auto result = parallel_for_each(l, [](int& x) { x += 1; });
  EXPECT_TRUE(result.is_completed());
  EXPECT_EQ(l, std::list<int>(5'000, 2));
}

TEST(parallel_for_each, reads_an_input_range_once) {
  std::string text;
  for (int i = 0; i < 3'000; ++i) {
    text += std::to_string(i) + " ";
  }
  std::istringstream in(text);
  std::atomic<int> sum{0};
  parallel_for_each(std::ranges::istream_view<int>(in), [&](int x) { sum += x; });
  EXPECT_EQ(sum, 3'000 * 2'999 / 2);
}

TEST(parallel_for_each, takes_views_and_empty_ranges) {
  std::atomic<int> sum{0};
  parallel_for_each(std::views::iota(0, 100) | std::views::transform([](int i) { return 2 * i; }),
                    [&](int x) { sum += x; });
  parallel_for_each(std::views::iota(0, 100) | std::views::filter([](int i) { return i % 2 == 0; }),
                    [&](int x) { sum += x; });
  parallel_for_each(std::vector<int>{}, [&](int) { sum = -1; });
  parallel_for_each(std::list<int>{}, [&](int) { sum = -1; });
  EXPECT_EQ(sum, 9'900 + 2'450);
}

TEST(parallel_for_each, gives_the_state_and_the_number) {
  std::list<int> l;
  for (int i = 0; i < 1'000; ++i) {
    l.push_back(i);
  }
  std::atomic<int> wrong{0};
  parallel_for_each(
      l, [&](int x, parallel_loop_state&, std::int64_t number) { wrong += x != number; });
  EXPECT_EQ(wrong, 0);
  std::atomic<int> below{0};
  const auto result = parallel_for_each(l, [&](int x, parallel_loop_state& s) {
    below += x < 300;
    if (x == 300) {
      s.break_loop();
    }
  });
  EXPECT_EQ(below, 300);
  EXPECT_EQ(result.lowest_break_iteration(), 300);
}

TEST(parallel_for_each, keeps_a_value_for_each_thread) {
  std::atomic<int> sum{0};
  const auto add = [](int x, parallel_loop_state&, int local) { return local + x; };
  const auto take = [&](int local) { sum += local; };
  parallel_for_each(std::vector<int>(1'000, 1), [] { return 0; }, add, take);
  parallel_for_each(std::list<int>(1'000, 1), [] { return 0; }, add, take);
  EXPECT_EQ(sum, 2'000);
}

struct failing_iterator {
  using difference_type = std::ptrdiff_t;
  using value_type = int;
  int at = 0;
  int operator*() const { return at; }
  failing_iterator& operator++() {
    if (++at == 500) {
      throw std::runtime_error("the source has failed");
    }
    return *this;
  }
  void operator++(int) { ++*this; }
  bool operator==(std::default_sentinel_t) const { return false; }
};

TEST(parallel_for_each, passes_on_the_error_of_its_range) {
  EXPECT_THROW(parallel_for_each(std::ranges::subrange(failing_iterator{}, std::default_sentinel),
                                 [](int) {}),
               weft::aggregate_exception);
}

TEST(parallel_for_each, looks_at_the_token_of_an_empty_range_first) {
  std::stop_source source;
  source.request_stop();
  const auto token = source.get_token();
  EXPECT_THROW(parallel_for_each(std::vector<int>{}, [](int) {}, {.stop = token}),
               weft::operation_canceled);
}

TEST(parallel_for_each, ends_a_walk_when_it_is_canceled) {
  weft::cancellation_source source;
  const auto token = source.token();
  auto endless = std::views::iota(0) | std::views::filter([](int) { return true; });
  EXPECT_THROW(parallel_for_each(endless,
                                 [&](int i) {
                                   if (i == 10'000) {
                                     source.cancel();
                                   }
                                 },
                                 {.stop = token}),
               weft::operation_canceled);
}

// ---- parallel_reduce

TEST(parallel_reduce, folds_the_whole_range) {
  const auto add = [](weft::index_range c, std::int64_t acc) {
    for (const auto i : c) {
      acc += i;
    }
    return acc;
  };
  EXPECT_EQ(weft::parallel_reduce(0, 100'000, std::int64_t{0}, add, std::plus<>()), 4'999'950'000);
  EXPECT_EQ(weft::parallel_reduce(-10, 11, std::int64_t{0}, add, std::plus<>()), 0);
  EXPECT_EQ(weft::parallel_reduce(5, 5, std::int64_t{7}, add, std::plus<>()), 7);
}

TEST(parallel_reduce, throws_an_aggregate) {
  EXPECT_THROW(
      static_cast<void>(weft::parallel_reduce(
          0, 1'000, 0, [](weft::index_range, int) -> int { throw std::runtime_error("x"); },
          std::plus<>())),
      weft::aggregate_exception);
}

// ---- parallel_invoke

TEST(parallel_invoke, calls_each_function_once) {
  std::atomic<int> a{0};
  std::atomic<int> b{0};
  int c = 0;
  parallel_invoke([&] { ++a; }, [&] { ++b; }, [&] { ++c; });
  EXPECT_EQ(a + b + c, 3);
}

TEST(parallel_invoke, calls_the_others_after_an_error) {
  std::atomic<int> calls{0};
  try {
    parallel_invoke([&] { throw std::runtime_error("one"); }, [&] { ++calls; },
                    [&] { throw std::runtime_error("two"); }, [&] { ++calls; });
    FAIL() << "nothing was thrown";
  } catch (const weft::aggregate_exception& e) {
    EXPECT_EQ(e.exceptions().size(), 2U);
  }
  EXPECT_EQ(calls, 2);
}

TEST(parallel_invoke, runs_in_order_with_degree_1) {
  std::string order;
  parallel_invoke(
      parallel_options{.max_degree_of_parallelism = 1}, [&] { order += 'a'; },
      [&] { order += 'b'; }, [&] { order += 'c'; });
  EXPECT_EQ(order, "abc");
}

TEST(parallel_invoke, starts_no_more_after_cancellation) {
  std::stop_source source;
  const auto token = source.get_token();
  int calls = 0;
  EXPECT_THROW(parallel_invoke(
                   {.max_degree_of_parallelism = 1, .stop = token}, [&] { source.request_stop(); },
                   [&] { ++calls; }),
               weft::operation_canceled);
  EXPECT_EQ(calls, 0);
}

TEST(parallel_for, gives_every_body_the_values_of_the_caller_and_none_back) {
  weft::async_local<int> local;
  local.set(5);
  std::atomic<int> good = 0;
  weft::parallel_for(0, 1000, [&](int) {
    if (local.get() >= 5) {
      ++good;
    }
    local.set(6);
  });
  EXPECT_EQ(good, 1000);
  EXPECT_EQ(local.get(), 5);
}

}  // namespace
