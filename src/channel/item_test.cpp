// Items that are hard to handle: move-only, throwing, large, over-aligned.

#include <weft/channel.hpp>
#include <weft/task.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>

#if WEFT_TSAN || WEFT_ASAN
#include <sanitizer/allocator_interface.h>
#else
#include <malloc.h>
#endif

#include <gtest/gtest.h>

namespace {

using weft::channel;

/// Of the heap, by the whole program: nothing else runs meanwhile.
std::ptrdiff_t in_use() {
#if WEFT_TSAN || WEFT_ASAN
  return static_cast<std::ptrdiff_t>(__sanitizer_get_current_allocated_bytes());
#else
  const auto heap = mallinfo2();
  return static_cast<std::ptrdiff_t>(heap.uordblks + heap.hblkhd);
#endif
}

TEST(channel_items, move_only_ones_pass_through_every_path) {
  auto c = channel<std::unique_ptr<int>>::bounded(1);
  auto waiting = c.reader().read();
  EXPECT_TRUE(c.writer().try_write(std::make_unique<int>(1)));
  EXPECT_EQ(*std::move(waiting).result(), 1);
  EXPECT_TRUE(c.writer().try_write(std::make_unique<int>(2)));
  auto refused = std::make_unique<int>(9);
  EXPECT_FALSE(c.writer().try_write(std::move(refused)));
  ASSERT_NE(refused, nullptr) << "a refused item must stay with the caller";
  auto blocked = c.writer().write(std::make_unique<int>(3));
  EXPECT_EQ(**c.reader().try_read(), 2);
  std::move(blocked).result();
  EXPECT_EQ(*c.reader().read().result(), 3);
}

struct throwing {
  int value;
  inline static int throw_at = 0;
  explicit throwing(int v) : value(v) {}
  throwing(throwing&& other) : value(other.value) {
    if (throw_at != 0 && --throw_at == 0) {
      throw std::runtime_error("move");
    }
  }
};

TEST(channel_items, a_move_that_throws_changes_nothing) {
  auto c = channel<throwing>::bounded(1);
  throwing::throw_at = 1;
  EXPECT_THROW(c.writer().try_write(throwing(1)), std::runtime_error);
  EXPECT_EQ(c.reader().count(), 0u);
  c.writer().try_write(throwing(1));
  throwing::throw_at = 1;
  EXPECT_THROW(static_cast<void>(c.reader().try_read()), std::runtime_error);
  EXPECT_EQ(c.reader().count(), 1u);
  EXPECT_EQ(c.reader().try_read()->value, 1);

  auto waiting = c.reader().read();
  throwing::throw_at = 1;
  EXPECT_THROW(c.writer().try_write(throwing(2)), std::runtime_error);
  EXPECT_FALSE(waiting.is_completed());
  c.writer().try_write(throwing(3));
  EXPECT_EQ(std::move(waiting).result().value, 3);
}

TEST(channel_items, a_waiting_writer_gets_what_moving_its_item_throws) {
  auto c = channel<throwing>::bounded(1);
  c.writer().try_write(throwing(1));
  auto second = c.writer().write(throwing(2));
  auto third = c.writer().write(throwing(3));
  throwing::throw_at = 2;  // the first is moved out, the second in
  EXPECT_EQ(c.reader().try_read()->value, 1);
  EXPECT_THROW(std::move(second).result(), std::runtime_error);
  std::move(third).result();
  EXPECT_EQ(c.reader().try_read()->value, 3);
}

TEST(channel_items, throwing_moves_across_blocks_change_nothing) {
  auto c = channel<throwing>::unbounded();
  int written = 0;
  for (int i = 0; i < 3'000; ++i) {
    throwing::throw_at = i % 3 == 0 ? 1 : 0;
    try {
      c.writer().try_write(throwing(written));
      ++written;
    } catch (const std::runtime_error&) {
    }
  }
  throwing::throw_at = 0;
  for (int i = 0; i < written; ++i) {
    ASSERT_EQ(c.reader().try_read()->value, i);
  }
  EXPECT_FALSE(c.reader().try_read().has_value());
}

TEST(channel_items, large_ones_pass) {
  using large = std::array<std::uint64_t, 4'096>;
  auto c = channel<std::unique_ptr<large>>::unbounded();
  auto d = channel<large>::bounded(2);
  large item{};
  for (std::uint64_t i = 0; i < 20; ++i) {
    item.back() = i;
    EXPECT_TRUE(d.writer().try_write(item));
    EXPECT_EQ(d.reader().try_read()->back(), i);
  }
}

TEST(channel_items, over_aligned_ones_keep_their_alignment) {
  struct alignas(64) line {
    int value;
    bool is_aligned() const { return reinterpret_cast<std::uintptr_t>(this) % 64 == 0; }
  };
  auto c = channel<line>::bounded(1);
  c.writer().try_write(line{1});
  auto blocked = c.writer().write(line{2});
  EXPECT_EQ(c.reader().try_read()->value, 1);
  std::move(blocked).result();
  auto item = c.reader().try_read();
  EXPECT_TRUE(item->is_aligned());
  EXPECT_EQ(item->value, 2);
}

TEST(channel_items, tasks_and_optionals_may_be_items) {
  auto c = channel<weft::task<int>>::unbounded();
  c.writer().try_write(weft::from_result(4));
  EXPECT_EQ(c.reader().read().result().result(), 4);
  auto d = channel<std::optional<int>>::unbounded();
  d.writer().try_write(std::nullopt);
  auto item = d.reader().try_read();
  ASSERT_TRUE(item.has_value());
  EXPECT_FALSE(item->has_value());
}

TEST(channel_items, memory_returns_after_a_burst) {
  auto c = channel<std::uint64_t>::unbounded();
  const std::ptrdiff_t before = in_use();
  for (std::uint64_t i = 0; i < 1'000'000; ++i) {
    c.writer().try_write(i);
  }
  EXPECT_GT(in_use() - before, 8'000'000);
  while (c.reader().try_read().has_value()) {
  }
  EXPECT_LT(in_use() - before, 64 * 1024);
}

TEST(channel_items, steady_use_allocates_nothing) {
  auto c = channel<std::uint64_t>::unbounded();
  auto round = [&] {
    for (std::uint64_t i = 0; i < 100; ++i) {
      c.writer().try_write(i);
    }
    while (c.reader().try_read().has_value()) {
    }
  };
  round();
  round();
  const std::ptrdiff_t before = in_use();
  for (int i = 0; i < 1'000; ++i) {
    round();
    ASSERT_EQ(in_use(), before);
  }
}

}  // namespace
