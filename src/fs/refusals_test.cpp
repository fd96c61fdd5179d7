// What the system refuses: each error says the operation and the path, and has the system's code.

#include <weft/base/error.hpp>
#include <weft/fs.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"
#include "support/faults.hpp"
#include "support/scratch.hpp"

#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace weft::fs {
namespace {

using weft::detail::testing::on_backend;
using weft::detail::testing::scratch;
using weft::detail::testing::with_few_descriptors;

/// Expects that `f` throws this, and that the text has both.
template <class F>
void expect_refusal(std::errc why, const std::string& operation, const std::string& path, F f) {
  try {
    f();
    ADD_FAILURE() << operation << ": nothing was thrown";
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), why) << e.what();
    EXPECT_NE(std::string(e.what()).find("weft::fs::" + operation), std::string::npos) << e.what();
    EXPECT_NE(std::string(e.what()).find(path), std::string::npos) << e.what();
  }
}

class refusals : public on_backend {
 protected:
  void put(const std::string& name) { write_all_text(dir / name, "x").wait(); }
  scratch dir;
};

TEST_P(refusals, of_links_in_a_circle_are_no_missing_files) {
  fs::create_symbolic_link(dir / "loop", "loop").result();
  const auto in_it = dir / "loop/x";
  constexpr auto circle = std::errc::too_many_symbolic_link_levels;
  expect_refusal(circle, "exists", in_it, [&] { (void)fs::exists(in_it).result(); });
  expect_refusal(circle, "try_info", in_it, [&] { (void)try_info(in_it).result(); });
  expect_refusal(circle, "canonical", in_it, [&] { (void)fs::canonical(in_it).result(); });
  expect_refusal(circle, "remove_all", in_it, [&] { (void)fs::remove_all(in_it).result(); });
}

TEST_P(refusals, of_what_lies_below_a_file) {
  put("file");
  const auto below = dir / "file/below";
  expect_refusal(std::errc::not_a_directory, "create_directories", below,
                 [&] { (void)fs::create_directories(below).result(); });
  expect_refusal(std::errc::not_a_directory, "canonical", below,
                 [&] { (void)fs::canonical(below).result(); });
}

TEST_P(refusals, of_a_target_that_cannot_be_emptied) {
  put("file");
  expect_refusal(std::errc::invalid_argument, "copy: cannot empty", "/dev/null", [&] {
    (void)fs::copy(dir / "file", "/dev/null", copy_options::overwrite).result();
  });
  EXPECT_TRUE(info("/dev/null").result().type == std::filesystem::file_type::character);
}

TEST_P(refusals, of_a_source_that_cannot_be_removed_leave_the_copy) {
  try {
    move("/proc/self/status", dir / "status").result();
    ADD_FAILURE() << "nothing was thrown";
  } catch (const std::system_error& e) {
    EXPECT_NE(std::string(e.what()).find("weft::fs::move: copied, but cannot remove"),
              std::string::npos)
        << e.what();
  }
  EXPECT_TRUE(fs::exists(dir / "status").result());
}

TEST_P(refusals, of_descriptors_leave_a_tree_that_can_be_removed_later) {
  fs::create_directories(dir / "tree/below").result();
  put("tree/below/file");
  for (int left = 0; left < 4; ++left) {
    const with_few_descriptors limit(left);
    expect_refusal(std::errc::too_many_files_open, "remove_all", dir / "tree",
                   [&] { (void)fs::remove_all(dir / "tree").result(); });
  }
  EXPECT_EQ(fs::remove_all(dir / "tree").result(), 3u);
}

TEST_P(refusals, of_a_file_that_is_only_read) {
  put("file");
  file f = file::open(dir / "file").result();
  expect_refusal(std::errc::invalid_argument, "file::set_length", dir / "file",
                 [&] { f.set_length(0).result(); });
  expect_refusal(std::errc::bad_file_descriptor, "file::try_lock", dir / "file",
                 [&] { (void)f.try_lock(lock_mode::exclusive); });
  expect_refusal(std::errc::bad_file_descriptor, "file::lock", dir / "file",
                 [&] { (void)f.lock(lock_mode::exclusive).result(); });
  EXPECT_TRUE(static_cast<bool>(f.try_lock(lock_mode::shared)));
}

TEST_P(refusals, tell_one_kind_of_entry_from_another) {
  using std::filesystem::file_type;
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT((dir / "socket").native().copy(address.sun_path, sizeof address.sun_path),
            sizeof address.sun_path);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(listener);
  fs::create_symbolic_link(dir / "link", "nowhere").result();
  EXPECT_EQ(info(dir / "pipe").result().type, file_type::fifo);
  EXPECT_EQ(info(dir / "socket").result().type, file_type::socket);
  EXPECT_EQ(info(dir / "link", links::do_not_follow).result().type, file_type::symlink);
  expect_refusal(std::errc::no_such_file_or_directory, "info", dir / "link",
                 [&] { (void)info(dir / "link").result(); });
}

TEST_P(refusals, of_a_directory_where_there_is_no_parent) {
  expect_refusal(std::errc::no_such_file_or_directory, "temporary_directory::create",
                 dir / "missing",
                 [&] { (void)temporary_directory::create(dir / "missing").result(); });
}

TEST_P(refusals, do_not_befall_a_temporary_directory_that_is_replaced_or_removed_twice) {
  temporary_directory first = temporary_directory::create(dir.path()).result();
  temporary_directory second = temporary_directory::create(dir.path()).result();
  const auto gone = first.path();
  const auto stays = second.path();
  first = std::move(second);
  EXPECT_FALSE(fs::exists(gone).result());
  EXPECT_EQ(first.path(), stays);
  first.remove().result();
  first.remove().result();
  EXPECT_FALSE(fs::exists(stays).result());
}

WEFT_FOR_BOTH_BACKENDS(refusals);

}  // namespace
}  // namespace weft::fs
