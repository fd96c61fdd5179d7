#pragma once
/// P12: files, in a folder of one's own below the one for temporary files.
///
/// - small: files of 4 KiB, each opened, read whole and closed; the parameter is their number;
/// - small_write: each is made, written and closed;
/// - random: reads of 4 KiB at random in a file of 256 MiB that the page cache holds, 32 beside
/// each
///   other a thread; the parameter is the number of reads;
/// - random_direct: the same past the page cache, by those who can;
/// - copy: one file; the parameter is its size in MiB.

#include "../program.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bench::files {

inline constexpr std::size_t block = 4096;
inline constexpr long blocks = 65'536;  // of the large file: 256 MiB
inline constexpr int lanes = 32;        // a thread
inline constexpr long warm_up = 200;

[[noreturn]] inline void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// A folder, removed at the end.
class folder {
 public:
  folder() {
    path_ = (std::filesystem::temp_directory_path() / "weft-bench-files-XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr) {
      fail(path_);
    }
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  ~folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(long i) const { return path_ + "/" + std::to_string(i); }

 private:
  std::string path_;
};

/// A block whose first bytes say which it is.
using contents = std::array<char, block>;
[[nodiscard]] inline contents contents_of(long i) {
  contents c{};
  std::memcpy(c.data(), &i, sizeof i);
  return c;
}
[[nodiscard]] inline long number_in(const char* data) {
  long i = 0;
  std::memcpy(&i, data, sizeof i);
  return i;
}

inline void write_blocks(const std::string& path, long first, long count) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) {
    fail(path);
  }
  for (long i = first; i < first + count; ++i) {
    const contents c = contents_of(i);
    if (::write(fd, c.data(), c.size()) != static_cast<ssize_t>(c.size())) {
      fail(path);
    }
  }
  ::close(fd);
}

inline void make_small(const folder& in, long n) {
  for (long i = 0; i < n; ++i) {
    write_blocks(in.file(i), i, 1);
  }
}

/// What the numbers of all blocks are together.
[[nodiscard]] constexpr long sum_of(long n) {
  return n * (n - 1) / 2;
}

/// The sum of what is in the files, read back, after a row that writes.
[[nodiscard]] inline long written_in(const folder& in, long n) {
  long sum = 0;
  for (long i = 0; i < n; ++i) {
    contents c{};
    const int fd = ::open(in.file(i).c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0 || ::read(fd, c.data(), c.size()) != static_cast<ssize_t>(block)) {
      fail(in.file(i));
    }
    ::close(fd);
    sum += number_in(c.data());
  }
  return sum;
}

/// Which blocks a lane reads.
class positions {
 public:
  explicit positions(int lane) : state_(static_cast<std::uint64_t>(lane) + 1) {}
  long next() {
    state_ += 0x9E3779B97F4A7C15U;  // splitmix64
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return static_cast<long>((z ^ (z >> 31)) % static_cast<std::uint64_t>(blocks));
  }

 private:
  std::uint64_t state_;
};

/// How many of `n` operations the lane does.
[[nodiscard]] constexpr long share(long n, long all, long lane) {
  return n / all + (lane < n % all ? 1 : 0);
}
[[nodiscard]] inline long sum_of_positions(long n, int all) {
  long sum = 0;
  for (int lane = 0; lane < all; ++lane) {
    positions at(lane);
    for (long i = share(n, all, lane); i > 0; --i) {
      sum += at.next();
    }
  }
  return sum;
}

/// `Work(folder, n, threads)` reads all and gives the sum of their numbers.
template <long (*Work)(const folder&, long n, int threads)>
outcome reads_small(request asked) {
  const folder in;
  make_small(in, asked.n);
  const long first = std::min(asked.n, warm_up);
  check(Work(in, first, asked.threads), sum_of(first));
  long sum = 0;
  outcome o(timed([&] { sum = Work(in, asked.n, asked.threads); }));
  check(sum, sum_of(asked.n));
  return o;
}

/// `Work(folder, n, threads)` makes all.
template <void (*Work)(const folder&, long n, int threads)>
outcome writes_small(request asked) {
  {
    const folder first;
    Work(first, std::min(asked.n, warm_up), asked.threads);
  }
  const folder in;
  outcome o(timed([&] { Work(in, asked.n, asked.threads); }));
  check(written_in(in, asked.n), sum_of(asked.n));
  return o;
}

/// `Work(path, n, lanes)` reads so many blocks and gives the sum of their numbers.
template <long (*Work)(const std::string&, long n, int lanes, int threads), int Lanes = lanes>
outcome reads_at_random(request asked) {
  const folder in;
  write_blocks(in.file(0), 0, blocks);
  const int fd = ::open(in.file(0).c_str(), O_RDONLY | O_CLOEXEC);
  ::fsync(fd);  // so that nothing is written back meanwhile
  ::close(fd);
  const int all = Lanes * asked.threads;
  const long first = std::min(asked.n, warm_up);
  check(Work(in.file(0), first, all, asked.threads), sum_of_positions(first, all));
  long sum = 0;
  outcome o(timed([&] { sum = Work(in.file(0), asked.n, all, asked.threads); }));
  check(sum, sum_of_positions(asked.n, all));
  return o;
}

/// `Work(from, to)` copies.
template <void (*Work)(const std::string&, const std::string&)>
outcome copies(request asked) {
  const folder in;
  const long n = asked.n * 1024 * 1024 / static_cast<long>(block);
  write_blocks(in.file(0), 0, n);
  const int fd = ::open(in.file(0).c_str(), O_RDONLY | O_CLOEXEC);
  ::fsync(fd);
  ::close(fd);
  write_blocks(in.file(2), 0, warm_up);
  Work(in.file(2), in.file(3));
  outcome o(timed([&] { Work(in.file(0), in.file(1)); }));
  check(static_cast<long>(std::filesystem::file_size(in.file(1))), n * static_cast<long>(block));
  const int copy = ::open(in.file(1).c_str(), O_RDONLY | O_CLOEXEC);
  contents last{};
  const auto read = ::pread(copy, last.data(), block, (n - 1) * static_cast<long>(block));
  ::close(copy);
  check(read, static_cast<ssize_t>(block));
  check(number_in(last.data()), n - 1);
  return o;
}

}  // namespace bench::files
