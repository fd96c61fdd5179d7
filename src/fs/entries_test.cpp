#include <weft/fs/entries.hpp>

#include <weft/base/error.hpp>
#include <weft/fs.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"
#include "support/scratch.hpp"

#include <algorithm>
#include <fstream>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace weft::fs {
namespace {

using weft::detail::testing::on_backend;
using weft::detail::testing::scratch;
using strings = std::vector<std::string>;

task<strings> all_lines(async_generator<std::string> lines) {
  strings all;
  while (auto* line = co_await lines.next()) {
    all.push_back(std::move(*line));
  }
  co_return all;
}
task<strings> all_names(async_generator<std::filesystem::directory_entry> entries) {
  strings all;
  while (auto* entry = co_await entries.next()) {
    all.push_back(entry->path().filename().string());
  }
  std::sort(all.begin(), all.end());
  co_return all;
}

class lines : public on_backend {
 protected:
  strings of(const std::string& text) {
    const auto path = dir / "text";
    std::ofstream(path, std::ios::binary) << text;
    return all_lines(read_lines(path)).result();
  }
  scratch dir;
};

TEST_P(lines, are_split_where_dotnet_splits_them) {
  EXPECT_EQ(of(""), strings{});
  EXPECT_EQ(of("one"), strings{"one"});
  EXPECT_EQ(of("one\n"), strings{"one"});
  EXPECT_EQ(of("one\ntwo\r\nthree\rfour"), (strings{"one", "two", "three", "four"}));
  EXPECT_EQ(of("\n\r\n\r"), (strings{"", "", ""}));
  EXPECT_EQ(of("a\r\r\nb\n\rc"), (strings{"a", "", "b", "", "c"}));
}

TEST_P(lines, may_be_split_anywhere_between_two_pieces) {
  for (const std::size_t before : {65534u, 65535u, 65536u, 65537u}) {
    const std::string first(before, 'x');
    EXPECT_EQ(of(first + "\r\nsecond\r\n"), (strings{first, "second"})) << before;
    EXPECT_EQ(of(first + "\rsecond\r"), (strings{first, "second"})) << before;
  }
}

TEST_P(lines, may_be_longer_than_any_piece) {
  const std::string longest(1'000'000, 'x');
  EXPECT_EQ(of("a\n" + longest + "\nb\n"), (strings{"a", longest, "b"}));
}

TEST_P(lines, of_a_pipe_come_as_they_are_written) {
  const auto path = dir / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(path) << "one\ntwo\n"; });
  EXPECT_EQ(all_lines(read_lines(path)).result(), (strings{"one", "two"}));
  writer.join();
}

TEST_P(lines, of_proc_are_read) {
  EXPECT_GT(all_lines(read_lines("/proc/self/status")).result().size(), 10u);
}

TEST_P(lines, of_what_is_missing_throw_at_the_first_next) {
  auto missing = read_lines(dir / "missing");
  EXPECT_THROW(static_cast<void>(missing.next().result()), std::system_error);
  auto directory = read_lines(dir.path());
  EXPECT_THROW(static_cast<void>(directory.next().result()), std::system_error);
}

TEST_P(lines, end_canceled_when_their_token_asks) {
  std::ofstream(dir / "text") << std::string(200'000, '\n');
  std::stop_source source;
  auto g = read_lines(dir / "text").with_cancellation(source.get_token());
  EXPECT_NE(g.next().result(), nullptr);
  source.request_stop();
  auto rest = all_lines(std::move(g));
  EXPECT_THROW(rest.wait(), operation_canceled);
  EXPECT_TRUE(rest.is_canceled());
}

TEST_P(lines, can_be_left_half_way) {
  std::ofstream(dir / "text") << "one\ntwo\n";
  auto g = read_lines(dir / "text");
  EXPECT_EQ(*g.next().result(), "one");
}

WEFT_FOR_BOTH_BACKENDS(lines);

TEST(entries, of_a_directory_are_all_given) {
  const scratch dir;
  EXPECT_EQ(all_names(entries(dir.path())).result(), strings{});
  strings expected;
  for (int i = 0; i < 1000; ++i) {
    expected.push_back("file" + std::to_string(i));
    std::ofstream(dir / expected.back()).flush();
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(all_names(entries(dir.path())).result(), expected);
}

TEST(entries, of_directories_inside_are_given_on_request) {
  const scratch dir;
  std::filesystem::create_directories(dir / "a/b");
  std::ofstream(dir / "a/b/c").flush();
  std::filesystem::create_directory_symlink(dir.path(), dir / "link");
  EXPECT_EQ(all_names(entries(dir.path())).result(), (strings{"a", "link"}));
  EXPECT_EQ(all_names(entries(dir.path(), {.recursive = true})).result(),
            (strings{"a", "b", "c", "link"}));
}

TEST(entries, of_what_is_missing_throw_with_the_path) {
  const scratch dir;
  for (const bool recursive : {false, true}) {
    auto g = entries(dir / "missing", {.recursive = recursive});
    try {
      static_cast<void>(g.next().result());
      FAIL() << "nothing thrown";
    } catch (const std::system_error& e) {
      EXPECT_NE(std::string(e.what()).find("missing"), std::string::npos) << e.what();
    }
  }
}

TEST(entries, end_canceled_when_their_token_asks) {
  const scratch dir;
  std::stop_source source;
  source.request_stop();
  auto names = all_names(entries(dir.path(), {}, source.get_token()));
  EXPECT_THROW(names.wait(), operation_canceled);
}

}  // namespace
}  // namespace weft::fs
