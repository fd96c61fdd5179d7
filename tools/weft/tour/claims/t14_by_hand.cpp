#include "tour/claims/t14_by_hand.hpp"

#include "tour/primes.hpp"
#include "tour/timeline.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <system_error>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weft::tour {
namespace {

constexpr int first_number = 1'000'000;
constexpr int numbers_of_body = 60'000;
constexpr int backlog = 64;

/// Not inlined: the compiler would count the primes itself.
[[gnu::noinline]] std::size_t body(int from) {
  return count_primes(from, from + numbers_of_body);
}

/// Reads a request and answers it. False: the connection has ended.
bool answer_one(int connection) {
  static const std::string answer = fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
      api_body.size(), api_body);
  std::array<char, 4096> head;
  std::size_t length = 0;
  while (std::string_view(head.data(), length).find("\r\n\r\n") == std::string_view::npos) {
    const ssize_t n = length == head.size()
                          ? 0
                          : ::recv(connection, head.data() + length, head.size() - length, 0);
    if (n <= 0) {
      return false;
    }
    length += static_cast<std::size_t>(n);
  }
  const marked work("request", 1);
  return ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(answer.size());
}

/// -1: there is none.
int accepted(int listener, int flags) {
  const int connection = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | flags);
  if (connection >= 0) {
    const int on = 1;
    static_cast<void>(::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  }
  return connection;
}

}  // namespace

void background_job::compute() {
  {
    const std::lock_guard lock(lock_);
    threads_.note();
  }
  began_.notify_all();
  {
    const marked work("body", 0);
    if (body(first_number) == 0) {
      return;  // there are some
    }
  }
  // order: relaxed; as in `bodies`.
  bodies_.fetch_add(1, std::memory_order_relaxed);
}

bool background_job::wait_for(std::size_t threads) const {
  using namespace std::chrono_literals;
  std::unique_lock lock(lock_);
  return began_.wait_for(lock, 5s, [&] { return threads_.size() >= threads; });
}

plain_listener::plain_listener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof where;
  auto* const address = reinterpret_cast<sockaddr*>(&where);
  if (socket_ < 0 || ::bind(socket_, address, size) != 0 || ::listen(socket_, backlog) != 0 ||
      ::getsockname(socket_, address, &size) != 0) {
    const int error = errno;
    if (socket_ >= 0) {
      ::close(socket_);
    }
    throw std::system_error(error, std::system_category(), "the server by hand cannot listen");
  }
  port_ = ntohs(where.sin_port);
}

plain_listener::~plain_listener() {
  ::close(socket_);
}

threads_beside::threads_beside(background_job& job, std::size_t computing) {
  for (std::size_t i = 0; i < computing; ++i) {
    computing_.emplace_back([this, &job] {
      // order: relaxed; only ends the loop.
      while (!over_.load(std::memory_order_relaxed)) {
        job.compute();
      }
    });
  }
  accepting_ = std::thread([this] { accept(); });
}

void threads_beside::accept() {
  for (int connection = 0; (connection = accepted(listener_.get(), 0)) >= 0;) {
    serving_.emplace_back([connection] {
      while (answer_one(connection)) {
      }
      ::close(connection);
    });
  }
}

threads_beside::~threads_beside() {
  // order: relaxed; only ends the loops.
  over_.store(true, std::memory_order_relaxed);
  ::shutdown(listener_.get(), SHUT_RDWR);  // ends accept
  accepting_.join();
  for (std::thread& t : serving_) {
    t.join();
  }
  for (std::thread& t : computing_) {
    t.join();
  }
}

threads_for_both::threads_for_both(background_job& job, std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this, &job] { work(job); });
  }
}

void threads_for_both::work(background_job& job) {
  std::vector<pollfd> watched{{.fd = listener_.get(), .events = POLLIN, .revents = 0}};
  // order: relaxed; only ends the loop.
  while (!over_.load(std::memory_order_relaxed)) {
    job.compute();
    static_cast<void>(::poll(watched.data(), watched.size(), 0));
    for (std::size_t i = 1; i < watched.size(); ++i) {
      if (watched[i].revents != 0 && !answer_one(watched[i].fd)) {
        ::close(watched[i].fd);
        watched[i].fd = -1;  // poll leaves it out
      }
    }
    // Another thread may have accepted what poll has seen: a look must not block.
    pollfd waiting{.fd = listener_.get(), .events = POLLIN, .revents = 0};
    if ((watched[0].revents & POLLIN) != 0 && ::poll(&waiting, 1, 0) == 1) {
      if (const int connection = accepted(listener_.get(), 0); connection >= 0) {
        watched.push_back({.fd = connection, .events = POLLIN, .revents = 0});
      }
    }
  }
  for (std::size_t i = 1; i < watched.size(); ++i) {
    if (watched[i].fd >= 0) {
      ::close(watched[i].fd);
    }
  }
}

threads_for_both::~threads_for_both() {
  // order: relaxed; only ends the loops.
  over_.store(true, std::memory_order_relaxed);
  ::shutdown(listener_.get(), SHUT_RDWR);  // nobody stays in accept
  for (std::thread& t : threads_) {
    t.join();
  }
}

}  // namespace weft::tour
