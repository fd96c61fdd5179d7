#include <weft/net/unix.hpp>

#include <weft/io/target.hpp>

#include "socket.hpp"

#include <cstddef>
#include <cstring>
#include <stdexcept>

namespace weft::net {

namespace {

detail::socket_address to_system(const std::string& path, const char* what) {
  detail::socket_address s;
  if (path.empty() || path.size() >= sizeof s.local.sun_path ||
      path.find('\0') != std::string::npos) {
    throw std::invalid_argument(std::string(what) + ": a path must have 1 to " +
                                std::to_string(sizeof s.local.sun_path - 1) +
                                " bytes, none of them zero");
  }
  s.local = sockaddr_un{};
  s.local.sun_family = AF_UNIX;
  std::memcpy(s.local.sun_path, path.data(), path.size());
  s.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  if (path[0] == '@') {
    s.local.sun_path[0] = '\0';
    --s.size;  // no terminator: each byte of an abstract name counts
  }
  return s;
}

}  // namespace

value_task<unix_stream> unix_stream::connect(std::string path, std::stop_token stop) {
  const char* const what = "weft::net::unix_stream::connect";
  throw_if_stopped(stop);
  const auto where = to_system(path, what);
  auto socket = detail::open_socket(AF_UNIX, SOCK_STREAM, what);
  // Never waits, unlike TCP: it connects or says at once why not (EAGAIN: the listener's queue is
  // full).
  if (::connect(socket.get(), &where.any, where.size) != 0) {
    detail::throw_system(errno, std::string(what) + ": cannot connect to '" + path + "'");
  }
  return value_task<unix_stream>(detail::stream_maker<unix_stream>::make(socket.take()));
}

std::pair<unix_stream, unix_stream> unix_stream::pair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) != 0) {
    detail::throw_system(errno, "weft::net::unix_stream::pair");
  }
  detail::descriptor second(fds[1]);
  unix_stream one = detail::stream_maker<unix_stream>::make(fds[0]);
  return {std::move(one), detail::stream_maker<unix_stream>::make(second.take())};
}

void unix_stream::shutdown_write() {
  if (::shutdown(weft::detail::target_of(state()).fd(), SHUT_WR) != 0) {
    detail::throw_system(errno, "weft::net::unix_stream::shutdown_write");
  }
}

unix_listener unix_listener::bind(const std::string& path, int backlog) {
  const char* const what = "weft::net::unix_listener::bind";
  const auto where = to_system(path, what);
  auto socket = detail::open_socket(AF_UNIX, SOCK_STREAM, what);
  if (::bind(socket.get(), &where.any, where.size) != 0 || ::listen(socket.get(), backlog) != 0) {
    detail::throw_system(errno, std::string(what) + ": cannot listen at '" + path + "'");
  }
  return unix_listener(socket.take());
}

}  // namespace weft::net
