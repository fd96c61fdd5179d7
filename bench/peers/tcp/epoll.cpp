// P7 as a bare loop on epoll: what a program on readiness can reach.

#include <sys/epoll.h>

#include "sockets.hpp"

#include <array>
#include <thread>
#include <vector>

namespace {

using namespace bench::tcp;
using buffer = std::array<char, message>;

constexpr int events_per_wait = 256;

class epoll_set {
 public:
  epoll_set() : fd_(sure(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {}
  epoll_set(const epoll_set&) = delete;
  epoll_set& operator=(const epoll_set&) = delete;
  ~epoll_set() { ::close(fd_); }

  void add(int socket, std::uint64_t key) {
    epoll_event e{};
    e.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
    e.data.u64 = key;
    sure(::epoll_ctl(fd_, EPOLL_CTL_ADD, socket, &e), "epoll_ctl");
  }
  /// Calls `f(key)` for each event.
  template <class F>
  void wait(F f) {
    std::array<epoll_event, events_per_wait> events;
    const int n = ::epoll_wait(fd_, events.data(), events_per_wait, -1);
    for (int i = 0; i < n; ++i) {
      f(events[static_cast<unsigned>(i)].data.u64);
    }
  }

 private:
  const int fd_;
};

// Answers until `connections` have ended; with `once` it closes after the first answer.
void serve(int listener, long connections, bool once) {
  epoll_set set;
  set.add(listener, static_cast<std::uint64_t>(listener));
  buffer data;
  long ended = 0;
  while (ended < connections) {
    set.wait([&](std::uint64_t key) {
      const int fd = static_cast<int>(key);
      if (fd == listener) {
        for (int made = 0;
             (made = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
          set.add(made, static_cast<std::uint64_t>(made));
        }
        return;
      }
      const auto n = ::recv(fd, data.data(), data.size(), 0);
      if (n > 0) {
        sure(static_cast<int>(::send(fd, data.data(), static_cast<std::size_t>(n), MSG_NOSIGNAL)),
             "send");
      } else if (n < 0 && errno == EAGAIN) {
        return;
      }
      if (n <= 0 || once) {
        ::close(fd);
        ++ended;
      }
    });
  }
}

void ask(int fd) {
  static const buffer question{};
  sure(static_cast<int>(::send(fd, question.data(), question.size(), MSG_NOSIGNAL)), "send");
}

long pingpong(long n, int clients) {
  const listening at = listen_somewhere();
  std::thread server([&] { serve(at.fd, clients, false); });
  epoll_set set;
  std::vector<int> sockets;
  std::vector<long> left;
  for (int i = 0; i < clients; ++i) {
    sockets.push_back(connect_to(at.port));
    left.push_back(share(n, clients, i));
    set.add(sockets.back(), static_cast<std::uint64_t>(i));
    ask(sockets.back());
  }
  buffer data;
  long done = 0;
  while (done < n) {
    set.wait([&](std::uint64_t i) {
      if (::recv(sockets[i], data.data(), data.size(), 0) > 0) {
        ++done;
        if (--left[i] > 0) {
          ask(sockets[i]);
        }
      }
    });
  }
  for (const int fd : sockets) {
    ::close(fd);
  }
  server.join();
  ::close(at.fd);
  return done;
}

long churn(long n, int clients) {
  const listening at = listen_somewhere();
  std::thread server([&] { serve(at.fd, n, true); });
  epoll_set set;
  long started = 0;
  const auto start = [&] {
    if (started < n) {
      ++started;
      const int fd = connect_to(at.port);
      set.add(fd, static_cast<std::uint64_t>(fd));
      ask(fd);
    }
  };
  for (int i = 0; i < clients; ++i) {
    start();
  }
  buffer data;
  long done = 0;
  while (done < n) {
    set.wait([&](std::uint64_t key) {
      const int fd = static_cast<int>(key);
      for (;;) {
        const auto got = ::recv(fd, data.data(), data.size(), 0);
        if (got == 0) {
          ::close(fd);
          ++done;
          start();
        }
        if (got <= 0) {
          return;
        }
      }
    });
  }
  server.join();
  ::close(at.fd);
  return done;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv,
                    {{"P7/pingpong", measured<pingpong, few>},
                     {"P7/pingpong1000", measured<pingpong, many>},
                     {"P7/churn", measured<churn, few>}});
}
