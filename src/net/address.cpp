#include <weft/net/address.hpp>

#include "socket.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <system_error>

#include <arpa/inet.h>
#include <net/if.h>

namespace weft::net {

address address::v4(std::array<std::uint8_t, 4> bytes) noexcept {
  address a;
  std::copy(bytes.begin(), bytes.end(), a.bytes_.begin());
  return a;
}

address address::v6(std::array<std::uint8_t, 16> bytes, std::uint32_t scope) noexcept {
  address a;
  a.bytes_ = bytes;
  a.scope_ = scope;
  a.is_v6_ = true;
  return a;
}

namespace {

// The interface of a link-local address, by number or name; 0: there is none such.
std::uint32_t parse_scope(const std::string& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? number
                                                                  : ::if_nametoindex(text.c_str());
}

}  // namespace

std::optional<address> address::parse(std::string_view text) {
  if (text.size() > INET6_ADDRSTRLEN + IF_NAMESIZE) {
    return std::nullopt;
  }
  std::string plain(text);
  std::array<std::uint8_t, 4> four{};
  if (::inet_pton(AF_INET, plain.c_str(), four.data()) == 1 &&
      plain.size() == std::strlen(plain.c_str())) {
    return v4(four);
  }
  std::uint32_t scope = 0;
  if (const auto percent = plain.find('%'); percent != std::string::npos) {
    scope = parse_scope(plain.substr(percent + 1));
    if (scope == 0) {
      return std::nullopt;
    }
    plain.resize(percent);
  }
  std::array<std::uint8_t, 16> sixteen{};
  if (::inet_pton(AF_INET6, plain.c_str(), sixteen.data()) == 1 &&
      plain.size() == std::strlen(plain.c_str())) {
    return v6(sixteen, scope);
  }
  return std::nullopt;
}

bool address::is_loopback() const noexcept {
  if (!is_v6_) {
    return bytes_[0] == 127;
  }
  return bytes_[15] == 1 &&
         std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto b) { return b == 0; });
}

std::string address::to_string() const {
  char text[INET6_ADDRSTRLEN] = {};
  ::inet_ntop(is_v6_ ? AF_INET6 : AF_INET, bytes_.data(), text, sizeof text);
  return scope_ == 0 ? std::string(text) : std::string(text) + "%" + std::to_string(scope_);
}

std::string endpoint::to_string() const {
  const std::string port = ":" + std::to_string(port_);
  return host_.find(':') != std::string::npos ? "[" + host_ + "]" + port : host_ + port;
}

void endpoint::throw_bad_port(const std::string& port) {
  throw std::out_of_range("weft::net::endpoint: port " + port + " is not in 0 … 65535");
}

namespace detail {

socket_address to_system(const address& where, std::uint16_t port) noexcept {
  socket_address s;
  if (where.is_v6()) {
    s.v6 = sockaddr_in6{};
    s.v6.sin6_family = AF_INET6;
    s.v6.sin6_port = htons(port);
    s.v6.sin6_scope_id = where.scope();
    std::memcpy(&s.v6.sin6_addr, where.bytes().data(), 16);
    s.size = sizeof s.v6;
  } else {
    s.v4 = sockaddr_in{};
    s.v4.sin_family = AF_INET;
    s.v4.sin_port = htons(port);
    std::memcpy(&s.v4.sin_addr, where.bytes().data(), 4);
    s.size = sizeof s.v4;
  }
  return s;
}

std::pair<address, std::uint16_t> from_system(const sockaddr& where) noexcept {
  if (where.sa_family == AF_INET6) {
    sockaddr_in6 s{};
    std::memcpy(&s, &where, sizeof s);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &s.sin6_addr, 16);
    return {address::v6(bytes, s.sin6_scope_id), ntohs(s.sin6_port)};
  }
  sockaddr_in s{};
  std::memcpy(&s, &where, sizeof s);
  std::array<std::uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &s.sin_addr, 4);
  return {address::v4(bytes), ntohs(s.sin_port)};
}

endpoint endpoint_from(const socket_address& where) {
  const auto [host, port] = from_system(where.any);
  return endpoint(host, port);
}

address local_address(const endpoint& where, const char* operation) {
  if (where.address()) {
    return *where.address();
  }
  if (where.host().empty()) {
    return address::any();
  }
  if (where.host() == "localhost") {
    return address::loopback();
  }
  throw std::invalid_argument(std::string(operation) + ": '" + where.host() +
                              "' is no address of this machine; use one such as 127.0.0.1 or ::1");
}

descriptor open_socket(int family, int type, const std::string& operation) {
  const int fd = ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    throw_system(errno, operation + ": cannot make a socket");
  }
  return descriptor(fd);
}

endpoint local_endpoint_of(int fd) {
  socket_address s;
  if (::getsockname(fd, &s.any, &s.size) != 0) {
    throw_system(errno, "weft::net: cannot ask a socket for its address");
  }
  return endpoint_from(s);
}

endpoint remote_endpoint_of(int fd) {
  socket_address s;
  if (::getpeername(fd, &s.any, &s.size) != 0) {
    throw_system(errno, "weft::net: cannot ask a socket for its peer's address");
  }
  return endpoint_from(s);
}

void throw_system(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

}  // namespace detail
}  // namespace weft::net
