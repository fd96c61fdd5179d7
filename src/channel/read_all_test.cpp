#include <weft/base/error.hpp>
#include <weft/channel.hpp>
#include <weft/task.hpp>

#include <memory>
#include <stdexcept>
#include <stop_token>
#include <vector>

#include <gtest/gtest.h>

namespace {

using weft::channel;
using weft::task;

task<std::vector<int>> all_of(weft::async_generator<int> items) {
  std::vector<int> all;
  while (int* item = co_await items.next()) {
    all.push_back(*item);
  }
  co_return all;
}

TEST(read_all, gives_all_items_until_the_channel_is_completed) {
  auto c = channel<int>::unbounded();
  auto all = all_of(c.reader().read_all());
  for (int i = 0; i < 3; ++i) {
    c.writer().try_write(i);
  }
  EXPECT_FALSE(all.is_completed());
  c.writer().complete();
  EXPECT_EQ(all.result(), (std::vector<int>{0, 1, 2}));
}

TEST(read_all, throws_the_error_of_completion_behind_the_last_item) {
  auto c = channel<int>::unbounded();
  c.writer().try_write(1);
  c.writer().complete(std::make_exception_ptr(std::runtime_error("spoilt")));
  auto items = c.reader().read_all();
  EXPECT_EQ(*items.next().result(), 1);
  EXPECT_THROW(static_cast<void>(items.next().result()), std::runtime_error);
  EXPECT_EQ(items.next().result(), nullptr);
}

TEST(read_all, looks_at_its_token_when_the_channel_is_empty) {
  // As .NET: items at hand are given even so; see ChannelReader.ReadAllAsync.
  auto c = channel<int>::unbounded();
  c.writer().try_write(1);
  c.writer().try_write(2);
  std::stop_source source;
  auto items = c.reader().read_all().with_cancellation(source.get_token());
  EXPECT_EQ(*items.next().result(), 1);
  source.request_stop();
  EXPECT_EQ(*items.next().result(), 2);
  EXPECT_THROW(static_cast<void>(items.next().result()), weft::operation_canceled);
}

TEST(read_all, ends_canceled_while_it_waits) {
  auto c = channel<int>::unbounded();
  std::stop_source source;
  auto all = all_of(c.reader().read_all(source.get_token()));
  EXPECT_FALSE(all.is_completed());
  source.request_stop();
  EXPECT_THROW(all.wait(), weft::operation_canceled);
  EXPECT_TRUE(all.is_canceled());
}

TEST(read_all, left_half_way_leaves_the_rest_in_the_channel) {
  auto c = channel<int>::unbounded();
  c.writer().try_write(1);
  c.writer().try_write(2);
  {
    auto items = c.reader().read_all();
    EXPECT_EQ(*items.next().result(), 1);
  }
  EXPECT_EQ(c.reader().try_read(), 2);
}

TEST(read_all, keeps_the_channel_alive) {
  auto items = [] {
    auto c = channel<int>::unbounded();
    c.writer().try_write(1);
    c.writer().complete();
    return c.reader().read_all();
  }();
  EXPECT_EQ(all_of(std::move(items)).result(), std::vector<int>{1});
}

TEST(read_all, gives_items_that_can_only_be_moved) {
  auto c = channel<std::unique_ptr<int>>::unbounded();
  c.writer().try_write(std::make_unique<int>(7));
  c.writer().complete();
  auto items = c.reader().read_all();
  auto* item = items.next().result();
  const std::unique_ptr<int> taken = std::move(*item);
  EXPECT_EQ(*taken, 7);
}

TEST(read_all, of_an_empty_reader_says_so_at_the_call) {
  weft::channel_reader<int> none;
  EXPECT_THROW(static_cast<void>(none.read_all()), weft::invalid_operation);
}

TEST(read_all, shares_the_items_with_other_readers) {
  auto c = channel<int>::bounded(4);
  auto a = all_of(c.reader().read_all());
  auto b = all_of(c.reader().read_all());
  auto write = [](weft::channel_writer<int> w) -> task<> {
    for (int i = 0; i < 1000; ++i) {
      auto writing = w.write(i);
      co_await std::move(writing);
    }
    w.complete();
  };
  write(c.writer()).wait();
  EXPECT_EQ(a.result().size() + b.result().size(), 1000u);
}

}  // namespace
