// parallel_for, parallel_for_each and parallel_invoke: what runs, what ends early, what is thrown.

#include <weft/parallel.hpp>

#include "conformance/support.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <latch>
#include <list>
#include <numeric>
#include <ranges>
#include <thread>

namespace weft::conformance {
namespace {

using state = parallel_loop_state;

std::stop_token requested() {
  static const std::stop_token token = [] {
    std::stop_source source;
    source.request_stop();
    return source.get_token();
  }();
  return token;
}

WEFT_CASE(parallel_loops, every_index_once) {
  std::array<std::atomic<int>, 100> seen{};
  const auto result = parallel_for(0, 100, [&](int i) { ++seen[static_cast<std::size_t>(i)]; });
  int sum = 0;
  int most = 0;
  for (const auto& n : seen) {
    sum += n;
    most = std::max(most, n.load());
  }
  r.line(sum, most, result.is_completed(), result.lowest_break_iteration());
}
WEFT_CASE(parallel_loops, of_nothing) {
  auto never = [&](int) { r.line("never"); };
  r.line(parallel_for(5, 5, never).is_completed());
  r.line(parallel_for(5, 3, never).is_completed());
}
WEFT_CASE(parallel_loops, negative_indices) {
  std::atomic<long> sum = 0;
  parallel_for(-50, 50, [&](int i) { sum += i; });
  r.line(sum.load());
}
WEFT_CASE(parallel_loops, indices_of_64_bits) {
  const std::int64_t first = std::int64_t{1} << 40;
  std::atomic<std::int64_t> sum = 0;
  parallel_for(first, first + 10, [&](std::int64_t i) { sum += i - first; });
  r.line(sum.load());
}
WEFT_CASE(parallel_loops, one_at_a_time_is_in_order) {
  std::vector<int> seen;
  parallel_for(0, 10, [&](int i) { seen.push_back(i); }, {.max_degree_of_parallelism = 1});
  r.line(seen);
}
WEFT_CASE(parallel_loops, the_caller_waits_for_all) {
  std::atomic<int> ended = 0;
  parallel_for(0, 20, [&](int) {
    std::this_thread::yield();
    ++ended;
  });
  r.line(ended.load());
}
WEFT_CASE(parallel_loops, no_more_at_once_than_asked) {
  std::mutex guard;
  int now = 0;
  int most = 0;
  parallel_for(0, 200,
               [&](int) {
                 {
                   const std::lock_guard held(guard);
                   most = std::max(most, ++now);
                 }
                 const std::lock_guard held(guard);
                 --now;
               },
               {.max_degree_of_parallelism = 2});
  r.line(most <= 2);
}
WEFT_CASE(parallel_loops, bad_degrees) {
  auto loop = [](int degree) {
    parallel_for(0, 1, [](int) {}, {.max_degree_of_parallelism = degree});
  };
  r.throws("zero", [&] { loop(0); });
  r.throws("minus two", [&] { loop(-2); });
  r.throws("minus one", [&] { loop(-1); });
}
void throw_at(int i, int where, const char* message) {
  if (i == where) {
    throw test_error(message);
  }
}
WEFT_CASE(parallel_loops, an_exception) {
  r.throws("for", [] {
    parallel_for(0, 10, [](int i) { throw_at(i, 3, "three"); }, {.max_degree_of_parallelism = 1});
  });
}
WEFT_CASE(parallel_loops, exceptions_of_several_bodies) {
  std::barrier<> both(2);
  auto body = [&] {
    both.arrive_and_wait();
    throw test_error("boom");
  };
  auto other = [&] { body(); };
  try {
    parallel_invoke(body, other);
  } catch (const aggregate_exception&) {
    r.line(std::current_exception());
  }
}
WEFT_CASE(parallel_loops, after_an_exception_no_more_are_started) {
  int ran = 0;
  r.throws("for", [&] {
    parallel_for(0, 100,
                 [&](int i) {
                   ++ran;
                   throw_at(i, 3, "three");
                 },
                 {.max_degree_of_parallelism = 1});
  });
  r.line(ran);
}
WEFT_CASE(parallel_loops, a_body_sees_that_another_threw) {
  std::latch threw(1);
  bool seen = false;
  r.throws("for", [&] {
    parallel_for(0, 2,
                 [&](int i, state& s) {
                   if (i == 0) {
                     threw.wait();
                     while (!s.is_exceptional()) {
                       std::this_thread::yield();
                     }
                     seen = s.should_exit_current_iteration();
                   } else {
                     threw.count_down();
                     throw test_error("boom");
                   }
                 },
                 {.max_degree_of_parallelism = 2, .partitioner = partitioner::chunked(1)});
  });
  r.line(seen);
}
WEFT_CASE(parallel_loops, stop) {
  int ran = 0;
  const auto result = parallel_for(0, 100,
                                   [&](int i, state& s) {
                                     ++ran;
                                     if (i == 5) {
                                       s.stop();
                                       r.line(s.is_stopped(), s.should_exit_current_iteration());
                                     }
                                   },
                                   {.max_degree_of_parallelism = 1});
  r.line(ran, result.is_completed(), result.lowest_break_iteration());
}
WEFT_CASE(parallel_loops, break_runs_all_below) {
  std::array<std::atomic<int>, 100> ran{};
  const auto result = parallel_for(0, 100, [&](int i, state& s) {
    ++ran[static_cast<std::size_t>(i)];
    if (i == 20) {
      s.break_loop();
    }
  });
  int sum = 0;
  for (std::size_t i = 0; i < 21; ++i) {
    sum += ran[i];
  }
  r.line(sum, result.is_completed(), result.lowest_break_iteration());
}
WEFT_CASE(parallel_loops, the_lowest_break_counts) {
  const auto result = parallel_for(0, 100, [&](int i, state& s) {
    if (i >= 30 && i <= 40) {
      s.break_loop();
    }
  });
  r.line(result.lowest_break_iteration());
}
WEFT_CASE(parallel_loops, what_the_state_says_after_a_break) {
  parallel_for(0, 10,
               [&](int i, state& s) {
                 if (i == 2) {
                   r.line(s.should_exit_current_iteration(), s.lowest_break_iteration());
                   s.break_loop();
                   r.line(s.should_exit_current_iteration(), s.lowest_break_iteration(),
                          s.is_stopped());
                 }
               },
               {.max_degree_of_parallelism = 1});
}
WEFT_CASE(parallel_loops, stop_after_break_is_refused) {
  r.throws("for", [] {
    parallel_for(0, 1, [](int, state& s) {
      s.break_loop();
      s.stop();
    });
  });
}
WEFT_CASE(parallel_loops, break_after_stop_is_refused) {
  r.throws("for", [] {
    parallel_for(0, 1, [](int, state& s) {
      s.stop();
      s.break_loop();
    });
  });
}
WEFT_CASE(parallel_loops, a_requested_token) {
  const std::stop_token token = requested();
  r.throws("for", [&] { parallel_for(0, 10, [&](int) { r.line("never"); }, {.stop = token}); });
  r.throws("for_each", [&] {
    parallel_for_each(std::vector{1, 2}, [&](int) { r.line("never"); }, {.stop = token});
  });
  r.throws("invoke",
           [&] { parallel_invoke(parallel_options{.stop = token}, [&] { r.line("never"); }); });
}
WEFT_CASE(parallel_loops, a_requested_token_and_nothing_to_do) {
  const std::stop_token token = requested();
  r.throws("for", [&] { parallel_for(0, 0, [](int) {}, {.stop = token}); });
  r.throws("for_each", [&] { parallel_for_each(std::vector<int>(), [](int) {}, {.stop = token}); });
}
WEFT_CASE(parallel_loops, canceled_in_the_middle) {
  cancellation_source source;
  const std::stop_token token = source.token();
  int ran = 0;
  r.throws("for", [&] {
    parallel_for(0, 1'000'000,
                 [&](int i) {
                   ++ran;
                   if (i == 10) {
                     source.cancel();
                   }
                 },
                 {.max_degree_of_parallelism = 1, .stop = token});
  });
  r.line(ran < 1'000'000);
}
WEFT_CASE(parallel_loops, canceled_by_the_last_body) {
  cancellation_source source;
  const std::stop_token token = source.token();
  r.throws("for", [&] {
    parallel_for(0, 1, [&](int) { source.cancel(); },
                 {.max_degree_of_parallelism = 1, .stop = token});
  });
}
WEFT_CASE(parallel_loops, a_body_that_throws_beats_a_cancellation) {
  cancellation_source source;
  const std::stop_token token = source.token();
  r.throws("for", [&] {
    parallel_for(0, 10,
                 [&](int) {
                   source.cancel();
                   throw test_error("boom");
                 },
                 {.max_degree_of_parallelism = 1, .stop = token});
  });
}
WEFT_CASE(parallel_loops, a_body_that_throws_its_cancellation) {
  cancellation_source source;
  const std::stop_token token = source.token();
  r.throws("own token", [&] {
    parallel_for(0, 10,
                 [&](int) {
                   source.cancel();
                   throw_if_stopped(token);
                 },
                 {.max_degree_of_parallelism = 1, .stop = token});
  });
  r.throws("no token", [] {
    parallel_for(0, 10, [](int) { throw operation_canceled(); }, {.max_degree_of_parallelism = 1});
  });
}
WEFT_CASE(parallel_loops, values_of_each_thread) {
  std::atomic<long> sum = 0;
  std::atomic<int> made = 0;
  std::atomic<int> ended = 0;
  parallel_for(
      0, 1000,
      [&] {
        ++made;
        return 0L;
      },
      [](int i, state&, long local) { return local + i; },
      [&](long local) {
        ++ended;
        sum += local;
      });
  r.line(sum.load(), made == ended, made >= 1);
}
WEFT_CASE(parallel_loops, values_of_one_thread) {
  parallel_for(
      0, 4,
      [&] {
        r.line("init");
        return 10;
      },
      [&](int i, state&, int local) {
        r.line("body", i, local);
        return local + 1;
      },
      [&](int local) { r.line("finally", local); }, {.max_degree_of_parallelism = 1});
}
WEFT_CASE(parallel_loops, finally_runs_after_an_exception) {
  r.throws("for", [&] {
    parallel_for(
        0, 4, [] { return 10; },
        [](int i, state&, int local) {
          throw_at(i, 2, "two");
          return local + 1;
        },
        [&](int local) { r.line("finally", local); }, {.max_degree_of_parallelism = 1});
  });
}
WEFT_CASE(parallel_loops, init_that_throws) {
  r.throws("for", [&] {
    parallel_for(
        0, 4, []() -> int { throw test_error("init"); },
        [](int, state&, int local) { return local; }, [&](int) { r.line("never"); },
        {.max_degree_of_parallelism = 1});
  });
}
WEFT_CASE(parallel_loops, each_element_once) {
  const std::vector<std::string> names{"a", "b", "c", "d"};
  std::mutex guard;
  std::vector<std::string> seen;
  parallel_for_each(names, [&](const std::string& n) {
    const std::lock_guard held(guard);
    seen.push_back(n);
  });
  std::sort(seen.begin(), seen.end());
  r.line(seen);
}
WEFT_CASE(parallel_loops, each_element_of_a_list_in_order_by_one) {
  std::vector<int> seen;
  parallel_for_each(std::list{3, 1, 2}, [&](int x) { seen.push_back(x); },
                    {.max_degree_of_parallelism = 1});
  r.line(seen);
}
WEFT_CASE(parallel_loops, each_element_with_its_number) {
  std::vector<std::string> seen;
  parallel_for_each(std::vector{'x', 'y', 'z'},
                    [&](char c, state&, auto n) { seen.push_back(c + std::to_string(n)); },
                    {.max_degree_of_parallelism = 1});
  r.line(seen);
}
WEFT_CASE(parallel_loops, each_element_of_a_sequence_that_throws) {
  r.throws("for_each", [] {
    auto sequence = std::views::iota(1, 3) | std::views::transform([](int i) {
                      throw_at(i, 2, "sequence");
                      return i;
                    }) |
                    std::views::filter([](int) { return true; });
    parallel_for_each(sequence, [](int) {}, {.max_degree_of_parallelism = 1});
  });
}
WEFT_CASE(parallel_loops, break_out_of_for_each) {
  std::vector<int> numbers(50);
  const auto result = parallel_for_each(numbers,
                                        [](int, state& s, auto n) {
                                          if (n == 7) {
                                            s.break_loop();
                                          }
                                        },
                                        {.max_degree_of_parallelism = 1});
  r.line(result.is_completed(), result.lowest_break_iteration());
}
WEFT_CASE(parallel_loops, invoke_calls_all) {
  std::atomic<int> sum = 0;
  parallel_invoke([&] { sum += 1; }, [&] { sum += 10; }, [&] { sum += 100; });
  r.line(sum.load());
}
WEFT_CASE(parallel_loops, invoke_calls_the_rest_after_an_exception) {
  bool ran = false;
  r.throws("invoke", [&] {
    parallel_invoke(
        parallel_options{.max_degree_of_parallelism = 1}, [] { throw test_error("first"); },
        [&] { ran = true; });
  });
  r.line(ran);
}
WEFT_CASE(parallel_loops, invoke_one_by_one) {
  parallel_invoke(
      parallel_options{.max_degree_of_parallelism = 1}, [&] { r.line(1); }, [&] { r.line(2); },
      [&] { r.line(3); });
}
WEFT_CASE(parallel_loops, nested) {
  std::atomic<long> sum = 0;
  parallel_for(0, 10, [&](int i) { parallel_for(0, 10, [&](int j) { sum += i * j; }); });
  r.line(sum.load());
}
WEFT_CASE(parallel_loops, nested_exceptions_keep_their_shape) {
  const parallel_options one{.max_degree_of_parallelism = 1};
  r.throws("for", [&] {
    parallel_for(
        0, 1, [&](int) { parallel_for(0, 1, [](int) { throw test_error("inner"); }, one); }, one);
  });
}
WEFT_CASE(parallel_loops, inside_a_task) {
  std::atomic<long> sum = 0;
  run([&] { parallel_for(0, 100, [&](int i) { sum += i; }); }).wait();
  r.line(sum.load());
}

}  // namespace
}  // namespace weft::conformance
