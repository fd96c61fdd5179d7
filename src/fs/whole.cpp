#include <weft/fs/whole.hpp>

#include <weft/base/error.hpp>
#include <weft/fs/entries.hpp>
#include <weft/fs/file.hpp>
#include <weft/fs/path.hpp>
#include <weft/io/open.hpp>
#include <weft/io/stream.hpp>

#include "failure.hpp"
#include "file_state.hpp"
#include "other_stream.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weft::fs {

namespace {

using weft::detail::file_type;
using weft::detail::opened_file;

constexpr std::size_t first_piece = 4096;       // of what has no size
constexpr std::size_t largest_piece = 1 << 20;  // by which it grows at most

// The room for the next piece of something whose size is not known.
std::size_t next_piece(std::size_t had) {
  return had == 0 ? first_piece : std::min(had, largest_piece);
}

template <class Bytes>
task<Bytes> read_stream(other_stream s, std::stop_token stop) {
  Bytes all;
  while (true) {
    const std::size_t had = all.size();
    all.resize(had + next_piece(had));
    auto reading = s.read_some(mutable_buffer(all.data() + had, all.size() - had), stop);
    const std::size_t n = co_await std::move(reading);
    all.resize(had + n);
    if (n == 0) {
      co_return all;
    }
  }
}

// One more byte than the size is asked for: if it comes, the file has grown and is read on. Files
// without a size (of /proc) are read until they end.
template <class Bytes>
task<Bytes> read_file(file f, Bytes all, std::size_t size, std::stop_token stop) {
  std::size_t had = 0;
  while (true) {
    all.resize(size != 0 && had <= size ? size + 1 : had + next_piece(had));
    auto reading = f.read_at(had, mutable_buffer(all.data() + had, all.size() - had), stop);
    const std::size_t n = co_await std::move(reading);
    had += n;
    if (n == 0 || had == size) {
      all.resize(had);
      co_return all;
    }
  }
}

template <class Bytes>
task<Bytes> read_all(std::filesystem::path path, const char* what, std::stop_token stop) {
  auto opening = weft::detail::open_file(path.native(), O_RDONLY, what, stop);
  opened_file f = co_await std::move(opening);
  refuse_directory(f, what, path.native());
  if (f.type() != file_type::regular) {
    const bool wait = f.type() == file_type::pipe;
    other_stream stream(std::move(f), wait);
    auto reading = read_stream<Bytes>(std::move(stream), std::move(stop));
    co_return co_await std::move(reading);
  }
  const auto size = static_cast<std::size_t>(f.size());
  Bytes all;
  if (size != 0) {
    // The usual case: one read of the page cache has it all.
    all.resize(size + 1);
    if (read_cached(f.fd(), 0, all.data(), all.size()) == static_cast<std::int64_t>(size)) {
      all.resize(size);
      co_return all;
    }
  }
  file opened = file_access::adopt(std::move(f), path.native());
  auto reading = read_file<Bytes>(std::move(opened), std::move(all), size, std::move(stop));
  co_return co_await std::move(reading);
}

// So much is written by the thread that opens the file: making one may wait for the disk whoever
// asks, and one hand-over to a thread that may wait costs less than the ring's for each step.
constexpr std::size_t largest_small = 64 * 1024;

[[noreturn]] void fail_writing(const char* what, const char* action,
                               const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(),
                          std::string(what) + ": cannot " + action + " '" + path.native() + "'");
}

// Blocks. Gives back what has no positions, such as a pipe, with nothing written.
opened_file write_small(const std::filesystem::path& path, const void* data, std::size_t size,
                        int flags, const char* what) {
  constexpr int always = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | always, 0666);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    fail_writing(what, "open", path);
  }
  opened_file file = opened_file::unexamined(fd);
  for (std::size_t done = 0; done < size;) {
    const ssize_t n =
        ::pwrite(fd, static_cast<const char*>(data) + done, size - done, static_cast<off_t>(done));
    if (n > 0) {
      done += static_cast<std::size_t>(n);
    } else if (n < 0 && done == 0 && (errno == ESPIPE || errno == EAGAIN)) {
      return file;
    } else if (n == 0 || errno != EINTR) {
      errno = n == 0 ? EIO : errno;
      fail_writing(what, "write", path);
    }
  }
  return {};
}

template <class Bytes>
task<> write_all(std::filesystem::path path, Bytes data, int flags, const char* what,
                 std::stop_token stop) {
  flags |= O_WRONLY | O_CREAT;
  if (data.size() <= largest_small && path.native().find('\0') == std::string::npos) {
    auto work = [&path, &data, flags, what] {
      return write_small(path, data.data(), data.size(), flags, what);
    };
    auto writing = weft::detail::call_blocking(std::move(work), stop);
    opened_file other = co_await std::move(writing);
    if (other.fd() >= 0) {
      other_stream stream(std::move(other), false);
      auto rest = stream.write_all(const_buffer(data.data(), data.size()), stop);
      co_await std::move(rest);
    }
    co_return;
  }
  auto opening = weft::detail::open_file(path.native(), flags, what, stop);
  opened_file f = co_await std::move(opening);
  if (f.type() == file_type::regular) {
    file opened = file_access::adopt(std::move(f), path.native());
    auto writing = opened.write_at(0, const_buffer(data.data(), data.size()), stop);
    co_await std::move(writing);
  } else {
    other_stream stream(std::move(f), false);
    auto writing = stream.write_all(const_buffer(data.data(), data.size()), stop);
    co_await std::move(writing);
  }
}

}  // namespace

void refuse_directory(const opened_file& f, const char* what, const std::string& path) {
  if (f.type() == file_type::directory) {
    throw std::system_error(EISDIR, std::generic_category(),
                            std::string(what) + ": cannot read '" + path + "'");
  }
}

task<std::string> read_all_text(std::filesystem::path path, std::stop_token stop) {
  return read_all<std::string>(std::move(path), "weft::fs::read_all_text", std::move(stop));
}

task<std::vector<std::byte>> read_all_bytes(std::filesystem::path path, std::stop_token stop) {
  return read_all<std::vector<std::byte>>(std::move(path), "weft::fs::read_all_bytes",
                                          std::move(stop));
}

task<> write_all_text(std::filesystem::path path, std::string text, std::stop_token stop) {
  return write_all(std::move(path), std::move(text), O_TRUNC, "weft::fs::write_all_text",
                   std::move(stop));
}

task<> write_all_bytes(std::filesystem::path path, std::vector<std::byte> bytes,
                       std::stop_token stop) {
  return write_all(std::move(path), std::move(bytes), O_TRUNC, "weft::fs::write_all_bytes",
                   std::move(stop));
}

task<> append_all_text(std::filesystem::path path, std::string text, std::stop_token stop) {
  return write_all(std::move(path), std::move(text), O_APPEND, "weft::fs::append_all_text",
                   std::move(stop));
}

task<> append_all_bytes(std::filesystem::path path, std::vector<std::byte> bytes,
                        std::stop_token stop) {
  return write_all(std::move(path), std::move(bytes), O_APPEND, "weft::fs::append_all_bytes",
                   std::move(stop));
}

task<std::vector<std::string>> read_all_lines(std::filesystem::path path, std::stop_token stop) {
  std::vector<std::string> all;
  auto lines = read_lines(std::move(path), std::move(stop));
  for (;;) {
    auto reading = lines.next();
    std::string* const line = co_await std::move(reading);
    if (line == nullptr) {
      break;
    }
    all.push_back(std::move(*line));
  }
  co_return all;
}

task<> write_all_lines(std::filesystem::path path, std::vector<std::string> lines,
                       std::stop_token stop) {
  std::string text;
  for (const std::string& line : lines) {
    text += line;
    text += '\n';
  }
  return write_all_text(std::move(path), std::move(text), std::move(stop));
}

namespace {

// The name leads to the new file when the directory is on the disk.
void sync_directory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool done = fd >= 0 && ::fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) {
    ::close(fd);
  }
  if (!done && error != EINVAL) {  // file systems without such a thing
    errno = error;
    fail("replace_all: cannot write back", directory);
  }
}

// A name beside `path` that nobody has, and the file of that name, until it is renamed.
class file_beside {
 public:
  explicit file_beside(const std::filesystem::path& path) : path_(path) {
    std::array<unsigned char, 8> random{};
    (void)!::getrandom(random.data(), random.size(), 0);
    path_ += '.';
    for (const unsigned char r : random) {
      path_ += "0123456789abcdef"[r % 16];
    }
    path_ += ".tmp";
  }
  file_beside(const file_beside&) = delete;
  file_beside& operator=(const file_beside&) = delete;
  ~file_beside() {
    if (made && !renamed) {
      ::unlink(path_.c_str());
    }
  }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

  bool made = false;
  bool renamed = false;

 private:
  std::filesystem::path path_;
};

template <class Bytes>
task<> replace_all(std::filesystem::path path, Bytes data, std::stop_token stop) {
  file_beside beside(path);
  auto opening =
      file::open(beside.path(), open_mode::write | open_mode::create | open_mode::exclusive, stop);
  file f = co_await std::move(opening);
  beside.made = true;
  struct stat old{};
  if (::lstat(path.c_str(), &old) == 0 && S_ISREG(old.st_mode)) {
    (void)::fchmod(file_access::descriptor(f), old.st_mode & 07777);  // before there is content
  }
  auto writing = f.write_at(0, const_buffer(data.data(), data.size()), stop);
  co_await std::move(writing);
  auto syncing = f.sync(stop);
  co_await std::move(syncing);
  auto closing = f.close();  // the directory needs a descriptor as well
  co_await std::move(closing);
  auto renaming = rename(beside.path(), path, std::move(stop));
  co_await std::move(renaming);
  beside.renamed = true;
  auto finish = [directory = path.has_parent_path()
                                 ? path.parent_path()
                                 : std::filesystem::path(".")] { sync_directory(directory); };
  auto finishing = weft::detail::call_blocking(std::move(finish), {});
  co_await std::move(finishing);
}

}  // namespace

task<> replace_all_text(std::filesystem::path path, std::string text, std::stop_token stop) {
  return replace_all(std::move(path), std::move(text), std::move(stop));
}

task<> replace_all_bytes(std::filesystem::path path, std::vector<std::byte> bytes,
                         std::stop_token stop) {
  return replace_all(std::move(path), std::move(bytes), std::move(stop));
}

}  // namespace weft::fs
