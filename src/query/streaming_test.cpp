/// Iterating over parallel queries: results come while the query runs.

#include <weft/base/error.hpp>
#include <weft/query.hpp>

#include <algorithm>
#include <atomic>
#include <latch>
#include <list>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <stop_token>
#include <vector>

#include <gtest/gtest.h>

namespace {

namespace query = weft::query;
using query::as_ordered;
using query::as_parallel;
using query::merge_options;
using query::select;
using query::where;
using query::with_merge_options;

constexpr int many = 20'000'000;  // far more than may wait to be taken

/// The sum of what `q` gives; `seen` hears of the first element.
template <class Query>
long sum_of(const Query& q, std::latch& seen) {
  long sum = 0;
  bool first = true;
  for (const int i : q) {
    if (std::exchange(first, false)) {
      seen.count_down();
    }
    sum += i;
  }
  return sum;
}

TEST(streamed_query, gives_its_first_result_while_the_last_body_still_runs) {
  for (const auto how :
       {merge_options::default_, merge_options::auto_buffered, merge_options::not_buffered}) {
    std::latch seen(1);
    const auto last_waits = [&](int i) {
      if (i == 9'999) {
        seen.wait();
      }
      return i;
    };
    const auto q =
        query::range(0, 10'000) | as_parallel() | with_merge_options(how) | select(last_waits);
    EXPECT_EQ(sum_of(q, seen), 49'995'000);
  }
}

TEST(streamed_query, gives_the_first_of_an_ordered_one_while_the_last_body_still_runs) {
  std::latch seen(1);
  const auto last_waits = [&](int i) {
    if (i == 9'999) {
      seen.wait();
    }
    return i;
  };
  EXPECT_EQ(
      sum_of(query::range(0, 10'000) | as_parallel() | as_ordered() | select(last_waits), seen),
      49'995'000);
}

TEST(streamed_query, keeps_the_order_when_asked_to) {
  for (const auto how :
       {merge_options::default_, merge_options::not_buffered, merge_options::fully_buffered}) {
    int expected = 0;
    for (const int i : query::range(0, 100'000) | as_parallel() | as_ordered() |
                           with_merge_options(how) | where([](int x) { return x % 3 == 0; })) {
      ASSERT_EQ(i, expected);
      expected += 3;
    }
    EXPECT_EQ(expected, 100'002);
  }
}

TEST(streamed_query, keeps_the_order_of_a_range_that_can_only_be_walked) {
  std::list<int> walked(20'000);
  std::iota(walked.begin(), walked.end(), 0);
  int expected = 0;
  for (const int i : query::from(walked) | as_parallel() | as_ordered()) {
    ASSERT_EQ(i, expected++);
  }
  EXPECT_EQ(expected, 20'000);
}

TEST(streamed_query, gives_every_element_once_in_any_order) {
  std::vector<int> seen(100'000);
  for (const int i : query::range(0, 100'000) | as_parallel()) {
    ++seen[static_cast<std::size_t>(i)];
  }
  EXPECT_EQ(std::ranges::count(seen, 1), 100'000);
}

TEST(streamed_query, evaluates_no_more_than_can_wait_to_be_taken) {
  std::atomic<int> evaluated = 0;
  {
    const auto q = query::range(0, many) | as_parallel() | select([&](int i) {
                     ++evaluated;
                     return i;
                   });
    auto at = q.begin();
    static_cast<void>(*at);
  }
  EXPECT_GT(evaluated, 0);
  EXPECT_LT(evaluated, many);
}

TEST(streamed_query, that_is_dropped_half_way_runs_no_body_afterwards) {
  std::atomic<int> inside = 0;
  auto alive = std::make_shared<int>();
  {
    const auto q = query::range(0, many) | as_parallel() |
                   with_merge_options(merge_options::not_buffered) | select([&, alive](int i) {
                     ++inside;
                     --inside;
                     return i;
                   });
    auto at = q.begin();
    ++at;
  }
  EXPECT_EQ(inside, 0);
  EXPECT_EQ(alive.use_count(), 1);
}

TEST(streamed_query, fails_behind_its_results) {
  int count = 0;
  try {
    for (const int i : query::range(0, 1'000) | as_parallel() | as_ordered() |
                           query::with_degree_of_parallelism(1) | select([](int x) {
                             return x == 500 ? throw std::runtime_error("500") : x;
                           })) {
      ASSERT_EQ(i, count++);
    }
    FAIL() << "no error";
  } catch (const weft::aggregate_exception& e) {
    ASSERT_EQ(e.exceptions().size(), 1U);
    EXPECT_THROW(std::rethrow_exception(e.exceptions().front()), std::runtime_error);
  }
  EXPECT_LE(count, 500);
}

TEST(streamed_query, ends_at_its_token) {
  for (const bool ordered : {false, true}) {
    std::stop_source stop;
    std::latch asked(1);
    // Its last body waits until the token was asked, so it cannot end by itself.
    const auto body = [&](int i) {
      if (i == 99'999) {
        asked.wait();
      }
      return i;
    };
    auto q = query::range(0, 100'000) | as_parallel() | query::with_cancellation(stop.get_token()) |
             select(body);
    q.how.ordered = ordered;
    EXPECT_THROW(
        {
          for ([[maybe_unused]] const int i : q) {
            if (stop.request_stop()) {
              asked.count_down();
            }
          }
        },
        weft::operation_canceled);
  }
}

TEST(streamed_query, ends_at_its_token_though_nobody_takes_what_is_there) {
  std::stop_source stop;
  const auto q = query::range(0, many) | as_parallel() | query::with_cancellation(stop.get_token());
  auto at = q.begin();
  stop.request_stop();
  EXPECT_THROW(
      {
        while (at != q.end()) {
          ++at;
        }
      },
      weft::operation_canceled);
}

TEST(streamed_query, fully_buffered_is_evaluated_before_the_first_result) {
  std::atomic<int> evaluated = 0;
  const auto q = query::range(0, 5'000) | as_parallel() |
                 with_merge_options(merge_options::fully_buffered) | select([&](int i) {
                   ++evaluated;
                   return i;
                 });
  const auto at = q.begin();
  EXPECT_EQ(evaluated, 5'000);
  EXPECT_FALSE(at == q.end());
}

TEST(streamed_query, carries_elements_that_only_move_and_flags) {
  long sum = 0;
  for (const std::unique_ptr<int>& p : query::range(0, 1'000) | as_parallel() |
                                           select([](int i) { return std::make_unique<int>(i); })) {
    sum += *p;
  }
  EXPECT_EQ(sum, 499'500);
  int yes = 0;
  for (const bool b :
       query::range(0, 1'000) | as_parallel() | select([](int i) { return i < 10; })) {
    yes += b ? 1 : 0;
  }
  EXPECT_EQ(yes, 10);
}

TEST(streamed_query, of_nothing_ends_at_once) {
  for ([[maybe_unused]] const int i : query::empty<int>() | as_parallel()) {
    FAIL();
  }
  for ([[maybe_unused]] const int i :
       query::range(0, 10'000) | as_parallel() | where([](int) { return false; })) {
    FAIL();
  }
}

TEST(streamed_query, can_be_iterated_over_inside_another) {
  long sum = 0;
  for (const long part : query::range(0, 50) | as_parallel() | select([](int i) {
                           long inner = 0;
                           for (const int j : query::range(0, 100) | as_parallel()) {
                             inner += i * j;
                           }
                           return inner;
                         })) {
    sum += part;
  }
  EXPECT_EQ(sum, 1'225L * 4'950);
}

}  // namespace
