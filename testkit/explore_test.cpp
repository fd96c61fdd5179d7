/// Bugs that were planted: every strategy finds each of them within 1,000 schedules, shrinks it,
/// and replays it exactly.

#include <weft/channel.hpp>
#include <weft/sync.hpp>
#include <weft/task.hpp>
#include <weft/testkit.hpp>
#include <weft/time.hpp>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace weft::testkit {
namespace {

using namespace std::chrono_literals;

/// Reads, awaits, writes: what another one wrote meanwhile is gone.
task<> lost_update() {
  int balance = 0;
  auto deposit = [&balance](int amount) -> task<> {
    const int before = balance;
    co_await yield();
    balance = before + amount;
  };
  auto first = run([&] { return deposit(1); });
  auto second = run([&] { return deposit(2); });
  co_await when_all(first, second);
  require(balance == 3, "both deposits count");
}

/// Looks, and then waits: what was signalled in between is not heard.
task<> missed_wake_up() {
  bool is_ready = false;
  auto_reset_event changed;
  auto wait_until_ready = [&]() -> task<> {
    while (!is_ready) {
      co_await yield();  // whatever it does in between
      changed.reset();   // the bug: forgets a signal that came after the look
      co_await changed.wait();
    }
  };
  auto waiter = run(wait_until_ready);
  auto setter = run([&] {
    is_ready = true;
    changed.set();
  });
  co_await when_all(waiter, setter);
}

/// Retries after a time-out, though the first one is only late.
task<> double_send() {
  int sent = 0;
  auto network = [&sent]() -> task<> {
    co_await delay(choose(3) * 10ms);
    ++sent;
  };
  auto once = network();
  bool confirmed = true;
  try {
    co_await once.wait_async(15ms);
  } catch (const timeout_error&) {
    confirmed = false;
  }
  if (!confirmed) {
    co_await network();
  }
  co_await once;
  require(sent == 1, "sent once");
}

/// Two locks, taken in two orders.
task<> deadlock() {
  async_mutex a;
  async_mutex b;
  auto both = [](async_mutex& one, async_mutex& other) -> task<> {
    auto first = co_await one.lock();
    co_await yield();
    auto second = co_await other.lock();
  };
  auto forth = run([&] { return both(a, b); });
  auto back = run([&] { return both(b, a); });
  co_await when_all(forth, back);
}

struct planted {
  const char* name;
  task<> (*body)();
  failure how;
  const char* says;
};
void PrintTo(const planted& bug, std::ostream* out) {
  *out << bug.name;
}
constexpr planted bugs[] = {
    {"lost_update", &lost_update, failure::exception, "both deposits count"},
    {"missed_wake_up", &missed_wake_up, failure::deadlock, "event"},
    {"double_send", &double_send, failure::exception, "sent once"},
    {"deadlock", &deadlock, failure::deadlock, "would close a circle"},
};

class explore_test : public ::testing::TestWithParam<std::tuple<planted, strategy>> {};

TEST_P(explore_test, finds_the_bug_shrinks_it_and_replays_it_exactly) {
  const auto& [bug, how] = GetParam();
  const report found = explore(bug.body, {.name = bug.name, .how = how, .schedules = 1000});
  ASSERT_EQ(found.how, bug.how) << found.text();
  EXPECT_LE(found.schedules, 1000U);
  EXPECT_NE(found.message.find(bug.says), std::string::npos) << found.text();
  EXPECT_NE(found.message.find("explore_test.cpp:"), std::string::npos) << found.text();
  EXPECT_LE(found.preemptions, 2U) << found.text();
  EXPECT_LE(found.preemptions, found.found_with);
  // There is no schedule with fewer that fails: all of them are run.
  for (unsigned fewer = 0; fewer < found.preemptions; ++fewer) {
    const report none =
        explore(bug.body, {.how = strategy::depth_first, .schedules = 100'000, .depth = fewer});
    EXPECT_TRUE(none.passed() && none.exhausted) << none.text();
  }
  EXPECT_NE(found.text().find(found.replay_line()), std::string::npos);

  // By the call that the report names …
  for (int again = 0; again < 2; ++again) {
    const report replayed = replay(bug.body, found.schedule, {.name = bug.name});
    EXPECT_EQ(replayed.how, found.how);
    EXPECT_EQ(replayed.message, found.message);
    EXPECT_EQ(replayed.schedule, found.schedule);
  }
  // … and by its line in the environment.
  const std::string value = std::string(bug.name) + ":" + found.schedule;
  ASSERT_NE(found.replay_line().find("'" + value + "'"), std::string::npos);
  ::setenv("WEFT_TESTKIT_REPLAY", value.c_str(), 1);
  const report by_line = explore(bug.body, {.name = bug.name, .how = how});
  const report another = explore([]() -> task<> { co_return; }, {.name = "x", .schedules = 3});
  ::unsetenv("WEFT_TESTKIT_REPLAY");
  EXPECT_EQ(by_line.schedules, 1U);
  EXPECT_EQ(by_line.how, found.how);
  EXPECT_EQ(by_line.message, found.message);
  EXPECT_EQ(another.schedules, 3U) << "the line is for one name only";
}

INSTANTIATE_TEST_SUITE_P(planted_bugs, explore_test,
                         ::testing::Combine(::testing::ValuesIn(bugs),
                                            ::testing::Values(strategy::random,
                                                              strategy::uniform_walk, strategy::pct,
                                                              strategy::depth_first)),
                         [](const auto& tested) {
                           std::string name = std::get<0>(tested.param).name;
                           name += '_';
                           for (const char c :
                                std::string_view(name_of(std::get<1>(tested.param)))) {
                             name += c == ' ' ? '_' : c;
                           }
                           return name;
                         });

/// The same programs without their bugs.
task<> sound() {
  int balance = 0;
  async_mutex lock;
  auto deposit = [&](int amount) -> task<> {
    auto held = co_await lock.lock();
    const int before = balance;
    co_await yield();
    balance = before + amount;
  };
  auto first = run([&] { return deposit(1); });
  auto second = run([&] { return deposit(2); });
  co_await when_all(first, second);
  require(balance == 3, "both deposits count");
}

TEST(explore, passes_what_is_sound) {
  for (const strategy how : {strategy::random, strategy::uniform_walk, strategy::pct}) {
    const report found = explore(sound, {.how = how, .schedules = 300});
    EXPECT_TRUE(found.passed()) << found.text();
    EXPECT_EQ(found.schedules, 300U);
    EXPECT_GT(found.awaits, 3U);
  }
}

TEST(explore, ends_when_depth_first_has_run_them_all) {
  const report found =
      explore(sound, {.how = strategy::depth_first, .schedules = 100'000, .depth = 2});
  EXPECT_TRUE(found.passed()) << found.text();
  EXPECT_TRUE(found.exhausted);
  EXPECT_GT(found.schedules, 10U);
}

TEST(explore, tries_every_order_of_independent_tasks) {
  auto seen = std::make_shared<std::vector<std::string>>();
  auto body = [seen]() -> task<> {
    std::string order;
    auto step = [&order](char name) -> task<> {
      order += name;
      co_await yield();
      order += name;
    };
    auto a = run([&] { return step('a'); });
    auto b = run([&] { return step('b'); });
    co_await when_all(a, b);
    if (std::find(seen->begin(), seen->end(), order) == seen->end()) {
      seen->push_back(order);
    }
  };
  const report found =
      explore(body, {.how = strategy::depth_first, .schedules = 10'000, .depth = 20});
  EXPECT_TRUE(found.passed()) << found.text();
  EXPECT_TRUE(found.exhausted);
  EXPECT_EQ(seen->size(), 6U);  // 4! / (2! · 2!)
}

TEST(explore, resumes_an_awaiter_inside_the_call_or_later) {
  auto inside = std::make_shared<int>(0);
  auto later = std::make_shared<int>(0);
  auto body = [inside, later]() -> task<> {
    task_completion_source<> source;
    bool set = false;
    auto wait = [&]() -> task<> {
      co_await source.task();
      ++*(set ? later : inside);
    };
    auto waiter = wait();
    source.set_result();
    set = true;
    co_await std::move(waiter);
  };
  check(body, {.schedules = 50});
  EXPECT_GT(*inside, 0);
  EXPECT_GT(*later, 0);
}

TEST(explore, refuses_what_is_no_schedule) {
  auto body = []() -> task<> { co_return; };
  for (const char* text : {"", "7", "s", "sx", "s1.", "s1.2", "s1.2=", "s1.=3", "s1.a=3", "s1.2=3x",
                           "s1.c", "s1.99999999999=1", "s99999999999999999999"}) {
    EXPECT_THROW(static_cast<void>(replay(body, text)), std::invalid_argument) << text;
  }
  EXPECT_TRUE(replay(body, "s1").passed());
  EXPECT_TRUE(replay(body, "s18446744073709551615.3=2.90=1").passed());
}

TEST(explore, check_throws_what_a_framework_prints) {
  try {
    check(lost_update, {.name = "lost_update"});
    FAIL() << "the bug was not found";
  } catch (const simulation_failed& e) {
    EXPECT_NE(std::string(e.what()).find("WEFT_TESTKIT_REPLAY='lost_update:s"), std::string::npos)
        << e.what();
    EXPECT_NE(e.found().error, nullptr);
  }
}

TEST(explore, random_numbers_follow_from_the_seed) {
  auto numbers = std::make_shared<std::vector<std::uint64_t>>();
  auto body = [numbers]() -> task<> {
    numbers->push_back(testkit::random());
    co_return;
  };
  check(body, {.schedules = 2, .seed = 9});
  ASSERT_EQ(numbers->size(), 4U);
  EXPECT_EQ((*numbers)[0], (*numbers)[1]);
  EXPECT_NE((*numbers)[0], (*numbers)[2]);
  EXPECT_TRUE(replay(body, "s9").passed());
  EXPECT_EQ(numbers->back(), numbers->front());
}

/// What this thread has computed, in seconds: others on its processor do not count.
double cpu_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

TEST(explore, runs_100_000_schedules_a_minute) {
  const double begin = cpu_seconds();
  const report found = explore(sound, {.schedules = 2000});
  const double took = cpu_seconds() - begin;
  EXPECT_TRUE(found.passed()) << found.text();
  RecordProperty("schedules_a_minute", static_cast<int>(60 * 2000 / took));
  EXPECT_GE(60 * 2000 / took, 100'000) << "more than a hundred times that without sanitizers";
}

// ---- cancellation at every await

task<> tidy_work(std::stop_token stop) {
  async_semaphore permits(1, 1);
  auto use = [&](std::chrono::nanoseconds t) -> task<> {
    co_await permits.acquire(stop);
    struct give_back {
      async_semaphore& s;
      ~give_back() { s.release(); }
    } at_end{permits};
    co_await delay(t, stop);
  };
  auto a = use(1s);
  auto b = use(2s);
  try {
    co_await when_all(a, b);
  } catch (const operation_canceled&) {
  }
  require(permits.current_count() == 1, "the permit is back");
}

TEST(sweep_cancellation, passes_what_cleans_up) {
  const report found = sweep_cancellation(tidy_work, {.schedules = 200});
  EXPECT_TRUE(found.passed()) << found.text();
  EXPECT_TRUE(found.exhausted);
  EXPECT_GE(found.schedules, found.awaits + 2);
}

task<> untidy_work(std::stop_token stop) {
  async_semaphore permits(1, 1);
  auto use = [&]() -> task<> {
    co_await permits.acquire(stop);
    co_await yield();
    co_await delay(1s, stop);
    permits.release();  // the bug: not when the delay is canceled
  };
  try {
    co_await use();
  } catch (const operation_canceled&) {
  }
  require(permits.current_count() == 1, "the permit is back");
}

TEST(sweep_cancellation, finds_the_await_that_leaves_something_behind) {
  const report found = sweep_cancellation(untidy_work, {.name = "untidy"});
  ASSERT_EQ(found.how, failure::exception) << found.text();
  EXPECT_NE(found.schedule.find(".c"), std::string::npos) << found.text();
  const report replayed = replay_cancellation(untidy_work, found.schedule);
  EXPECT_EQ(replayed.how, found.how);
  EXPECT_EQ(replayed.message, found.message);
}

TEST(sweep_cancellation, finds_an_await_that_cannot_be_canceled) {
  auto deaf = [](std::stop_token stop) -> task<> {
    manual_reset_event never(false);
    auto hears = [&]() -> task<> {
      try {
        co_await delay(1s, stop);
        never.set();
      } catch (const operation_canceled&) {
      }
    };
    auto h = hears();
    co_await never.wait();  // the bug: without the token
    co_await std::move(h);
  };
  const report found = sweep_cancellation(deaf);
  EXPECT_EQ(found.how, failure::deadlock) << found.text();
}

}  // namespace
}  // namespace weft::testkit
