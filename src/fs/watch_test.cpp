#include <weft/fs/watch.hpp>

#include <weft/base/error.hpp>
#include <weft/fs.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"
#include "support/scratch.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace weft::fs {
namespace {

using weft::detail::testing::on_backend;
using weft::detail::testing::scratch;

class watchers : public on_backend {
 protected:
  void put(const std::string& name) { std::ofstream(dir / name) << "x"; }
  static std::string text_of(const file_change& c) {
    static constexpr const char* kinds[] = {"created", "deleted", "changed", "renamed", "overflow"};
    return std::string(kinds[static_cast<int>(c.kind())]) + " " +
           (c.old_path().empty() ? "" : c.old_path().filename().string() + " ") +
           c.path().filename().string();
  }
  // The next change that is none of a content.
  static std::string next_of(file_system_watcher& w) {
    for (;;) {
      const file_change c = w.next().result();
      if (c.kind() != change_kind::changed) {
        return text_of(c);
      }
    }
  }
  scratch dir;
};

TEST_P(watchers, tell_what_was_made_changed_renamed_and_removed) {
  auto w = file_system_watcher::open(dir.path()).result();
  put("a");
  EXPECT_EQ(text_of(w.next().result()), "created a");
  const file_change changed = w.next().result();
  EXPECT_EQ(text_of(changed), "changed a");
  EXPECT_EQ(changed.path(), dir / "a");
  std::filesystem::rename(dir / "a", dir / "b");
  EXPECT_EQ(next_of(w), "renamed a b");
  std::filesystem::remove(dir / "b");
  EXPECT_EQ(next_of(w), "deleted b");
}

TEST_P(watchers, take_moves_from_and_to_elsewhere_for_making_and_removing) {
  const scratch elsewhere;
  auto w = file_system_watcher::open(dir.path()).result();
  put("a");
  std::filesystem::rename(dir / "a", elsewhere / "a");
  std::filesystem::rename(elsewhere / "a", dir / "c");
  EXPECT_EQ(next_of(w), "created a");
  EXPECT_EQ(next_of(w), "deleted a");
  EXPECT_EQ(next_of(w), "created c");
}

TEST_P(watchers, wait_and_can_be_given_up_without_loss) {
  auto w = file_system_watcher::open(dir.path()).result();
  std::stop_source source;
  auto waiting = w.next(source.get_token());
  EXPECT_FALSE(waiting.is_completed());
  source.request_stop();
  EXPECT_THROW(std::move(waiting).result(), operation_canceled);
  auto again = w.next();
  EXPECT_FALSE(again.is_completed());
  put("a");
  EXPECT_EQ(text_of(std::move(again).result()), "created a");
}

TEST_P(watchers, see_directories_below_also_new_and_renamed_ones) {
  std::filesystem::create_directories(dir / "old/deep");
  auto w = file_system_watcher::open(dir.path(), {.include_subdirectories = true}).result();
  put("old/deep/a");
  EXPECT_EQ(next_of(w), "created a");
  std::filesystem::create_directories(dir / "new/below");
  std::vector<std::string> seen;
  while (std::find(seen.begin(), seen.end(), "created below") == seen.end()) {
    seen.push_back(next_of(w));
  }
  put("new/below/b");
  while (std::find(seen.begin(), seen.end(), "created b") == seen.end()) {
    seen.push_back(next_of(w));
  }
  std::filesystem::rename(dir / "old", dir / "renamed");
  std::string last = next_of(w);
  while (last != "renamed old renamed") {
    last = next_of(w);
  }
  put("renamed/deep/c");
  file_change c = w.next().result();
  while (c.kind() != change_kind::created) {
    c = w.next().result();
  }
  EXPECT_EQ(c.path(), dir / "renamed/deep/c");
}

TEST_P(watchers, do_not_look_below_unless_asked) {
  std::filesystem::create_directories(dir / "below");
  auto w = file_system_watcher::open(dir.path()).result();
  put("below/a");
  put("b");
  EXPECT_EQ(next_of(w), "created b");
}

TEST_P(watchers, of_a_directory_that_goes_say_so) {
  std::filesystem::create_directory(dir / "d");
  auto w = file_system_watcher::open(dir / "d").result();
  std::filesystem::remove(dir / "d");
  EXPECT_THROW(w.next().result(), object_disposed);
  EXPECT_THROW(file_system_watcher().next().result(), object_disposed);
}

TEST_P(watchers, of_nothing_are_refused) {
  try {
    file_system_watcher::open(dir / "missing").result();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::no_such_file_or_directory);
    EXPECT_NE(std::string(e.what()).find("missing"), std::string::npos) << e.what();
  }
  put("file");
  EXPECT_THROW(file_system_watcher::open(dir / "file").result(), std::system_error);
}

TEST_P(watchers, are_a_stream_too) {
  std::stop_source source;
  auto changes = watch(dir.path(), {}, source.get_token());
  auto first = changes.next();
  // It watches from some time after the call on: until it has seen one.
  for (int i = 0; !first.is_completed(); ++i) {
    put("file" + std::to_string(i));
  }
  EXPECT_NE(std::move(first).result(), nullptr);
  source.request_stop();
  for (;;) {
    try {
      static_cast<void>(changes.next().result());
    } catch (const operation_canceled&) {
      break;
    }
  }
}

WEFT_FOR_BOTH_BACKENDS(watchers);

}  // namespace
}  // namespace weft::fs
