// The test kit in somebody's Catch2 tests: a bug is found, told as a failed test case tells it, and
// replayed from its printed line; what is sound passes, with an hour of virtual time.

#if __has_include(<catch2/catch_test_macros.hpp>)  // Catch2 3, which brings its own main
#include <catch2/catch_test_macros.hpp>
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif

#include <weft/sync.hpp>
#include <weft/task.hpp>
#include <weft/testkit.hpp>
#include <weft/time.hpp>

#include <chrono>
#include <cstdlib>
#include <string>

namespace {

using namespace std::chrono_literals;
namespace testkit = weft::testkit;

weft::task<> lost_update() {
  int balance = 0;
  auto deposit = [&balance](int amount) -> weft::task<> {
    const int before = balance;
    co_await weft::yield();
    balance = before + amount;
  };
  auto first = weft::run([&] { return deposit(1); });
  auto second = weft::run([&] { return deposit(2); });
  co_await weft::when_all(first, second);
  testkit::require(balance == 3, "both deposits count");
}

weft::task<> locked_update() {
  int balance = 0;
  weft::async_mutex guard;
  auto deposit = [&](int amount) -> weft::task<> {
    auto held = co_await guard.lock();
    const int before = balance;
    co_await weft::yield();
    balance = before + amount;
  };
  auto first = weft::run([&] { return deposit(1); });
  auto second = weft::run([&] { return deposit(2); });
  co_await weft::when_all(first, second);
  testkit::require(balance == 3, "both deposits count");
}

}  // namespace

TEST_CASE("a sound update passes under every schedule") {
  testkit::check(locked_update, {.name = "locked_update"});
}

TEST_CASE("an hour of delay takes no time") {
  auto body = []() -> weft::task<int> {
    co_await weft::delay(1h);
    CHECK(testkit::elapsed() == 1h);  // assertions count inside a body as well
    co_return 7;
  };
  CHECK(testkit::simulate(body) == 7);
}

TEST_CASE("a lost update fails a check with the line that replays it") {
  std::string told;
  try {
    testkit::check(lost_update, {.name = "lost_update"});
  } catch (const testkit::simulation_failed& failed) {
    told = failed.what();  // what Catch2 prints of an exception that leaves a test case
  }
  CHECK(told.find("both deposits count") != std::string::npos);
  CHECK(told.find("WEFT_TESTKIT_REPLAY='lost_update:s") != std::string::npos);
}

TEST_CASE("a lost update is replayed exactly") {
  const testkit::report found = testkit::explore(lost_update, {.name = "lost_update"});
  REQUIRE(found.how == testkit::failure::exception);
  CHECK(found.schedules <= 1000);
  SECTION("by its schedule") {
    const testkit::report again = testkit::replay(lost_update, found.schedule);
    CHECK(again.message == found.message);
  }
  SECTION("by the printed line") {
    const std::string line = found.replay_line();
    const std::size_t from = line.find('\'') + 1;
    const std::string value = line.substr(from, line.rfind('\'') - from);
    ::setenv("WEFT_TESTKIT_REPLAY", value.c_str(), 1);
    const testkit::report again = testkit::explore(lost_update, {.name = "lost_update"});
    ::unsetenv("WEFT_TESTKIT_REPLAY");
    CHECK(again.schedules == 1);
    CHECK(again.message == found.message);
  }
}
