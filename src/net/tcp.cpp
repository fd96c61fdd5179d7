#include <weft/net/tcp.hpp>

#include <weft/io/target.hpp>
#include <weft/net/resolve.hpp>

#include "socket.hpp"

#include <cstring>
#include <system_error>
#include <vector>

#include <netinet/tcp.h>

namespace weft::net {

namespace {

constexpr const char* connecting = "weft::net::tcp_stream::connect";

int error_of(int fd) noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

void set_option(int fd, int level, int name, int value, const char* what) {
  if (::setsockopt(fd, level, name, &value, sizeof value) != 0) {
    detail::throw_system(errno, std::string(what) + ": cannot set an option of the socket");
  }
}

}  // namespace

value_task<tcp_stream> tcp_stream::connect(endpoint remote, std::stop_token stop) {
  throw_if_stopped(stop);
  std::vector<net::address> candidates;
  if (remote.address()) {
    candidates.push_back(*remote.address());
  } else {
    auto resolving = resolve(remote.host(), stop);
    candidates = co_await std::move(resolving);
  }
  int error = 0;
  std::string tried;
  for (const net::address& to : candidates) {
    auto socket = detail::open_socket(to.is_v6() ? AF_INET6 : AF_INET, SOCK_STREAM, connecting);
    set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1, connecting);
    const auto where = detail::to_system(to, remote.port());
    const int fd = socket.get();
    error = ::connect(fd, &where.any, where.size) == 0 ? 0 : errno;
    tcp_stream stream = detail::stream_maker<tcp_stream>::make(socket.take());
    if (error == EINPROGRESS || error == EINTR) {
      auto waiting = weft::detail::wait_writable(stream.state(), stop);
      co_await std::move(waiting);
      error = error_of(fd);
    }
    if (error == 0) {
      co_return stream;
    }
    tried += (tried.empty() ? "" : ", ") + to.to_string();
  }
  detail::throw_system(error, std::string(connecting) + ": cannot connect to " +
                                  remote.to_string() +
                                  (remote.address() ? "" : " (" + tried + ")"));
}

void tcp_stream::shutdown_write() {
  if (::shutdown(weft::detail::target_of(state()).fd(), SHUT_WR) != 0) {
    detail::throw_system(errno, "weft::net::tcp_stream::shutdown_write");
  }
}

void tcp_stream::set_no_delay(bool on) {
  set_option(weft::detail::target_of(state()).fd(), IPPROTO_TCP, TCP_NODELAY, on ? 1 : 0,
             "weft::net::tcp_stream::set_no_delay");
}

endpoint tcp_stream::local_endpoint() const {
  return detail::local_endpoint_of(weft::detail::target_of(state()).fd());
}

endpoint tcp_stream::remote_endpoint() const {
  return detail::remote_endpoint_of(weft::detail::target_of(state()).fd());
}

tcp_listener tcp_listener::bind(endpoint local, int backlog) {
  const std::string what = "weft::net::tcp_listener::bind";
  const net::address host = detail::local_address(local, what.c_str());
  auto socket = detail::open_socket(host.is_v6() ? AF_INET6 : AF_INET, SOCK_STREAM, what);
  set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1, what.c_str());
  set_option(socket.get(), IPPROTO_TCP, TCP_NODELAY, 1,
             what.c_str());  // inherited by what is accepted
  const auto where = detail::to_system(host, local.port());
  if (::bind(socket.get(), &where.any, where.size) != 0 || ::listen(socket.get(), backlog) != 0) {
    detail::throw_system(errno, what + ": cannot listen at " + local.to_string());
  }
  return tcp_listener(socket.take());
}

endpoint tcp_listener::local_endpoint() const {
  return detail::local_endpoint_of(target().fd());
}

}  // namespace weft::net
