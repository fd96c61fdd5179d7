#include <weft/base/work_deque.hpp>

#include <vector>

#include <gtest/gtest.h>

namespace {

using weft::detail::job;
using weft::detail::steal_result;
using weft::detail::work_deque;

TEST(work_deque, gives_the_owner_what_was_pushed_last) {
  work_deque deque;
  job a{}, b{};
  deque.push(&a);
  deque.push(&b);
  EXPECT_EQ(deque.pop(), &b);
  EXPECT_EQ(deque.pop(), &a);
  EXPECT_EQ(deque.pop(), nullptr);
}

TEST(work_deque, gives_thieves_what_was_pushed_first) {
  work_deque deque;
  job a{}, b{};
  deque.push(&a);
  deque.push(&b);
  const steal_result first = deque.steal();
  EXPECT_EQ(first.outcome, steal_result::status::taken);
  EXPECT_EQ(first.item, &a);
  EXPECT_EQ(deque.steal().item, &b);
  EXPECT_EQ(deque.steal().outcome, steal_result::status::empty);
}

TEST(work_deque, is_usable_after_it_ran_empty) {
  work_deque deque;
  job a{};
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(deque.pop(), nullptr);
    EXPECT_EQ(deque.steal().item, nullptr);
    deque.push(&a);
    EXPECT_EQ(i % 2 == 0 ? deque.pop() : deque.steal().item, &a);
  }
  EXPECT_TRUE(deque.empty_hint());
}

TEST(work_deque, grows_and_keeps_the_order) {
  work_deque deque(2);
  std::vector<job> jobs(1000);
  for (job& j : jobs) {
    deque.push(&j);
  }
  EXPECT_EQ(deque.capacity(), 1024u);
  EXPECT_EQ(deque.size_hint(), 1000u);
  for (std::size_t i = 0; i < 500; ++i) {
    EXPECT_EQ(deque.steal().item, &jobs[i]);
    EXPECT_EQ(deque.pop(), &jobs[999 - i]);
  }
  EXPECT_EQ(deque.pop(), nullptr);
}

TEST(work_deque, does_not_grow_while_thieves_make_room) {
  work_deque deque(4);
  job a{};
  for (int i = 0; i < 1000; ++i) {
    deque.push(&a);
    deque.push(&a);
    deque.push(&a);
    for (int k = 0; k < 3; ++k) {
      EXPECT_EQ(deque.steal().item, &a);
    }
  }
  EXPECT_EQ(deque.capacity(), 4u);
}

TEST(work_deque, fills_its_ring_to_the_last_slot_before_it_grows) {
  work_deque deque(4);
  job a{};
  for (int i = 0; i < 4; ++i) {
    deque.push(&a);
  }
  EXPECT_EQ(deque.capacity(), 4u);
  deque.push(&a);
  EXPECT_EQ(deque.capacity(), 8u);
}

}  // namespace
