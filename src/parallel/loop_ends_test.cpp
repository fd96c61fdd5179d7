/// How loops end: soon after their token, with all errors of the bodies that ran, and all
/// participants at about the same time.

#include <weft/parallel.hpp>
#include <weft/sched/thread_pool.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using clock = std::chrono::steady_clock;

/// How long a loop over 10⁹ items goes on after a helper has canceled it, or the caller, if no
/// helper has come by then.
clock::duration time_to_cancel() {
  std::stop_source source;
  const std::stop_token token = source.get_token();
  const std::thread::id caller = std::this_thread::get_id();
  std::atomic<bool> asked = false;
  clock::time_point begin;
  const auto body = [&](std::int64_t i) {
    constexpr std::int64_t late = 2'000'000;
    if ((i >= late || std::this_thread::get_id() != caller) &&
        !asked.load(std::memory_order_relaxed) && !asked.exchange(true)) {
      begin = clock::now();
      source.request_stop();
    }
  };
  EXPECT_THROW(parallel_for(std::int64_t{0}, std::int64_t{1'000'000'000}, body, {.stop = token}),
               operation_canceled);
  return clock::now() - begin;
}

TEST(parallel_for, ends_within_a_millisecond_of_its_token) {
  // The shortest of several: in the others a participant may have waited for a processor.
  std::vector<clock::duration> times(20);
  std::ranges::generate(times, time_to_cancel);
  std::ranges::sort(times);
  const auto us = [](clock::duration d) {
    return static_cast<int>(std::chrono::duration_cast<std::chrono::microseconds>(d).count());
  };
  RecordProperty("shortest_us", us(times.front()));
  RecordProperty("median_us", us(times[times.size() / 2]));
  EXPECT_LT(times.front(), std::chrono::milliseconds(1));
}

TEST(parallel_for, stops_the_rest_of_a_million_after_errors_and_throws_all_of_them) {
  thread_pool pool({.min_threads = 2, .max_threads = 0, .name = "two"});
  std::atomic<int> begun = 0;
  std::barrier both(2);
  try {
    parallel_for(0, 1'000'000,
                 [&](int) {
                   const int number = begun.fetch_add(1);
                   both.arrive_and_wait();
                   throw std::runtime_error(std::to_string(number));
                 },
                 {.max_degree_of_parallelism = 2, .scheduler = &pool});
    FAIL() << "nothing was thrown";
  } catch (const aggregate_exception& e) {
    std::vector<std::string> messages;
    for (const std::exception_ptr& each : e.exceptions()) {
      try {
        std::rethrow_exception(each);
      } catch (const std::runtime_error& error) {
        messages.emplace_back(error.what());
      }
    }
    std::ranges::sort(messages);
    EXPECT_EQ(messages, (std::vector<std::string>{"0", "1"}));
  }
  EXPECT_EQ(begun, 2);
}

/// A tree of 1 to 2,048 nodes, by its number: as the benchmark's.
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}
std::uint64_t nodes_of(std::uint64_t tree) {
  return std::uint64_t{1} << (mixed(tree) % 12);
}

TEST(parallel_for, leaves_no_participant_without_work_while_much_is_left) {
  // Work is counted in nodes, whatever else the machine does.
  constexpr std::uint64_t trees = 40'000;
  std::uint64_t all = 0;
  for (std::uint64_t tree = 0; tree != trees; ++tree) {
    all += nodes_of(tree);
  }
  std::atomic<std::uint64_t> walked = 0;
  std::atomic<std::uint64_t> walked_at_first_end = 0;
  std::atomic<std::uint64_t> result = 0;
  const auto body = [&](std::uint64_t tree, parallel_loop_state&, std::uint64_t so_far) {
    const std::uint64_t nodes = nodes_of(tree);
    for (std::uint64_t i = 0; i != nodes; ++i) {
      so_far = mixed(so_far + tree);
    }
    walked.fetch_add(nodes);
    return so_far;
  };
  const auto end = [&](std::uint64_t last) {
    std::uint64_t none = 0;
    walked_at_first_end.compare_exchange_strong(none, walked);
    result.fetch_add(last);
  };
  parallel_for(std::uint64_t{0}, trees, [] { return std::uint64_t{1}; }, body, end);
  EXPECT_EQ(walked, all);
  EXPECT_GE(walked_at_first_end, all - all / 20);
}

}  // namespace
}  // namespace weft
