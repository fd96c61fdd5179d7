// What goes wrong outside: full disks, no descriptors, interruptions, forks.

#include "support/faults.hpp"

#include <weft/base/error.hpp>
#include <weft/fs.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"
#include "support/in_child.hpp"
#include "support/scratch.hpp"
#include "support/small_disk.hpp"

#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace weft::fs {
namespace {

using weft::detail::testing::interrupted_often;
using weft::detail::testing::is_refused_in_child;
using weft::detail::testing::on_backend;
using weft::detail::testing::scratch;
using weft::detail::testing::small_disk;
using weft::detail::testing::with_few_descriptors;

template <class F>
std::error_code error_of(F f) {
  try {
    f();
  } catch (const std::system_error& e) {
    EXPECT_NE(std::string(e.what()).find("weft::fs::"), std::string::npos) << e.what();
    return e.code();
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}

class full_disk : public on_backend {
 protected:
  void SetUp() override {
    on_backend::SetUp();
    disk = std::make_unique<small_disk>();
    if (!*disk) {
      GTEST_SKIP() << "this process may neither mount a tmpfs nor make a user namespace";
    }
  }
  std::size_t count() {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(disk->path()), {}));
  }
  static constexpr auto none_left = std::errc::no_space_on_device;
  const std::string little = std::string(10'000, 'a');
  const std::string much = std::string(2 * small_disk::size, 'b');
  std::unique_ptr<small_disk> disk;
};

TEST_P(full_disk, is_said_by_whatever_writes) {
  EXPECT_EQ(error_of([&] { write_all_text(*disk / "a", much).wait(); }), none_left);
  EXPECT_EQ(error_of([&] { append_all_text(*disk / "a", much).wait(); }), none_left);
  EXPECT_TRUE(fs::remove(*disk / "a").result());
  file f = file::open(*disk / "b", open_mode::write | open_mode::create).result();
  EXPECT_EQ(error_of([&] { f.write_at(0, much).result(); }), none_left);
  EXPECT_EQ(error_of([&] {
              f.write_at(0, {const_buffer(much.data(), 10), const_buffer(much.data(), much.size())})
                  .result();
            }),
            none_left);
  f.set_length(0).result();
  EXPECT_EQ(f.write_at(0, little).result(), little.size());  // and goes on when there is room
}

// It is memory: nothing waits for it, though its file system does not say so.
TEST_P(full_disk, is_read_at_once) {
  write_all_text(*disk / "a", little).wait();
  file f = file::open(*disk / "a").result();
  std::string into(little.size(), ' ');
  auto reading = f.read_at(0, into);
  EXPECT_TRUE(reading.is_completed());
  EXPECT_EQ(std::move(reading).result(), little.size());
  EXPECT_TRUE(into == little);
  auto in_parts = f.read_at(10, std::vector{mutable_buffer(into.data(), 5)});
  EXPECT_TRUE(in_parts.is_completed());
  EXPECT_EQ(std::move(in_parts).result(), 5u);
}

TEST_P(full_disk, leaves_the_old_content_of_what_is_replaced) {
  write_all_text(*disk / "a", little).wait();
  EXPECT_EQ(error_of([&] { replace_all_text(*disk / "a", much).wait(); }), none_left);
  EXPECT_EQ(read_all_text(*disk / "a").result(), little);
  EXPECT_EQ(count(), 1u);
}

TEST_P(full_disk, leaves_no_half_copy) {
  const scratch dir;
  write_all_text(dir / "much", much).wait();
  EXPECT_EQ(error_of([&] { fs::copy(dir / "much", *disk / "copy").result(); }), none_left);
  EXPECT_EQ(error_of([&] { fs::move(dir / "much", *disk / "moved").result(); }), none_left);
  EXPECT_EQ(count(), 0u);
  EXPECT_TRUE(fs::exists(dir / "much").result());
}

TEST_P(full_disk, keeps_what_a_stream_could_not_flush) {
  const std::string filler(small_disk::size - 8192, 'f');
  write_all_text(*disk / "filler", filler).wait();
  auto s = file_stream::open(*disk / "a", open_mode::write | open_mode::create).result();
  s.write_all(little).result();
  EXPECT_EQ(error_of([&] { s.flush().result(); }), none_left);
  EXPECT_TRUE(fs::remove(*disk / "filler").result());
  s.close().result();
  EXPECT_EQ(read_all_text(*disk / "a").result(), little);
}

WEFT_FOR_BOTH_BACKENDS(full_disk);

class faults : public on_backend {
 protected:
  scratch dir;
};

TEST_P(faults, without_descriptors_are_said_and_pass) {
  constexpr auto none_left = std::errc::too_many_files_open;
  write_all_text(dir / "a", "x").wait();
  for (int left = 0; left <= 4; ++left) {
    const with_few_descriptors few(left);
    const auto tried = [&](int needed, auto f) {
      if (left < needed) {
        EXPECT_EQ(error_of(f), none_left) << left;
      } else {
        f();
      }
    };
    tried(1, [&] { read_all_text(dir / "a").wait(); });
    tried(1, [&] { write_all_text(dir / "b", "x").wait(); });
    tried(1, [&] { replace_all_text(dir / "c", "x").wait(); });
    tried(2, [&] { fs::copy(dir / "a", dir / "d", copy_options::overwrite).result(); });
    tried(1, [&] { temporary_file::create(dir.path()).result(); });
    tried(1, [&] { file_system_watcher::open(dir.path()).result(); });
    tried(1, [&] { static_cast<void>(read_lines(dir / "a").next().result()); });
  }
}

TEST_P(faults, by_a_limit_on_sizes_are_said_and_pass) {
  // A process that wants the error and not the signal ignores SIGXFSZ.
  struct limit {
    limit() : former(::signal(SIGXFSZ, SIG_IGN)) {
      ::getrlimit(RLIMIT_FSIZE, &before);
      rlimit small = before;
      small.rlim_cur = 4096;
      ::setrlimit(RLIMIT_FSIZE, &small);
    }
    limit(const limit&) = delete;
    limit& operator=(const limit&) = delete;
    ~limit() {
      ::setrlimit(RLIMIT_FSIZE, &before);
      ::signal(SIGXFSZ, former);
    }
    rlimit before{};
    void (*former)(int);
  };
  const std::string much(10'000, 'x');
  {
    const limit small;
    EXPECT_EQ(error_of([&] { write_all_text(dir / "a", much).wait(); }), std::errc::file_too_large);
    file f = file::open(dir / "b", open_mode::write | open_mode::create).result();
    EXPECT_EQ(error_of([&] { f.write_at(0, much).result(); }), std::errc::file_too_large);
    EXPECT_EQ(error_of([&] { f.set_length(much.size()).result(); }), std::errc::file_too_large);
  }
  write_all_text(dir / "a", much).wait();
  EXPECT_TRUE(read_all_text(dir / "a").result() == much);
}

TEST_P(faults, by_interruptions_are_not_seen) {
  const interrupted_often signals;
  const std::string text(3'000'000, 'x');
  for (int i = 0; i < 5; ++i) {
    write_all_text(dir / "a", text).wait();
    EXPECT_EQ(fs::copy(dir / "a", dir / "b", copy_options::overwrite).result(), text.size());
    EXPECT_TRUE(read_all_text(dir / "b").result() == text);
    file f = file::open(dir / "b", open_mode::read | open_mode::write).result();
    f.sync().result();
    f.set_length(10).result();
    EXPECT_TRUE(f.lock().result());
  }
}

TEST_P(faults, of_a_parent_are_not_its_forked_childs) {
  file f = file::open(dir / "a", open_mode::write | open_mode::create).result();
  auto writing = f.write_at(0, std::string(1'000'000, 'x'));
  EXPECT_TRUE(is_refused_in_child([&] { write_all_text(dir / "b", "x").wait(); }));
  EXPECT_EQ(std::move(writing).result(), 1'000'000u);
}

TEST_P(faults, do_not_end_what_is_pending_when_its_file_goes) {
  for (int i = 0; i < 20; ++i) {
    std::optional<file> f =
        file::open(dir / "a", open_mode::read | open_mode::write | open_mode::create).result();
    auto writing = f->write_at(0, std::string(100'000, 'x'));
    auto syncing = f->sync();
    f.reset();
    EXPECT_EQ(std::move(writing).result(), 100'000u);
    std::move(syncing).result();
  }
}

WEFT_FOR_BOTH_BACKENDS(faults);

}  // namespace
}  // namespace weft::fs
