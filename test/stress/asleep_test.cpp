/// Nobody is told that everything is asleep while something can still happen, however the moments
/// fall: a thread that looks all the time, and workers that it makes look, beside work that lives
/// of timers, hand-overs and files, so that now and then nothing else does. In a process of its
/// own, since anything alive that could end a wait counts.

#include <weft/base/frame_allocator.hpp>
#include <weft/base/futex.hpp>
#include <weft/task/detail/sleeper.hpp>
#include <weft/task/operation.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/weft.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace weft {
namespace {

using namespace std::chrono_literals;

constexpr int slower = WEFT_TSAN || WEFT_ASAN ? 4 : 1;

/// What keeps a wait alive for `left` more links, with as little else alive as can be.
class activity {
 public:
  activity(std::uint64_t seed, bool files) : random_(seed), files_(files) {}

  task<> live(int left) {
    for (; left > 0; --left) {
      const auto pause = std::chrono::microseconds(random_() % 400);
      const int what = static_cast<int>(random_() % (files_ ? 6 : 5));
      auto due = delay(pause);
      if (what == 0) {
        auto blocks = run([&] { due.wait(); });
        co_await blocks;
        continue;
      }
      co_await due;
      if (what == 1) {
        auto elsewhere = run([] { return 1; });
        co_await elsewhere;
      } else if (what == 2) {
        co_await yield();
      } else if (what == 3) {
        auto ends = delay(pause, stop_.get_token());
        co_await ends;
      } else if (what == 5) {
        auto text = fs::read_all_text("/proc/self/statm");
        co_await text;
      }
    }
  }

 private:
  std::mt19937_64 random_;
  std::stop_source stop_;
  const bool files_;
};

/// Looks as a thread that blocks does, again and again.
class looker {
 public:
  looker() : core_(detail::frame_new<detail::plain_core<void>>()) {
    self_.word = &word_;
    self_.awaited = core_->core();
    if (!detail::runtime().begin_sleep(self_)) {
      ::_exit(3);
    }
  }
  looker(const looker&) = delete;
  looker& operator=(const looker&) = delete;
  ~looker() { detail::runtime().end_sleep(self_); }

  [[nodiscard]] bool proves() {
    // order: relaxed; only asked to look, which it does.
    word_.store(detail::sleep_word::waits, std::memory_order_relaxed);
    return detail::runtime().look_at_sleep(self_) == detail::sleep_verdict::proven;
  }
  void rest(std::chrono::nanoseconds time) {
    detail::futex_wait(word_, detail::sleep_word::waits, time.count());
  }

 private:
  detail::plain_core<void>* core_;
  detail::atomic<std::uint32_t> word_{detail::sleep_word::waits};
  detail::sleeper self_;
};

[[noreturn]] void run_beside_looks(std::uint64_t seed, bool files) {
  constexpr int rounds = 12 / slower;
  std::mt19937_64 random(seed);
  for (int round = 0; round < rounds; ++round) {
    // Ends with the last of its tasks; counted by hand, since a source would keep all awake.
    static std::atomic<int> left = 0;
    std::vector<activity> all;
    std::vector<task<>> blocked;
    const int lives = 1 + static_cast<int>(random() % 2);
    for (int i = 0; i < lives; ++i) {
      all.emplace_back(random(), files);
    }
    left = lives;
    for (activity& a : all) {
      blocked.push_back(run([&a] {  // a worker that blocks for as long as this lives
        auto lives_on = run([&a] { return a.live(200); });
        lives_on.wait();
        --left;
      }));
    }
    looker main;
    bool told = false;
    while (left > 0 && !told) {
      told = main.proves() && left > 0;
      for (const task<>& t : blocked) {
        told = told || t.is_faulted();
      }
      if (random() % 4 == 0) {
        main.rest(std::chrono::microseconds(random() % 200));
      }
    }
    if (told) {
      std::fputs("told while something could happen\n", stderr);
      ::_exit(1);
    }
    while (!files && round + 1 == rounds && !main.proves()) {
      main.rest(1ms);
    }
  }
  std::fputs("never told too early\n", stderr);
  ::_exit(0);
}

std::uint64_t seed_of_this_run() {
  if (const char* text = std::getenv("WEFT_SEED")) {
    return std::strtoull(text, nullptr, 10);
  }
  const std::uint64_t seed = std::random_device{}();
  ::setenv("WEFT_SEED_OF_RUN", std::to_string(seed).c_str(), 0);  // the child process replays it
  return std::strtoull(std::getenv("WEFT_SEED_OF_RUN"), nullptr, 10);
}

class everything_asleep_stress_DeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(everything_asleep_stress_DeathTest, is_said_only_when_nothing_can_happen_any_more) {
  const std::uint64_t seed = seed_of_this_run();
  SCOPED_TRACE("replay: WEFT_SEED=" + std::to_string(seed));
  EXPECT_EXIT(run_beside_looks(seed, false), testing::ExitedWithCode(0), "never told too early");
}

TEST_F(everything_asleep_stress_DeathTest, is_never_said_while_files_are_opened_and_read) {
  const std::uint64_t seed = seed_of_this_run();
  SCOPED_TRACE("replay: WEFT_SEED=" + std::to_string(seed));
  EXPECT_EXIT(run_beside_looks(seed, true), testing::ExitedWithCode(0), "never told too early");
}

}  // namespace
}  // namespace weft
