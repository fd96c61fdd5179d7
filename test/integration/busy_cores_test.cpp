/// I/O goes on while loops compute on every core (B4): src/sched/README.md, "The driver".

#include <weft/net/tcp.hpp>
#include <weft/parallel.hpp>
#include <weft/sched/thread_pool.hpp>
#include <weft/task.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <stop_token>
#include <vector>

#include <gtest/gtest.h>
#include <time.h>

namespace weft {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// What this thread has computed.
std::chrono::nanoseconds computed() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

task<> echo(net::tcp_listener& listener) {
  auto peer = co_await listener.accept();
  std::byte byte[1];
  std::size_t n = co_await peer.read_some(mutable_buffer(byte, 1));
  while (n != 0) {
    co_await peer.write_all(const_buffer(byte, 1));
    n = co_await peer.read_some(mutable_buffer(byte, 1));
  }
}

task<> round_trip(net::tcp_stream& peer) {
  std::byte byte[1]{};
  co_await peer.write_all(const_buffer(byte, 1));
  co_await peer.read_exactly(mutable_buffer(byte, 1));
}

/// Goes to and fro until all compute, then gives the times of further round trips, shortest first.
task<std::vector<clock::duration>> round_trips(net::tcp_listener& listener, int count,
                                               const std::atomic<bool>& all_compute) {
  auto peer = co_await net::tcp_stream::connect(listener.local_endpoint());
  while (!all_compute) {
    co_await round_trip(peer);
  }
  std::vector<clock::duration> times;
  for (int i = 0; i < count; ++i) {
    const auto begin = clock::now();
    co_await round_trip(peer);
    times.push_back(clock::now() - begin);
  }
  std::ranges::sort(times);
  co_return times;
}

TEST(busy_cores, leave_a_tcp_ping_pong_its_latency_while_bodies_are_long) {
  // Bodies of 300 ms of their thread's own time: a round trip that had to wait for the end of one
  // would take as long, two hops twice.
  constexpr milliseconds body_time(300);
  const int workers = thread_pool::default_pool().size();
  std::stop_source over;
  std::latch begun(workers);
  std::atomic<int> bodies = 0;
  std::atomic<bool> all_compute = false;
  auto listener = net::tcp_listener::bind({"127.0.0.1", 0});
  auto serving = run([&] { return echo(listener); });
  auto measuring = run([&] { return round_trips(listener, 200, all_compute); });
  auto computing = run([&] {  // on the pool: no worker is left over
    auto body = [&](int) {
      if (bodies.fetch_add(1) < workers) {
        begun.count_down();
      }
      const auto end = computed() + body_time;
      while (computed() < end && !over.stop_requested()) {
      }
    };
    try {
      parallel_for(0, 1 << 30, body, {.stop = over.get_token()});
    } catch (const operation_canceled&) {
    }
  });
  begun.wait();
  all_compute = true;
  const auto times = measuring.result();
  over.request_stop();
  serving.wait();
  computing.wait();
  EXPECT_LT(times[times.size() / 2], body_time / 3);
}

TEST(busy_cores, leave_a_loop_of_many_items_soon_after_its_token) {
  // Time says little on a machine that does other work; what was still begun says it exactly. Every
  // participant looks at the token after 1,024 cheap items at most, about a microsecond for all.
  constexpr std::int64_t largest_block = 1024;
  std::stop_source over;
  std::atomic<std::int64_t> late = 0;
  auto body = [&](std::int64_t i) {
    if (over.stop_requested()) {
      late.fetch_add(1);
    } else if (i == 1'000'000) {
      over.request_stop();
    }
  };
  EXPECT_THROW(
      parallel_for(std::int64_t{0}, std::int64_t{1'000'000'000}, body, {.stop = over.get_token()}),
      operation_canceled);
  EXPECT_LE(late, largest_block * (thread_pool::default_pool().size() + 1));
}

class any_worker_count : public testing::TestWithParam<int> {};

TEST_P(any_worker_count, lets_eight_computations_all_make_progress) {  // T16 of the tour
  constexpr int computations = 8;
  thread_pool pool({.min_threads = GetParam(), .max_threads = GetParam()});
  std::atomic<int> begun = 0;
  auto compute = [&]() -> task<int> {
    begun.fetch_add(1);
    int slices = 0;
    // None ends before all have begun: one that kept the others out would never end.
    while (begun.load() < computations || slices < 10) {
      const auto end = computed() + std::chrono::microseconds(20);
      while (computed() < end) {
      }
      ++slices;
      co_await yield();
    }
    co_return slices;
  };
  std::vector<task<int>> all;
  for (int i = 0; i < computations; ++i) {
    all.push_back(pool.run(compute));
  }
  wait_all(all);
  for (task<int>& one : all) {
    EXPECT_GE(one.result(), 10);
  }
}
INSTANTIATE_TEST_SUITE_P(pool, any_worker_count, testing::Values(1, 2, 8, 64));

}  // namespace
}  // namespace weft
