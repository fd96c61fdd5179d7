// Named pipes that are made, and descriptors of the parent's that a child writes to.

#include <weft/os/pipe.hpp>
#include <weft/os/process.hpp>
#include <weft/task.hpp>

#include "support/scratch.hpp"
#include "support/tasks.hpp"

#include <array>
#include <string>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weft::os {
namespace {

using testing::thrown_by;
using weft::detail::testing::scratch;

TEST(named_pipe, is_made_for_this_user_and_carries_what_is_written) {
  const scratch folder;
  const auto path = folder / "made";
  pipe::create_named(path);
  struct stat found{};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_TRUE(S_ISFIFO(found.st_mode));
  EXPECT_EQ(found.st_mode & 0777U, 0600U);

  auto opening = pipe_writer::open(path);
  pipe_reader reader = pipe_reader::open(path).result();
  pipe_writer writer = std::move(opening).result();
  writer.write_all(std::string("by name")).result();
  std::array<char, 16> into{};
  EXPECT_EQ(reader.read_some(into).result(), 7u);
}

TEST(named_pipe, is_not_made_where_there_is_something) {
  const scratch folder;
  const auto path = folder / "made";
  pipe::create_named(path);
  const std::string thrown = thrown_by([&] { pipe::create_named(path); });
  EXPECT_NE(thrown.find("cannot make '" + path.string() + "'"), std::string::npos) << thrown;
}

TEST(process, writes_to_a_descriptor_of_its_parents) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  process_start_info info("/bin/sh", {"-c", "printf out; printf err >&2"});
  info.standard_output = redirect::descriptor(ends[1]);
  info.standard_error = redirect::standard_output();
  process child = process::start(std::move(info)).result();
  EXPECT_EQ(child.wait_for_exit().result().code(), 0);
  std::array<char, 16> into{};
  ASSERT_EQ(::read(ends[0], into.data(), into.size()), 6);
  EXPECT_EQ(std::string(into.data(), 6), "outerr");
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(process, names_a_descriptor_that_is_not_open) {
  process_start_info info("/bin/true", {});
  info.standard_output = redirect::descriptor(1'000'000);
  const std::string thrown = thrown_by([&] { process::start(std::move(info)).wait(); });
  EXPECT_NE(thrown.find("cannot take descriptor 1000000"), std::string::npos) << thrown;
}

}  // namespace
}  // namespace weft::os
