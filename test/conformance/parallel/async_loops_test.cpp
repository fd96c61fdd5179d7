// parallel_for_each_async: what runs, what ends early, what the task ends with.

#include <weft/parallel.hpp>

#include "conformance/support.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <ranges>
#include <vector>

namespace weft::conformance {
namespace {

/// The options refer to the token, so it must live as long as the loop.
parallel_options with(int degree) {
  return {.max_degree_of_parallelism = degree};
}
parallel_options with(int degree, const std::stop_token& stop) {
  return {.max_degree_of_parallelism = degree, .stop = stop};
}
async_generator<int> stream(int n) {
  for (int i = 0; i < n; ++i) {
    co_await yield();
    co_yield i;
  }
}
void throw_at(int i, int where, const char* message) {
  if (i == where) {
    throw test_error(message);
  }
}

WEFT_ASYNC_CASE(async_loops, each_element_once) {
  std::atomic<int> sum = 0;
  std::atomic<int> count = 0;
  auto loop = parallel_for_each_async(std::views::iota(0, 100), [&](int i) -> task<> {
    co_await yield();
    sum += i;
    ++count;
  });
  co_await r.awaits("loop", loop);
  r.line(sum.load(), count.load());
}
WEFT_ASYNC_CASE(async_loops, of_nothing) {
  auto loop = parallel_for_each_async(std::vector<int>{}, [&](int) -> task<> {
    r.line("never");
    co_return;
  });
  co_await r.awaits("loop", loop);
}
WEFT_CASE(async_loops, bad_degrees) {
  const auto loop = [](int degree) {
    parallel_for_each_async(std::vector{1}, [](int) -> task<> { co_return; }, with(degree)).wait();
  };
  r.throws("zero", [&] { loop(0); });
  r.throws("minus two", [&] { loop(-2); });
  r.throws("minus one", [&] { loop(-1); });
}
WEFT_ASYNC_CASE(async_loops, one_at_a_time_is_in_order) {
  std::vector<int> seen;
  auto loop = parallel_for_each_async(
      std::views::iota(0, 10),
      [&](int i) -> task<> {
        co_await yield();
        seen.push_back(i);
      },
      with(1));
  co_await std::move(loop);
  r.line(seen);
}
WEFT_ASYNC_CASE(async_loops, no_more_at_once_than_asked) {
  std::mutex guard;
  int now = 0;
  int most = 0;
  auto loop = parallel_for_each_async(
      std::views::iota(0, 100),
      [&](int) -> task<> {
        {
          const std::lock_guard held(guard);
          most = std::max(most, ++now);
        }
        co_await yield();
        const std::lock_guard held(guard);
        --now;
      },
      with(3));
  co_await std::move(loop);
  r.line(most <= 3);
}
WEFT_ASYNC_CASE(async_loops, bodies_start_on_the_pool) {
  auto loop = parallel_for_each_async(std::vector{1}, [&](int) -> task<> {
    r.line(here());
    co_return;
  });
  co_await std::move(loop);
}
WEFT_ASYNC_CASE(async_loops, as_many_at_once_as_asked) {
  task_completion_source<> both;
  std::atomic<int> begun = 0;
  auto loop = parallel_for_each_async(
      std::views::iota(0, 2),
      [&](int) -> task<> {
        if (++begun == 2) {
          both.set_result();
        }
        co_await both.task();
      },
      with(2));
  co_await r.awaits("loop", loop);
}
WEFT_ASYNC_CASE(async_loops, an_exception) {
  auto loop = parallel_for_each_async(
      std::views::iota(0, 10),
      [](int i) -> task<> {
        co_await yield();
        throw_at(i, 3, "three");
      },
      with(1));
  co_await r.awaits("loop", loop);
  r.errors("errors", loop);
  r.state("loop", loop);
}
WEFT_ASYNC_CASE(async_loops, an_exception_before_the_first_await) {
  auto loop = parallel_for_each_async(
      std::views::iota(0, 10), [](int) -> task<> { throw test_error("at once"); }, with(1));
  co_await r.awaits("loop", loop);
}
WEFT_ASYNC_CASE(async_loops, nothing_starts_after_an_exception) {
  int ran = 0;
  auto loop = parallel_for_each_async(
      std::views::iota(0, 100),
      [&](int i) -> task<> {
        ++ran;
        throw_at(i, 3, "three");
        co_return;
      },
      with(1));
  co_await r.awaits("loop", loop);
  r.line(ran);
}
WEFT_ASYNC_CASE(async_loops, exceptions_of_two_bodies) {
  task_completion_source<> both;
  std::atomic<int> begun = 0;
  auto loop = parallel_for_each_async(
      std::views::iota(0, 2),
      [&](int) -> task<> {
        if (++begun == 2) {
          both.set_result();
        }
        co_await both.task();
        throw test_error("boom");
      },
      with(2));
  co_await r.awaits("loop", loop);
  r.errors("errors", loop);
}
WEFT_ASYNC_CASE(async_loops, a_failure_asks_the_others_to_stop) {
  task_completion_source<> waits;
  auto loop = parallel_for_each_async(
      std::views::iota(0, 2),
      [&](int i, std::stop_token stop) -> task<> {
        if (i == 0) {
          task_completion_source<> asked;
          const std::stop_callback registration(stop, [&] { asked.set_result(); });
          waits.set_result();
          co_await asked.task();
          r.line("asked", stop.stop_requested());
        } else {
          co_await waits.task();
          throw test_error("boom");
        }
      },
      with(2));
  co_await r.awaits("loop", loop);
  r.errors("errors", loop);
}
WEFT_ASYNC_CASE(async_loops, a_requested_token) {
  std::stop_source source;
  source.request_stop();
  const std::stop_token stop = source.get_token();
  auto loop = parallel_for_each_async(
      std::views::iota(0, 10),
      [&](int) -> task<> {
        r.line("never");
        co_return;
      },
      with(1, stop));
  co_await r.awaits("loop", loop);
  r.state("loop", loop);
}
WEFT_ASYNC_CASE(async_loops, canceled_in_the_middle) {
  std::stop_source source;
  const std::stop_token stop = source.get_token();
  int ran = 0;
  auto loop = parallel_for_each_async(
      std::views::iota(0, 100),
      [&](int i, std::stop_token own) -> task<> {
        ++ran;
        if (i == 3) {
          source.request_stop();
          r.line(own.stop_requested());
        }
        co_return;
      },
      with(1, stop));
  co_await r.awaits("loop", loop);
  r.line(ran);
  r.state("loop", loop);
}
WEFT_ASYNC_CASE(async_loops, a_failure_and_a_cancellation) {
  std::stop_source source;
  const std::stop_token stop = source.get_token();
  auto loop = parallel_for_each_async(
      std::views::iota(0, 100),
      [&](int) -> task<> {
        source.request_stop();
        throw test_error("boom");
      },
      with(1, stop));
  co_await r.awaits("loop", loop);
  r.state("loop", loop);
}
WEFT_ASYNC_CASE(async_loops, a_body_that_throws_a_cancellation_of_its_own) {
  auto loop = parallel_for_each_async(
      std::views::iota(0, 10), [](int) -> task<> { throw operation_canceled(); }, with(1));
  co_await r.awaits("loop", loop);
  r.state("loop", loop);
}
WEFT_ASYNC_CASE(async_loops, a_source_that_throws) {
  int ran = 0;
  auto source = std::views::iota(0) | std::views::transform([](int i) {
                  throw_at(i, 3, "source");
                  return i;
                });
  auto loop = parallel_for_each_async(
      source,
      [&](int) -> task<> {
        ++ran;
        co_return;
      },
      with(1));
  co_await r.awaits("loop", loop);
  r.line(ran);
  r.errors("errors", loop);
}
WEFT_ASYNC_CASE(async_loops, a_stream) {
  std::atomic<int> sum = 0;
  auto loop = parallel_for_each_async(stream(10), [&](int i) -> task<> {
    sum += i;
    co_return;
  });
  co_await r.awaits("loop", loop);
  r.line(sum.load());
}
WEFT_ASYNC_CASE(async_loops, a_stream_one_at_a_time) {
  std::vector<int> seen;
  auto loop = parallel_for_each_async(
      stream(5),
      [&](int i) -> task<> {
        co_await yield();
        seen.push_back(i);
      },
      with(1));
  co_await std::move(loop);
  r.line(seen);
}
WEFT_ASYNC_CASE(async_loops, the_source_is_read_no_further_than_needed) {
  int read = 0;
  auto counted = std::views::iota(0) | std::views::transform([&](int) { return read++; });
  auto loop = parallel_for_each_async(
      counted,
      [](int i) -> task<> {
        throw_at(i, 4, "four");
        co_return;
      },
      with(1));
  co_await r.awaits("loop", loop);
  r.line(read);
}

}  // namespace
}  // namespace weft::conformance
