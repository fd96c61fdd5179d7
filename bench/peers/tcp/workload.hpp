#pragma once
/// P7: TCP over loopback, a server's loop on one thread and its clients' on another. A message has
/// 64 bytes, and the answer is the same.
///
/// - pingpong: 20 connections on which each answer is followed by the next request; the parameter
/// is
///   the number of requests of all;
/// - pingpong1000: the same with 1,000 connections;
/// - churn: 20 clients that connect, ask once, read to the end and close, over and over; the server
///   closes first. The parameter is the number of connections.

#include "../program.hpp"

#include <cstddef>

namespace bench::tcp {

inline constexpr std::size_t message = 64;
inline constexpr int few = 20;
inline constexpr int many = 1000;
inline constexpr int backlog = 1024;
inline constexpr long warm_up = 2000;

/// How many of `n` the client `i` of `clients` makes.
[[nodiscard]] constexpr long share(long n, int clients, int i) {
  return n / clients + (i < n % clients ? 1 : 0);
}

/// `Work(n, clients)` does it and gives how many answers came. Mallocs are not counted: system
/// calls are, with strace.
template <long (*Work)(long n, int clients), int Clients>
outcome measured(request asked) {
  check(Work(std::min(asked.n, warm_up), Clients), std::min(asked.n, warm_up));
  long done = 0;
  outcome o(timed([&] { done = Work(asked.n, Clients); }));
  check(done, asked.n);
  return o;
}

}  // namespace bench::tcp
