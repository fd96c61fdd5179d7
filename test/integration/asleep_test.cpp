/// "Everything is asleep": who blocks on what nothing can end any more is told so. Each case runs
/// in a process of its own, since anything alive that could end a wait counts.

#include <weft/weft.hpp>

#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

namespace weft {
namespace {

using namespace std::chrono_literals;

/// An awaitable of others that nobody resumes; `handle`: where to find who waits.
struct forgotten {
  std::atomic<void*>* handle = nullptr;
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> h) const noexcept {
    if (handle != nullptr) {
      handle->store(h.address());
    }
  }
  void await_resume() const noexcept {}
};

/// Ends this process: with 0 if blocking on `body` says that everything is asleep.
template <class F>
[[noreturn]] void expect_asleep(F body) {
  try {
    block_on(std::move(body));
    std::fputs("it ended\n", stderr);
  } catch (const deadlock_error& e) {
    std::fprintf(stderr, "%s\n", e.what());
    ::_exit(0);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "another error: %s\n", e.what());
  }
  ::_exit(1);
}

template <class F>
[[noreturn]] void expect_end(F body) {
  try {
    block_on(std::move(body));
    std::fputs("it ended\n", stderr);
    ::_exit(0);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
  }
  ::_exit(1);
}

class everything_asleep : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  static constexpr auto* text = "everything is asleep.*asleep_test.cpp";
};
using everything_asleep_DeathTest = everything_asleep;

TEST_F(everything_asleep_DeathTest, is_said_of_an_awaitable_that_nobody_resumes) {
  EXPECT_EXIT(expect_asleep([]() -> task<> { co_await forgotten(); }), testing::ExitedWithCode(0),
              text);
}

TEST_F(everything_asleep_DeathTest, is_said_of_a_channel_that_nobody_can_write_to) {
  EXPECT_EXIT(expect_asleep([]() -> task<> {
                auto reader = channel<int>::unbounded().reader();
                co_await reader.read();
              }),
              testing::ExitedWithCode(0), text);
}

TEST_F(everything_asleep_DeathTest, is_said_of_a_lock_whose_guard_nobody_will_give_back) {
  EXPECT_EXIT(expect_asleep([]() -> task<> {
                async_mutex m;
                auto held = co_await m.lock();
                auto elsewhere = std::make_unique<async_mutex::guard>(std::move(held));
                auto again = co_await m.lock();
              }),
              testing::ExitedWithCode(0), text);
}

TEST_F(everything_asleep_DeathTest, is_said_later_when_the_pool_has_worked_and_a_timer_run_out) {
  EXPECT_EXIT(expect_asleep([]() -> task<> {
                auto worked = run([] { return 1; });
                co_await worked;
                auto due = delay(100ms);
                co_await due;
                co_await forgotten();
              }),
              testing::ExitedWithCode(0), text);
}

TEST_F(everything_asleep_DeathTest, is_not_said_while_a_source_lives) {
  // Nobody completes it: the process waits until it is killed.
  EXPECT_EXIT(expect_end([]() -> task<> {
                const itimerval once{{}, {0, 150'000}};
                ::setitimer(ITIMER_REAL, &once, nullptr);
                task_completion_source<> source;
                auto t = source.task();
                co_await t;
              }),
              testing::KilledBySignal(SIGALRM), "");
}

TEST_F(everything_asleep_DeathTest, is_not_said_while_another_thread_lives) {
  EXPECT_EXIT(expect_end([]() -> task<> {
                std::atomic<void*> handle = nullptr;
                std::thread late([&handle] {
                  ::poll(nullptr, 0, 150);  // long enough to be taken for asleep
                  std::coroutine_handle<>::from_address(handle.load()).resume();
                });
                late.detach();
                co_await forgotten{&handle};
              }),
              testing::ExitedWithCode(0), "it ended");
}

TEST_F(everything_asleep_DeathTest, is_not_said_while_a_timer_is_set) {
  EXPECT_EXIT(expect_end([]() -> task<> {
                auto due = delay(300ms);
                co_await due;
              }),
              testing::ExitedWithCode(0), "it ended");
}

TEST_F(everything_asleep_DeathTest, is_not_said_while_a_descriptor_is_open) {
  EXPECT_EXIT(
      expect_end([]() -> task<> {
        auto listener = net::tcp_listener::bind({"127.0.0.1", 0});
        // Nobody comes, for a while.
        auto accepted = with_timeout(
            [&](std::stop_token stop) -> task<> { auto s = co_await listener.accept(stop); },
            300ms);
        try {
          co_await accepted;
        } catch (const timeout_error&) {
        }
      }),
      testing::ExitedWithCode(0), "it ended");
}

TEST_F(everything_asleep_DeathTest, is_not_said_with_a_time_out_or_a_token) {
  EXPECT_EXIT(
      {
        auto body = []() -> task<> { co_await forgotten(); };
        auto t = body();
        const bool ended = t.wait(200ms);
        std::fputs(ended ? "it ended\n" : "timed out\n", stderr);
        ::_exit(0);
      },
      testing::ExitedWithCode(0), "timed out");
}

}  // namespace
}  // namespace weft
