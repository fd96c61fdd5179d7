#include <weft/channel.hpp>
#include <weft/task.hpp>

#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using weft::channel;
using weft::channel_full_mode;
using weft::task;

std::vector<int> drain(const weft::channel_reader<int>& reader) {
  std::vector<int> all;
  while (auto item = reader.try_read()) {
    all.push_back(*item);
  }
  return all;
}

TEST(bounded_channel, a_full_one_refuses_try_write_and_lets_write_wait) {
  auto c = channel<int>::bounded(2);
  EXPECT_TRUE(c.writer().try_write(1));
  EXPECT_TRUE(c.writer().write(2).is_completed_successfully());
  EXPECT_FALSE(c.writer().try_write(9));
  auto third = c.writer().write(3);
  auto fourth = c.writer().write(4);
  EXPECT_FALSE(third.is_completed());
  EXPECT_EQ(c.reader().count(), 2u);
  EXPECT_EQ(c.reader().try_read(), 1);
  std::move(third).result();
  EXPECT_FALSE(fourth.is_completed());
  EXPECT_EQ(drain(c.reader()), (std::vector{2, 3, 4}));
  std::move(fourth).result();
}

TEST(bounded_channel, room_wakes_all_who_wait_to_write_unless_a_writer_takes_it) {
  auto c = channel<int>::bounded(1);
  c.writer().try_write(1);
  auto a = c.writer().wait_to_write();
  auto b = c.writer().wait_to_write();
  auto write = c.writer().write(2);
  EXPECT_EQ(c.reader().try_read(), 1);
  std::move(write).result();
  EXPECT_FALSE(a.is_completed());
  EXPECT_EQ(c.reader().try_read(), 2);
  EXPECT_TRUE(std::move(a).result());
  EXPECT_TRUE(std::move(b).result());
}

TEST(bounded_channel, complete_ends_waiting_writers) {
  auto c = channel<int>::bounded(1);
  c.writer().try_write(1);
  auto write = c.writer().write(2);
  auto room = c.writer().wait_to_write();
  c.writer().complete();
  EXPECT_THROW(std::move(write).result(), weft::channel_closed);
  EXPECT_FALSE(std::move(room).result());
  EXPECT_EQ(drain(c.reader()), std::vector{1});
  EXPECT_TRUE(c.reader().completion().is_completed());
}

TEST(bounded_channel, drop_modes_drop_what_they_say) {
  struct row {
    channel_full_mode mode;
    std::vector<int> kept;
    std::vector<int> dropped;
  };
  for (const row& r : {row{channel_full_mode::drop_newest, {1, 2, 5}, {3, 4}},
                       row{channel_full_mode::drop_oldest, {3, 4, 5}, {1, 2}},
                       row{channel_full_mode::drop_write, {1, 2, 3}, {4, 5}}}) {
    std::vector<int> dropped;
    auto c = channel<int>::bounded(
        3, {.full_mode = r.mode, .item_dropped = [&](int item) { dropped.push_back(item); }});
    for (int i = 1; i <= 5; ++i) {
      EXPECT_TRUE(c.writer().wait_to_write().result());
      EXPECT_TRUE(i % 2 != 0 ? c.writer().try_write(i)
                             : c.writer().write(i).is_completed_successfully());
    }
    EXPECT_EQ(drain(c.reader()), r.kept);
    EXPECT_EQ(dropped, r.dropped);
  }
}

int dropped_by_function = 0;
void count_dropped(int /*item*/) {
  ++dropped_by_function;
}

TEST(bounded_channel, item_dropped_may_be_a_function_or_own_what_cannot_be_copied) {
  dropped_by_function = 0;
  auto c = channel<int>::bounded(
      1, {.full_mode = channel_full_mode::drop_oldest, .item_dropped = count_dropped});
  c.writer().try_write(1);
  c.writer().try_write(2);
  EXPECT_EQ(dropped_by_function, 1);

  int last = 0;
  auto owning = [&last, by = std::make_unique<int>(10)](int item) { last = item + *by; };
  auto d = channel<int>::bounded(
      1, {.full_mode = channel_full_mode::drop_oldest, .item_dropped = std::move(owning)});
  d.writer().try_write(1);
  d.writer().try_write(2);
  EXPECT_EQ(last, 11);
}

TEST(bounded_channel, what_item_dropped_throws_comes_out_of_a_write_that_was_done) {
  auto c =
      channel<int>::bounded(1, {.full_mode = channel_full_mode::drop_oldest,
                                .item_dropped = [](int) { throw std::runtime_error("dropped"); }});
  c.writer().try_write(1);
  EXPECT_THROW(c.writer().try_write(2), std::runtime_error);
  EXPECT_EQ(drain(c.reader()), std::vector{2});
}

TEST(bounded_channel, item_dropped_may_use_the_channel) {
  auto c = channel<int>::bounded(1);
  std::size_t seen = 0;
  auto d = channel<int>::bounded(
      1, {.full_mode = channel_full_mode::drop_newest, .item_dropped = [&](int item) {
            c.writer().try_write(item);
            seen = c.reader().count();
          }});
  d.writer().try_write(1);
  d.writer().try_write(2);
  EXPECT_EQ(seen, 1u);
  EXPECT_EQ(c.reader().try_read(), 1);
}

TEST(bounded_channel, drop_newest_works_across_blocks) {
  auto c = channel<int>::bounded(40, {.full_mode = channel_full_mode::drop_newest});
  for (int i = 0; i < 200; ++i) {
    c.writer().try_write(i);
  }
  auto kept = drain(c.reader());
  ASSERT_EQ(kept.size(), 40u);
  EXPECT_EQ(kept[38], 38);
  EXPECT_EQ(kept[39], 199);
}

TEST(bounded_channel, refuses_a_negative_capacity) {
  EXPECT_THROW(static_cast<void>(channel<int>::bounded(static_cast<std::size_t>(-1))),
               std::invalid_argument);
}

TEST(rendezvous_channel, a_write_ends_when_a_reader_has_its_item) {
  auto c = channel<int>::bounded(0);
  EXPECT_FALSE(c.writer().try_write(1));
  auto there = c.reader().wait_to_read();
  auto room = c.writer().wait_to_write();
  EXPECT_FALSE(there.is_completed());
  EXPECT_FALSE(room.is_completed());
  auto write = c.writer().write(7);
  EXPECT_FALSE(write.is_completed());
  EXPECT_TRUE(std::move(there).result());
  EXPECT_FALSE(room.is_completed());
  EXPECT_EQ(c.reader().count(), 0u);
  EXPECT_EQ(c.reader().try_peek(), 7);
  EXPECT_TRUE(c.reader().wait_to_read().result());
  EXPECT_EQ(c.reader().try_read(), 7);
  std::move(write).result();
  EXPECT_EQ(c.reader().try_read(), std::nullopt);
  auto read = c.reader().read();
  EXPECT_TRUE(std::move(room).result());
  EXPECT_TRUE(c.writer().wait_to_write().result());
  EXPECT_TRUE(c.writer().try_write(9));
  EXPECT_EQ(std::move(read).result(), 9);
}

TEST(rendezvous_channel, complete_ends_waiting_writers_and_the_channel) {
  auto c = channel<int>::bounded(0);
  auto write = c.writer().write(8);
  c.writer().complete();
  EXPECT_THROW(std::move(write).result(), weft::channel_closed);
  EXPECT_TRUE(c.reader().completion().is_completed_successfully());
}

TEST(rendezvous_channel, in_a_drop_mode_it_drops_what_nobody_waits_for) {
  for (auto mode : {channel_full_mode::drop_newest, channel_full_mode::drop_oldest,
                    channel_full_mode::drop_write}) {
    std::vector<int> dropped;
    auto c = channel<int>::bounded(
        0, {.full_mode = mode, .item_dropped = [&](int item) { dropped.push_back(item); }});
    EXPECT_TRUE(c.writer().try_write(1));
    EXPECT_TRUE(c.writer().wait_to_write().result());
    EXPECT_TRUE(c.writer().write(2).is_completed_successfully());
    auto read = c.reader().read();
    EXPECT_TRUE(c.writer().try_write(3));
    EXPECT_EQ(std::move(read).result(), 3);
    EXPECT_EQ(dropped, (std::vector{1, 2}));
  }
}

}  // namespace
