#include <weft/parallel/concurrent_bag.hpp>

#include <weft/parallel/parallel_for.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using weft::concurrent_bag;

TEST(concurrent_bag, gives_its_own_thread_the_newest) {
  concurrent_bag<int> bag;
  bag.add(1);
  bag.add(2);
  EXPECT_EQ(bag.try_peek(), 2);
  EXPECT_EQ(bag.try_take(), 2);
  EXPECT_EQ(bag.try_take(), 1);
  EXPECT_EQ(bag.try_take(), std::nullopt);
  EXPECT_EQ(bag.try_peek(), std::nullopt);
}

TEST(concurrent_bag, gives_other_threads_what_is_there) {
  concurrent_bag<std::string> bag;
  bag.add("here");
  std::thread([&] { EXPECT_EQ(bag.try_take(), "here"); }).join();
  EXPECT_TRUE(bag.empty());
}

TEST(concurrent_bag, counts_copies_and_clears) {
  concurrent_bag<int> bag;
  std::thread([&] { bag.add(1); }).join();
  bag.add(2);
  EXPECT_EQ(bag.size(), 2U);
  auto all = bag.to_vector();
  std::ranges::sort(all);
  EXPECT_EQ(all, (std::vector<int>{1, 2}));
  bag.clear();
  EXPECT_TRUE(bag.empty());
  EXPECT_TRUE(bag.to_vector().empty());
  EXPECT_EQ(bag.try_take(), std::nullopt);
}

TEST(concurrent_bag, holds_what_only_moves) {
  concurrent_bag<std::unique_ptr<int>> bag;
  bag.add(std::make_unique<int>(7));
  auto taken = bag.try_take();
  ASSERT_TRUE(taken);
  EXPECT_EQ(**taken, 7);
}

TEST(concurrent_bag, keeps_every_item_of_a_parallel_loop) {
  concurrent_bag<int> bag;
  weft::parallel_for(0, 20'000, [&](int i) { bag.add(i); });
  EXPECT_EQ(bag.size(), 20'000U);
  auto all = bag.to_vector();
  std::ranges::sort(all);
  std::vector<int> expected(20'000);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(all, expected);
}

TEST(concurrent_bag, is_never_found_empty_while_it_is_not) {
  // Each thread takes one and adds one: at every moment at least one item more than there are
  // threads is inside.
  constexpr int threads = 3;
  concurrent_bag<int> bag;
  for (int i = 0; i <= threads; ++i) {
    bag.add(i);
  }
  std::atomic<int> misses{0};
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t) {
    all.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) {
        if (auto item = bag.try_take()) {
          bag.add(*item);
        } else {
          ++misses;
        }
      }
    });
  }
  for (auto& t : all) {
    t.join();
  }
  EXPECT_EQ(misses, 0);
  EXPECT_EQ(bag.size(), threads + 1U);
}

}  // namespace
