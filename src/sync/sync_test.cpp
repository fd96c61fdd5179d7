#include <weft/sync.hpp>

#include <weft/task.hpp>
#include <weft/time.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using weft::async_mutex;
using weft::task;

task<> acquire_and_note(weft::async_semaphore& s, std::vector<int>& order, async_mutex& m, int i) {
  co_await s.acquire();
  auto held = co_await m.lock();
  order.push_back(i);
}

TEST(async_semaphore, gives_permits_at_hand_at_once) {
  weft::async_semaphore s{2};
  auto first = s.acquire();
  auto second = s.acquire();
  auto third = s.acquire();
  EXPECT_TRUE(first.is_completed());
  EXPECT_TRUE(second.is_completed());
  EXPECT_FALSE(third.is_completed());
  EXPECT_EQ(s.current_count(), 0u);
  EXPECT_FALSE(s.try_acquire());
  s.release();
  std::move(third).result();
}

TEST(async_semaphore, hands_a_permit_to_the_first_waiter_and_not_to_a_later_caller) {
  weft::async_semaphore s{0};
  auto waiting = s.acquire();
  EXPECT_EQ(s.release(), 0u);
  EXPECT_FALSE(s.try_acquire());
  std::move(waiting).result();
}

TEST(async_semaphore, release_never_runs_the_awaiter_inside_the_call) {
  weft::async_semaphore s{0};
  weft::detail::lock
      inside;  // held by this thread during release: an awaiter run there would find it so
  bool was_inside = true;
  auto waiter = [&]() -> task<> {
    co_await s.acquire();
    inside.acquire();
    was_inside = false;
    inside.release();
  };
  auto t = waiter();
  inside.acquire();
  s.release();
  EXPECT_TRUE(was_inside);
  inside.release();
  t.wait();
  EXPECT_FALSE(was_inside);
}

TEST(async_semaphore, refuses_to_exceed_its_maximum_and_releases_nothing_then) {
  weft::async_semaphore s{1, 2};
  EXPECT_THROW(s.release(2), weft::invalid_operation);
  EXPECT_EQ(s.current_count(), 1u);
  EXPECT_THROW(s.release(0), std::invalid_argument);
  EXPECT_THROW((weft::async_semaphore{3, 2}), std::invalid_argument);
  EXPECT_THROW((weft::async_semaphore{0, 0}), std::invalid_argument);
}

TEST(async_semaphore, a_canceled_waiter_leaves_the_queue) {
  weft::async_semaphore s{0};
  weft::cancellation_source c;
  auto first = s.acquire(c.token()).as_task();
  auto second = s.acquire().as_task();
  c.cancel();
  EXPECT_THROW(first.wait(), weft::operation_canceled);
  EXPECT_TRUE(first.is_canceled());
  s.release();
  second.wait();
  EXPECT_EQ(s.current_count(), 0u);
}

TEST(async_semaphore, a_requested_token_wins_over_a_permit_at_hand) {
  weft::async_semaphore s{1};
  weft::cancellation_source c;
  c.cancel();
  EXPECT_THROW(s.acquire(c.token()).result(), weft::operation_canceled);
  EXPECT_EQ(s.current_count(), 1u);
}

TEST(async_semaphore, dropping_a_pending_acquire_withdraws_it) {
  weft::async_semaphore s{0};
  {
    auto dropped = s.acquire();
  }
  s.release();
  EXPECT_EQ(s.current_count(), 1u);
}

TEST(async_semaphore, acquire_for_gives_up_after_its_limit) {
  weft::async_semaphore s{0};
  EXPECT_FALSE(s.acquire_for(5ms).result());
  EXPECT_FALSE(s.acquire_for(0ms).result());
  s.release();
  EXPECT_TRUE(s.acquire_for(5s).result());
  EXPECT_THROW(static_cast<void>(s.acquire_for(-5ms)), std::invalid_argument);
}

TEST(async_semaphore, serves_in_order_of_arrival) {
  weft::async_semaphore s{0};
  async_mutex m;
  std::vector<int> order;
  std::vector<task<>> all;
  for (int i = 0; i < 10; ++i) {
    all.push_back(acquire_and_note(s, order, m, i));
  }
  for (int i = 0; i < 10; ++i) {
    s.release();
    all[static_cast<std::size_t>(i)].wait();
  }
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST(async_semaphore, cancelling_at_the_moment_of_release_loses_no_permit) {
  for (int i = 0; i < 2000; ++i) {
    weft::async_semaphore s{0};
    weft::cancellation_source c;
    auto waiting = s.acquire(c.token()).as_task();
    auto cancel = weft::run([&] { c.cancel(); });
    s.release();
    cancel.wait();
    weft::block_on(
        [&]() -> task<> { co_await weft::detail::completion_awaiter{&waiting.checked()}; });
    EXPECT_EQ(s.current_count(), waiting.is_canceled() ? 1u : 0u);
  }
}

task<> increment(async_mutex& m, long& counter, int times) {
  for (int i = 0; i < times; ++i) {
    auto held = co_await m.lock();
    const long seen = counter;
    if (i % 16 == 0) {
      co_await weft::yield();
    }
    counter = seen + 1;
  }
}

TEST(async_mutex, excludes_coroutines_on_all_workers_across_awaits) {
  async_mutex m;
  long counter = 0;
  std::vector<task<>> all;
  for (int i = 0; i < 16; ++i) {
    auto work = [&] { return increment(m, counter, 500); };
    all.push_back(weft::run(work));
  }
  weft::wait_all(all);
  EXPECT_EQ(counter, 16 * 500);
}

TEST(async_mutex, is_handed_to_the_next_waiter) {
  async_mutex m;
  auto held = m.lock().result();
  auto next = m.lock();
  EXPECT_FALSE(m.try_lock().has_value());
  held.unlock();
  EXPECT_FALSE(m.try_lock().has_value());
  auto second = std::move(next).result();
  EXPECT_TRUE(second.owns_lock());
  second.unlock();
  EXPECT_TRUE(m.try_lock().has_value());
}

TEST(async_mutex, forgets_canceled_and_dropped_waiters) {
  async_mutex m;
  auto held = m.lock().result();
  weft::cancellation_source c;
  auto canceled = m.lock(c.token()).as_task();
  {
    auto dropped = m.lock();
  }
  c.cancel();
  EXPECT_THROW(canceled.wait(), weft::operation_canceled);
  held.unlock();
  EXPECT_TRUE(m.try_lock().has_value());
}

TEST(async_shared_mutex, lets_readers_in_together_and_writers_alone) {
  weft::async_shared_mutex m;
  auto r1 = m.lock_shared().result();
  auto r2 = m.lock_shared().result();
  auto writer = m.lock();
  EXPECT_FALSE(writer.is_completed());
  auto late_reader = m.lock_shared();
  EXPECT_FALSE(late_reader.is_completed()) << "a waiting writer holds later readers back";
  EXPECT_FALSE(m.try_lock_shared().has_value());
  r1.unlock();
  EXPECT_FALSE(writer.is_completed());
  r2.unlock();
  auto w = std::move(writer).result();
  EXPECT_FALSE(late_reader.is_completed());
  w.unlock();
  auto r3 = std::move(late_reader).result();
  EXPECT_TRUE(r3.owns_lock());
}

TEST(async_shared_mutex, lets_readers_in_whom_a_writer_held_back_that_gives_up) {
  weft::async_shared_mutex m;
  auto first = m.lock_shared().result();
  weft::cancellation_source c;
  auto canceled = m.lock(c.token()).as_task();
  auto second = m.lock_shared();
  auto third = m.lock_shared();
  auto writer = m.lock();
  auto fourth = m.lock_shared();
  c.cancel();
  EXPECT_THROW(canceled.wait(), weft::operation_canceled);
  auto r2 = std::move(second).result();
  auto r3 = std::move(third).result();
  EXPECT_FALSE(writer.is_completed());
  EXPECT_FALSE(fourth.is_completed());
  {
    auto dropped = std::move(writer);
  }
  auto r4 = std::move(fourth).result();
  EXPECT_TRUE(first.owns_lock() && r2.owns_lock() && r3.owns_lock() && r4.owns_lock());
}

TEST(async_shared_mutex, lets_nobody_in_beside_a_writer_when_another_gives_up) {
  weft::async_shared_mutex m;
  auto held = m.lock().result();
  auto reader = m.lock_shared();
  {
    auto dropped = m.lock();
  }
  EXPECT_FALSE(reader.is_completed());
  held.unlock();
  EXPECT_TRUE(std::move(reader).result().owns_lock());
}

TEST(manual_reset_event, lets_all_waiters_through) {
  weft::manual_reset_event e;
  auto a = e.wait();
  auto b = e.wait();
  EXPECT_FALSE(e.try_wait());
  e.set();
  std::move(a).result();
  std::move(b).result();
  EXPECT_TRUE(e.wait().is_completed());
  e.reset();
  EXPECT_FALSE(e.is_set());
}

TEST(auto_reset_event, lets_one_waiter_through_for_each_set) {
  weft::auto_reset_event e;
  auto a = e.wait().as_task();
  auto b = e.wait().as_task();
  e.set();
  a.wait();
  EXPECT_FALSE(b.is_completed());
  e.set();
  b.wait();
  e.set();
  e.set();
  EXPECT_TRUE(e.try_wait());
  EXPECT_FALSE(e.try_wait());
}

TEST(async_latch, opens_when_counted_down) {
  weft::async_latch l{3};
  auto w = l.wait();
  l.count_down(2);
  EXPECT_FALSE(w.is_completed());
  EXPECT_THROW(l.count_down(2), weft::invalid_operation);
  l.count_down();
  std::move(w).result();
  EXPECT_TRUE(l.is_set());
}

TEST(async_barrier, lets_participants_through_together_and_runs_the_post_phase_once) {
  int phases = 0;
  weft::async_barrier b{3, [&] { ++phases; }};
  std::vector<task<>> all;
  auto participant = [&]() -> task<> {
    for (int i = 0; i < 100; ++i) {
      co_await b.arrive_and_wait();
    }
  };
  for (int i = 0; i < 3; ++i) {
    all.push_back(weft::run(participant));
  }
  weft::wait_all(all);
  EXPECT_EQ(phases, 100);
  EXPECT_EQ(b.current_phase(), 100u);
  EXPECT_THROW(weft::async_barrier{0}, std::invalid_argument);
}

TEST(async_barrier, a_failing_post_phase_fails_every_participant) {
  weft::async_barrier b{2, [] { throw std::runtime_error("phase"); }};
  auto a = b.arrive_and_wait().as_task();
  auto c = b.arrive_and_wait().as_task();
  EXPECT_THROW(a.wait(), std::runtime_error);
  EXPECT_THROW(c.wait(), std::runtime_error);
}

TEST(async_condition, waits_for_its_predicate_with_the_lock_held) {
  async_mutex m;
  weft::async_condition c;
  int value = 0;
  auto consumer = [&]() -> task<int> {
    auto held = co_await m.lock();
    co_await c.wait(held, [&] { return value >= 3; });
    EXPECT_TRUE(held.owns_lock());
    co_return value;
  };
  auto t = weft::run(consumer);
  for (int i = 0; i < 3; ++i) {
    auto held = m.lock().result();
    ++value;
    c.notify_all();
  }
  EXPECT_EQ(t.result(), 3);
}

TEST(async_condition, a_canceled_wait_holds_the_lock_again) {
  async_mutex m;
  weft::async_condition c;
  weft::cancellation_source stop;
  bool held_again = false;
  auto waiting = [&]() -> task<> {
    auto held = co_await m.lock();
    try {
      co_await c.wait(held, [] { return false; }, stop.token());
    } catch (const weft::operation_canceled&) {
      held_again = held.owns_lock();
    }
  };
  auto t = weft::run(waiting);
  stop.cancel();
  t.wait();
  EXPECT_TRUE(held_again);
  async_mutex::guard nothing;
  EXPECT_THROW(static_cast<void>(c.wait(nothing, [] { return true; })), weft::invalid_operation);
}

TEST(async_lazy, makes_its_value_once) {
  int calls = 0;
  weft::async_lazy<std::string> z{[&]() -> task<std::string> {
    ++calls;
    co_await weft::yield();
    co_return "made";
  }};
  auto ask = [&]() -> task<const std::string*> {
    const std::string& v = co_await z.value();
    co_return &v;
  };
  auto a = weft::run(ask);
  auto b = weft::run(ask);
  const std::string* first = a.result();
  EXPECT_EQ(first, b.result());
  EXPECT_EQ(*first, "made");
  EXPECT_EQ(calls, 1);
}

TEST(async_lazy, gives_everybody_the_same_exception) {
  weft::async_lazy<int> z{[]() -> task<int> {
    throw std::runtime_error("no value");
    co_return 1;
  }};
  auto ask = [&]() -> task<> { static_cast<void>(co_await z.value()); };
  EXPECT_THROW(weft::block_on(ask), std::runtime_error);
  EXPECT_THROW(weft::block_on(ask), std::runtime_error);
}

// .NET 10: a token that was requested comes before what there is.
TEST(async_barrier, arrives_nowhere_with_a_token_that_was_requested) {
  weft::async_barrier b{1};
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(b.arrive_and_wait(stop.get_token()).result(), weft::operation_canceled);
}

TEST(async_shared_mutex, takes_nothing_for_a_token_that_was_requested) {
  weft::async_shared_mutex m;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(static_cast<void>(m.lock(stop.get_token()).result()), weft::operation_canceled);
  EXPECT_THROW(static_cast<void>(m.lock_shared(stop.get_token()).result()),
               weft::operation_canceled);
  auto held = m.lock().result();
}

TEST(async_shared_mutex, a_guard_that_is_assigned_to_lets_its_lock_go) {
  weft::async_shared_mutex first;
  weft::async_shared_mutex second;
  auto held = first.lock().result();
  held = second.lock_shared().result();
  auto again = first.lock();
  EXPECT_TRUE(again.is_completed());
  auto waits = second.lock();
  EXPECT_FALSE(waits.is_completed());
  held.unlock();
  EXPECT_TRUE(waits.is_completed());
}

}  // namespace
