#pragma once
/// P9, its smallest part: TCP ping-pong of one byte over loopback while every core computes. What
/// is given is the 99th percentile of a round trip, whose other end is a plain thread that blocks:
/// as a peer elsewhere would, it lets the runtime's thread fall asleep between two bytes.
///
/// - pingpong: while bodies of a millisecond run on as many threads as there are;
/// - pingpong_idle: while nothing else runs: what the round trip takes at least.

#include "../program.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bench::mix {

/// Tells who measures that all threads compute.
class arrivals {
 public:
  /// From here on each thread counts once.
  void begin() {
    ++round_;
    count_ = 0;
  }
  void arrive() {
    thread_local int arrived = 0;
    if (const int round = round_; arrived != round) {
      arrived = round;
      ++count_;
      count_.notify_one();
    }
  }
  void wait_for(int threads) {
    for (int seen = count_; seen < threads; seen = count_) {
      count_.wait(seen);
    }
  }

 private:
  std::atomic<int> round_{0};
  std::atomic<int> count_{0};
};
inline arrivals computing_threads;

/// A body of a loop: computes for a millisecond of its thread's own time.
inline void compute() {
  computing_threads.arrive();
  constexpr double body_us = 1000;
  timespec begin{};
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
  do {
    for (int i = 0; i < 1000; ++i) {
      keep(i);
    }
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  } while (static_cast<double>(now.tv_sec - begin.tv_sec) * 1e6 +
               static_cast<double>(now.tv_nsec - begin.tv_nsec) / 1e3 <
           body_us);
}

/// The times of `n` round trips to the echo at `port`, in microseconds, from this thread.
[[nodiscard]] inline std::vector<double> round_trips(std::uint16_t port, long n) {
  const auto must = [](bool good) {
    if (!good) {
      throw std::runtime_error("the connection failed");
    }
  };
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  must(fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  std::vector<double> times;
  times.reserve(static_cast<std::size_t>(n));
  for (long i = 0; i < n; ++i) {
    char byte = 'p';
    const auto start = std::chrono::steady_clock::now();
    must(::write(fd, &byte, 1) == 1 && ::read(fd, &byte, 1) == 1);
    times.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
            .count());
  }
  ::close(fd);
  return times;
}

[[nodiscard]] inline double percentile(std::vector<double> times, double part) {
  std::sort(times.begin(), times.end());
  return times[static_cast<std::size_t>(static_cast<double>(times.size() - 1) * part)];
}

/// `Peer::echo` listens at a free port (`port()`) and echoes one connection until it ends
/// (`wait()`); `Peer::computing` calls `compute` on all threads from its constructor to its
/// destructor.
template <class Peer>
struct rows {
  static outcome measured(long n) {
    typename Peer::echo echo;
    const std::vector<double> times = round_trips(echo.port(), n);
    echo.wait();
    outcome o(percentile(times, 0.99));
    o.with("p50", percentile(times, 0.5), "us");
    return o;
  }
  static outcome idle(request asked) { return measured(asked.n); }
  static outcome busy(request asked) {
    computing_threads.begin();
    typename Peer::computing all(asked.threads);
    computing_threads.wait_for(asked.threads);
    return measured(asked.n);
  }
};

#define BENCH_MIX(Peer)                              \
  {"P9/pingpong", bench::mix::rows<Peer>::busy}, {   \
    "P9/pingpong_idle", bench::mix::rows<Peer>::idle \
  }

}  // namespace bench::mix
