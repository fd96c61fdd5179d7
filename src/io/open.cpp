#include <weft/io/open.hpp>

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace weft::detail {

opened_file::opened_file(int fd) : fd_(fd) {
  struct stat s{};
  if (::fstat(fd, &s) != 0) {
    const int error = errno;
    ::close(std::exchange(fd_, -1));
    throw std::system_error(error, std::generic_category(), "weft: cannot look at an open file");
  }
  size_ = S_ISREG(s.st_mode) && s.st_size > 0 ? static_cast<std::uint64_t>(s.st_size) : 0;
  type_ = S_ISREG(s.st_mode)    ? file_type::regular
          : S_ISDIR(s.st_mode)  ? file_type::directory
          : S_ISFIFO(s.st_mode) ? file_type::pipe
                                : file_type::other;
}

opened_file::~opened_file() {
  if (fd_ >= 0) {
    ::close(fd_);
  }
}

namespace {

constexpr int always = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
constexpr mode_t new_file = 0666;  // less the process's umask

std::string cannot_open(const char* what, const std::string& path) {
  return std::string(what) + ": cannot open '" + path + "'";
}

class open_operation final : public io_operation<opened_file, open_operation> {
 public:
  open_operation(reactor& r, std::string path, int flags, const char* what) noexcept
      : io_operation("open", "file", io_op::open, r), path_(std::move(path)), what_(what) {
    buffer = path_.data();
    length = static_cast<std::size_t>(flags | always);
    offset = new_file;
  }

  void on_result(job_list& ready) noexcept {
    end();
    if (result < 0) {
      fail_with(ready, result, cannot_open(what_, path_));
      return;
    }
    try {
      complete_into(ready, opened_file(result));
    } catch (...) {
      fail_into(ready, std::current_exception());
    }
  }

 private:
  std::string path_;
  const char* const what_;
};

// Only if the whole path is in the kernel's cache, so that it cannot block; below 0 otherwise, and
// for every error.
int open_cached(const std::string& path, int flags) noexcept {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | always);
  how.resolve = RESOLVE_CACHED;
  return static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how));
}

}  // namespace

value_task<opened_file> open_file(const std::string& path, int flags, const char* what,
                                  std::stop_token stop) {
  if (stop.stop_requested()) {
    return failed_task<opened_file>(io_failure(io_cancel::stop, -ECANCELED, what, stop));
  }
  if (path.find('\0') != std::string::npos) {
    return failed_task<opened_file>(io_failure({}, -EINVAL, cannot_open(what, path.c_str()), stop));
  }
  if ((flags & (O_CREAT | O_TRUNC)) == 0) {
    if (const int fd = open_cached(path, flags); fd >= 0) {
      return value_task<opened_file>(opened_file(fd));
    }
  }
  return open_operation::start(frame_new<open_operation>(default_reactor(), path, flags, what),
                               std::move(stop));
}

}  // namespace weft::detail
