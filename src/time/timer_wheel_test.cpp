#include <weft/time/timer_wheel.hpp>

#include <weft/time/timer_service.hpp>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace weft::detail {
namespace {

constexpr std::int64_t tick = std::int64_t{1} << timer_wheel::tick_shift;

struct entry : timer_node {
  explicit entry(std::int64_t due = 0, int i = 0) : id(i) { due_ns = due; }
  int id;
};

std::vector<int> ids_after(timer_wheel& wheel, std::int64_t now) {
  timer_list expired;
  wheel.advance(now, expired);
  std::vector<int> ids;
  while (timer_node* node = expired.pop_front()) {
    ids.push_back(static_cast<entry*>(node)->id);
  }
  return ids;
}

TEST(timer_wheel, fires_not_before_and_at_the_latest_a_tick_after) {
  timer_wheel wheel(0);
  entry e(10 * tick + 1, 1);
  wheel.insert(e);
  EXPECT_TRUE(ids_after(wheel, 10 * tick + 1).empty());
  EXPECT_EQ(ids_after(wheel, 11 * tick), std::vector<int>{1});
  EXPECT_EQ(wheel.size(), 0U);
}

TEST(timer_wheel, fires_what_is_overdue_at_the_next_advance) {
  timer_wheel wheel(1000 * tick);
  entry e(3 * tick, 1);
  wheel.insert(e);
  EXPECT_EQ(ids_after(wheel, 1001 * tick), std::vector<int>{1});
}

TEST(timer_wheel, keeps_the_order_of_insertion_within_a_tick) {
  timer_wheel wheel(0);
  std::deque<entry> all;
  for (int i = 0; i < 10; ++i) {
    wheel.insert(all.emplace_back(5 * tick - i, i));
  }
  EXPECT_EQ(ids_after(wheel, 5 * tick), (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(timer_wheel, takes_a_timer_of_the_far_future_and_never) {
  timer_wheel wheel(0);
  const std::int64_t far = std::int64_t{100} * 365 * 24 * 3600 * 1'000'000'000;
  entry never(timer_wheel::never, 1);
  entry late(far, 2);
  wheel.insert(never);
  wheel.insert(late);
  EXPECT_LE(wheel.next_due(), far + tick);
  EXPECT_TRUE(ids_after(wheel, far - tick).empty());
  EXPECT_EQ(ids_after(wheel, far + tick), std::vector<int>{2});
  wheel.remove(never);
  EXPECT_EQ(wheel.size(), 0U);
  EXPECT_EQ(wheel.next_due(), timer_wheel::never);
}

TEST(timer_wheel, removes_in_constant_time_wherever_it_stands) {
  timer_wheel wheel(0);
  entry near(tick, 1);
  entry far(std::int64_t{1} << 50, 2);
  wheel.insert(near);
  wheel.insert(far);
  wheel.remove(far);
  wheel.remove(near);
  EXPECT_EQ(wheel.size(), 0U);
  EXPECT_TRUE(ids_after(wheel, std::int64_t{1} << 51).empty());
}

TEST(timer_wheel, next_due_is_never_later_than_the_earliest_timer) {
  timer_wheel wheel(0);
  EXPECT_EQ(wheel.next_due(), timer_wheel::never);
  entry e(12345 * tick, 1);
  wheel.insert(e);
  // Whoever sleeps until next_due and advances gets there in a bounded number of steps.
  int steps = 0;
  while (wheel.size() != 0) {
    const std::int64_t next = wheel.next_due();
    EXPECT_LE(next, 12345 * tick);
    static_cast<void>(ids_after(wheel, next));
    ASSERT_LT(++steps, 9);
  }
}

std::uint64_t seed_of_this_run() {
  if (const char* text = std::getenv("WEFT_SEED")) {
    return std::strtoull(text, nullptr, 10);
  }
  return std::random_device{}();
}

/// The naive one: a map by tick, in order of insertion.
TEST(timer_wheel, agrees_with_a_sorted_map_under_random_operations) {
  const std::uint64_t seed = seed_of_this_run();
  SCOPED_TRACE("replay: WEFT_SEED=" + std::to_string(seed) +
               " weft_time_test --gtest_filter=timer_wheel.agrees_*");
  std::mt19937_64 random(seed);
  for (int round = 0; round < 30; ++round) {
    std::int64_t now = static_cast<std::int64_t>(random() >> (8 + random() % 50));
    timer_wheel wheel(now);
    std::deque<entry> entries;
    std::map<int, std::int64_t> alive;  // id → tick at which it must fire
    std::vector<entry*> linked;
    std::int64_t reached = now >> timer_wheel::tick_shift;
    for (int step = 0; step < 2000; ++step) {
      const auto what = random() % 10;
      if (what < 6) {
        const std::int64_t due =
            now + static_cast<std::int64_t>(random() >> (random() % 60 + 4)) - 2 * tick;
        entry& e = entries.emplace_back(due, static_cast<int>(entries.size()));
        wheel.insert(e);
        linked.push_back(&e);
        alive[e.id] = std::max((due + tick - 1) >> timer_wheel::tick_shift, reached + 1);
      } else if (what < 8 && !linked.empty()) {
        const std::size_t at = random() % linked.size();
        if (alive.erase(linked[at]->id) != 0) {
          wheel.remove(*linked[at]);
        }
        linked[at] = linked.back();
        linked.pop_back();
      } else {
        now += static_cast<std::int64_t>(random() >> (random() % 40 + 24));
        reached = std::max(reached, now >> timer_wheel::tick_shift);
        const std::vector<int> fired = ids_after(wheel, now);
        std::int64_t last = 0;
        for (const int id : fired) {
          const auto found = alive.find(id);
          ASSERT_NE(found, alive.end()) << id << " fired, and was not armed";
          ASSERT_LE(found->second, reached) << id << " fired early";
          ASSERT_GE(found->second, last) << id << " fired out of order";
          last = found->second;
          alive.erase(found);
        }
        for (const auto& [id, at] : alive) {
          ASSERT_GT(at, reached) << id << " did not fire";
        }
        std::erase_if(linked, [&](const entry* e) { return !alive.contains(e->id); });
      }
      ASSERT_EQ(wheel.size(), alive.size());
    }
    for (const entry* e : linked) {
      if (alive.contains(e->id)) {
        wheel.remove(const_cast<entry&>(*e));
      }
    }
  }
}

// -------------------------------------------------------------------------------------------
// timer_service

struct service_fixture {
  int changes = 0;
  timer_service service{[](void* self) noexcept { ++static_cast<service_fixture*>(self)->changes; },
                        this};
};
struct firing : timer_node {
  job item{[](job*) {}, nullptr, nullptr};
  bool fired = false;
  firing() {
    fire = [](timer_node* n, job_list& ready) noexcept {
      auto* self = static_cast<firing*>(n);
      self->fired = true;
      ready.push_back(&self->item);
    };
  }
};

TEST(timer_service, says_when_the_earliest_due_time_came_nearer) {
  service_fixture f;
  EXPECT_LT(f.service.wait_ns(), 0);
  firing late;
  firing early;
  firing later;
  const std::int64_t now = monotonic_ns();
  f.service.add(late, now + 3'600'000'000'000);
  EXPECT_EQ(f.changes, 1);
  f.service.add(early, now + 1'800'000'000'000);
  EXPECT_EQ(f.changes, 2);
  f.service.add(later, now + 7'200'000'000'000);
  EXPECT_EQ(f.changes, 2) << "nobody needs waking for a later one";
  EXPECT_GT(f.service.wait_ns(), 0);
  EXPECT_EQ(f.service.size(), 3U);
  EXPECT_TRUE(f.service.cancel(early));
  EXPECT_TRUE(f.service.cancel(late));
  EXPECT_TRUE(f.service.cancel(later));
  EXPECT_EQ(f.service.size(), 0U);
}

TEST(timer_service, fires_what_is_due_and_refuses_to_cancel_it_then) {
  service_fixture f;
  firing t;
  f.service.add(t, monotonic_ns());
  job_list ready;
  while (!t.fired) {
    f.service.expire(ready);
  }
  EXPECT_EQ(ready.front(), &t.item);
  EXPECT_FALSE(f.service.cancel(t));
  EXPECT_FALSE(f.service.has_due());
}

TEST(timer_service, tells_whether_anything_is_due) {
  service_fixture f;
  EXPECT_FALSE(f.service.has_due());
  firing t;
  f.service.add(t, monotonic_ns() - 1);
  EXPECT_TRUE(f.service.has_due());
  EXPECT_TRUE(f.service.cancel(t));
}

}  // namespace
}  // namespace weft::detail
