// T3: many operations at once, a blocked thread each against none. An operation asks the second
// process something over a connection that is open already, and is answered 100 ms later.

#include <weft/net.hpp>
#include <weft/task.hpp>

#include "tour/claims/claims.hpp"
#include "tour/measure.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weft::tour {
namespace {

constexpr std::size_t operations = 100;

double with_threads(std::uint16_t port, std::size_t& blocked, std::size_t& unanswered) {
  std::vector<int> connections;
  for (std::size_t i = 0; i < operations; ++i) {
    connections.push_back(blocking_connect(port));
  }
  const std::size_t before = thread_count();
  thread_set answered;
  const double ms = timed_ms([&] {
    std::vector<std::thread> threads;
    for (const int connection : connections) {
      threads.emplace_back([connection, &answered] {
        char answer[8];
        if (::send(connection, "?\n", 2, MSG_NOSIGNAL) == 2 &&
            ::recv(connection, answer, sizeof answer, 0) > 0) {
          answered.note();
        }
      });
    }
    blocked = std::max(blocked, thread_count() - before);
    for (std::thread& t : threads) {
      t.join();
    }
  });
  unanswered += operations - answered.size();
  for (const int connection : connections) {
    ::close(connection);
  }
  return ms;
}

task<> operation(net::tcp_stream& connection, thread_set& used) {
  auto asking = connection.write_all(std::string("?\n"));
  co_await std::move(asking);
  auto answering = connection.read_until("\n");
  static_cast<void>(co_await std::move(answering));
  used.note();
}

task<> operations_together(std::vector<net::tcp_stream>& connections, thread_set& used) {
  std::vector<task<>> started;
  for (net::tcp_stream& connection : connections) {
    started.push_back(operation(connection, used));
  }
  co_await when_all(started);
}

task<> connect_all(std::uint16_t port, std::vector<net::tcp_stream>& connections) {
  for (std::size_t i = 0; i < operations; ++i) {
    auto connecting = net::tcp_stream::connect(net::endpoint("127.0.0.1", port));
    connections.push_back(co_await std::move(connecting));
  }
}

double with_tasks(std::uint16_t port, std::size_t& used_most) {
  std::vector<net::tcp_stream> connections;
  block_on(connect_all(port, connections));
  thread_set used;
  const double ms = timed_ms([&] { block_on(operations_together(connections, used)); });
  used_most = std::max(used_most, used.size());
  return ms;
}

}  // namespace

void measure_t3(environment& e, outcome& o) {
  e.doing("starting the second process");
  const std::uint16_t port = e.outside().where().line_port;
  std::size_t blocked = 0;
  std::size_t unanswered = 0;
  std::size_t used = 0;
  e.doing("a blocked thread each");
  const double plain = median_of_three([&] { return with_threads(port, blocked, unanswered); });
  e.doing("started together, awaited");
  static_cast<void>(with_tasks(port, used));  // the pool is up
  const double awaited = median_of_three([&] { return with_tasks(port, used); });

  o.plain({"a thread each, which blocks", show_ms(plain), counted(blocked, "blocked thread")});
  o.with_weft(
      {"started together, awaited", show_ms(awaited), counted(used, "thread") + " of the pool"});
  o.measured("threads_ms", plain);
  o.measured("threads_blocked", static_cast<double>(blocked));
  o.measured("awaited_ms", awaited);
  o.measured("pool_threads_used", static_cast<double>(used));
  o.check(awaited <= 105, fmt::format("awaiting took {:.1f} ms", awaited));
  o.check(used <= 2, fmt::format("{} threads of the pool were used", used));
  o.check(blocked >= operations, fmt::format("only {} threads were blocked", blocked));
  o.check(unanswered == 0, fmt::format("{} operations were not answered", unanswered));
}

}  // namespace weft::tour
