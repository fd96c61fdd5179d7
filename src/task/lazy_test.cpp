#include <weft/task/lazy.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>

#include "support/tasks.hpp"

#include <latch>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace weft {
namespace {

using testing::counted;
using testing::thrown_by;

lazy<int> gives(int value) {
  co_return value;
}
lazy<int> notes_start(int& starts) {
  co_return ++starts;
}
lazy<> throws(const char* what) {
  throw std::runtime_error(what);
  co_return;
}
template <class T>
task<T> takes(lazy<T> l) {
  co_return co_await l;
}

TEST(lazy, runs_only_when_awaited) {
  int starts = 0;
  auto l = notes_start(starts);
  EXPECT_EQ(starts, 0);
  EXPECT_EQ(takes(std::move(l)).result(), 1);
  EXPECT_EQ(starts, 1);
}

TEST(lazy, runs_on_the_awaiting_thread) {
  auto where = []() -> lazy<std::thread::id> { co_return std::this_thread::get_id(); };
  EXPECT_EQ(takes(where()).result(), std::this_thread::get_id());
}

TEST(lazy, never_awaited_destroys_its_parameters_without_running) {
  counted::alive = 0;
  int starts = 0;
  {
    auto body = [](counted, int& s) -> lazy<> {
      ++s;
      co_return;
    };
    auto l = body(counted(1), starts);
    EXPECT_GE(counted::alive, 1);
  }
  EXPECT_EQ(counted::alive, 0);
  EXPECT_EQ(starts, 0);
}

TEST(lazy, is_awaited_as_lvalue_or_rvalue) {
  auto body = []() -> task<int> {
    auto l = gives(1);
    const int a = co_await l;
    auto m = gives(2);
    const int b = co_await std::move(m);
    co_return a + b + co_await gives(4);
  };
  EXPECT_EQ(body().result(), 7);
}

TEST(lazy, refuses_a_second_await) {
  auto body = []() -> task<> {
    auto l = gives(1);
    co_await l;
    co_await l;
  };
  EXPECT_THROW(body().wait(), invalid_operation);
}

TEST(lazy, refuses_to_start_or_await_an_empty_or_used_one) {
  EXPECT_THROW(static_cast<void>(lazy<>().start()), invalid_operation);
  auto body = [](lazy<>& l) -> task<> { co_await l; };
  lazy<> empty;
  EXPECT_THROW(body(empty).wait(), invalid_operation);
  auto l = throws("once");
  EXPECT_EQ(thrown_by([&] { body(l).wait(); }), "once");
  EXPECT_THROW(static_cast<void>(std::move(l).start()), invalid_operation);
}

TEST(lazy, rethrows_into_its_awaiter) {
  EXPECT_EQ(thrown_by([] { takes(throws("lazy")).wait(); }), "lazy");
  auto body = []() -> task<std::string> {
    try {
      co_await throws("caught");
    } catch (const std::exception& e) {
      co_return e.what();
    }
    co_return "";
  };
  EXPECT_EQ(body().result(), "caught");
}

TEST(lazy, start_makes_a_task_that_runs_now) {
  int starts = 0;
  auto t = notes_start(starts).start();
  EXPECT_EQ(starts, 1);
  EXPECT_EQ(t.result(), 1);
}

TEST(lazy, gives_a_reference_or_moves_its_value) {
  int object = 1;
  auto reference = [](int& r) -> lazy<int&> { co_return r; };
  auto body = [&]() -> task<int*> { co_return &co_await reference(object); };
  EXPECT_EQ(body().result(), &object);
  counted::start_counting();
  auto value = []() -> lazy<counted> { co_return counted(3); };
  auto moves = [&]() -> task<int> {
    const counted c = co_await value();
    co_return c.value;
  };
  EXPECT_EQ(moves().result(), 3);
  EXPECT_EQ(counted::copies, 0);
  auto owner = []() -> lazy<std::unique_ptr<int>> { co_return std::make_unique<int>(4); };
  auto owns = [&]() -> task<int> { co_return *co_await owner(); };
  EXPECT_EQ(owns().result(), 4);
}

TEST(lazy, suspends_with_what_it_awaits) {
  task_completion_source<int> source;
  auto inner = [](task<int> t) -> lazy<int> { co_return co_await std::move(t) + 1; };
  auto t = takes(inner(source.task()));
  EXPECT_FALSE(t.is_completed());
  source.set_result(1);
  EXPECT_EQ(t.result(), 2);
}

TEST(lazy, ends_its_task_canceled_when_operation_canceled_escapes) {
  auto body = []() -> lazy<> {
    throw operation_canceled();
    co_return;
  };
  EXPECT_TRUE(body().start().is_canceled());
}

// On a pool thread a lazy runs nested on its awaiter's stack.

TEST(lazy, nested_lets_its_awaiter_go_on_without_suspending) {
  auto child = [](int i) -> lazy<int> { co_return i; };
  auto parent = [child]() -> lazy<int> {
    int sum = 0;
    for (int i = 0; i < 100; ++i) {
      sum += co_await child(i);
    }
    co_return sum;
  };
  EXPECT_EQ(run(parent).result(), 4950);
}

TEST(lazy, nested_may_suspend_at_each_level) {
  struct levels {
    static lazy<int> down(int depth, int which) {
      if (depth == which) {
        co_await yield();
      }
      if (depth == 0) {
        co_return 0;
      }
      const int below = co_await down(depth - 1, which);
      if (depth == which + 1) {
        co_await yield();
      }
      co_return below + 1;
    }
  };
  for (int which = 0; which <= 20; ++which) {
    auto body = [which] { return levels::down(20, which); };
    EXPECT_EQ(run(body).result(), 20);
  }
}

TEST(lazy, nested_gives_each_result_and_error_once) {
  counted::alive = 0;
  auto body = []() -> lazy<int> {
    auto value = [](bool suspends) -> lazy<counted> {
      if (suspends) {
        co_await yield();
      }
      co_return counted(2);
    };
    auto fails = [](bool suspends) -> lazy<counted> {
      if (suspends) {
        co_await yield();
      }
      throw std::runtime_error("child");
      co_return counted(0);
    };
    int sum = 0;
    for (const bool suspends : {false, true}) {
      const counted got = co_await value(suspends);
      sum += got.value;
      try {
        static_cast<void>(co_await fails(suspends));
      } catch (const std::runtime_error&) {
        ++sum;
      }
    }
    co_return sum;
  };
  EXPECT_EQ(run(body).result(), 6);
  EXPECT_EQ(counted::alive, 0);
}

TEST(lazy, nested_keeps_the_error_of_a_local_that_throws_after_the_result) {
  counted::alive = 0;
  auto body = []() -> lazy<> {
    struct throws_at_end {
      ~throws_at_end() noexcept(false) { throw std::runtime_error("local"); }
    };
    auto child = []() -> lazy<counted> {
      throws_at_end local;
      co_return counted(1);
    };
    static_cast<void>(co_await child());
  };
  EXPECT_EQ(thrown_by([&] { run(body).wait(); }), "local");
  EXPECT_EQ(counted::alive, 0);
}

/// An awaiter of no type of weft's that hands the coroutine to another thread.
struct foreign_thread {
  explicit foreign_thread(std::thread& where) : thread(where) {}
  static bool await_ready() noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) {
    auto go = std::make_shared<std::latch>(1);
    thread = std::thread([handle, go] {
      go->wait();
      handle.resume();
    });
    go->count_down();
  }
  static void await_resume() noexcept {}
  std::thread& thread;
};

TEST(lazy, nested_may_be_carried_off_by_a_foreign_awaiter) {
  std::thread other;
  auto child = [](std::thread& t) -> lazy<int> {
    foreign_thread away(t);
    co_await away;
    co_return 7;
  };
  auto body = [&]() -> lazy<int> { co_return co_await child(other) + 1; };
  EXPECT_EQ(run(body).result(), 8);
  other.join();
}

}  // namespace
}  // namespace weft
