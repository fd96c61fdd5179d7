#include <weft/base/mpsc_queue.hpp>

#include <weft/base/intrusive_list.hpp>

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using weft::detail::intrusive_list;
using weft::detail::job;
using weft::detail::job_list;
using weft::detail::list_hook;
using weft::detail::mpsc_queue;
using weft::detail::mpsc_stack;

struct numbered : job {
  int producer = 0;
  int number = 0;
};

// Counts the items of each producer; fails when one comes out of order.
class order_check {
 public:
  explicit order_check(int producers) : next_(static_cast<std::size_t>(producers)) {}

  void take(job* item) {
    auto* n = static_cast<numbered*>(item);
    EXPECT_EQ(n->number, next_[static_cast<std::size_t>(n->producer)]++);
    ++taken_;
  }

  [[nodiscard]] int taken() const { return taken_; }

 private:
  std::vector<int> next_;
  int taken_ = 0;
};

TEST(mpsc_queue, is_first_in_first_out) {
  mpsc_queue queue;
  job a{}, b{}, c{};
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.try_pop(), nullptr);
  queue.push(&a);
  queue.push(&b);
  EXPECT_FALSE(queue.empty());
  EXPECT_EQ(queue.try_pop(), &a);
  queue.push(&c);
  EXPECT_EQ(queue.try_pop(), &b);
  EXPECT_EQ(queue.try_pop(), &c);
  EXPECT_EQ(queue.try_pop(), nullptr);
  EXPECT_TRUE(queue.empty());
}

TEST(mpsc_queue, takes_an_item_again_once_it_was_popped) {
  mpsc_queue queue;
  job a{};
  for (int i = 0; i < 100; ++i) {
    queue.push(&a);
    EXPECT_EQ(queue.try_pop(), &a);
  }
}

TEST(mpsc_queue, pops_all_in_order) {
  mpsc_queue queue;
  job a{}, b{};
  queue.push(&a);
  queue.push(&b);
  job_list all = queue.pop_all();
  EXPECT_EQ(all.pop_front(), &a);
  EXPECT_EQ(all.pop_front(), &b);
  EXPECT_EQ(all.pop_front(), nullptr);
}

TEST(mpsc_queue, keeps_each_producers_order) {
  constexpr int producers = 3;
  constexpr int each = 10'000;
  mpsc_queue queue;
  std::vector<numbered> items(producers * each);
  order_check check(producers);
  std::vector<std::jthread> threads;
  for (int p = 0; p < producers; ++p) {
    threads.emplace_back([&, p] {
      for (int i = 0; i < each; ++i) {
        numbered& item = items[static_cast<std::size_t>(p * each + i)];
        item.producer = p;
        item.number = i;
        queue.push(&item);
      }
    });
  }
  while (check.taken() < producers * each) {
    if (job* item = queue.try_pop()) {
      check.take(item);
    } else {
      std::this_thread::yield();
    }
  }
  EXPECT_TRUE(queue.empty());
}

TEST(mpsc_stack, gives_all_in_the_order_of_the_pushes) {
  mpsc_stack stack;
  job a{}, b{}, c{};
  EXPECT_TRUE(stack.push(&a));
  EXPECT_FALSE(stack.push(&b));
  EXPECT_FALSE(stack.push(&c));
  job_list all = stack.take_all();
  EXPECT_EQ(all.pop_front(), &a);
  EXPECT_EQ(all.pop_front(), &b);
  EXPECT_EQ(all.pop_front(), &c);
  EXPECT_TRUE(all.empty());
  EXPECT_TRUE(stack.take_all().empty());
  EXPECT_TRUE(stack.push(&a));
}

TEST(mpsc_stack, keeps_each_producers_order) {
  constexpr int producers = 3;
  constexpr int each = 10'000;
  mpsc_stack stack;
  std::vector<numbered> items(producers * each);
  order_check check(producers);
  std::vector<std::jthread> threads;
  for (int p = 0; p < producers; ++p) {
    threads.emplace_back([&, p] {
      for (int i = 0; i < each; ++i) {
        numbered& item = items[static_cast<std::size_t>(p * each + i)];
        item.producer = p;
        item.number = i;
        stack.push(&item);
      }
    });
  }
  while (check.taken() < producers * each) {
    job_list all = stack.take_all();
    while (job* item = all.pop_front()) {
      check.take(item);
    }
    std::this_thread::yield();
  }
}

struct by_age;
struct node : list_hook<>, list_hook<by_age> {
  explicit node(int v) : value(v) {}
  int value;
};

std::vector<int> values(intrusive_list<node>& list) {
  std::vector<int> all;
  for (const node& n : list) {
    all.push_back(n.value);
  }
  return all;
}

TEST(intrusive_list, keeps_the_order_of_insertion) {
  node a(1), b(2), c(3), d(4);
  intrusive_list<node> list;
  list.push_back(b);
  list.push_back(d);
  list.push_front(a);
  list.insert_before(d, c);
  EXPECT_EQ(values(list), (std::vector{1, 2, 3, 4}));
  EXPECT_EQ(&list.front(), &a);
  EXPECT_EQ(&list.back(), &d);
}

TEST(intrusive_list, lets_an_element_leave_without_the_list) {
  node a(1), b(2), c(3);
  intrusive_list<node> list;
  list.push_back(a);
  list.push_back(b);
  list.push_back(c);
  static_cast<list_hook<>&>(b).unlink();
  static_cast<list_hook<>&>(b).unlink();
  EXPECT_FALSE(static_cast<list_hook<>&>(b).is_linked());
  EXPECT_EQ(values(list), (std::vector{1, 3}));
  list.push_back(b);
  list.erase(a);
  EXPECT_EQ(values(list), (std::vector{3, 2}));
}

TEST(intrusive_list, holds_one_element_in_lists_of_two_tags) {
  node a(1);
  intrusive_list<node> list;
  intrusive_list<node, by_age> aged;
  list.push_back(a);
  aged.push_back(a);
  EXPECT_EQ(list.pop_front(), &a);
  EXPECT_EQ(&aged.front(), &a);
}

TEST(intrusive_list, splices_all_of_another) {
  node a(1), b(2), c(3);
  intrusive_list<node> list, other;
  list.splice_back(other);
  EXPECT_TRUE(list.empty());
  other.push_back(b);
  other.push_back(c);
  list.push_back(a);
  list.splice_back(other);
  EXPECT_EQ(values(list), (std::vector{1, 2, 3}));
  EXPECT_TRUE(other.empty());
}

TEST(intrusive_list, unlinks_what_is_left_at_its_end) {
  node a(1);
  {
    intrusive_list<node> list;
    list.push_back(a);
  }
  EXPECT_FALSE(static_cast<list_hook<>&>(a).is_linked());
}

}  // namespace
