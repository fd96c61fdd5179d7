#include <weft/base/error.hpp>
#include <weft/query.hpp>
#include <weft/task.hpp>
#include <weft/time/delay.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

namespace query = weft::query;
using namespace std::chrono_literals;

TEST(query_for_each_async, awaits_one_after_another) {
  std::vector<int> seen;
  int running = 0;
  auto all = query::range(0, 100) | query::where([](int i) { return i % 2 == 0; }) |
             query::for_each_async([&](int i) -> weft::task<> {
               EXPECT_EQ(running++, 0);
               co_await weft::yield();
               seen.push_back(i);
               --running;
             });
  all.wait();
  ASSERT_EQ(seen.size(), 50U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
}

TEST(query_for_each_async, awaits_several_at_the_same_time) {
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  std::atomic<int> sum{0};
  auto all = query::range(0, 200) | query::as_parallel() | query::with_degree_of_parallelism(4) |
             query::select([](int i) { return std::to_string(i); }) |
             query::for_each_async([&](std::string& text, std::stop_token) -> weft::task<> {
               const int now = ++running;
               int before = most.load();
               while (before < now && !most.compare_exchange_weak(before, now)) {
               }
               co_await weft::delay(100us);
               sum += std::stoi(text);
               --running;
             });
  all.wait();
  EXPECT_EQ(sum, 19'900);
  EXPECT_LE(most, 4);
}

TEST(query_for_each_async, fails_and_is_canceled) {
  auto failing = query::range(0, 100) | query::as_parallel() |
                 query::for_each_async([](int i) -> weft::task<> {
                   co_await weft::yield();
                   if (i == 7) {
                     throw std::runtime_error("seven");
                   }
                 });
  EXPECT_THROW(failing.wait(), std::runtime_error);
  std::stop_source source;
  source.request_stop();
  auto canceled = query::range(0, 100) | query::as_parallel() |
                  query::with_cancellation(source.get_token()) |
                  query::for_each_async([](int) -> weft::task<> { co_await weft::yield(); });
  EXPECT_THROW(canceled.wait(), weft::operation_canceled);
}

}  // namespace
