/// Who does what in a scan, in any order: without threads, by random choices.

#include <weft/parallel/detail/scan_plan.hpp>

#include <weft/base/error.hpp>
#include <weft/parallel.hpp>
#include <weft/sched/thread_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using detail::scan_plan;
using step = scan_plan::step;

/// Numbers of blocks stand for the blocks' elements: a total is that of all blocks before.
class simulated_scan {
 public:
  simulated_scan(std::size_t blocks, std::size_t participants)
      : plan_(blocks), sums_(blocks), scanned_(blocks), doing_(participants) {}

  /// The same, but passing a block takes no time.
  void go_on_past(std::size_t participant) {
    while (go_on(participant) && doing_[participant].what == step::pass) {
      go_on(participant);
    }
  }
  /// One participant begins or ends a step. False: it found nothing to do.
  bool go_on(std::size_t participant) {
    scan_plan::work& work = doing_[participant];
    if (work.what == step::none) {
      work = plan_.next();
      return work.what != step::none;
    }
    run(work);
    plan_.end(std::exchange(work, {}));
    return true;
  }
  void end_step(std::size_t participant) {
    if (doing_[participant].what != step::none) {
      go_on(participant);
    }
  }
  [[nodiscard]] bool finished() const { return plan_.finished(); }
  [[nodiscard]] bool idle() const {
    for (const scan_plan::work& work : doing_) {
      if (work.what != step::none) {
        return false;
      }
    }
    return true;
  }
  [[nodiscard]] std::size_t reduced() const { return reduced_; }
  void check() const {
    for (std::size_t i = 0; i != scanned_.size(); ++i) {
      ASSERT_EQ(scanned_[i], std::vector<std::size_t>{i * (i + 1) / 2}) << i;
    }
  }

 private:
  void run(scan_plan::work work) {
    std::size_t& sum = sums_[work.block];
    switch (work.what) {
      case step::none:
        break;
      case step::scan:
        scanned_[work.block].push_back(total_);
        total_ += work.block + 1;
        break;
      case step::pass:
        total_ += std::exchange(sum, total_);
        break;
      case step::scan_reduced:
        scanned_[work.block].push_back(sum);
        break;
      case step::reduce:
        sum = work.block + 1;
        ++reduced_;
        break;
    }
  }

  scan_plan plan_;
  std::vector<std::size_t> sums_;
  std::vector<std::vector<std::size_t>> scanned_;  // with what before it
  std::vector<scan_plan::work> doing_;
  std::size_t total_ = 0;
  std::size_t reduced_ = 0;
};

TEST(scan_plan, has_every_block_scanned_once_with_the_total_before_it) {
  for (std::uint32_t seed = 0; seed != 300; ++seed) {  // replay: the seed is in the trace
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const std::size_t participants = 1 + random() % 6;
    simulated_scan scan(random() % 50, participants);
    while (!scan.finished()) {
      scan.go_on(random() % participants);
    }
    scan.check();
  }
}

TEST(scan_plan, always_has_work_when_nobody_is_at_work) {
  for (std::uint32_t seed = 0; seed != 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    simulated_scan scan(1 + random() % 30, 4);
    while (!scan.finished()) {
      if (scan.idle()) {
        ASSERT_TRUE(scan.go_on(random() % 4));
      } else {
        scan.go_on(random() % 4);
      }
    }
  }
}

TEST(scan_plan, has_one_participant_reduce_nothing) {
  simulated_scan scan(100, 1);
  while (!scan.finished()) {
    ASSERT_TRUE(scan.go_on(0));
  }
  scan.check();
  EXPECT_EQ(scan.reduced(), 0U);
}

TEST(scan_plan, shares_the_work_of_even_participants) {
  // In step with each other: a third of the blocks is added up ahead of the frontier.
  constexpr std::size_t blocks = 300;
  simulated_scan scan(blocks, 2);
  while (!scan.finished()) {
    for (std::size_t participant = 0; participant != 2; ++participant) {
      scan.end_step(participant);
    }
    for (std::size_t participant = 0; participant != 2; ++participant) {
      scan.go_on_past(participant);
    }
  }
  scan.check();
  EXPECT_GT(scan.reduced(), blocks / 4);
  EXPECT_LT(scan.reduced(), blocks / 2);
}

std::string letter(std::size_t i) {
  return std::string(1, static_cast<char>('a' + i % 26));
}

TEST(parallel_scan, is_right_with_helpers_that_come_and_go) {
  thread_pool pool({.min_threads = 4, .max_threads = 4, .name = "scan"});
  for (const std::size_t n : {1'000U, 50'000U, 1'000'003U}) {
    std::vector<std::uint64_t> v(n);
    std::iota(v.begin(), v.end(), 3U);
    std::vector<std::uint64_t> expected(n);
    const auto total = [](std::uint64_t a, std::uint64_t b) { return a + b; };
    std::inclusive_scan(v.begin(), v.end(), expected.begin(), total);
    std::vector<std::uint64_t> got(n);
    parallel_scan(v, got.begin(), total, {.scheduler = &pool});
    EXPECT_EQ(got, expected);
    parallel_scan(v, v.begin(), total, {.scheduler = &pool});  // in place
    EXPECT_EQ(v, expected);
  }
}

TEST(parallel_scan, throws_what_any_of_its_steps_throws) {
  thread_pool pool({.min_threads = 2, .max_threads = 2, .name = "scan"});
  std::vector<std::int64_t> v(200'000, 1);
  std::vector<std::int64_t> got(v.size());
  for (const std::int64_t at : {1, 1'000, 60'000, 199'999}) {
    const auto bad = [at](std::int64_t a, std::int64_t b) {
      return a == at ? throw std::runtime_error("bad") : a + b;
    };
    EXPECT_THROW(parallel_scan(v, got.begin(), bad, {.scheduler = &pool}), aggregate_exception)
        << at;
  }
}

TEST(parallel_scan, ends_early_when_it_is_canceled) {
  std::vector<std::int64_t> v(4'000'000, 1);
  std::vector<std::int64_t> got(v.size());
  std::stop_source source;
  const std::stop_token token = source.get_token();
  const auto stops = [&](std::int64_t a, std::int64_t b) {
    if (a == 100'000) {
      source.request_stop();
    }
    return a + b;
  };
  EXPECT_THROW(parallel_scan(v, got.begin(), stops, {.stop = token}), operation_canceled);
  EXPECT_EQ(got.back(), 0);
}

TEST(parallel_scan, keeps_the_order_of_what_does_not_commute) {
  thread_pool pool({.min_threads = 3, .max_threads = 3, .name = "scan"});
  constexpr std::size_t n = 3'000;
  std::vector<std::string> v(n);
  for (std::size_t i = 0; i != n; ++i) {
    v[i] = letter(i);
  }
  std::vector<std::string> got(n);
  parallel_exclusive_scan(v, got.begin(), std::string("-"), {}, {.scheduler = &pool});
  std::string all = "-";
  for (std::size_t i = 0; i != n; ++i) {
    ASSERT_EQ(got[i], all) << i;
    all += v[i];
  }
}

}  // namespace
}  // namespace weft
