#include <weft/fs/info.hpp>

#include <weft/base/error.hpp>
#include <weft/io/open.hpp>

#include "failure.hpp"
#include "info_of.hpp"

#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace weft::fs {

using weft::detail::call_blocking;

namespace {

file_time time_of(const struct statx_timestamp& t) {
  return file_time(std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec));
}

std::filesystem::file_type type_of(unsigned mode) {
  using std::filesystem::file_type;
  switch (mode & S_IFMT) {
    case S_IFREG:
      return file_type::regular;
    case S_IFDIR:
      return file_type::directory;
    case S_IFLNK:
      return file_type::symlink;
    case S_IFBLK:
      return file_type::block;
    case S_IFCHR:
      return file_type::character;
    case S_IFIFO:
      return file_type::fifo;
    case S_IFSOCK:
      return file_type::socket;
    default:
      return file_type::unknown;
  }
}

int flag_of(links of) {
  return of == links::follow ? 0 : AT_SYMLINK_NOFOLLOW;
}

}  // namespace

bool info_of(int directory, const char* path, int flags, file_info& found) noexcept {
  struct statx s{};
  if (::statx(directory, path, flags, STATX_BASIC_STATS | STATX_BTIME, &s) != 0) {
    return false;
  }
  found.type = type_of(s.stx_mode);
  found.size = s.stx_size;
  found.permissions = static_cast<std::filesystem::perms>(s.stx_mode & 07777U);
  found.last_write_time = time_of(s.stx_mtime);
  found.last_access_time = time_of(s.stx_atime);
  found.creation_time = (s.stx_mask & STATX_BTIME) != 0 ? time_of(s.stx_btime) : file_time();
  found.owner = s.stx_uid;
  found.group = s.stx_gid;
  found.links = s.stx_nlink;
  found.device = makedev(s.stx_dev_major, s.stx_dev_minor);
  found.inode = s.stx_ino;
  return true;
}

value_task<file_info> info(std::filesystem::path path, links of, std::stop_token stop) {
  auto work = [path = std::move(path), of] {
    file_info found;
    if (!info_of(AT_FDCWD, path.c_str(), flag_of(of), found)) {
      fail("info: cannot look at", path);
    }
    return found;
  };
  return call_blocking(std::move(work), std::move(stop));
}

value_task<std::optional<file_info>> try_info(std::filesystem::path path, links of,
                                              std::stop_token stop) {
  auto work = [path = std::move(path), of]() -> std::optional<file_info> {
    file_info found;
    if (info_of(AT_FDCWD, path.c_str(), flag_of(of), found)) {
      return found;
    }
    if (errno == ENOENT || errno == ENOTDIR) {
      return std::nullopt;
    }
    fail("try_info: cannot look at", path);
  };
  return call_blocking(std::move(work), std::move(stop));
}

value_task<> set_permissions(std::filesystem::path path, std::filesystem::perms permissions,
                             std::stop_token stop) {
  auto work = [path = std::move(path), permissions] {
    if (::chmod(path.c_str(), static_cast<mode_t>(permissions)) != 0) {
      fail("set_permissions: cannot change", path);
    }
  };
  return call_blocking(std::move(work), std::move(stop));
}

value_task<> set_last_write_time(std::filesystem::path path, file_time time, std::stop_token stop) {
  auto work = [path = std::move(path), time] {
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    timespec times[2] = {};
    times[0].tv_nsec = UTIME_OMIT;
    times[1].tv_sec = static_cast<time_t>(whole.time_since_epoch().count());
    times[1].tv_nsec = static_cast<long>((time - whole).count());
    if (::utimensat(AT_FDCWD, path.c_str(), times, 0) != 0) {
      fail("set_last_write_time: cannot change", path);
    }
  };
  return call_blocking(std::move(work), std::move(stop));
}

value_task<> create_symbolic_link(std::filesystem::path link, std::filesystem::path target,
                                  std::stop_token stop) {
  auto work = [link = std::move(link), target = std::move(target)] {
    if (::symlink(target.c_str(), link.c_str()) != 0) {
      fail("create_symbolic_link: cannot make", link);
    }
  };
  return call_blocking(std::move(work), std::move(stop));
}

value_task<> create_hard_link(std::filesystem::path link, std::filesystem::path target,
                              std::stop_token stop) {
  auto work = [link = std::move(link), target = std::move(target)] {
    if (::link(target.c_str(), link.c_str()) != 0) {
      fail("create_hard_link: cannot make '" + link.string() + "' for", target);
    }
  };
  return call_blocking(std::move(work), std::move(stop));
}

value_task<std::filesystem::path> read_symbolic_link(std::filesystem::path link,
                                                     std::stop_token stop) {
  auto work = [link = std::move(link)] {
    std::error_code error;
    auto target = std::filesystem::read_symlink(link, error);
    if (error) {
      fail(error, "read_symbolic_link: cannot read", link);
    }
    return target;
  };
  return call_blocking(std::move(work), std::move(stop));
}

value_task<std::filesystem::path> canonical(std::filesystem::path path, std::stop_token stop) {
  auto work = [path = std::move(path)] {
    std::error_code error;
    auto resolved = std::filesystem::canonical(path, error);
    if (error) {
      fail(error, "canonical: cannot resolve", path);
    }
    return resolved;
  };
  return call_blocking(std::move(work), std::move(stop));
}

}  // namespace weft::fs
