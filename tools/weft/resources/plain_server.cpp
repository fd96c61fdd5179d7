#include "resources/plain_server.hpp"

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weft::tour {
namespace {

constexpr std::string_view answer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\nConnection: "
    "close\r\n\r\ndone";
constexpr int backlog = 4096;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::system_category(), what);
}

void serve(int connection, std::chrono::milliseconds delay) {
  std::array<char, 4096> head;
  std::size_t length = 0;
  while (std::string_view(head.data(), length).find("\r\n\r\n") == std::string_view::npos &&
         length < head.size()) {
    const ssize_t n = ::recv(connection, head.data() + length, head.size() - length, 0);
    if (n <= 0) {
      break;
    }
    length += static_cast<std::size_t>(n);
  }
  std::this_thread::sleep_for(delay);
  static_cast<void>(::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL));
  ::close(connection);
}

void accept_and_serve(int listener, std::chrono::milliseconds delay) {
  for (;;) {
    const int connection = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection >= 0) {
      serve(connection, delay);
    }
  }
}

void accept_for_threads(int listener, std::chrono::milliseconds delay) {
  for (;;) {
    const int connection = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection >= 0) {
      std::thread([=] { serve(connection, delay); }).detach();
    }
  }
}

}  // namespace

std::uint16_t start_plain_server(plain_threads kind, std::size_t threads,
                                 std::chrono::milliseconds delay) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  auto* const address = reinterpret_cast<sockaddr*>(&where);
  if (listener < 0 || ::bind(listener, address, size) != 0 || ::listen(listener, backlog) != 0 ||
      ::getsockname(listener, address, &size) != 0) {
    fail("the synchronous server cannot listen");
  }
  if (kind == plain_threads::per_request) {
    std::thread(accept_for_threads, listener, delay).detach();
  } else {
    for (std::size_t i = 0; i < threads; ++i) {
      std::thread(accept_and_serve, listener, delay).detach();
    }
  }
  return ntohs(where.sin_port);
}

}  // namespace weft::tour
