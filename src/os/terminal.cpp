#include <weft/os/terminal.hpp>

#include <weft/io/any_fd.hpp>

#include "spawn.hpp"

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

namespace weft::os {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// A description of its own where there can be one: O_NONBLOCK is the description's, and other
// processes share ours. Regular files are read where they stand, so they are only duplicated.
int description_of_own(int descriptor, int access, const char* what) {
  struct stat s{};
  if (::fstat(descriptor, &s) != 0) {
    fail(what);
  }
  const bool standing = S_ISREG(s.st_mode) || S_ISSOCK(s.st_mode);
  if (!standing) {
    const std::string path = "/proc/self/fd/" + std::to_string(descriptor);
    const int own = ::open(path.c_str(), access | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (own >= 0) {
      return own;
    }
  }
  const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) {
    fail(what);
  }
  const int flags = ::fcntl(copy, F_GETFL);
  if (!S_ISREG(s.st_mode) && ::fcntl(copy, F_SETFL, flags | O_NONBLOCK) != 0) {
    const owned_fd closed(copy);
    fail(what);
  }
  return copy;
}

weft::detail::stream_state* stream_over(int descriptor, int access, const char* what) {
  return weft::detail::make_stream(description_of_own(descriptor, access, what),
                                   weft::detail::stream_kind::other);
}

}  // namespace

bool is_terminal(int descriptor) noexcept {
  return ::isatty(descriptor) == 1;
}

std::optional<terminal_size> size_of_terminal(int descriptor) noexcept {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) {
    return std::nullopt;
  }
  return terminal_size{size.ws_col, size.ws_row};
}

struct raw_mode::settings {
  owned_fd terminal;  // a duplicate: the caller may have closed his
  termios before;
};

raw_mode::raw_mode(int descriptor) : before_(std::make_unique<settings>()) {
  before_->terminal = owned_fd(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  if (!before_->terminal || ::tcgetattr(before_->terminal.get(), &before_->before) != 0) {
    fail("weft::os::raw_mode: descriptor " + std::to_string(descriptor) + " is no terminal");
  }
  termios raw = before_->before;
  ::cfmakeraw(&raw);
  if (::tcsetattr(before_->terminal.get(), TCSANOW, &raw) != 0) {
    fail("weft::os::raw_mode: cannot set the terminal");
  }
}

raw_mode::raw_mode(raw_mode&&) noexcept = default;

raw_mode& raw_mode::operator=(raw_mode&& other) noexcept {
  if (this != &other) {
    restore();
    before_ = std::move(other.before_);
  }
  return *this;
}

raw_mode::~raw_mode() {
  restore();
}

void raw_mode::restore() noexcept {
  if (before_ != nullptr) {
    ::tcsetattr(before_->terminal.get(), TCSANOW, &before_->before);
    before_.reset();
  }
}

standard_input standard_input::open(int descriptor) {
  return standard_input(
      stream_over(descriptor, O_RDONLY, "weft::os::standard_input: cannot read it"));
}

standard_output standard_output::open(int descriptor) {
  return standard_output(
      stream_over(descriptor, O_WRONLY, "weft::os::standard_output: cannot write it"));
}

}  // namespace weft::os
