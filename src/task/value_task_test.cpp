#include <weft/task/value_task.hpp>

#include <weft/base/error.hpp>
#include <weft/base/frame_allocator.hpp>
#include <weft/task.hpp>

#include "support/malloc_count.hpp"
#include "support/tasks.hpp"

#include <cstring>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace weft {
namespace {

using testing::thrown_by;

value_task<int> plain(int value) {
  return value;
}
value_task<int> coroutine(int value) {
  co_return value;
}
value_task<int> waits(task<int> inner) {
  co_return co_await std::move(inner);
}
value_task<> throws(const char* what) {
  throw std::runtime_error(what);
  co_return;
}
template <class T>
task<T> takes(value_task<T> v) {
  co_return co_await std::move(v);
}

TEST(value_task, holds_a_plain_value) {
  auto v = plain(3);
  EXPECT_TRUE(v.is_completed());
  EXPECT_TRUE(v.is_completed_successfully());
  EXPECT_EQ(std::move(v).result(), 3);
}

TEST(value_task, is_completed_with_a_default_value_when_default_constructed) {
  value_task<int> v;
  EXPECT_TRUE(v.is_completed());
  EXPECT_EQ(std::move(v).result(), 0);
  value_task<> nothing;
  std::move(nothing).result();
}

TEST(value_task, is_awaited_once_and_says_so_the_second_time) {
  auto body = [](value_task<int>& v) -> task<int> { co_return co_await std::move(v); };
  auto v = plain(3);
  EXPECT_EQ(body(v).result(), 3);
  EXPECT_THROW(body(v).result(), value_task_consumed);
  EXPECT_THROW(static_cast<void>(std::move(v).result()), value_task_consumed);
  EXPECT_THROW(static_cast<void>(std::move(v).as_task()), value_task_consumed);
  EXPECT_THROW(static_cast<void>(v.is_completed()), value_task_consumed);
}

TEST(value_task, is_consumed_after_result_whatever_is_behind_it) {
  auto v = coroutine(1);
  EXPECT_EQ(std::move(v).result(), 1);
  EXPECT_THROW(static_cast<void>(std::move(v).result()), value_task_consumed);
  value_task<int> t = from_result(2);
  EXPECT_EQ(std::move(t).result(), 2);
  EXPECT_THROW(static_cast<void>(std::move(t).result()), value_task_consumed);
}

TEST(value_task, is_consumed_after_a_move) {
  auto v = plain(1);
  auto w = std::move(v);
  EXPECT_THROW(static_cast<void>(v.is_completed()),
               value_task_consumed);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(std::move(w).result(), 1);
}

TEST(value_task, comes_from_a_coroutine_that_suspends) {
  task_completion_source<int> source;
  auto t = takes(waits(source.task()));
  EXPECT_FALSE(t.is_completed());
  source.set_result(5);
  EXPECT_EQ(t.result(), 5);
}

TEST(value_task, comes_from_a_task_and_awaits_it) {
  task_completion_source<int> source;
  value_task<int> v = source.task();
  EXPECT_FALSE(v.is_completed());
  auto t = takes(std::move(v));
  source.set_result(6);
  EXPECT_EQ(t.result(), 6);
}

TEST(value_task, refuses_an_empty_task) {
  EXPECT_THROW(static_cast<void>(value_task<int>(task<int>())), invalid_operation);
}

TEST(value_task, rethrows_what_its_coroutine_threw) {
  EXPECT_EQ(thrown_by([] { throws("value").result(); }), "value");
  EXPECT_EQ(thrown_by([] { takes(throws("awaited")).wait(); }), "awaited");
}

TEST(value_task, blocks_in_result_until_it_has_completed) {
  value_task<int> v = run([] { return 7; });
  EXPECT_EQ(std::move(v).result(), 7);
}

TEST(value_task, becomes_a_task_that_many_await) {
  auto t = plain(4).as_task();
  EXPECT_EQ(t.result(), 4);
  EXPECT_EQ(t.result(), 4);
  task_completion_source<int> source;
  auto pending = waits(source.task()).as_task();
  auto a = takes(value_task<int>(std::move(pending)));
  source.set_result(9);
  EXPECT_EQ(a.result(), 9);
  auto nothing = value_task<>().as_task();
  nothing.wait();
}

TEST(value_task, moves_a_move_only_value_through) {
  value_task<std::unique_ptr<int>> v = std::make_unique<int>(2);
  auto w = std::move(v);
  EXPECT_EQ(*takes(std::move(w)).result(), 2);
}

TEST(value_task, carries_a_reference) {
  int object = 1;
  value_task<int&> v = object;
  EXPECT_EQ(&std::move(v).result(), &object);
}

TEST(value_task, completes_in_a_coroutine_dropped_before_its_end) {
  task_completion_source<int> source;
  {
    auto dropped = waits(source.task());
  }
  source.set_result(1);
}

TEST(value_task, refuses_an_lvalue_await) {
  static_assert(!awaitable<value_task<int>&>);
  static_assert(awaitable<value_task<int>>);
}

#if !WEFT_FRAMES_FROM_MALLOC
TEST(value_task, with_a_plain_value_has_neither_frame_nor_malloc) {
  static_cast<void>(coroutine(1));  // this thread has a frame cache now
  const testing::malloc_count mallocs;
  detail::frame_cache before = *detail::frame_cache_of_this_thread();
  auto v = plain(3);
  EXPECT_EQ(std::memcmp(&before, detail::frame_cache_of_this_thread(), sizeof before), 0);
  EXPECT_EQ(mallocs.count(), 0U);
  auto from_coroutine = coroutine(3);
  EXPECT_NE(std::memcmp(&before, detail::frame_cache_of_this_thread(), sizeof before), 0)
      << "the comparison sees a frame";
  EXPECT_EQ(std::move(v).result() + std::move(from_coroutine).result(), 6);
}

TEST(value_task, awaits_in_a_loop_without_malloc) {
  auto loop = [](int rounds) -> task<std::size_t> {
    co_await coroutine(1);
    co_await coroutine(1);
    const testing::malloc_count mallocs;
    for (int i = 0; i < rounds; ++i) {
      co_await plain(i);
      co_await coroutine(i);
    }
    co_return mallocs.count();
  };
  EXPECT_EQ(loop(1000).result(), 0U);
}
#endif

}  // namespace
}  // namespace weft
