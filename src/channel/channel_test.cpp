#include <weft/channel.hpp>

#include <weft/base/lock.hpp>
#include <weft/task.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

namespace {

using weft::channel;
using weft::channel_full_mode;
using weft::task;

std::exception_ptr some_error(const char* text = "the source failed") {
  return std::make_exception_ptr(std::runtime_error(text));
}

TEST(channel, gives_items_in_the_order_in_which_they_were_written) {
  auto c = channel<int>::unbounded();
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_TRUE(c.writer().try_write(i));
  }
  EXPECT_EQ(c.reader().count(), 10'000u);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(c.reader().try_read(), i);
  }
  EXPECT_EQ(c.reader().try_read(), std::nullopt);
  EXPECT_EQ(c.reader().count(), 0u);
}

TEST(channel, keeps_the_order_while_reads_and_writes_take_turns) {
  auto c = channel<int>::unbounded();
  int written = 0;
  int read = 0;
  for (int round = 0; round < 300; ++round) {
    for (int i = 0; i < round % 37; ++i) {
      c.writer().try_write(written++);
    }
    for (int i = 0; i < round % 31; ++i) {
      if (auto item = c.reader().try_read()) {
        ASSERT_EQ(*item, read++);
      }
    }
  }
  while (auto item = c.reader().try_read()) {
    ASSERT_EQ(*item, read++);
  }
  EXPECT_EQ(read, written);
}

TEST(channel, operations_that_need_not_wait_complete_at_once) {
  auto c = channel<int>::unbounded();
  auto write = c.writer().write(1);
  EXPECT_TRUE(write.is_completed_successfully());
  auto room = c.writer().wait_to_write();
  EXPECT_TRUE(room.is_completed_successfully());
  auto there = c.reader().wait_to_read();
  EXPECT_TRUE(there.is_completed_successfully());
  auto item = c.reader().read();
  EXPECT_TRUE(item.is_completed_successfully());
  EXPECT_EQ(std::move(item).result(), 1);
  EXPECT_TRUE(std::move(there).result());
  EXPECT_TRUE(std::move(room).result());
}

TEST(channel, peeks_without_taking) {
  auto c = channel<std::string>::unbounded();
  EXPECT_EQ(c.reader().try_peek(), std::nullopt);
  c.writer().try_write("a");
  EXPECT_EQ(c.reader().try_peek(), "a");
  EXPECT_EQ(c.reader().count(), 1u);
  EXPECT_EQ(c.reader().try_read(), "a");
}

TEST(channel, serves_waiting_readers_first_come_first_served) {
  auto c = channel<int>::unbounded();
  auto first = c.reader().read();
  auto second = c.reader().read();
  c.writer().try_write(1);
  c.writer().try_write(2);
  EXPECT_EQ(std::move(second).result(), 2);
  EXPECT_EQ(std::move(first).result(), 1);
}

TEST(channel, a_waiting_read_gets_the_item_before_wait_to_read_hears_of_it) {
  auto c = channel<int>::unbounded();
  auto there = c.reader().wait_to_read();
  auto item = c.reader().read();
  c.writer().try_write(5);
  EXPECT_EQ(std::move(item).result(), 5);
  EXPECT_FALSE(there.is_completed());
  c.writer().try_write(6);
  EXPECT_TRUE(std::move(there).result());
}

TEST(channel, one_item_wakes_all_who_wait_to_read) {
  auto c = channel<int>::unbounded();
  auto a = c.reader().wait_to_read();
  auto b = c.reader().wait_to_read();
  c.writer().try_write(5);
  EXPECT_TRUE(std::move(a).result());
  EXPECT_TRUE(std::move(b).result());
}

TEST(channel, items_are_read_after_complete_and_then_it_is_closed) {
  auto c = channel<int>::unbounded();
  c.writer().try_write(1);
  c.writer().try_write(2);
  c.writer().complete();
  EXPECT_FALSE(c.writer().try_write(3));
  EXPECT_THROW(c.writer().write(3).result(), weft::channel_closed);
  EXPECT_FALSE(c.writer().wait_to_write().result());
  EXPECT_FALSE(c.reader().completion().is_completed());
  EXPECT_EQ(c.reader().read().result(), 1);
  EXPECT_TRUE(c.reader().wait_to_read().result());
  EXPECT_EQ(c.reader().try_read(), 2);
  c.reader().completion().wait();
  EXPECT_FALSE(c.reader().wait_to_read().result());
  EXPECT_THROW(c.reader().read().result(), weft::channel_closed);
  EXPECT_EQ(c.reader().try_read(), std::nullopt);
}

TEST(channel, completing_an_empty_channel_ends_it_and_all_who_wait) {
  auto c = channel<int>::unbounded();
  auto item = c.reader().read();
  auto there = c.reader().wait_to_read();
  EXPECT_TRUE(c.writer().try_complete());
  EXPECT_THROW(std::move(item).result(), weft::channel_closed);
  EXPECT_FALSE(std::move(there).result());
  EXPECT_EQ(c.reader().completion().status(), weft::task_status::ran_to_completion);
}

TEST(channel, completing_twice_is_refused) {
  auto c = channel<int>::unbounded();
  c.writer().complete();
  EXPECT_FALSE(c.writer().try_complete());
  EXPECT_THROW(c.writer().complete(), weft::channel_closed);
}

TEST(channel, an_error_reaches_read_nested_and_the_others_as_it_is) {
  auto c = channel<int>::bounded(1);
  c.writer().try_write(1);
  auto blocked = c.writer().write(2);
  auto room = c.writer().wait_to_write();
  c.writer().complete(some_error());
  EXPECT_THROW(std::move(blocked).result(), weft::channel_closed);
  EXPECT_THROW(std::move(room).result(), std::runtime_error);
  EXPECT_TRUE(c.reader().wait_to_read().result());
  EXPECT_FALSE(c.reader().completion().is_completed());
  EXPECT_EQ(c.reader().try_read(), 1);
  EXPECT_TRUE(c.reader().completion().is_faulted());
  EXPECT_THROW(c.reader().wait_to_read().result(), std::runtime_error);
  EXPECT_THROW(c.writer().wait_to_write().result(), std::runtime_error);
  EXPECT_THROW(c.writer().write(3).result(), weft::channel_closed);
  try {
    c.reader().read().result();
    FAIL() << "read gave an item";
  } catch (const weft::channel_closed& closed) {
    EXPECT_NE(std::string(closed.what()).find("the source failed"), std::string::npos);
    try {
      std::rethrow_if_nested(closed);
      FAIL() << "nothing is nested";
    } catch (const std::runtime_error& inner) {
      EXPECT_STREQ(inner.what(), "the source failed");
    }
  }
}

TEST(channel, an_error_reaches_those_who_wait) {
  auto c = channel<int>::unbounded();
  auto item = c.reader().read();
  auto there = c.reader().wait_to_read();
  c.writer().complete(some_error());
  EXPECT_THROW(std::move(item).result(), weft::channel_closed);
  EXPECT_THROW(std::move(there).result(), std::runtime_error);
}

TEST(channel, completed_with_a_cancellation_it_ends_canceled) {
  auto c = channel<int>::unbounded();
  c.writer().complete(std::make_exception_ptr(weft::operation_canceled()));
  EXPECT_TRUE(c.reader().completion().is_canceled());
  auto read = c.reader().read().as_task();
  EXPECT_TRUE(read.is_canceled());
  auto there = c.reader().wait_to_read().as_task();
  EXPECT_TRUE(there.is_faulted());
  EXPECT_THROW(there.wait(), weft::operation_canceled);
}

TEST(channel, a_requested_token_wins_over_items_and_room) {
  auto c = channel<int>::unbounded();
  c.writer().try_write(1);
  weft::cancellation_source stop;
  stop.cancel();
  EXPECT_TRUE(c.reader().read(stop.token()).as_task().is_canceled());
  EXPECT_TRUE(c.reader().wait_to_read(stop.token()).as_task().is_canceled());
  EXPECT_TRUE(c.writer().write(2, stop.token()).as_task().is_canceled());
  EXPECT_TRUE(c.writer().wait_to_write(stop.token()).as_task().is_canceled());
  EXPECT_EQ(c.reader().count(), 1u);
}

TEST(channel, a_canceled_operation_leaves_its_queue) {
  auto c = channel<int>::bounded(1);
  weft::cancellation_source stop;
  auto read = c.reader().read(stop.token()).as_task();
  auto there = c.reader().wait_to_read(stop.token()).as_task();
  auto later = c.reader().read();
  stop.cancel();
  EXPECT_THROW(read.wait(), weft::operation_canceled);
  EXPECT_THROW(there.wait(), weft::operation_canceled);
  c.writer().try_write(1);
  EXPECT_EQ(std::move(later).result(), 1);

  weft::cancellation_source stop_writes;
  c.writer().try_write(2);
  auto write = c.writer().write(3, stop_writes.token()).as_task();
  auto room = c.writer().wait_to_write(stop_writes.token()).as_task();
  stop_writes.cancel();
  EXPECT_THROW(write.wait(), weft::operation_canceled);
  EXPECT_THROW(room.wait(), weft::operation_canceled);
  EXPECT_EQ(c.reader().try_read(), 2);
  EXPECT_EQ(c.reader().try_read(), std::nullopt);
}

TEST(channel, a_dropped_operation_is_withdrawn) {
  auto c = channel<int>::bounded(1);
  {
    auto dropped = c.reader().read();
  }
  {
    auto dropped = c.reader().wait_to_read();
  }
  c.writer().try_write(1);
  {
    auto dropped = c.writer().write(2);
  }
  {
    auto dropped = c.writer().wait_to_write();
  }
  EXPECT_EQ(c.reader().try_read(), 1);
  EXPECT_EQ(c.reader().try_read(), std::nullopt);
}

TEST(channel, no_awaiter_runs_inside_a_write) {
  auto c = channel<int>::unbounded();
  weft::detail::lock
      inside;  // held by this thread during the write: an awaiter that runs there finds it so
  bool ran = false;
  auto reader = [&]() -> task<> {
    co_await c.reader().read();
    inside.acquire();
    ran = true;
    inside.release();
  };
  auto reading = reader();
  inside.acquire();
  c.writer().try_write(1);
  EXPECT_FALSE(ran);
  inside.release();
  reading.wait();
  EXPECT_TRUE(ran);
}

TEST(channel, awaiters_run_inside_a_write_where_that_is_allowed) {
  auto c = channel<int>::unbounded({.allow_synchronous_continuations = true});
  int got = 0;
  auto reader = [&]() -> task<> { got = co_await c.reader().read(); };
  auto reading = reader();
  c.writer().try_write(7);
  EXPECT_EQ(got, 7);
  reading.wait();
}

TEST(channel, handles_keep_it_alive) {
  weft::channel_reader<int> reader;
  weft::channel_writer<int> writer;
  {
    auto c = channel<int>::unbounded();
    reader = c.reader();
    writer = c.writer();
  }
  writer.try_write(1);
  auto other = reader;
  reader = {};
  EXPECT_EQ(other.try_read(), 1);
  EXPECT_EQ(channel<int>::unbounded().reader().count(), 0u);
}

TEST(channel, an_operation_keeps_it_alive) {
  auto c = std::make_unique<channel<int>>(channel<int>::unbounded());
  weft::cancellation_source stop;
  auto read = c->reader().read(stop.token());
  auto dropped = std::make_unique<weft::value_task<int>>(c->reader().read());
  c.reset();
  dropped.reset();
  stop.cancel();
  EXPECT_THROW(std::move(read).result(), weft::operation_canceled);
}

TEST(channel, empty_handles_say_so) {
  weft::channel_reader<int> reader;
  EXPECT_FALSE(reader.valid());
  EXPECT_THROW(static_cast<void>(reader.try_read()), weft::invalid_operation);
  auto c = channel<int>::unbounded();
  auto writer = c.writer();
  auto moved = std::move(writer);
  EXPECT_TRUE(moved.valid());
  EXPECT_THROW(writer.try_write(1), weft::invalid_operation);
}

TEST(channel, option_structs_may_stand_in_an_await_expression) {
  static_assert(std::is_trivially_destructible_v<weft::channel_options>);
  static_assert(std::is_trivially_destructible_v<weft::bounded_channel_options<std::string>>);
  static_assert(std::is_aggregate_v<weft::bounded_channel_options<std::string>>);
  auto body = []() -> task<std::optional<int>> {
    auto c = channel<int>::bounded(1, {.full_mode = channel_full_mode::drop_write});
    co_await c.writer().write(1);
    co_await c.writer().write(2);
    co_return co_await c.reader().read();
  };
  EXPECT_EQ(weft::block_on(body), 1);
}

TEST(channel, destroys_the_items_that_are_left) {
  auto item = std::make_shared<int>(1);
  {
    auto c = channel<std::shared_ptr<int>>::unbounded();
    for (int i = 0; i < 100; ++i) {
      c.writer().try_write(item);
    }
    static_cast<void>(c.reader().try_read());
    c.writer().try_write(item);
    EXPECT_GT(item.use_count(), 99);
  }
  EXPECT_EQ(item.use_count(), 1);
}

}  // namespace
