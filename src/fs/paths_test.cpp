#include <weft/base/error.hpp>
#include <weft/fs.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"
#include "support/faults.hpp"
#include "support/scratch.hpp"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

namespace weft::fs {
namespace {

using weft::detail::testing::on_backend;
using weft::detail::testing::scratch;
using weft::detail::testing::spin;
using namespace std::chrono_literals;

template <class F>
std::error_code error_of(F f) {
  try {
    f();
  } catch (const std::system_error& e) {
    return e.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

class on_paths : public on_backend {
 protected:
  void put(const std::string& name, const std::string& text = "x") {
    write_all_text(dir / name, text).wait();
  }
  std::size_t count() {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::recursive_directory_iterator(dir.path()), {}));
  }
  scratch dir;
};

TEST_P(on_paths, info_tells_what_there_is) {
  put("a", "hello");
  const file_info a = info(dir / "a").result();
  EXPECT_TRUE(a.is_regular_file());
  EXPECT_EQ(a.size, 5u);
  EXPECT_EQ(a.links, 1u);
  EXPECT_EQ(a.owner, ::getuid());
  EXPECT_GT(a.last_write_time, file_time());
  EXPECT_TRUE(info(dir.path()).result().is_directory());
  const file opened = file::open(dir / "a").result();
  EXPECT_EQ(opened.info().result().inode, a.inode);
  EXPECT_EQ(error_of([&] { info(dir / "missing").result(); }),
            std::errc::no_such_file_or_directory);
  EXPECT_EQ(try_info(dir / "missing").result().has_value(), false);
  EXPECT_EQ(try_info(dir / "a/below").result().has_value(), false);
  EXPECT_TRUE(try_info(dir / "a").result().has_value());
}

TEST_P(on_paths, permissions_and_times_are_set) {
  put("a");
  set_permissions(dir / "a", std::filesystem::perms::owner_read).result();
  EXPECT_EQ(info(dir / "a").result().permissions, std::filesystem::perms::owner_read);
  for (const file_time time : {file_time(1234567890123456789ns), file_time(-1ns)}) {
    set_last_write_time(dir / "a", time).result();
    EXPECT_EQ(info(dir / "a").result().last_write_time, time);
  }
  EXPECT_EQ(error_of([&] { set_last_write_time(dir / "missing", file_time()).result(); }),
            std::errc::no_such_file_or_directory);
  EXPECT_EQ(error_of([&] { set_permissions(dir / "missing", {}).result(); }),
            std::errc::no_such_file_or_directory);
}

TEST_P(on_paths, links_are_made_read_and_followed) {
  put("a", "hello");
  create_symbolic_link(dir / "soft", "a").result();
  fs::create_hard_link(dir / "hard", dir / "a").result();
  EXPECT_EQ(read_symbolic_link(dir / "soft").result(), "a");
  EXPECT_EQ(read_all_text(dir / "soft").result(), "hello");
  EXPECT_TRUE(info(dir / "soft", links::do_not_follow).result().is_symbolic_link());
  EXPECT_TRUE(info(dir / "soft").result().is_regular_file());
  EXPECT_EQ(info(dir / "hard").result().links, 2u);
  EXPECT_EQ(fs::canonical(dir / "soft").result(), std::filesystem::canonical(dir / "a"));
  EXPECT_EQ(error_of([&] { read_symbolic_link(dir / "a").result(); }), std::errc::invalid_argument);
  EXPECT_EQ(error_of([&] { create_symbolic_link(dir / "a", "b").result(); }),
            std::errc::file_exists);
  EXPECT_EQ(error_of([&] { fs::create_hard_link(dir / "b", dir / "missing").result(); }),
            std::errc::no_such_file_or_directory);
}

TEST_P(on_paths, trees_are_removed_and_links_in_them_not_followed) {
  const scratch other;
  write_all_text(other / "kept", "x").wait();
  fs::create_directories(dir / "tree/a/b/c").result();
  put("tree/1");
  put("tree/a/2");
  put("tree/a/b/c/3");
  create_symbolic_link(dir / "tree/a/link", other.path()).result();
  EXPECT_EQ(fs::remove_all(dir / "tree").result(), 8u);
  EXPECT_EQ(count(), 0u);
  EXPECT_TRUE(fs::exists(other / "kept").result());
  EXPECT_EQ(fs::remove_all(dir / "tree").result(), 0u);
  put("file");
  EXPECT_EQ(fs::remove_all(dir / "file").result(), 1u);
}

TEST_P(on_paths, removing_a_tree_can_be_cancelled_at_any_point_and_done_again) {
  for (unsigned i = 0; i < 30; ++i) {
    fs::create_directories(dir / "tree/a/b").result();
    for (int n = 0; n < 20; ++n) {
      put("tree/a/" + std::to_string(n));
      put("tree/a/b/" + std::to_string(n));
    }
    std::stop_source source;
    auto removing = fs::remove_all(dir / "tree", source.get_token());
    spin(i * 4000);
    source.request_stop();
    try {
      std::move(removing).result();
      EXPECT_EQ(count(), 0u);
    } catch (const operation_canceled&) {
      (void)fs::remove_all(dir / "tree").result();
      EXPECT_EQ(count(), 0u);
    }
  }
}

TEST_P(on_paths, are_moved_and_replaced_only_on_request) {
  put("a", "new");
  put("b", "old");
  EXPECT_EQ(error_of([&] { fs::move(dir / "a", dir / "b").result(); }), std::errc::file_exists);
  fs::move(dir / "a", dir / "b", copy_options::overwrite).result();
  EXPECT_EQ(read_all_text(dir / "b").result(), "new");
  fs::move(dir / "b", dir / "c").result();
  EXPECT_EQ(count(), 1u);
  struct stat here{};
  struct stat there{};
  ::stat(dir.path().c_str(), &here);
  if (::stat("/dev/shm", &there) == 0 && here.st_dev != there.st_dev) {
    const auto away = std::filesystem::path("/dev/shm/weft_move_" + std::to_string(::getpid()));
    fs::move(dir / "c", away, copy_options::overwrite).result();
    EXPECT_EQ(count(), 0u);
    EXPECT_EQ(read_all_text(away).result(), "new");
    fs::move(away, dir / "d").result();
    EXPECT_FALSE(fs::exists(away).result());
  }
}

TEST_P(on_paths, directories_are_made_one_by_one) {
  fs::create_directory(dir / "a").result();
  EXPECT_EQ(error_of([&] { fs::create_directory(dir / "a").result(); }), std::errc::file_exists);
  EXPECT_EQ(error_of([&] { fs::create_directory(dir / "b/c").result(); }),
            std::errc::no_such_file_or_directory);
}

TEST_P(on_paths, lines_are_written_and_read) {
  write_all_lines(dir / "lines", {"one", "", "three"}).wait();
  EXPECT_EQ(read_all_text(dir / "lines").result(), "one\n\nthree\n");
  EXPECT_EQ(read_all_lines(dir / "lines").result(), (std::vector<std::string>{"one", "", "three"}));
  append_all_bytes(dir / "lines", {std::byte{'4'}}).wait();
  EXPECT_EQ(read_all_lines(dir / "lines").result().back(), "4");
}

TEST_P(on_paths, content_is_replaced_as_a_whole) {
  replace_all_text(dir / "a", "first").wait();
  EXPECT_EQ(read_all_text(dir / "a").result(), "first");
  set_permissions(dir / "a", std::filesystem::perms::owner_read).result();
  const file before = file::open(dir / "a").result();
  replace_all_bytes(dir / "a", {std::byte{'2'}}).wait();
  EXPECT_EQ(read_all_text(dir / "a").result(), "2");
  EXPECT_EQ(info(dir / "a").result().permissions, std::filesystem::perms::owner_read);
  EXPECT_EQ(before.size().result(), 5u);  // who has the old one open keeps it
  EXPECT_EQ(count(), 1u);
  EXPECT_EQ(error_of([&] { replace_all_text(dir / "missing/a", "x").wait(); }),
            std::errc::no_such_file_or_directory);
  fs::create_directory(dir / "directory").result();
  EXPECT_EQ(error_of([&] { replace_all_text(dir / "directory", "x").wait(); }),
            std::errc::is_a_directory);
  EXPECT_EQ(count(), 2u);  // nothing is left beside it
}

TEST_P(on_paths, replacing_cancelled_at_any_point_leaves_the_old_or_the_new) {
  const std::string old_text(5000, 'o');
  const std::string new_text(9000, 'n');
  for (unsigned i = 0; i < 30; ++i) {
    put("a", old_text);
    std::stop_source source;
    auto replacing = replace_all_text(dir / "a", new_text, source.get_token());
    spin(i * 2000);
    source.request_stop();
    try {
      replacing.wait();
      EXPECT_TRUE(read_all_text(dir / "a").result() == new_text);
    } catch (const operation_canceled&) {
      EXPECT_TRUE(read_all_text(dir / "a").result() == old_text);
    }
    EXPECT_EQ(count(), 1u);
  }
}

TEST_P(on_paths, temporary_files_go_and_stay_on_request) {
  std::filesystem::path path;
  {
    temporary_file t = temporary_file::create(dir.path()).result();
    path = t.path();
    t.file().write_at(0, "hello").result();
    EXPECT_EQ(read_all_text(path).result(), "hello");
    EXPECT_EQ(info(path).result().permissions,
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    temporary_file moved = std::move(t);
    t = temporary_file::create(dir.path()).result();
    EXPECT_NE(t.path(), path);
    t.keep_as(dir / "kept").result();
  }
  EXPECT_FALSE(fs::exists(path).result());
  EXPECT_TRUE(fs::exists(dir / "kept").result());
  EXPECT_EQ(count(), 1u);
  EXPECT_EQ(error_of([&] { temporary_file::create(dir / "missing").result(); }),
            std::errc::no_such_file_or_directory);
  EXPECT_THROW(temporary_file().keep_as("x").result(), object_disposed);
}

TEST_P(on_paths, temporary_directories_go_with_their_content) {
  std::filesystem::path path;
  {
    temporary_directory t = temporary_directory::create(dir.path()).result();
    path = t.path();
    fs::create_directories(t / "a/b").result();
    write_all_text(t / "a/b/c", "x").wait();
    temporary_directory other = temporary_directory::create(dir.path()).result();
    write_all_text(other / "c", "x").wait();
    other.remove().result();
    EXPECT_FALSE(fs::exists(other.path()).result() && !other.path().empty());
  }
  EXPECT_FALSE(fs::exists(path).result());
  EXPECT_EQ(count(), 0u);
  const auto somewhere = temporary_directory::create().result();
  EXPECT_TRUE(fs::exists(somewhere.path()).result());
}

WEFT_FOR_BOTH_BACKENDS(on_paths);

class on_files : public on_paths {};

TEST_P(on_files, buffers_are_filled_and_written_in_one_call) {
  file f =
      file::open(dir / "data", open_mode::read | open_mode::write | open_mode::create).result();
  const std::string a = "one", b, c = "three";
  EXPECT_EQ(f.write_at(2, {const_buffer(a.data(), a.size()), const_buffer(b.data(), b.size()),
                           const_buffer(c.data(), c.size())})
                .result(),
            8u);
  EXPECT_EQ(read_all_text(dir / "data").result(), std::string("\0\0onethree", 10));
  std::string x(4, ' '), y(100, ' ');
  EXPECT_EQ(f.read_at(1, {mutable_buffer(x), mutable_buffer(y)}).result(), 9u);
  EXPECT_EQ(x, std::string("\0one", 4));
  EXPECT_EQ(y.substr(0, 5), "three");
  EXPECT_EQ(f.read_at(0, std::vector<mutable_buffer>{}).result(), 0u);
  EXPECT_EQ(f.write_at(0, std::vector<const_buffer>{}).result(), 0u);
  EXPECT_EQ(f.read_at(10, {mutable_buffer(x)}).result(), 0u);
}

TEST_P(on_files, many_buffers_are_written_in_several_calls) {
  file f =
      file::open(dir / "data", open_mode::read | open_mode::write | open_mode::create).result();
  const std::string text = "0123456789";
  const std::vector<const_buffer> many(3000, const_buffer(text.data(), text.size()));
  EXPECT_EQ(f.write_at(0, many).result(), 30'000u);
  const std::string all = read_all_text(dir / "data").result();
  EXPECT_EQ(all.size(), 30'000u);
  EXPECT_EQ(all.substr(29'990), text);
}

TEST_P(on_files, are_cut_off_extended_and_synchronised) {
  put("data", "0123456789");
  file f = file::open(dir / "data", open_mode::read | open_mode::write).result();
  f.set_length(4).result();
  EXPECT_EQ(read_all_text(dir / "data").result(), "0123");
  f.set_length(6).result();
  EXPECT_EQ(read_all_text(dir / "data").result(), std::string("0123\0\0", 6));
  f.sync_data().result();
  f.sync().result();
  EXPECT_THROW(file::open(dir / "data").result().set_length(0).result(), std::system_error);
}

TEST_P(on_files, written_through_or_directly_have_the_same_content) {
  {
    file f =
        file::open(dir / "data", open_mode::write | open_mode::create | open_mode::write_through)
            .result();
    f.write_at(0, "through").result();
  }
  EXPECT_EQ(read_all_text(dir / "data").result(), "through");
  file direct;
  try {
    direct = file::open(dir / "direct",
                        open_mode::read | open_mode::write | open_mode::create | open_mode::direct)
                 .result();
  } catch (const std::system_error& e) {
    ASSERT_EQ(e.code(), std::errc::invalid_argument);
    GTEST_SKIP() << "this file system has no direct input and output";
  }
  const std::size_t unit = std::max<std::size_t>(direct.direct_alignment(), 4096);
  const std::unique_ptr<char, void (*)(void*)> block(
      static_cast<char*>(std::aligned_alloc(unit, unit)), std::free);
  std::fill_n(block.get(), unit, 'd');
  EXPECT_EQ(direct.write_at(0, const_buffer(block.get(), unit)).result(), unit);
  std::fill_n(block.get(), unit, ' ');
  EXPECT_EQ(direct.read_at(0, mutable_buffer(block.get(), unit)).result(), unit);
  EXPECT_EQ(block.get()[unit - 1], 'd');
  // No read waits for the disk on the thread that starts it: it is seen pending.
  bool pending = false;
  for (int i = 0; i < 1000 && !pending; ++i) {
    auto reading = direct.read_at(0, mutable_buffer(block.get(), unit));
    pending = !reading.is_completed();
    EXPECT_EQ(std::move(reading).result(), unit);
  }
  EXPECT_TRUE(pending);
}

TEST_P(on_files, are_locked_against_each_other) {
  put("data");
  file a = file::open(dir / "data", open_mode::read | open_mode::write).result();
  file b = file::open(dir / "data", open_mode::read | open_mode::write).result();
  file_lock shared = a.lock(lock_mode::shared).result();
  EXPECT_TRUE(b.try_lock(lock_mode::shared));  // and gone again
  EXPECT_FALSE(b.try_lock());
  auto waiting = b.lock();
  EXPECT_FALSE(waiting.is_completed());
  shared.unlock();
  shared.unlock();
  file_lock exclusive = std::move(waiting).result();
  EXPECT_FALSE(a.try_lock(lock_mode::shared));
  std::stop_source source;
  auto given_up = a.lock(lock_mode::exclusive, source.get_token());
  source.request_stop();
  EXPECT_THROW(std::move(given_up).result(), operation_canceled);
  exclusive = file_lock();
  EXPECT_TRUE(a.lock().result());
  EXPECT_EQ(error_of([&] { (void)file::open(dir / "data").result().try_lock(); }),
            std::errc::bad_file_descriptor);
}

TEST_P(on_files, locks_keep_their_file_open) {
  put("data");
  file_lock lock = file::open(dir / "data", open_mode::write).result().lock().result();
  file other = file::open(dir / "data", open_mode::write).result();
  EXPECT_FALSE(other.try_lock());
  lock.unlock();
  EXPECT_TRUE(other.try_lock());
}

WEFT_FOR_BOTH_BACKENDS(on_files);

}  // namespace
}  // namespace weft::fs
