#include <weft/fs.hpp>

#include <weft/base/error.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"
#include "support/scratch.hpp"

#include <array>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weft::fs {
namespace {

using weft::detail::testing::on_backend;
using weft::detail::testing::scratch;

// The message of the system_error that `f` throws, and its code.
template <class F>
std::pair<std::error_code, std::string> error_of(F f) {
  try {
    f();
  } catch (const std::system_error& e) {
    return {e.code(), e.what()};
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

class whole_file : public on_backend {
 protected:
  scratch dir;
};

TEST_P(whole_file, is_written_and_read_back) {
  const auto path = dir / "text";
  for (const std::size_t size : {0u, 1u, 4095u, 4096u, 4097u, 65'536u, 65'537u, 20'000'000u}) {
    std::string text(size, 'x');
    if (!text.empty()) {
      text.back() = 'y';
    }
    write_all_text(path, text).result();
    EXPECT_TRUE(read_all_text(path).result() == text) << size;
    EXPECT_EQ(read_all_bytes(path).result().size(), size);
  }
}

TEST_P(whole_file, is_replaced_appended_and_made) {
  const auto path = dir / "text";
  append_all_text(path, "made").result();
  write_all_text(path, "replaced").result();
  append_all_text(path, " and more").result();
  EXPECT_EQ(read_all_text(path).result(), "replaced and more");
  write_all_bytes(path, {std::byte{'a'}, std::byte{0}}).result();
  EXPECT_EQ(read_all_text(path).result(), std::string("a\0", 2));
}

TEST_P(whole_file, of_proc_has_a_content_though_no_size) {
  const std::string status = read_all_text("/proc/self/status").result();
  EXPECT_NE(status.find("Threads:"), std::string::npos);
  EXPECT_EQ(status.back(), '\n');
}

TEST_P(whole_file, that_is_cached_is_read_at_once) {
  const auto path = dir / "text";
  write_all_text(path, "cached").result();
  EXPECT_EQ(read_all_text(path).result(), "cached");
  auto again = read_all_text(path);
  EXPECT_EQ(again.result(), "cached");
}

TEST_P(whole_file, errors_name_operation_path_and_reason) {
  const auto missing = dir / "missing";
  const auto [code, text] = error_of([&] { read_all_text(missing).result(); });
  EXPECT_EQ(code, std::errc::no_such_file_or_directory);
  EXPECT_EQ(text, "weft::fs::read_all_text: cannot open '" + missing.string() +
                      "': No such file or directory");
}

TEST_P(whole_file, that_is_a_directory_is_refused) {
  const auto [read, read_text] = error_of([&] { read_all_text(dir.path()).result(); });
  EXPECT_EQ(read, std::errc::is_a_directory);
  EXPECT_NE(read_text.find(dir.path().string()), std::string::npos) << read_text;
  EXPECT_EQ(error_of([&] { write_all_text(dir.path(), "x").result(); }).first,
            std::errc::is_a_directory);
}

TEST_P(whole_file, through_a_file_or_a_strange_name_is_refused) {
  write_all_text(dir / "file", "x").result();
  EXPECT_EQ(error_of([&] { read_all_text(dir / "file/below").result(); }).first,
            std::errc::not_a_directory);
  EXPECT_EQ(error_of([&] { read_all_text("").result(); }).first,
            std::errc::no_such_file_or_directory);
  EXPECT_EQ(error_of([&] { read_all_text(std::string("a\0b", 3)).result(); }).first,
            std::errc::invalid_argument);
  EXPECT_EQ(error_of([&] { read_all_text(std::string(10'000, 'x')).result(); }).first,
            std::errc::filename_too_long);
}

TEST_P(whole_file, to_a_full_disk_says_so) {
  const auto [code, text] = error_of([] { write_all_text("/dev/full", "x").result(); });
  EXPECT_EQ(code, std::errc::no_space_on_device);
  EXPECT_EQ(text, "weft::fs::write_all_text: cannot write '/dev/full': No space left on device");
}

TEST_P(whole_file, devices_are_streams) {
  write_all_text("/dev/null", "x").result();
  EXPECT_EQ(read_all_text("/dev/null").result(), "");
}

TEST_P(whole_file, honours_a_token_that_asked_before) {
  std::stop_source source;
  source.request_stop();
  write_all_text(dir / "text", "x").result();
  EXPECT_THROW(read_all_text(dir / "text", source.get_token()).result(), operation_canceled);
  EXPECT_THROW(write_all_text(dir / "other", "x", source.get_token()).result(), operation_canceled);
  EXPECT_FALSE(fs::exists(dir / "other").result());
}

TEST_P(whole_file, that_is_a_named_pipe_is_read_from_the_first_writer_to_the_last) {
  const auto path = dir / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  auto reading = read_all_text(path);
  EXPECT_FALSE(reading.is_completed());
  std::thread late([&] {
    std::ofstream out(path);
    for (int i = 0; i < 5'000; ++i) {
      out << "line " << i << '\n';
    }
  });
  const std::string all = reading.result();
  late.join();
  EXPECT_EQ(all.substr(0, 14), "line 0\nline 1\n");
  EXPECT_EQ(all.substr(all.size() - 10), "line 4999\n");
}

TEST_P(whole_file, that_is_a_named_pipe_is_written_as_a_stream) {
  const auto path = dir / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  write_all_text(path, "one ").result();
  append_all_text(path, std::string(4000, 'x')).result();
  std::string all(8000, ' ');
  EXPECT_EQ(::read(reader, all.data(), all.size()), 4004);
  ::close(reader);
  EXPECT_EQ(all.substr(0, 6), "one xx");
}

TEST_P(whole_file, that_is_a_named_pipe_may_stay_empty) {
  const auto path = dir / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  auto reading = read_all_text(path);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  ::close(fd);
  EXPECT_EQ(reading.result(), "");
}

TEST_P(whole_file, that_is_a_named_pipe_can_be_given_up) {
  const auto path = dir / "pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::stop_source source;
  auto reading = read_all_text(path, source.get_token());
  EXPECT_FALSE(reading.is_completed());
  source.request_stop();
  EXPECT_THROW(reading.result(), operation_canceled);
}

WEFT_FOR_BOTH_BACKENDS(whole_file);

class open_file : public on_backend {
 protected:
  scratch dir;
};

TEST_P(open_file, is_read_and_written_at_positions) {
  auto f =
      file::open(dir / "data", open_mode::read | open_mode::write | open_mode::create).result();
  EXPECT_EQ(f.write_at(10, "hello").result(), 5u);
  EXPECT_EQ(f.size().result(), 15u);
  std::array<char, 8> into{};
  EXPECT_EQ(f.read_at(12, into).result(), 3u);
  EXPECT_EQ(std::string_view(into.data(), 3), "llo");
  EXPECT_EQ(f.read_at(15, into).result(), 0u);
  EXPECT_EQ(f.read_at(1'000'000, into).result(), 0u);
  f.sync().result();
  f.close().result();
  EXPECT_THROW((void)f.read_at(0, into), object_disposed);
  f.close().result();
}

TEST_P(open_file, serves_many_operations_at_once) {
  constexpr std::size_t block = 4096;
  constexpr std::size_t count = 600;  // more than a ring holds
  auto f =
      file::open(dir / "data", open_mode::read | open_mode::write | open_mode::create).result();
  std::vector<value_task<std::size_t>> writes;
  for (std::size_t i = 0; i < count; ++i) {
    writes.push_back(f.write_at(i * block, std::string(block, static_cast<char>('a' + i % 26))));
  }
  for (auto& w : writes) {
    EXPECT_EQ(std::move(w).result(), block);
  }
  // Out of the page cache, so that the reads are real where the file system has one.
  f.sync().result();
  const int fd = ::open((dir / "data").c_str(), O_RDONLY | O_CLOEXEC);
  ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  ::close(fd);
  std::vector<std::string> blocks(count, std::string(block, ' '));
  std::vector<value_task<std::size_t>> reads;
  for (std::size_t i = 0; i < count; ++i) {
    reads.push_back(f.read_at(i * block, blocks[i]));
  }
  for (std::size_t i = 0; i < count; ++i) {
    EXPECT_EQ(std::move(reads[i]).result(), block);
    EXPECT_EQ(blocks[i], std::string(block, static_cast<char>('a' + i % 26)));
  }
}

TEST_P(open_file, completes_what_a_thread_began_that_is_gone) {
  auto f = file::open(dir / "data", open_mode::write | open_mode::create).result();
  std::vector<value_task<std::size_t>> writes;
  std::thread([&] {
    for (std::size_t i = 0; i < 100; ++i) {
      writes.push_back(f.write_at(i * 1000, std::string(1000, 'x')));
    }
  }).join();
  for (auto& w : writes) {
    EXPECT_EQ(std::move(w).result(), 1000u);
  }
  EXPECT_EQ(read_all_text(dir / "data").result(), std::string(100'000, 'x'));
}

TEST_P(open_file, may_be_closed_while_operations_go_on) {
  auto f = file::open(dir / "data", open_mode::write | open_mode::create).result();
  std::vector<value_task<std::size_t>> writes;
  for (std::size_t i = 0; i < 50; ++i) {
    writes.push_back(f.write_at(i * 1000, std::string(1000, 'x')));
  }
  f.close().result();
  for (auto& w : writes) {
    EXPECT_EQ(std::move(w).result(), 1000u);
  }
  EXPECT_EQ(read_all_text(dir / "data").result().size(), 50'000u);
}

TEST_P(open_file, says_what_is_wrong_with_how_it_is_opened) {
  EXPECT_EQ(error_of([&] { file::open(dir / "no").result(); }).first,
            std::errc::no_such_file_or_directory);
  EXPECT_EQ(error_of([&] { file::open(dir.path()).result(); }).first, std::errc::is_a_directory);
  EXPECT_THROW((void)file::open(dir / "x", open_mode::create), std::invalid_argument);
  EXPECT_THROW((void)file::open(dir / "x", open_mode::read | open_mode::truncate),
               std::invalid_argument);
  write_all_text(dir / "there", "x").result();
  EXPECT_EQ(error_of([&] {
              file::open(dir / "there", open_mode::write | open_mode::create | open_mode::exclusive)
                  .result();
            }).first,
            std::errc::file_exists);
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(error_of([&] { file::open(dir / "pipe").result(); }).first, std::errc::invalid_seek);
  auto f = file::open(dir / "there").result();
  const auto [code, text] = error_of([&] { f.write_at(0, "x").result(); });
  EXPECT_EQ(code, std::errc::bad_file_descriptor);
  EXPECT_NE(text.find("there"), std::string::npos) << text;
}

TEST_P(open_file, appends_whatever_the_position) {
  write_all_text(dir / "log", "one ").result();
  auto f = file::open(dir / "log", open_mode::append).result();
  f.write_at(0, "two").result();
  EXPECT_EQ(read_all_text(dir / "log").result(), "one two");
}

TEST_P(open_file, drops_operations_whose_task_is_dropped) {
  auto f =
      file::open(dir / "data", open_mode::read | open_mode::write | open_mode::create).result();
  for (int i = 0; i < 100; ++i) {
    auto dropped = f.write_at(0, std::string(100, 'x'));
  }
  f.sync().result();
}

WEFT_FOR_BOTH_BACKENDS(open_file);

class paths : public on_backend {
 protected:
  scratch dir;
};

TEST_P(paths, exist_are_renamed_and_removed) {
  EXPECT_FALSE(fs::exists(dir / "a").result());
  write_all_text(dir / "a", "x").result();
  EXPECT_TRUE(fs::exists(dir / "a").result());
  EXPECT_FALSE(fs::exists(dir / "a/b").result());
  fs::rename(dir / "a", dir / "b").result();
  EXPECT_TRUE(fs::remove(dir / "b").result());
  EXPECT_FALSE(fs::remove(dir / "b").result());
  EXPECT_TRUE(fs::create_directories(dir / "x/y/z").result());
  EXPECT_FALSE(fs::create_directories(dir / "x/y/z").result());
  EXPECT_EQ(error_of([&] { fs::remove(dir / "x").result(); }).first,
            std::errc::directory_not_empty);
  EXPECT_EQ(error_of([&] { fs::rename(dir / "no", dir / "b").result(); }).first,
            std::errc::no_such_file_or_directory);
}

TEST_P(paths, are_copied_with_their_permissions) {
  const std::string text(3 << 20, 'x');
  write_all_text(dir / "a", text).result();
  std::filesystem::permissions(
      dir / "a", std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(fs::copy(dir / "a", dir / "b").result(), text.size());
  EXPECT_TRUE(read_all_text(dir / "b").result() == text);
  EXPECT_EQ(std::filesystem::status(dir / "b").permissions(),
            std::filesystem::status(dir / "a").permissions());
  EXPECT_EQ(error_of([&] { fs::copy(dir / "a", dir / "b").result(); }).first,
            std::errc::file_exists);
  write_all_text(dir / "a", "short").result();
  EXPECT_EQ(fs::copy(dir / "a", dir / "b", copy_options::overwrite).result(), 5u);
  EXPECT_EQ(read_all_text(dir / "b").result(), "short");
  EXPECT_EQ(
      error_of([&] { fs::copy(dir / "a", dir / "a", copy_options::overwrite).result(); }).first,
      std::errc::file_exists);
  EXPECT_EQ(read_all_text(dir / "a").result(), "short");
  EXPECT_EQ(error_of([&] { fs::copy(dir.path(), dir / "c").result(); }).first,
            std::errc::is_a_directory);
  EXPECT_GT(fs::copy("/proc/self/status", dir / "status").result(), 0u);
}

TEST_P(paths, honour_a_token_that_asked_before) {
  std::stop_source source;
  source.request_stop();
  EXPECT_THROW(fs::exists(dir / "a", source.get_token()).result(), operation_canceled);
}

WEFT_FOR_BOTH_BACKENDS(paths);

}  // namespace
}  // namespace weft::fs
