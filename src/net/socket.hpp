#pragma once
/// Socket addresses of the system, and sockets as owned descriptors.

#include <weft/net/address.hpp>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace weft::net::detail {

/// A socket address of any family that weft knows.
struct socket_address {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
    sockaddr_un local;
    sockaddr_storage storage;
  };
  socklen_t size = sizeof(sockaddr_storage);

  socket_address() noexcept : storage{} {}
};

[[nodiscard]] socket_address to_system(const address& where, std::uint16_t port) noexcept;
/// **Pre**: IPv4 or IPv6.
[[nodiscard]] std::pair<address, std::uint16_t> from_system(const sockaddr& where) noexcept;
[[nodiscard]] endpoint endpoint_from(const socket_address& where);

/// The address to listen at. **Throws** `std::invalid_argument` for a name other than "localhost".
[[nodiscard]] address local_address(const endpoint& where, const char* operation);

/// A descriptor until somebody takes it over.
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
  [[nodiscard]] int take() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// A non-blocking, close-on-exec socket. **Throws** `std::system_error` naming the operation.
[[nodiscard]] descriptor open_socket(int family, int type, const std::string& operation);

/// The families in turn, beginning with that of the first (RFC 8305, section 4).
[[nodiscard]] std::vector<address> interleaved(const std::vector<address>& found);

[[nodiscard]] endpoint local_endpoint_of(int fd);
[[nodiscard]] endpoint remote_endpoint_of(int fd);

[[noreturn]] void throw_system(int error, const std::string& what);

}  // namespace weft::net::detail
