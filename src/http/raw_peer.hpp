#pragma once
/// For tests: the other side of a connection as plain blocking sockets, so that every byte of it is
/// the test's own.

#include <chrono>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace weft::http::test {

/// Whatever a test waits for that does not come fails it after this long.
inline constexpr std::chrono::seconds patience{20};

class raw_socket {
 public:
  raw_socket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) { check(fd_, "socket"); }
  explicit raw_socket(int fd) : fd_(fd) { check(fd_, "accept"); }
  raw_socket(raw_socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  raw_socket& operator=(raw_socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~raw_socket() { close(); }

  void connect(std::uint16_t port) {
    sockaddr_in to = loopback(port);
    check(::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to), "connect");
    set_patience(patience);
  }
  void set_patience(std::chrono::microseconds limit) {
    const timeval t{limit.count() / 1'000'000, limit.count() % 1'000'000};
    check(::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t), "setsockopt");
  }
  /// False when the peer takes no more.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n < 0) {
        return false;
      }
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  /// What has come, at most `limit` bytes; empty at the end, after a reset and when patience is
  /// over.
  std::string receive(std::size_t limit = 65536) {
    std::string text(limit, '\0');
    const ssize_t n = ::recv(fd_, text.data(), limit, 0);
    timed_out_ = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    text.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return text;
  }
  /// Receives until `text` has come, or the end.
  std::string receive_until(std::string_view text) {
    std::string all;
    while (all.find(text) == std::string::npos) {
      const std::string more = receive();
      if (more.empty()) {
        break;
      }
      all += more;
    }
    return all;
  }
  std::string receive_all() { return receive_until(std::string_view("\0\0 never", 8)); }
  [[nodiscard]] bool timed_out() const noexcept { return timed_out_; }
  void shutdown_write() { ::shutdown(fd_, SHUT_WR); }
  void close() noexcept {
    if (fd_ >= 0) {
      ::close(std::exchange(fd_, -1));
    }
  }

  /// Listens on a free port and returns it.
  std::uint16_t listen() {
    sockaddr_in at = loopback(0);
    check(::bind(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at), "bind");
    check(::listen(fd_, 16), "listen");
    socklen_t size = sizeof at;
    check(::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size), "getsockname");
    set_patience(patience);
    return ntohs(at.sin_port);
  }
  raw_socket accept() {
    raw_socket peer(::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC));
    peer.set_patience(patience);
    return peer;
  }

 private:
  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
  }
  static void check(int result, const char* what) {
    if (result < 0) {
      throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
    }
  }

  int fd_;
  bool timed_out_ = false;
};

/// Sends `text` on a connection of its own and returns all that comes back until the server closes.
inline std::string ask(std::uint16_t port, std::string_view text) {
  raw_socket s;
  s.connect(port);
  s.send(text);
  return s.receive_all();
}

}  // namespace weft::http::test
