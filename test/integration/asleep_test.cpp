/// "Everything is asleep": who blocks on what nothing can end any more is told so. Each case runs
/// in a process of its own, since anything alive that could end a wait counts.

#include <weft/weft.hpp>

#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstdio>
#include <cstdlib>
#include <latch>
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

/// By this thread, while nobody comes out of the driver any more.
[[noreturn]] void expect_asleep_after_closing(const char* backend) {
  ::setenv("WEFT_IO", backend, 1);
  {
    auto [a, b] = net::unix_stream::pair();
    char byte = 0;
    auto reading = a.read_some({&byte, 1});
    b.write_all("x").result();
    std::move(reading).result();
  }
  expect_asleep([]() -> task<> { co_await forgotten(); });
}

TEST_F(everything_asleep_DeathTest, is_said_when_all_descriptors_have_been_closed) {
  for (const char* backend : {"uring", "epoll"}) {
    EXPECT_EXIT(expect_asleep_after_closing(backend), testing::ExitedWithCode(0), text) << backend;
  }
}

/// Writes by a thread for blocking calls, which then rests and would do so for seconds.
[[noreturn]] void expect_asleep_after_writing(const char* backend) {
  ::setenv("WEFT_IO", backend, 1);
  expect_asleep([]() -> task<> {
    auto writing = fs::write_all_text("/dev/null", "x");
    co_await std::move(writing);
    co_await forgotten();
  });
}

TEST_F(everything_asleep_DeathTest, is_said_beside_a_thread_that_rests_between_blocking_calls) {
  for (const char* backend : {"uring", "epoll"}) {
    EXPECT_EXIT(expect_asleep_after_writing(backend), testing::ExitedWithCode(0), text) << backend;
  }
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
                  // tidy: allow(test_sleep) blocks, long enough to be taken for asleep
                  ::poll(nullptr, 0, 150);
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

task<> forgets(std::atomic<void*>* handle = nullptr) {
  co_await forgotten{handle};
}
/// Resumes who was forgotten, as soon as he is.
void remember(std::atomic<void*>& handle) {
  while (handle.load() == nullptr) {
  }
  std::coroutine_handle<>::from_address(handle.exchange(nullptr)).resume();
}
void pause_unannounced() {
  // tidy: allow(test_sleep) a thread that blocks: long enough to be taken for asleep
  ::poll(nullptr, 0, 150);
}

TEST_F(everything_asleep_DeathTest, is_said_of_a_worker_that_blocks) {
  EXPECT_EXIT(expect_asleep([] {
                return run([] {
                  auto never = forgets();
                  never.wait();
                });
              }),
              testing::ExitedWithCode(0), text);
}

TEST_F(everything_asleep_DeathTest, is_said_of_a_worker_that_blocks_in_a_coroutine) {
  EXPECT_EXIT(expect_asleep([]() -> task<> {
                co_await yield();
                auto never = forgets();
                wait_all(never);
              }),
              testing::ExitedWithCode(0), text);
}

/// Blocks on a function that blocks on one that … on what nobody ends.
void block_on_nested(int depth, std::atomic<int>& told, unsigned& innermost) {
  task<> below;
  if (depth > 0) {
    below = run([&told, &innermost, depth] { block_on_nested(depth - 1, told, innermost); });
    below.wait();
    return;
  }
  below = forgets();
  try {
    innermost = __LINE__ + 1;
    below.wait();
  } catch (const deadlock_error&) {
    ++told;
    throw;
  }
}
[[noreturn]] void expect_innermost_told() {
  std::atomic<int> told = 0;
  unsigned innermost = 0;
  try {
    block_on([&] { return run([&] { block_on_nested(3, told, innermost); }); });
  } catch (const deadlock_error& e) {
    std::fprintf(stderr, "%s\n", e.what());
    ::_exit(told == 1 && e.blocking_place().line() == innermost ? 0 : 2);
  }
  ::_exit(1);
}

TEST_F(everything_asleep_DeathTest, is_said_to_the_one_of_several_that_waits_for_none_of_them) {
  EXPECT_EXIT(expect_innermost_told(), testing::ExitedWithCode(0), text);
}

[[noreturn]] void expect_two_asleep() {
  task<> a;
  task<> b;
  std::latch made(1);
  auto blocks = [&made](task<>& other) {
    made.wait();
    other.wait();
  };
  a = run([&] { blocks(b); });
  b = run([&] { blocks(a); });
  made.count_down();
  expect_asleep([&] { return when_all(a, b); });
}

TEST_F(everything_asleep_DeathTest, is_said_of_workers_that_block_on_each_other) {
  EXPECT_EXIT(expect_two_asleep(), testing::ExitedWithCode(0),
              "asleep_test.cpp.*everything is asleep");
}

TEST_F(everything_asleep_DeathTest, is_said_to_one_who_can_then_wake_the_others) {
  EXPECT_EXIT(
      {
        static std::atomic<void*> first = nullptr;
        static std::atomic<void*> second = nullptr;
        static std::atomic<int> told = 0;
        auto blocks = [](std::atomic<void*>& own, std::atomic<void*>& others) {
          auto never = forgets(&own);
          try {
            never.wait();
          } catch (const deadlock_error&) {
            ++told;
            remember(others);
            remember(own);
          }
        };
        auto a = run([&] { blocks(first, second); });
        auto b = run([&] { blocks(second, first); });
        block_on([&] { return when_all(a, b); });
        ::_exit(told == 1 ? 0 : 2);
      },
      testing::ExitedWithCode(0), "");
}

TEST_F(everything_asleep_DeathTest, is_not_said_to_a_worker_while_another_computes) {
  EXPECT_EXIT(expect_end([] {
                static std::atomic<void*> handle = nullptr;
                auto blocks = run([] {
                  auto late = forgets(&handle);
                  late.wait();
                });
                auto computes = run([] {
                  const auto end = std::chrono::steady_clock::now() + 150ms;
                  while (std::chrono::steady_clock::now() < end) {
                  }
                  remember(handle);
                });
                return when_all(std::move(blocks), std::move(computes));
              }),
              testing::ExitedWithCode(0), "it ended");
}

TEST_F(everything_asleep_DeathTest, is_not_said_to_a_worker_while_another_blocks_outside_of_weft) {
  for (const bool announced : {false, true}) {
    EXPECT_EXIT(expect_end([announced] {
                  static std::atomic<void*> handle = nullptr;
                  auto blocks = run([] {
                    auto late = forgets(&handle);
                    late.wait();
                  });
                  auto pauses = run([announced] {
                    if (announced) {
                      blocking([] { pause_unannounced(); });
                    } else {
                      pause_unannounced();
                    }
                    remember(handle);
                  });
                  return when_all(std::move(blocks), std::move(pauses));
                }),
                testing::ExitedWithCode(0), "it ended");
  }
}

TEST_F(everything_asleep_DeathTest, is_not_said_to_a_worker_while_another_has_a_time_out) {
  EXPECT_EXIT(expect_end([] {
                static std::atomic<void*> handle = nullptr;
                auto blocks = run([] {
                  auto late = forgets(&handle);
                  late.wait();
                });
                auto in_time = run([] {
                  auto never = forgets();
                  static_cast<void>(never.wait(150ms));
                  remember(handle);
                });
                return when_all(std::move(blocks), std::move(in_time));
              }),
              testing::ExitedWithCode(0), "it ended");
}

TEST_F(everything_asleep_DeathTest, is_not_said_to_a_worker_while_the_main_thread_is_elsewhere) {
  EXPECT_EXIT(
      {
        static std::atomic<void*> handle = nullptr;
        auto blocks = run([] {
          auto late = forgets(&handle);
          late.wait();
        });
        pause_unannounced();
        remember(handle);
        expect_end([&] { return std::move(blocks); });
      },
      testing::ExitedWithCode(0), "it ended");
}

TEST_F(everything_asleep_DeathTest, is_not_said_to_a_worker_while_a_long_running_function_runs) {
  EXPECT_EXIT(expect_end([] {
                static std::atomic<void*> handle = nullptr;
                auto blocks = run([] {
                  auto late = forgets(&handle);
                  late.wait();
                });
                auto pauses = run(
                    [] {
                      pause_unannounced();
                      remember(handle);
                    },
                    run_options{.long_running = true});
                return when_all(std::move(blocks), std::move(pauses));
              }),
              testing::ExitedWithCode(0), "it ended");
}

}  // namespace
}  // namespace weft
