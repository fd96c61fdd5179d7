#include <weft/fs/path.hpp>

#include <weft/base/error.hpp>
#include <weft/io/open.hpp>

#include "failure.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weft::fs {

namespace {

using weft::detail::call_blocking;

constexpr std::size_t copied_at_once = 16 << 20;  // between two looks at the token

class descriptor {
 public:
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (fd_ >= 0) {
      ::close(fd_);
    }
  }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  const int fd_;
};

// Through memory, where the system cannot copy by itself. Returns 0 at the end, below 0 with errno.
ssize_t copy_piece_by_hand(int from, int to) {
  std::string piece(1 << 18, '\0');
  const ssize_t n = ::read(from, piece.data(), piece.size());
  for (ssize_t done = 0; done < n;) {
    const ssize_t w = ::write(to, piece.data() + done, static_cast<std::size_t>(n - done));
    if (w < 0) {
      return w;
    }
    done += w;
  }
  return n;
}

ssize_t copy_piece(int from, int to, bool& by_hand) {
  while (true) {
    if (by_hand) {
      return copy_piece_by_hand(from, to);
    }
    const ssize_t n = ::copy_file_range(from, nullptr, to, nullptr, copied_at_once, 0);
    if (n >= 0 || (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)) {
      return n;
    }
    by_hand = true;
  }
}

std::uint64_t copy_content(int from, int to, const std::filesystem::path& target,
                           const std::stop_token& stop) {
  std::uint64_t copied = 0;
  struct stat source{};
  // copy_file_range takes files of /proc for empty ones.
  bool by_hand = ::fstat(from, &source) == 0 && source.st_size == 0;
  while (true) {
    throw_if_stopped(stop);
    const ssize_t n = copy_piece(from, to, by_hand);
    if (n < 0 && errno != EINTR) {
      fail("copy: cannot write", target);
    }
    if (n == 0) {
      return copied;
    }
    copied += n > 0 ? static_cast<std::uint64_t>(n) : 0;
  }
}

std::uint64_t copy_file(const std::filesystem::path& from, const std::filesystem::path& to,
                        copy_options options, const std::stop_token& stop) {
  const descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat s{};
  if (source.get() < 0 || ::fstat(source.get(), &s) != 0) {
    fail("copy: cannot open", from);
  }
  if (!S_ISREG(s.st_mode)) {
    fail(std::error_code(S_ISDIR(s.st_mode) ? EISDIR : EINVAL, std::generic_category()),
         "copy: this is no regular file:", from);
  }
  const int extra = options == copy_options::overwrite ? 0 : O_EXCL;
  const descriptor target(
      ::open(to.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | extra, s.st_mode & 0777));
  struct stat t{};
  if (target.get() < 0 || ::fstat(target.get(), &t) != 0) {
    fail("copy: cannot make", to);
  }
  if (s.st_dev == t.st_dev && s.st_ino == t.st_ino) {
    fail(std::make_error_code(std::errc::file_exists),
         "copy: source and target are the same file:", to);
  }
  if (::ftruncate(target.get(), 0) != 0) {
    fail("copy: cannot empty", to);
  }
  try {
    return copy_content(source.get(), target.get(), to, stop);
  } catch (...) {
    ::unlink(to.c_str());
    throw;
  }
}

}  // namespace

value_task<bool> exists(std::filesystem::path path, std::stop_token stop) {
  auto work = [path = std::move(path)] {
    std::error_code error;
    const bool found = std::filesystem::exists(path, error);
    if (error && error != std::errc::not_a_directory) {
      fail(error, "exists: cannot look at", path);
    }
    return found;
  };
  return call_blocking(std::move(work), std::move(stop));
}

value_task<bool> remove(std::filesystem::path path, std::stop_token stop) {
  auto work = [path = std::move(path)] {
    std::error_code error;
    const bool removed = std::filesystem::remove(path, error);
    if (error) {
      fail(error, "remove: cannot remove", path);
    }
    return removed;
  };
  return call_blocking(std::move(work), std::move(stop));
}

value_task<> rename(std::filesystem::path from, std::filesystem::path to, std::stop_token stop) {
  auto work = [from = std::move(from), to = std::move(to)] {
    if (::rename(from.c_str(), to.c_str()) != 0) {
      fail("rename: cannot rename '" + from.string() + "' to", to);
    }
  };
  return call_blocking(std::move(work), std::move(stop));
}

value_task<> move(std::filesystem::path from, std::filesystem::path to, copy_options options,
                  std::stop_token stop) {
  auto work = [from = std::move(from), to = std::move(to), options, stop] {
    const unsigned flags = options == copy_options::none ? RENAME_NOREPLACE : 0;
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0) {
      return;
    }
    if (errno != EXDEV) {
      fail("move: cannot move '" + from.string() + "' to", to);
    }
    (void)copy_file(from, to, options, stop);
    if (::unlink(from.c_str()) != 0) {
      fail("move: copied, but cannot remove", from);
    }
  };
  return call_blocking(std::move(work), stop);
}

namespace {

// Removes what is in an open directory. By descriptors and names without a slash, so that nobody
// can lead it elsewhere by putting a link in its way; one descriptor a level.
std::uint64_t remove_entries(int directory, const std::filesystem::path& path,
                             const std::stop_token& stop);

std::uint64_t remove_entry(int in, const char* name, const std::filesystem::path& path,
                           const std::stop_token& stop) {
  throw_if_stopped(stop);
  if (::unlinkat(in, name, 0) == 0) {
    return 1;
  }
  if (errno == ENOENT) {
    return 0;
  }
  if (errno != EISDIR && errno != EPERM) {
    fail("remove_all: cannot remove", path);
  }
  std::uint64_t removed = 0;
  {
    const descriptor below(
        ::openat(in, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (below.get() < 0) {
      if (errno == ENOENT) {
        return 0;
      }
      fail("remove_all: cannot open", path);
    }
    removed = remove_entries(below.get(), path, stop);
  }
  if (::unlinkat(in, name, AT_REMOVEDIR) != 0 && errno != ENOENT) {
    fail("remove_all: cannot remove", path);
  }
  return removed + 1;
}

std::uint64_t remove_entries(int directory, const std::filesystem::path& path,
                             const std::stop_token& stop) {
  struct closer {
    void operator()(DIR* d) const noexcept { ::closedir(d); }
  };
  const int own = ::fcntl(directory, F_DUPFD_CLOEXEC, 0);
  const std::unique_ptr<DIR, closer> open(own < 0 ? nullptr : ::fdopendir(own));
  if (open == nullptr) {
    const int error = errno;
    if (own >= 0) {
      ::close(own);
    }
    fail(std::error_code(error, std::generic_category()), "remove_all: cannot read", path);
  }
  std::uint64_t removed = 0;
  errno = 0;
  while (const dirent* const entry = ::readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") {
      removed += remove_entry(directory, entry->d_name, path / name, stop);
    }
    errno = 0;
  }
  if (errno != 0) {
    fail("remove_all: cannot read", path);
  }
  return removed;
}

}  // namespace

value_task<std::uint64_t> remove_all(std::filesystem::path path, std::stop_token stop) {
  auto work = [path = std::move(path), stop] {
    return remove_entry(AT_FDCWD, path.c_str(), path, stop);
  };
  return call_blocking(std::move(work), stop);
}

value_task<> create_directory(std::filesystem::path path, std::stop_token stop) {
  auto work = [path = std::move(path)] {
    if (::mkdir(path.c_str(), 0777) != 0) {
      fail("create_directory: cannot make", path);
    }
  };
  return call_blocking(std::move(work), std::move(stop));
}

value_task<bool> create_directories(std::filesystem::path path, std::stop_token stop) {
  auto work = [path = std::move(path)] {
    std::error_code error;
    const bool made = std::filesystem::create_directories(path, error);
    if (error) {
      fail(error, "create_directories: cannot make", path);
    }
    return made;
  };
  return call_blocking(std::move(work), std::move(stop));
}

value_task<std::uint64_t> copy(std::filesystem::path from, std::filesystem::path to,
                               copy_options options, std::stop_token stop) {
  auto work = [from = std::move(from), to = std::move(to), options, stop] {
    return copy_file(from, to, options, stop);
  };
  return call_blocking(std::move(work), stop);
}

}  // namespace weft::fs
