#pragma once
/// Sockets for the bare loops.

#include "workload.hpp"

#include <cerrno>
#include <stdexcept>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bench::tcp {

/// Gives `result`; throws when it is below 0.
inline int sure(int result, const char* what) {
  if (result < 0) {
    throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
  }
  return result;
}

inline void no_delay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

[[nodiscard]] inline sockaddr_in loopback(int port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return at;
}

/// A socket that listens at a port of the system's choice.
struct listening {
  int fd;
  int port;
};
[[nodiscard]] inline listening listen_somewhere() {
  const int fd = sure(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  no_delay(fd);
  sockaddr_in at = loopback(0);
  socklen_t size = sizeof at;
  sure(::bind(fd, reinterpret_cast<sockaddr*>(&at), size), "bind");
  sure(::listen(fd, backlog), "listen");
  sure(::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size), "getsockname");
  return {fd, ntohs(at.sin_port)};
}

/// A connection that is on its way, or there: over loopback it is at once.
[[nodiscard]] inline int connect_to(int port) {
  const int fd = sure(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  no_delay(fd);
  const sockaddr_in at = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 &&
      errno != EINPROGRESS) {
    sure(-1, "connect");
  }
  return fd;
}

}  // namespace bench::tcp
