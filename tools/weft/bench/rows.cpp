#include "bench/rows.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace weft::bench {
namespace {

using named = std::pair<std::string_view, std::string_view>;

constexpr std::array titles{
    named{"P1", "fork_join of lazies"},
    named{"P2", "hot tasks: made, run, awaited"},
    named{"P3", "awaiting what completes at once"},
    named{"P4", "going on through a queue"},
    named{"P5", "channels and locks"},
    named{"P6", "timers"},
    named{"P7", "TCP: a loop each side"},
    named{"P9", "answers while every core computes"},
    named{"P10", "parallel loops"},
    named{"P11", "queries"},
    named{"P12", "files"},
    named{"P14", "memory"},
    named{"P16", "compile time"},
};
constexpr std::array packages{
    named{"weft", "./dev bench builds it"},
    named{"serial", "./dev bench builds it"},
    named{"std_async", "./dev bench builds it"},
    named{"epoll", "./dev bench builds it"},
    named{"uring", "./dev bench builds it"},
    named{"ifstream", "./dev bench builds it"},
    named{"standard", "./dev bench builds it"},
    named{"fio", "Debian package fio"},
    named{"libuv", "Debian package libuv1-dev"},
    named{"tbb", "Debian package libtbb-dev"},
    named{"openmp", "Debian package libomp-19-dev"},
    named{"asio", "Debian package libboost1.81-dev"},
    named{"go", "Debian package golang-go"},
    named{"tokio", "Debian packages librust-tokio-dev and cargo"},
    named{"dotnet", "the .NET 10 SDK"},
};

template <std::size_t N>
std::string_view find(const std::array<named, N>& in, std::string_view key) noexcept {
  const auto* const found = std::ranges::find(in, key, &named::first);
  return found == in.end() ? std::string_view() : found->second;
}

using peers = std::vector<std::string_view>;
using rows = std::vector<row>;

// Who can have the rows of a workload; a program may still say that it lacks one.
const peers forking{"serial", "tbb", "openmp", "std_async", "go", "tokio", "dotnet"};
const peers tasking{"serial", "asio", "tbb", "std_async", "go", "tokio", "dotnet"};
const peers awaiting{"serial", "asio", "tokio", "dotnet"};
const peers handing_over{"serial", "asio", "go", "tokio", "dotnet"};
// The bare loops are the limit of each backend, and count.
const peers connecting{"epoll", "uring", "asio", "libuv", "go", "tokio", "dotnet"};
const peers looping{"serial", "tbb", "openmp", "dotnet"};
const peers mixing{"asio"};
const peers querying{"serial", "openmp", "dotnet"};
const peers filing{"serial", "fio", "ifstream", "libuv", "dotnet"};
const peers holding{"asio", "go", "tokio", "dotnet"};

// Whom a row is to beat: those that are about its subject. A runtime of loops is no peer in timers,
// and one that resumes whoever waits inside the call that lets it go on has no queue to go through
// (P4).
const std::map<std::string_view, peers> to_beat{
    {"P1", {"libfork", "TooManyCooks", "citor", "tbb", "taskflow", "dotnet", "serial"}},
    {"P2", {"concurrencpp", "folly", "tokio", "go", "dotnet"}},
    {"P3", {"cppcoro", "folly", "dotnet"}},
    {"P4", {"asio", "tokio", "go", "dotnet"}},
    {"P5", {"TooManyCooks", "libcoro", "tokio", "go", "dotnet"}},
    {"P6", {"asio", "tokio", "dotnet"}},
};

row fork(std::string_view name, std::string_view full, std::string_view reduced, double goal,
         bool limit_counts) {
  return {.id = "P1",
          .name = name,
          .workload = "fork_join",
          .full = full,
          .reduced = reduced,
          .goal = goal,
          .each_thread_count = true,
          .limit_counts = limit_counts,
          .memory = true,
          .peers = forking};
}

/// The time of one of as many operations as the parameter says.
row each(std::string_view id, std::string_view name, std::string_view workload,
         std::string_view full, std::string_view reduced, double goal, const peers& with) {
  return {.id = id,
          .name = name,
          .workload = workload,
          .full = full,
          .reduced = reduced,
          .measured = unit::nanoseconds_each,
          .goal = goal,
          .peers = with};
}

void add_fork_join(rows& to) {
  to.push_back(fork("fib", "39", "32", 1.6, false));
  to.push_back(fork("skynet", "8", "6", 1.6, false));
  to.push_back(fork("nqueens", "14", "12", 0.97, true));
  to.push_back(fork("matmul", "2048", "1024", 0.97, true));
}

void add_tasks(rows& to) {
  for (const std::string_view name : {"hot", "run", "batch", "awaiters"}) {
    to.push_back(each("P2", name, "tasks", "10000000", "1000000", 2, tasking));
  }
  to.push_back(each("P2", "outside", "tasks", "100000", "10000", 1, tasking));
}

void add_await_chain(rows& to) {
  constexpr double levels = 1e7;
  const auto chain = [&](std::string_view name, std::string_view depth) {
    row r = each("P3", name, "await_chain", depth, depth, 2, awaiting);
    r.operations = levels;
    to.push_back(std::move(r));
  };
  for (const std::string_view depth : {"1", "10", "100", "1000"}) {
    chain("chain", depth);
  }
  for (const std::string_view depth : {"1", "100", "1000"}) {
    chain("task_chain", depth);
  }
  const auto hit = [&](std::string_view name, double at_most) {
    row r = each("P3", name, "await_chain", "10000000", "10000000", 2, awaiting);
    r.at_most = at_most;
    to.push_back(std::move(r));
  };
  hit("hit", 2);
  hit("hit_coroutine", 4);
}

void add_hand_over(rows& to) {
  to.push_back(each("P4", "yield", "hand_over", "10000000", "1000000", 1.5, handing_over));
  to.push_back(each("P4", "pingpong", "hand_over", "1000000", "200000", 1.5, handing_over));
  to.push_back(each("P4", "wake", "hand_over", "100000", "20000", 1, handing_over));
}

void add_channels(rows& to) {
  to.push_back(each("P5", "channel11", "channels", "10000000", "2000000", 1.25, handing_over));
  to.push_back(each("P5", "channel44", "channels", "10000000", "2000000", 1.25, handing_over));
  to.push_back(each("P5", "mutex", "channels", "10000000", "1000000", 1.25, handing_over));
}

void add_timers(rows& to) {
  row delays = each("P6", "delays", "timers", "1000000", "300000", 3, handing_over);
  delays.measured = unit::milliseconds;  // no delay ends before it is due
  to.push_back(std::move(delays));
  to.push_back(each("P6", "insertcancel", "timers", "10000000", "1000000", 2, handing_over));
}

void add_tcp(rows& to) {
  constexpr double of_the_limit = 0.95;
  to.push_back(each("P7", "pingpong", "tcp", "100000", "50000", of_the_limit, connecting));
  to.push_back(each("P7", "pingpong1000", "tcp", "100000", "50000", of_the_limit, connecting));
  to.push_back(each("P7", "churn", "tcp", "100000", "10000", of_the_limit, connecting));
}

/// The 99th percentile of a round trip.
void add_mix(rows& to) {
  const auto trips = [&](std::string_view name, double goal) {
    row r = each("P9", name, "mix", "20000", "2000", goal, mixing);
    r.operations = 1;
    to.push_back(std::move(r));
  };
  trips("pingpong", 0);
  to.back().at_most = 1e6;
  trips("pingpong_idle", 0);
}

void add_loops(rows& to) {
  const auto loop = [&](std::string_view name, std::string_view full, std::string_view reduced) {
    row r = each("P10", name, "loops", full, reduced, 0.95, looping);
    r.measured = unit::milliseconds;
    to.push_back(std::move(r));
  };
  const auto computing = [&](std::string_view name, std::string_view full,
                             std::string_view reduced) {
    loop(name, full, reduced);
    to.back().mean_goal = 1.1;
  };
  loop("sum", "50000000", "10000000");
  loop("saxpy", "50000000", "10000000");
  computing("mandelbrot", "1024", "512");
  computing("histogram", "50000000", "10000000");
  computing("primes", "2000000", "500000");
  computing("trees", "1000000", "100000");
  computing("sort", "10000000", "1000000");
  loop("scan", "50000000", "10000000");
  to.push_back(each("P10", "two", "loops", "1000000", "100000", 0, looping));
  row meet = each("P10", "meet", "loops", "1000000", "100000", 0, {"tbb", "openmp"});
  meet.at_most = 1000;
  to.push_back(std::move(meet));
  row empty = each("P10", "empty", "loops", "1000000", "100000", 0, looping);
  empty.at_most = 50;
  to.push_back(std::move(empty));
}

void add_queries(rows& to) {
  const auto query = [&](std::string_view name, std::string_view reduced) {
    row r = each("P11", name, "queries", "10000000", reduced, 0.9, querying);
    r.measured = unit::milliseconds;
    r.handicaps = {{"dotnet", 3 / 0.9}};  // 3 times PLINQ, 0.9 of what is written by hand
    to.push_back(std::move(r));
  };
  query("filter_map_sum", "5000000");
  query("filter_map_array", "5000000");
  query("filter_map_ordered", "5000000");
  for (const std::string_view name : {"group", "order", "distinct", "join"}) {
    query(name, "1000000");
  }
}

void add_files(rows& to) {
  const auto file = [&](std::string_view name, std::string_view full, std::string_view reduced) {
    row r = each("P12", name, "files", full, reduced, 0.95, filing);
    // 1.5 times the others, 0.95 of fio
    r.handicaps = {{"ifstream", 1.5 / 0.95}, {"libuv", 1.5 / 0.95}, {"dotnet", 1.5 / 0.95}};
    to.push_back(std::move(r));
  };
  file("small", "10000", "2000");
  file("small_write", "10000", "2000");
  file("random", "1000000", "200000");
  file("random_direct", "50000", "10000");
  file("copy", "1024", "256");
  to.back().measured = unit::milliseconds;
}

void add_memory(rows& to) {
  const auto hold = [&](std::string_view name, std::string_view full, std::string_view reduced,
                        double at_most) {
    row r = each("P14", name, "memory", full, reduced, 1, holding);
    r.measured = unit::bytes;
    r.at_most = at_most;
    to.push_back(std::move(r));
  };
  // 96 and 64 bytes, and one in a hundred for the slabs in which they lie.
  hold("task", "1000000", "300000", 97);
  hold("timer", "1000000", "300000", 64.7);
  hold("connection", "9000", "9000", 2048);
  hold("idle", "1", "1", 0);
}

void add_compile(rows& to) {
  const auto compile = [&](std::string_view name, unit measured, double goal,
                           std::string_view peer) {
    row r = each("P16", name, "compile", "1", "1", goal, {peer});
    r.measured = measured;
    to.push_back(std::move(r));
  };
  compile("tasks", unit::milliseconds, 1 / 1.3, "standard");
  compile("everything", unit::milliseconds, 1, "asio");
}

}  // namespace

std::string_view name_of(unit u) noexcept {
  switch (u) {
    case unit::milliseconds:
      return "ms";
    case unit::nanoseconds_each:
      return "ns";
    case unit::bytes:
      return "B";
    case unit::kibibytes:
      return "KiB";
    case unit::lines:
      return "lines";
  }
  return "";
}

std::string_view title_of(std::string_view id) noexcept {
  return find(titles, id);
}
std::string_view package_of(std::string_view peer) noexcept {
  return find(packages, peer);
}

const std::vector<row>& all_rows() {
  static const rows all = [] {
    rows made;
    for (const auto add :
         {add_fork_join, add_tasks, add_await_chain, add_hand_over, add_channels, add_timers,
          add_tcp, add_mix, add_loops, add_queries, add_files, add_memory, add_compile}) {
      add(made);
    }
    for (row& r : made) {
      if (const auto found = to_beat.find(r.id); found != to_beat.end()) {
        r.goal_peers = found->second;
      }
    }
    return made;
  }();
  return all;
}

}  // namespace weft::bench
