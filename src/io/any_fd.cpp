#include <weft/io/any_fd.hpp>

#include <weft/base/error.hpp>
#include <weft/io/target.hpp>

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace weft {

namespace {

[[noreturn]] void fail(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

}  // namespace

any_fd any_fd::adopt(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0 || ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0) {
    const int error = errno;
    if (error != EBADF) {
      ::close(descriptor);
    }
    fail(error, "weft::any_fd::adopt: cannot make the descriptor non-blocking");
  }
  return any_fd(detail::make_stream(descriptor, detail::stream_kind::other), false);
}

any_fd any_fd::duplicate(int descriptor) {
  const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) {
    fail(errno, "weft::any_fd::duplicate: cannot duplicate the descriptor");
  }
  const bool blocks = (::fcntl(copy, F_GETFL) & O_NONBLOCK) == 0;
  return any_fd(detail::make_stream(copy, detail::stream_kind::other), blocks);
}

int any_fd::descriptor() const {
  return detail::target_of(state()).fd();
}

void any_fd::check_transfers() const {
  static_cast<void>(state());
  if (blocks_) {
    detail::throw_invalid_operation(
        "weft::any_fd: a transfer on a duplicate that blocks; make the descriptor O_NONBLOCK "
        "first, or wait_readable and call the system yourself");
  }
}

value_task<> any_fd::wait_readable(std::stop_token stop) {
  return detail::wait_ready(state(), detail::io_op::wait_readable, std::move(stop));
}

value_task<> any_fd::wait_writable(std::stop_token stop) {
  return detail::wait_ready(state(), detail::io_op::wait_writable, std::move(stop));
}

value_task<std::size_t> any_fd::read_some(mutable_buffer into, std::stop_token stop) {
  check_transfers();
  return byte_stream::read_some(into, std::move(stop));
}

value_task<> any_fd::read_exactly(mutable_buffer into, std::stop_token stop) {
  check_transfers();
  return byte_stream::read_exactly(into, std::move(stop));
}

value_task<> any_fd::write_all(const_buffer from, std::stop_token stop) {
  check_transfers();
  return byte_stream::write_all(from, std::move(stop));
}

value_task<> any_fd::write_all(std::string data, std::stop_token stop) {
  check_transfers();
  return byte_stream::write_all(std::move(data), std::move(stop));
}

}  // namespace weft
