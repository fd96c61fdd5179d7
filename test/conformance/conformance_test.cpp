// The program of the cases: each runs as a test of its own and is compared with what .NET gave,
// which expected/ keeps. README.md beside this file says how to add one.

#include <weft/json.hpp>
#include <weft/task/run.hpp>

#include "conformance/recorder.hpp"
#include "conformance/support.hpp"

#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <thread>

#include <gtest/gtest.h>

namespace weft::conformance {
namespace {

using lines = std::vector<std::string>;
using outcomes = std::map<std::string, lines>;

const std::filesystem::path folder = WEFT_CONFORMANCE_FOLDER;

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// What .NET gave, by "area.case".
const outcomes& dotnet() {
  static const outcomes all = [] {
    outcomes read;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "expected")) {
      const std::string area = entry.path().stem().string();
      if (entry.path().extension() == ".json" && area != "differences") {
        for (auto& [name, seen] : json::parse<outcomes>(text_of(entry.path()))) {
          read.emplace(area + "." + name, std::move(seen));
        }
      }
    }
    return read;
  }();
  return all;
}
/// What weft gives instead, where it differs on purpose.
const outcomes& differences() {
  static const outcomes all =
      json::parse<outcomes>(text_of(folder / "expected" / "differences.json"));
  return all;
}
std::set<std::string>& programs() {
  static std::set<std::string> all;
  return all;
}

std::string shown(const lines& all) {
  std::string text;
  for (const std::string& line : all) {
    text += "    " + line + "\n";
  }
  return text;
}

/// Stops the program, with the case's name, when a case does not end.
class watchdog {
 public:
  explicit watchdog(std::string name)
      : thread_([this, n = std::move(name)] {
          std::unique_lock guard(mutex_);
          if (!ended_signal_.wait_for(guard, 100s, [this] { return ended_; })) {
            std::cerr << "conformance: " << n << " does not end" << std::endl;
            std::abort();
          }
        }) {}
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;
  ~watchdog() {
    {
      const std::lock_guard guard(mutex_);
      ended_ = true;
    }
    ended_signal_.notify_all();
    thread_.join();
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_signal_;
  bool ended_ = false;
  std::thread thread_;
};

class conformance_case : public ::testing::Test {
 public:
  conformance_case(std::string name, void (*body)(recorder&), task<> (*coroutine)(recorder&))
      : name_(std::move(name)), body_(body), coroutine_(coroutine) {}

  void TestBody() override {
    recorder seen;
    {
      const watchdog guard(name_);
      const named_thread main("main");
      if (body_ != nullptr) {
        body_(seen);
      } else {
        block_on(coroutine_(seen));
      }
    }
    const lines now = seen.take();
    const auto expected = dotnet().find(name_);
    ASSERT_TRUE(expected != dotnet().end()) << name_ << " has no outcome of .NET's; `./dev test "
                                            << "--oracle=write` stores it. weft gave\n"
                                            << shown(now);
    const auto difference = differences().find(name_);
    if (difference != differences().end()) {
      EXPECT_NE(now, expected->second) << name_ << " is listed as a difference but is none";
      EXPECT_TRUE(now == difference->second) << name_ << "\n  the documented difference is\n"
                                             << shown(difference->second) << "  weft gave\n"
                                             << shown(now);
    } else {
      EXPECT_TRUE(now == expected->second) << name_ << "\n  .NET gave\n"
                                           << shown(expected->second) << "  weft gave\n"
                                           << shown(now);
    }
  }

 private:
  std::string name_;
  void (*body_)(recorder&);
  task<> (*coroutine_)(recorder&);
};

bool add(const char* area, const char* name, void (*body)(recorder&),
         task<> (*coroutine)(recorder&), const char* file, int line) {
  const std::string full = std::string(area) + "." + name;
  if (!programs().insert(full).second) {
    std::cerr << file << ":" << line << ": " << full << " is there twice" << std::endl;
    std::abort();
  }
  ::testing::RegisterTest(area, name, nullptr, nullptr, file, line, [=]() -> conformance_case* {
    return new conformance_case(full, body, coroutine);
  });
  return true;
}

// ------------------------------------------------------------------ what holds for all of them

TEST(conformance, every_outcome_of_net_has_its_program) {
  for (const auto& [name, seen] : dotnet()) {
    EXPECT_TRUE(programs().contains(name)) << name << " is in expected/ but in no *_test.cpp";
  }
}
TEST(conformance, every_difference_is_documented_and_the_other_way_round) {
  // A paragraph that begins with "Cases:" names cases between backquotes.
  const std::string page = text_of(folder / "../../docs/reference/differences.md");
  const std::regex quoted("`([a-z0-9_]+\\.[a-z0-9_]+)`");
  std::set<std::string> documented;
  for (std::size_t at = page.find("\nCases:"); at != std::string::npos;) {
    const std::string paragraph = page.substr(at, page.find("\n\n", at) - at);
    for (std::sregex_iterator one(paragraph.begin(), paragraph.end(), quoted), end; one != end;
         ++one) {
      documented.insert((*one)[1]);
    }
    at = page.find("\nCases:", at + 1);
  }
  for (const auto& [name, seen] : differences()) {
    EXPECT_TRUE(documented.contains(name))
        << name << " differs, but docs/reference/differences.md does not name it";
    EXPECT_TRUE(dotnet().contains(name)) << name << " differs from nothing";
  }
  for (const std::string& name : documented) {
    EXPECT_TRUE(differences().contains(name))
        << "docs/reference/differences.md names " << name << ", which does not differ";
  }
}

}  // namespace

bool add_case(const char* area, const char* name, void (*body)(recorder&), const char* file,
              int line) {
  return add(area, name, body, nullptr, file, line);
}
bool add_case(const char* area, const char* name, task<> (*body)(recorder&), const char* file,
              int line) {
  return add(area, name, nullptr, body, file, line);
}

}  // namespace weft::conformance
