#include <weft/net.hpp>
#include <weft/task.hpp>
#include <weft/testkit.hpp>
#include <weft/time.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>

namespace weft::testkit {
namespace {

using namespace std::chrono_literals;

static_assert(connection<simulated_stream>);
static_assert(connection<net::tcp_stream>);
static_assert(connection<net::unix_stream>);

/// Code under test, over any connection: echoes lines until the end.
template <connection Stream>
task<int> echo(Stream s) {
  int lines = 0;
  for (;;) {
    std::string line = co_await s.read_until("\n", 100);
    if (line.empty()) {
      s.close();  // parameters live as long as the task's handle
      co_return lines;
    }
    ++lines;
    co_await s.write_all(std::move(line));
  }
}

TEST(network, carries_bytes_in_order_in_any_pieces) {
  auto body = []() -> task<> {
    network net({.short_reads = 2, .capacity = 16});
    auto [client, server] = net.make_pair();
    auto serving = echo(std::move(server));
    co_await client.write_all(std::string("one\ntwo\n"));
    std::array<char, 8> got{};
    co_await client.read_exactly(got);
    require(std::string(got.data(), got.size()) == "one\ntwo\n", "what was sent came back");
    client.shutdown_write();
    char more = 0;
    const std::size_t rest = co_await client.read_some(mutable_buffer(&more, 1));
    require(rest == 0, "the end comes when the server has closed");
    require(co_await std::move(serving) == 2, "two lines");
  };
  check(body, {.name = "echo", .schedules = 200});
  check(body, {.name = "echo", .how = strategy::pct, .schedules = 100});
}

TEST(network, takes_time) {
  auto body = []() -> task<> {
    network net({.shortest_latency = 5ms, .longest_latency = 5ms, .short_reads = 0});
    auto [a, b] = net.make_pair();
    co_await a.write_all(std::string("x"));
    require(elapsed() == 0ns, "a small write waits for nobody");
    char x = 0;
    const std::size_t n = co_await b.read_some(mutable_buffer(&x, 1));
    require(n == 1 && x == 'x' && elapsed() == 5ms, "it arrives after the latency");
  };
  check(body, {.schedules = 20});
}

TEST(network, reorders_what_different_connections_carry) {
  auto orders = std::make_shared<std::vector<std::string>>();
  auto body = [orders]() -> task<> {
    network net;
    auto [a, from_a] = net.make_pair();
    auto [b, from_b] = net.make_pair();
    std::string order;
    auto receive = [&order](simulated_stream s) -> task<> {
      char c = 0;
      static_cast<void>(co_await s.read_some(mutable_buffer(&c, 1)));
      order += c;
    };
    auto one = receive(std::move(from_a));
    auto two = receive(std::move(from_b));
    co_await a.write_all(std::string("a"));
    co_await b.write_all(std::string("b"));
    co_await when_all(one, two);
    orders->push_back(order);
  };
  check(body, {.schedules = 100});
  EXPECT_NE(std::find(orders->begin(), orders->end(), "ab"), orders->end());
  EXPECT_NE(std::find(orders->begin(), orders->end(), "ba"), orders->end());
}

TEST(network, connects_to_who_listens) {
  auto body = []() -> task<> {
    network net;
    simulated_listener listener = net.listen({"db", 5432});
    EXPECT_THROW(static_cast<void>(net.listen({"db", 5432})), std::system_error);
    auto serve = [&]() -> task<int> {
      simulated_stream s = co_await listener.accept();
      co_return co_await echo(std::move(s));
    };
    auto serving = serve();
    simulated_stream s = co_await net.connect({"db", 5432});
    co_await s.write_all(std::string("hello\n"));
    const std::string back = co_await s.read_until("\n");
    require(back == "hello\n");
    s.close();
    require(!s.is_open());
    require(co_await std::move(serving) == 1);
    listener.close();
    bool refused = false;
    try {
      static_cast<void>(co_await net.connect({"db", 5432}));
    } catch (const std::system_error& e) {
      refused = e.code() == std::errc::connection_refused;
    }
    require(refused, "nobody listens any more");
  };
  check(body, {.schedules = 100});
}

TEST(network, ends_waits_by_deadline_token_and_close) {
  auto tokens = []() -> task<> {
    network net;
    auto [a, b] = net.make_pair();
    char c = 0;
    cancellation_source source;
    source.cancel_after(1s);
    bool canceled = false;
    try {
      static_cast<void>(co_await a.read_some(mutable_buffer(&c, 1), source.token()));
    } catch (const operation_canceled&) {
      canceled = true;
    }
    require(canceled, "by its token");
    auto read = [&a, &c]() -> task<bool> {
      try {
        static_cast<void>(co_await a.read_some(mutable_buffer(&c, 1)));
      } catch (const object_disposed&) {
        co_return true;
      }
      co_return false;
    };
    auto reading = read();
    co_await yield();
    a.close();
    require(co_await std::move(reading), "by closing");
    EXPECT_THROW(a.shutdown_write(), object_disposed);
  };
  auto deadlines = []() -> task<> {
    network net;
    auto [a, b] = net.make_pair();
    char c = 0;
    a.set_deadline(1s);
    bool timed_out = false;
    try {
      static_cast<void>(co_await a.read_some(mutable_buffer(&c, 1)));
    } catch (const timeout_error&) {
      timed_out = elapsed() == 1s;
    }
    require(timed_out, "at its deadline");
    a.set_deadline(infinite);
    co_await b.write_all(std::string("y"));
    const std::size_t n = co_await a.read_some(mutable_buffer(&c, 1));
    require(n == 1 && c == 'y', "a new deadline makes it usable again");
  };
  check(deadlines, {.schedules = 50});
  check(tokens, {.schedules = 50});
}

TEST(network, refuses_lines_that_are_too_long_and_ends_too_soon) {
  auto body = []() -> task<> {
    network net;
    auto [a, b] = net.make_pair();
    co_await a.write_all(std::string(50, 'x'));
    a.shutdown_write();
    bool too_long = false;
    try {
      static_cast<void>(co_await b.read_until("\n", 10));
    } catch (const std::length_error&) {
      too_long = true;
    }
    require(too_long);
    std::array<char, 60> all{};
    bool ended = false;
    try {
      co_await b.read_exactly(all);
    } catch (const end_of_stream&) {
      ended = true;
    }
    require(ended && all[49] == 'x');
  };
  check(body, {.schedules = 50});
}

TEST(network, resets_when_the_schedule_says_so) {
  auto resets = std::make_shared<int>(0);
  auto body = [resets]() -> task<> {
    network net({.resets = 4});
    auto [a, b] = net.make_pair();
    try {
      co_await a.write_all(std::string("x\n"));
      static_cast<void>(co_await b.read_until("\n"));
    } catch (const std::system_error& e) {
      require(e.code() == std::errc::connection_reset);
      ++*resets;
    }
  };
  check(body, {.schedules = 60});
  EXPECT_GT(*resets, 0);
  EXPECT_LT(*resets, 2 * 60);
}

TEST(network, holds_everything_while_it_is_cut) {
  auto body = []() -> task<> {
    network net;
    auto [a, b] = net.make_pair();
    net.cut();
    co_await a.write_all(std::string("z"));
    auto heal = [&net]() -> task<> {
      co_await delay(1h);
      net.heal();
    };
    auto healing = heal();
    char c = 0;
    static_cast<void>(co_await b.read_some(mutable_buffer(&c, 1)));
    require(c == 'z' && elapsed() >= 1h);
    co_await std::move(healing);
  };
  check(body, {.schedules = 20});
}

TEST(network, belongs_to_a_simulation) {
  EXPECT_THROW(network(), invalid_operation);
  simulated_stream s;
  char c = 0;
  EXPECT_THROW(static_cast<void>(s.read_some(mutable_buffer(&c, 1))), object_disposed);
}

/// A client that sends its order again when the answer is late, to a server that does not know it.
task<> retries_blindly() {
  network net({.shortest_latency = 1ms, .longest_latency = 90ms, .short_reads = 0});
  auto [client, server] = net.make_pair();
  int orders = 0;
  auto serve = [&orders](simulated_stream s) -> task<> {
    for (;;) {
      const std::string line = co_await s.read_until("\n");
      if (line.empty()) {
        co_return;
      }
      ++orders;
      co_await s.write_all(std::string("ok\n"));
    }
  };
  auto serving = serve(std::move(server));
  bool is_answered = false;
  while (!is_answered) {
    co_await client.write_all(std::string("order\n"));
    client.set_deadline(100ms);
    try {
      static_cast<void>(co_await client.read_until("\n"));
      is_answered = true;
    } catch (const timeout_error&) {
      client.set_deadline(infinite);
    }
  }
  client.close();
  co_await std::move(serving);
  require(orders == 1, "one order");
}

TEST(network, finds_an_order_that_is_sent_twice) {
  const report found = explore(retries_blindly, {.name = "orders"});
  ASSERT_EQ(found.how, failure::exception) << found.text();
  EXPECT_LE(found.preemptions, 3U) << found.text();
  const report again = replay(retries_blindly, found.schedule);
  EXPECT_EQ(again.message, found.message);
}

}  // namespace
}  // namespace weft::testkit
