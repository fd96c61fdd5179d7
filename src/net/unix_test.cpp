// What Unix sockets and datagrams have beyond streams: descriptors, peers, groups, deadlines.

#include <weft/net/unix.hpp>

#include <weft/base/error.hpp>
#include <weft/net/udp.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"
#include "support/late.hpp"
#include "support/scratch.hpp"

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace weft::net {
namespace {

using namespace std::chrono_literals;
using weft::detail::testing::on_backend;
using weft::detail::testing::receive_late;

using descriptors = on_backend;

TEST_P(descriptors, pass_from_stream_to_stream) {
  auto [a, b] = unix_stream::pair();
  int pipe_ends[2];
  ASSERT_EQ(::pipe2(pipe_ends, O_CLOEXEC), 0);
  owned_descriptor read_end(pipe_ends[0]);
  owned_descriptor write_end(pipe_ends[1]);
  auto receiving = b.receive_descriptor();
  EXPECT_FALSE(receiving.is_completed());
  a.send_descriptor(write_end.get()).result();
  owned_descriptor got = std::move(receiving).result();
  EXPECT_GE(got.get(), 0);
  EXPECT_NE(got.get(), write_end.get());
  EXPECT_NE(::fcntl(got.get(), F_GETFD) & FD_CLOEXEC, 0);
  write_end = owned_descriptor();
  EXPECT_EQ(::write(got.get(), "x", 1), 1);
  got = owned_descriptor();
  std::array<char, 4> into{};
  EXPECT_EQ(::read(read_end.get(), into.data(), into.size()), 1);
  EXPECT_EQ(::read(read_end.get(), into.data(), into.size()), 0);  // no copy is left open
}

TEST_P(descriptors, that_do_not_come_are_said_to_be_missing) {
  auto [a, b] = unix_stream::pair();
  a.write_all("x").result();
  try {
    (void)b.receive_descriptor().result();
    FAIL();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::bad_message);
  }
  EXPECT_THROW(a.send_descriptor(-1).result(), std::system_error);
  std::stop_source source;
  auto waiting = b.receive_descriptor(source.get_token());
  source.request_stop();
  EXPECT_THROW(std::move(waiting).result(), operation_canceled);
  a.close();
  EXPECT_THROW(b.receive_descriptor().result(), end_of_stream);
}

// A reading stops behind the byte that brought one.
TEST_P(descriptors, do_not_hide_what_comes_behind_them) {
  auto [a, b] = unix_stream::pair();
  b.set_deadline(1min);  // of a reading that is never told
  std::array<char, 8> into{};
  for (int i = 0; i < 20; ++i) {
    receive_late(b, a);
    a.send_descriptor(STDIN_FILENO).result();
    a.write_all("yz").result();
    for (std::size_t got = 0; got < 3;) {
      got += b.read_some(into).result();
    }
  }
}

WEFT_FOR_BOTH_BACKENDS(descriptors);

using unix_datagrams = on_backend;

TEST_P(unix_datagrams, keep_their_borders_and_their_order) {
  auto [a, b] = unix_datagram::pair();
  std::array<char, 8> into{};
  auto first = b.receive(into);
  EXPECT_FALSE(first.is_completed());
  a.send("one").result();
  a.send("").result();
  a.send("three").result();
  EXPECT_EQ(std::move(first).result(), 3u);
  EXPECT_EQ(std::string_view(into.data(), 3), "one");
  EXPECT_EQ(b.receive(into).result(), 0u);
  EXPECT_EQ(b.receive(into).result(), 5u);
  a.send("much too long").result();
  try {
    (void)b.receive(into).result();
    FAIL();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::message_size);
  }
}

TEST_P(unix_datagrams, find_each_other_by_path) {
  const weft::detail::testing::scratch folder;
  const std::string path = folder / "socket";
  auto a = unix_datagram::bind(path);
  auto b = unix_datagram::bind();
  std::array<char, 8> into{};
  b.send_to("x", path).result();
  EXPECT_EQ(a.receive(into).result(), 1u);
  b.connect(path);
  b.send("yz").result();
  EXPECT_EQ(a.receive(into).result(), 2u);
  EXPECT_THROW((void)unix_datagram::bind(path), std::system_error);
  EXPECT_THROW(b.send_to("x", folder / "nobody").result(), std::system_error);
  EXPECT_THROW((void)b.send_to("x", std::string(200, 'x')), std::invalid_argument);
}

TEST_P(unix_datagrams, have_a_deadline) {
  auto [a, b] = unix_datagram::pair();
  std::array<char, 8> into{};
  b.set_deadline(2ms);
  EXPECT_THROW(b.receive(into).result(), timeout_error);
  EXPECT_THROW(b.receive(into).result(), timeout_error);
  b.set_deadline(infinite);
  a.send("x").result();
  EXPECT_EQ(b.receive(into).result(), 1u);
  auto waiting = b.receive(into);
  b.close();
  EXPECT_THROW(std::move(waiting).result(), object_disposed);
  EXPECT_FALSE(b.is_open());
}

WEFT_FOR_BOTH_BACKENDS(unix_datagrams);

using udp_peer = on_backend;

TEST_P(udp_peer, gets_what_is_sent_to_nobody_else) {
  auto a = udp_socket::bind({"127.0.0.1", 0});
  auto b = udp_socket::bind({"127.0.0.1", 0});
  auto stranger = udp_socket::bind({"127.0.0.1", 0});
  a.connect(b.local_endpoint());
  stranger.send_to("no", a.local_endpoint()).result();
  b.send_to("yes", a.local_endpoint()).result();
  std::array<char, 8> into{};
  EXPECT_EQ(a.receive_from(into).result().size(), 3u);
  a.send("hello").result();
  EXPECT_EQ(b.receive_from(into).result().from(), a.local_endpoint());
  EXPECT_THROW(a.connect({"localhost", 1}), std::invalid_argument);
}

TEST_P(udp_peer, that_does_not_listen_is_noticed) {
  auto a = udp_socket::bind({"127.0.0.1", 0});
  {
    auto b = udp_socket::bind({"127.0.0.1", 0});
    a.connect(b.local_endpoint());
  }
  std::array<char, 8> into{};
  auto waiting = a.receive_from(into);
  a.send("hello").result();
  try {
    (void)std::move(waiting).result();
    FAIL();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::connection_refused);
  }
}

TEST_P(udp_peer, has_a_deadline) {
  auto a = udp_socket::bind({"127.0.0.1", 0});
  std::array<char, 8> into{};
  auto waiting = a.receive_from(into);
  a.set_deadline(2ms);
  EXPECT_THROW(std::move(waiting).result(), timeout_error);
  a.set_deadline(infinite);
  a.send_to("x", a.local_endpoint()).result();
  EXPECT_EQ(a.receive_from(into).result().size(), 1u);
}

TEST_P(udp_peer, groups_are_joined_and_left) {
  const address group = *address::parse("239.255.71.3");
  auto hearer = udp_socket::bind({"", 0}, {.reuse_address = true});
  const auto port = hearer.local_endpoint().port();
  auto other = udp_socket::bind({"", port}, {.reuse_address = true});
  hearer.join(group, address::loopback());
  other.join(group, address::loopback());
  auto speaker = udp_socket::bind({"127.0.0.1", 0});
  speaker.set_multicast(address::loopback());
  speaker.send_to("to all", endpoint(group, port)).result();
  std::array<char, 8> into{};
  EXPECT_EQ(hearer.receive_from(into).result().size(), 6u);
  EXPECT_EQ(other.receive_from(into).result().size(), 6u);
  hearer.leave(group, address::loopback());
  EXPECT_THROW(hearer.leave(group, address::loopback()), std::system_error);
  EXPECT_THROW(hearer.join(address::loopback()), std::system_error);
  hearer.set_broadcast(true);
}

WEFT_FOR_BOTH_BACKENDS(udp_peer);

}  // namespace
}  // namespace weft::net
