#include <weft/fs.hpp>
#include <weft/task.hpp>
#include <weft/testkit.hpp>
#include <weft/time.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>

namespace weft::testkit {
namespace {

using fs::open_mode;

static_assert(positional_file<simulated_file>);
static_assert(positional_file<fs::file>);

TEST(disk, keeps_what_is_written) {
  auto body = []() -> task<> {
    disk d;
    simulated_file f =
        co_await d.open("a/b", open_mode::read | open_mode::write | open_mode::create);
    require(co_await f.write_at(3, std::string("xyz")) == 3);
    require(co_await f.size() == 6);
    std::string got(10, '-');
    const std::size_t n = co_await f.read_at(2, got);
    require(n == 4 && got.substr(0, n) == std::string("\0xyz", 4));
    require(co_await f.read_at(6, got) == 0, "nothing behind the end");
    co_await f.close();
    require(!f.is_open());
    EXPECT_THROW(static_cast<void>(f.sync()), object_disposed);
    require(co_await d.exists("a/./b"));
    co_await d.rename("a/b", "c");
    // One await a statement: g++ 12 evaluates both sides of && when they await.
    const bool is_there = co_await d.exists("a/b");
    require(!is_there && d.contents("c").size() == 6);
    const bool removed = co_await d.remove("c");
    const bool again = co_await d.remove("c");
    require(removed && !again);
  };
  check(body, {.schedules = 5});
}

TEST(disk, refuses_what_a_file_refuses) {
  auto body = []() -> task<> {
    disk d;
    int refused = 0;
    const auto count = [&refused](std::errc expected, const std::system_error& e) {
      refused += e.code() == expected ? 1 : 100;
    };
    try {
      static_cast<void>(co_await d.open("none"));
    } catch (const std::system_error& e) {
      count(std::errc::no_such_file_or_directory, e);
    }
    simulated_file f = co_await d.open("f", open_mode::write | open_mode::create);
    try {
      static_cast<void>(
          co_await d.open("f", open_mode::write | open_mode::create | open_mode::exclusive));
    } catch (const std::system_error& e) {
      count(std::errc::file_exists, e);
    }
    std::string into(1, ' ');
    try {
      static_cast<void>(co_await f.read_at(0, into));
    } catch (const std::system_error& e) {
      count(std::errc::bad_file_descriptor, e);
    }
    try {
      static_cast<void>(co_await f.write_at(~std::uint64_t{0}, std::string("x")));
    } catch (const std::system_error& e) {
      count(std::errc::file_too_large, e);
    }
    require(refused == 4);
  };
  check(body, {.schedules = 5});
}

TEST(disk, fails_when_the_schedule_says_so) {
  auto failed = std::make_shared<int>(0);
  auto body = [failed]() -> task<> {
    disk d({.write_errors = 3});
    simulated_file f = co_await d.open("f", open_mode::write | open_mode::create);
    try {
      static_cast<void>(co_await f.write_at(0, std::string("12345678")));
      require(d.contents("f") == "12345678");
    } catch (const std::system_error& e) {
      ++*failed;
      require(e.code() == std::errc::no_space_on_device && d.contents("f") == "1234", "half-way");
    }
  };
  check(body, {.schedules = 50});
  EXPECT_GT(*failed, 0);
}

/// What may be there after a crash, of a write that was synced and one that was not.
TEST(disk, loses_at_a_crash_what_was_not_synced) {
  auto seen = std::make_shared<std::vector<std::string>>();
  auto body = [seen]() -> task<> {
    disk d;
    simulated_file f = co_await d.open("f", open_mode::write | open_mode::create);
    static_cast<void>(co_await f.write_at(0, std::string("safe")));
    co_await f.sync();
    static_cast<void>(co_await f.write_at(4, std::string("more")));
    d.crash();
    bool is_down = false;
    try {
      co_await f.sync();
    } catch (const crashed&) {
      is_down = d.is_crashed();
    }
    require(is_down);
    d.restart();
    const std::string left = d.contents("f");
    if (std::find(seen->begin(), seen->end(), left) == seen->end()) {
      seen->push_back(left);
    }
    simulated_file again = co_await d.open("f");
    require(co_await again.size() == left.size());
  };
  check(body, {.how = strategy::depth_first, .schedules = 1000});
  std::sort(seen->begin(), seen->end());
  EXPECT_EQ(*seen, (std::vector<std::string>{"safe", "safemo", "safemore"}));
}

/// Replaces a file by writing another one and renaming it: right only with a sync before.
task<> replace_file(disk& d, bool syncs) {
  simulated_file f =
      co_await d.open("settings.new", open_mode::write | open_mode::create | open_mode::truncate);
  static_cast<void>(co_await f.write_at(0, std::string("new settings")));
  if (syncs) {
    co_await f.sync();
  }
  co_await f.close();
  co_await d.rename("settings.new", "settings");
}

task<> survives_a_crash(bool syncs) {
  disk d({.crashes = 3});
  bool is_prepared = false;
  try {
    simulated_file f = co_await d.open("settings", open_mode::write | open_mode::create);
    static_cast<void>(co_await f.write_at(0, std::string("old settings")));
    co_await f.sync();
    is_prepared = true;
    co_await replace_file(d, syncs);
    d.crash();
  } catch (const crashed&) {
  }
  d.restart();
  const std::string left = d.contents("settings");
  require(!is_prepared || left == "old settings" || left == "new settings", "one or the other");
}

TEST(disk, finds_a_rename_without_a_sync) {
  auto careless = [] { return survives_a_crash(false); };
  const report found = explore(careless, {.name = "settings"});
  ASSERT_EQ(found.how, failure::exception) << found.text();
  EXPECT_EQ(replay(careless, found.schedule).message, found.message);
  check([] { return survives_a_crash(true); }, {.name = "settings", .schedules = 500});
}

TEST(disk, belongs_to_a_simulation) {
  EXPECT_THROW(disk(), invalid_operation);
  EXPECT_TRUE(simulate([] { return true; }));
}

TEST(simulation, refuses_real_files_and_sockets) {
  auto reads = []() -> task<> {
    static_cast<void>(co_await fs::read_all_text("/proc/self/status"));
  };
  const report found = explore(reads, {.schedules = 1});
  EXPECT_FALSE(found.passed());
}

}  // namespace
}  // namespace weft::testkit
