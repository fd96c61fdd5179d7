// Channels under every order of their users that the test kit finds, and with a stop request at
// each of their awaits.

#include <weft/channel.hpp>
#include <weft/task.hpp>
#include <weft/testkit.hpp>
#include <weft/time.hpp>

#include <chrono>
#include <memory>
#include <stop_token>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using testkit::interleave;
using testkit::require;

task<> write_all(channel_writer<int> to, int from, int count) {
  for (int i = 0; i < count; ++i) {
    co_await to.write(from + i);
  }
}
task<std::vector<int>> read_to_the_end(channel_reader<int> from) {
  std::vector<int> got;
  bool more = co_await from.wait_to_read();
  while (more) {
    while (auto item = from.try_read()) {
      got.push_back(*item);
      co_await interleave();
    }
    more = co_await from.wait_to_read();
  }
  co_return got;
}

TEST(channel_interleavings, each_item_once_and_in_its_writers_order) {
  testkit::check(
      []() -> task<> {
        auto c = channel<int>::bounded(1);
        auto reader = read_to_the_end(c.reader());
        auto other = read_to_the_end(c.reader());
        auto low = write_all(c.writer(), 0, 3);
        auto high = write_all(c.writer(), 10, 3);
        co_await when_all(std::move(low), std::move(high));
        c.writer().complete();
        const std::vector<int> first = co_await std::move(reader);
        const std::vector<int> second = co_await std::move(other);
        std::vector<int> times(13);
        for (const auto* got : {&first, &second}) {
          int last_low = -1;
          int last_high = 9;
          for (const int item : *got) {
            ++times[static_cast<std::size_t>(item)];
            int& last = item < 10 ? last_low : last_high;
            require(item > last, "two items of one writer came out of order");
            last = item;
          }
        }
        for (const int item : {0, 1, 2, 10, 11, 12}) {
          require(times[static_cast<std::size_t>(item)] == 1, "an item was lost, or came twice");
        }
      },
      {.schedules = 300});
}

TEST(channel_interleavings, completion_ends_who_waits_to_read_and_to_write) {
  testkit::check(
      []() -> task<> {
        auto c = channel<int>::bounded(1);
        auto writes = [](channel_writer<int> to) -> task<int> {
          int written = 0;
          try {
            for (;;) {
              co_await to.write(written);
              ++written;
            }
          } catch (const channel_closed&) {
          }
          co_return written;
        };
        auto closes = [](channel_writer<int> of) -> task<> {
          co_await yield();
          of.complete();
        };
        auto reader = read_to_the_end(c.reader());
        auto writing = writes(c.writer());
        co_await closes(c.writer());
        const int written = co_await std::move(writing);
        const std::vector<int> got = co_await std::move(reader);
        require(static_cast<int>(got.size()) == written, "written and not read, or the reverse");
      },
      {.schedules = 300});
}

TEST(channel_interleavings, a_canceled_write_writes_nothing) {
  testkit::check(
      []() -> task<> {
        auto c = channel<int>::bounded(1);
        std::stop_source stop;
        auto writes = [](channel_writer<int> to, int item, std::stop_token s) -> task<int> {
          try {
            co_await to.write(item, s);
            co_return 1;
          } catch (const operation_canceled&) {
          }
          co_return 0;
        };
        auto asks = [](std::stop_source s) -> task<> {
          co_await yield();
          s.request_stop();
        };
        auto reader = read_to_the_end(c.reader());
        auto first = writes(c.writer(), 1, {});
        auto second = writes(c.writer(), 2, stop.get_token());
        auto third = writes(c.writer(), 3, {});
        auto asking = asks(stop);
        const int written =
            co_await std::move(first) + co_await std::move(second) + co_await std::move(third);
        co_await std::move(asking);
        c.writer().complete();
        const std::vector<int> got = co_await std::move(reader);
        require(static_cast<int>(got.size()) == written,
                "a canceled write was read, or the reverse");
      },
      {.schedules = 300});
}

TEST(channel_interleavings, a_stop_request_at_any_await_ends_both_sides) {
  testkit::check_cancellation(
      [](std::stop_token stop) -> task<> {
        auto c = channel<int>::bounded(1);
        auto writes = [](channel_writer<int> to, std::stop_token s) -> task<> {
          try {
            for (int i = 0; i < 3; ++i) {
              co_await to.write(i, s);
            }
            to.complete();
          } catch (const operation_canceled&) {
            to.complete(std::current_exception());
          }
        };
        auto writing = writes(c.writer(), stop);
        int expected = 0;
        try {
          bool more = co_await c.reader().wait_to_read();
          while (more) {
            while (auto item = c.reader().try_read()) {
              require(*item == expected++, "an item is missing");
            }
            more = co_await c.reader().wait_to_read();
          }
        } catch (const operation_canceled&) {
          require(stop.stop_requested(), "canceled by nobody");
        }
        co_await std::move(writing);
      },
      {.schedules = 200});
}

}  // namespace
}  // namespace weft
