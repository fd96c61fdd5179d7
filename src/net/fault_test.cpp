// What goes wrong on a network, and operations that are cancelled at every point.

#include <weft/base/error.hpp>
#include <weft/net/tcp.hpp>
#include <weft/net/unix.hpp>
#include <weft/task.hpp>
#include <weft/time/delay.hpp>

#include "support/connected.hpp"
#include "support/driven_reactor.hpp"
#include "support/faults.hpp"
#include "support/in_child.hpp"

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <sys/socket.h>
#include <unistd.h>

namespace weft::net {
namespace {

using namespace std::chrono_literals;
using weft::detail::testing::connected;
using weft::detail::testing::is_refused_in_child;
using weft::detail::testing::on_backend;

using network_fault = on_backend;

TEST_P(network_fault, a_reset_ends_all_that_is_pending) {
  auto [client, server] = connected();
  std::array<char, 16> into{};
  auto read = client.read_some(into);
  auto write = client.write_all(std::string(16 << 20, 'x'));  // more than the kernel takes
  EXPECT_FALSE(write.is_completed());
  server.close();  // with bytes unread: a reset
  int failed = 0;
  try {
    std::move(write).result();
  } catch (const std::system_error&) {
    ++failed;
  }
  try {
    EXPECT_EQ(std::move(read).result(), 0u);
  } catch (const std::system_error&) {
    ++failed;
  }
  EXPECT_GE(failed, 1);  // the kernel tells one of them of the reset, the other that it has ended
  EXPECT_THROW(client.write_all("x").result(), std::system_error);
}

TEST_P(network_fault, half_open_connections_are_given_up_by_their_deadline) {
  auto [client, server] = connected();
  std::array<char, 16> into{};
  server.set_deadline(5ms);  // the client lives, and says nothing
  EXPECT_THROW((void)server.read_some(into).result(), timeout_error);
  EXPECT_THROW((void)server.read_until("\n").result(), timeout_error);
  server.set_deadline(infinite);
  client.write_all("late").result();
  EXPECT_EQ(server.read_some(into).result(), 4u);
}

TEST_P(network_fault, a_slow_reader_holds_its_writer_back) {
  auto [client, server] = connected();
  const std::string much(16 << 20, 'x');
  auto write = client.write_all(much);
  EXPECT_FALSE(write.is_completed());
  client.set_deadline(5ms);
  EXPECT_THROW(std::move(write).result(), timeout_error);
  client.set_deadline(infinite);
  client.close();
  std::size_t got = 0;
  std::string into(1 << 16, ' ');
  while (const std::size_t n = server.read_some(into).result()) {
    got += n;
  }
  EXPECT_GT(got, 0u);
  EXPECT_LT(got, much.size());
}

TEST_P(network_fault, a_time_out_that_races_with_data_loses_none) {
  auto [client, server] = connected();
  std::size_t got = 0;
  std::array<char, 16> into{};
  constexpr std::size_t rounds = 100;
  for (std::size_t i = 0; i < rounds; ++i) {
    server.set_deadline(std::chrono::microseconds(i % 50));
    auto read = server.read_some(into);
    client.write_all("x").result();
    try {
      got += std::move(read).result();
    } catch (const timeout_error&) {
    }
  }
  server.set_deadline(infinite);
  client.shutdown_write();
  while (const std::size_t n = server.read_some(into).result()) {
    got += n;
  }
  EXPECT_EQ(got, rounds);
}

// A conversation with all kinds of operations, each of which may be cancelled.
task<> converse(tcp_listener& listener, int& passed, std::stop_token stop) {
  auto connecting = tcp_stream::connect(listener.local_endpoint(), stop);
  tcp_stream client = co_await std::move(connecting);
  ++passed;
  auto accepting = listener.accept(stop);
  tcp_stream server = co_await std::move(accepting);
  ++passed;
  auto line = server.read_until("\n", 100, stop);
  auto writing = client.write_all("line\nrest", stop);
  co_await std::move(writing);
  ++passed;
  co_await std::move(line);
  ++passed;
  std::array<char, 4> rest{};
  auto reading = server.read_exactly(rest, stop);
  co_await std::move(reading);
  ++passed;
  auto large = server.write_all(std::string(4 << 20, 'x'), stop);
  std::string into(4 << 20, ' ');
  auto taking = client.read_exactly(into, stop);
  co_await std::move(taking);
  ++passed;
  co_await std::move(large);
  ++passed;
  auto silence = client.read_some(into, stop);
  co_await std::move(silence);
}

TEST_P(network_fault, cancelling_at_every_point_leaves_nothing_behind) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  int furthest = 0;
  for (int round = 0; round < 40; ++round) {
    std::stop_source source;
    int passed = 0;
    auto talk = converse(listener, passed, source.get_token());
    for (int turns = 0; turns < round * 6; ++turns) {
      std::this_thread::yield();
    }
    source.request_stop();
    EXPECT_THROW(talk.result(), operation_canceled);
    furthest = std::max(furthest, passed);
    // The listener is usable, whatever was left in its queue.
    auto accepting = listener.accept();
    tcp_stream client = tcp_stream::connect(listener.local_endpoint()).result();
    std::move(accepting).result();
  }
  EXPECT_GT(furthest, 0);
}

TEST_P(network_fault, vectored_writes_arrive_as_one) {
  auto [client, server] = connected();
  const std::string head = "head ";
  const std::vector<char> empty;
  const std::string body(16 << 20, 'x');
  const std::string tail = " tail";
  const std::array<const_buffer, 4> parts{
      const_buffer(head.data(), head.size()), const_buffer(empty),
      const_buffer(body.data(), body.size()), const_buffer(tail.data(), tail.size())};
  auto write = client.write_vectored(parts);
  EXPECT_FALSE(write.is_completed());
  std::string got(head.size() + body.size() + tail.size(), ' ');
  server.read_exactly(got).result();
  std::move(write).result();
  EXPECT_TRUE(got == head + body + tail);
  client.write_vectored({}).result();
  const std::vector<const_buffer> many(3000, const_buffer("ab", 2));  // more than one call takes
  auto all = client.write_vectored(many);
  got.resize(6000);
  server.read_exactly(got).result();
  std::move(all).result();
  EXPECT_EQ(got.substr(5996), "abab");
  std::stop_source source;
  source.request_stop();
  EXPECT_THROW(client.write_vectored(parts, source.get_token()).result(), operation_canceled);
  server.close();
}

TEST_P(network_fault, some_is_written_when_not_all_can_be) {
  auto [client, server] = connected();
  const std::string much(16 << 20, 'x');
  const std::size_t some = client.write_some(const_buffer(much.data(), much.size())).result();
  EXPECT_GT(some, 0u);
  EXPECT_LT(some, much.size());
  std::size_t filled = some;
  std::stop_source source;
  while (true) {
    auto more = client.write_some(const_buffer(much.data(), much.size()), source.get_token());
    if (!more.is_completed()) {
      source.request_stop();
      try {
        filled += std::move(more).result();  // the kernel was faster
      } catch (const operation_canceled&) {
      }
      break;
    }
    filled += std::move(more).result();
  }
  client.close();
  std::size_t got = 0;
  std::string into(1 << 20, ' ');
  while (const std::size_t n = server.read_some(into).result()) {
    got += n;
  }
  EXPECT_EQ(got, filled);  // what was said to be written is, and nothing else
}

TEST_P(network_fault, interruptions_are_not_seen) {
  const weft::detail::testing::interrupted_often signals;
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  const std::string data(2 << 20, 'x');
  for (int i = 0; i < 5; ++i) {
    auto accepting = listener.accept();
    tcp_stream client = tcp_stream::connect(listener.local_endpoint()).result();
    tcp_stream server = std::move(accepting).result();
    auto there = client.write_all(data);
    auto back = server.write_all(data);
    std::string one(data.size(), ' ');
    std::string two(data.size(), ' ');
    auto reading = server.read_exactly(one);
    client.read_exactly(two).result();
    std::move(reading).result();
    std::move(there).result();
    std::move(back).result();
    EXPECT_TRUE(one == data && two == data);
  }
}

TEST_P(network_fault, a_fork_in_the_middle_leaves_the_parents_connections_alone) {
  auto [client, server] = connected();
  std::array<char, 16> into{};
  auto read = client.read_some(into);
  const auto where = client.remote_endpoint();
  EXPECT_TRUE(is_refused_in_child([&] {
    auto more = server.read_some(into);
    std::move(more).result();
  }));
  server.write_all("still here").result();
  EXPECT_EQ(std::move(read).result(), 10u);
  EXPECT_EQ(client.remote_endpoint(), where);
}

TEST_P(network_fault, no_descriptors_left_is_said_and_passes) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  {
    const weft::detail::testing::with_few_descriptors none(0);
    try {
      static_cast<void>(tcp_stream::connect(listener.local_endpoint()).result());
      ADD_FAILURE() << "connected without a descriptor";
    } catch (const std::system_error& e) {
      EXPECT_EQ(e.code(), std::errc::too_many_files_open) << e.what();
    }
    EXPECT_THROW(static_cast<void>(tcp_listener::bind({"127.0.0.1", 0})), std::system_error);
    EXPECT_THROW(static_cast<void>(unix_stream::pair()), std::system_error);
  }
  auto accepting = listener.accept();
  tcp_stream client = tcp_stream::connect(listener.local_endpoint()).result();
  std::move(accepting).result();
}

WEFT_FOR_BOTH_BACKENDS(network_fault);

}  // namespace
}  // namespace weft::net
