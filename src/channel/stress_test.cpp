// Many at once: every item arrives once and in order, whatever else happens at that moment.

#include <weft/channel.hpp>
#include <weft/task.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using weft::channel;
using weft::task;

#if WEFT_TSAN
constexpr std::uint32_t items_each = 5'000;
constexpr int races = 1'000;
#else
constexpr std::uint32_t items_each = 50'000;
constexpr int races = 3'000;
#endif

struct item {
  std::uint32_t producer;
  std::uint32_t number;
};

enum class how { try_operations, operations };

task<> produce(weft::channel_writer<item> to, std::uint32_t self, how way) {
  for (std::uint32_t i = 0; i < items_each; ++i) {
    if (way == how::operations) {
      co_await to.write(item{self, i});
    } else {
      while (!to.try_write(item{self, i})) {
        if (!co_await to.wait_to_write()) {
          co_return;
        }
      }
    }
    if (i % 1'000 == 0) {
      co_await weft::yield();
    }
  }
}

task<std::vector<item>> consume(weft::channel_reader<item> from, how way) {
  std::vector<item> all;
  if (way == how::operations) {
    try {
      while (true) {
        all.push_back(co_await from.read());
      }
    } catch (const weft::channel_closed&) {
    }
  } else {
    while (co_await from.wait_to_read()) {
      while (auto next = from.try_read()) {
        all.push_back(*next);
      }
    }
  }
  co_return all;
}

void conserves(channel<item> c, std::uint32_t producers, std::uint32_t consumers) {
  std::vector<task<std::vector<item>>> reading;
  std::vector<task<>> writing;
  for (std::uint32_t i = 0; i < consumers; ++i) {
    auto body = [c, i] {
      return consume(c.reader(), i % 2 == 0 ? how::operations : how::try_operations);
    };
    reading.push_back(weft::run(body));
  }
  for (std::uint32_t i = 0; i < producers; ++i) {
    auto body = [c, i] {
      return produce(c.writer(), i, i % 2 == 0 ? how::operations : how::try_operations);
    };
    writing.push_back(weft::run(body));
  }
  weft::wait_all(writing);
  c.writer().complete();
  std::vector<std::uint32_t> seen(std::size_t{producers} * items_each);
  for (auto& r : reading) {
    std::vector<std::uint32_t> next(producers, 0);
    for (const item& x : r.result()) {
      ASSERT_GE(x.number, next[x.producer]) << "out of order";
      next[x.producer] = x.number + 1;
      ++seen[std::size_t{x.producer} * items_each + x.number];
    }
  }
  EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](std::uint32_t n) { return n == 1; }));
  c.reader().completion().wait();
}

TEST(brief_lock, excludes_others_also_from_those_who_had_to_sleep) {
  weft::detail::brief_lock guard;
  int value = 0;
  constexpr int threads = 4;
  constexpr int rounds = 2'000;
  std::vector<task<>> all;
  for (int t = 0; t < threads; ++t) {
    all.push_back(weft::run([&] {
      for (int i = 0; i < rounds; ++i) {
        weft::detail::brief_guard held(guard);
        const int before = value;
        // Longer than anybody spins, now and then.
        for (int pauses = i % 100 == 0 ? 2'000 : 1; pauses > 0; --pauses) {
          weft::detail::cpu_relax();
        }
        value = before + 1;
      }
    }));
  }
  weft::wait_all(all);
  EXPECT_EQ(value, threads * rounds);
}

TEST(channel_stress, unbounded_conserves_items_and_order) {
  conserves(channel<item>::unbounded(), 1, 1);
  conserves(channel<item>::unbounded(), 4, 4);
  conserves(channel<item>::unbounded(), 4, 1);
  conserves(channel<item>::unbounded({.allow_synchronous_continuations = true}), 2, 3);
}
TEST(channel_stress, bounded_conserves_items_and_order) {
  conserves(channel<item>::bounded(1), 2, 2);
  conserves(channel<item>::bounded(64), 4, 4);
  conserves(channel<item>::bounded(1'000, {.allow_synchronous_continuations = true}), 2, 2);
}
TEST(channel_stress, rendezvous_conserves_items_and_order) {
  conserves(channel<item>::bounded(0), 2, 2);
}

/// Calls `f` on the pool while the caller goes on. Every other `round` comes back when that has
/// begun, so that either may be first even where one processor does both; the pauses shift the two
/// against each other.
template <class F>
class at_the_same_moment {
 public:
  at_the_same_moment(F f, int round)
      : other_(weft::run([this, f, round] {
          // order: release; pairs with acquire in at_the_same_moment.
          begun_.store(true, std::memory_order_release);
          pause(round % 2 == 0 ? round % 16 : round % 128);
          f();
        })) {
    // order: acquire; pairs with release above.
    for (int spins = 0; round % 2 != 0 && !begun_.load(std::memory_order_acquire); ++spins) {
      if (spins < 1'000) {
        weft::detail::cpu_relax();
      } else {
        std::this_thread::yield();  // the pool's thread may have no processor but this one
      }
    }
    pause(round % 2 == 0 ? round % 128 : round % 16);
  }
  void wait() { other_.wait(); }

 private:
  static void pause(int times) {
    for (int i = 0; i < times; ++i) {
      weft::detail::cpu_relax();
    }
  }
  weft::detail::atomic<bool> begun_{false};
  task<> other_;
};

// A read is canceled while an item is being written: either it got the item, or the item is still
// there.
TEST(channel_stress, an_item_is_delivered_or_stays_when_its_read_is_canceled) {
  int delivered = 0;
  for (int i = 0; i < races; ++i) {
    auto c = i % 3 == 0 ? channel<int>::unbounded() : channel<int>::bounded(1);
    weft::cancellation_source stop;
    auto read = c.reader().read(stop.token()).as_task();
    at_the_same_moment cancel([&] { stop.cancel(); }, i);
    EXPECT_TRUE(c.writer().try_write(i));
    cancel.wait();
    try {
      EXPECT_EQ(read.result(), i);
      ++delivered;
      EXPECT_EQ(c.reader().try_read(), std::nullopt);
    } catch (const weft::operation_canceled&) {
      EXPECT_EQ(c.reader().try_read(), i);
    }
  }
  RecordProperty("delivered", delivered);
}

// A write is canceled while room is made: either it was done and the item is there, or it was not.
TEST(channel_stress, a_write_is_done_or_undone_when_it_is_canceled) {
  int was_done = 0;
  for (int i = 0; i < races; ++i) {
    auto c = channel<int>::bounded(static_cast<std::size_t>(i % 3 != 0));
    weft::cancellation_source stop;
    const bool filled = c.writer().try_write(-1);
    auto write = c.writer().write(i, stop.token()).as_task();
    at_the_same_moment cancel([&] { stop.cancel(); }, i);
    std::optional<int> first = c.reader().try_read();
    cancel.wait();
    bool done = false;
    try {
      write.result();
      done = true;
      ++was_done;
    } catch (const weft::operation_canceled&) {
    }
    if (filled) {
      EXPECT_EQ(first, -1);
      EXPECT_EQ(c.reader().try_read().has_value(), done);
    } else {
      EXPECT_EQ(first.has_value(), done);
    }
  }
  RecordProperty("done", was_done);
}

TEST(channel_stress, dropping_a_read_while_an_item_is_written_is_clean) {
  for (int i = 0; i < races; ++i) {
    auto c = channel<std::vector<int>>::unbounded();
    auto read = std::make_unique<weft::value_task<std::vector<int>>>(c.reader().read());
    at_the_same_moment drop([&] { read.reset(); }, i);
    c.writer().try_write(std::vector<int>(8, i));
    drop.wait();
    c.writer().complete();
    while (c.reader().try_read().has_value()) {
    }
    c.reader().completion().wait();
  }
}

TEST(channel_stress, completing_while_others_write_and_read_loses_nothing_that_was_written) {
  for (int i = 0; i < races; ++i) {
    auto c = i % 2 == 0 ? channel<int>::unbounded() : channel<int>::bounded(4);
    auto writer = weft::run([&] {
      int n = 0;
      while (n < 20 && c.writer().try_write(n)) {
        ++n;
      }
      return n;
    });
    auto body = [&]() -> task<int> {
      int n = 0;
      while (co_await c.reader().wait_to_read()) {
        while (c.reader().try_read().has_value()) {
          ++n;
        }
      }
      co_return n;
    };
    auto reader = weft::run(body);
    c.writer().complete();
    EXPECT_EQ(writer.result(), reader.result());
    c.reader().completion().wait();
  }
}

}  // namespace
