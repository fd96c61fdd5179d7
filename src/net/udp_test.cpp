#include <weft/net/udp.hpp>

#include <weft/base/error.hpp>
#include <weft/net/unix.hpp>
#include <weft/task.hpp>

#include "support/driven_reactor.hpp"

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include <unistd.h>

namespace weft::net {
namespace {

using weft::detail::testing::on_backend;

using udp = on_backend;

TEST_P(udp, datagrams_arrive_with_their_sender) {
  auto a = udp_socket::bind({"127.0.0.1", 0});
  auto b = udp_socket::bind({"127.0.0.1", 0});
  std::array<char, 16> into{};
  auto receiving = b.receive_from(into);
  EXPECT_FALSE(receiving.is_completed());
  a.send_to("hello", b.local_endpoint()).result();
  const datagram d = std::move(receiving).result();
  EXPECT_EQ(std::string_view(into.data(), d.size()), "hello");
  EXPECT_EQ(d.from(), a.local_endpoint());
  EXPECT_FALSE(d.is_truncated());
}

TEST_P(udp, several_that_wait_are_all_received) {
  auto a = udp_socket::bind({"127.0.0.1", 0});
  auto b = udp_socket::bind({"127.0.0.1", 0});
  std::array<char, 16> into{};
  auto first = b.receive_from(into);
  for (int i = 0; i < 3; ++i) {
    a.send_to(std::to_string(i), b.local_endpoint()).result();
  }
  EXPECT_EQ(std::move(first).result().size(), 1u);
  EXPECT_EQ(b.receive_from(into).result().size(), 1u);
  EXPECT_EQ(b.receive_from(into).result().size(), 1u);
}

TEST_P(udp, what_does_not_fit_is_said_to_be_truncated) {
  auto a = udp_socket::bind({"127.0.0.1", 0});
  auto b = udp_socket::bind({"127.0.0.1", 0});
  a.send_to("hello", b.local_endpoint()).result();
  std::array<char, 2> into{};
  const datagram d = b.receive_from(into).result();
  EXPECT_TRUE(d.is_truncated());
  EXPECT_EQ(d.size(), 2u);
}

TEST_P(udp, empty_datagrams_are_datagrams) {
  auto a = udp_socket::bind({"127.0.0.1", 0});
  auto b = udp_socket::bind({"127.0.0.1", 0});
  std::array<char, 2> into{};
  auto receiving = b.receive_from(into);
  a.send_to("", b.local_endpoint()).result();
  EXPECT_EQ(std::move(receiving).result().size(), 0u);
}

TEST_P(udp, receiving_can_be_cancelled_and_closed) {
  auto b = udp_socket::bind({"127.0.0.1", 0});
  std::array<char, 2> into{};
  std::stop_source source;
  auto receiving = b.receive_from(into, source.get_token());
  source.request_stop();
  EXPECT_THROW(std::move(receiving).result(), operation_canceled);
  auto again = b.receive_from(into);
  b.close();
  EXPECT_THROW(std::move(again).result(), object_disposed);
  EXPECT_THROW((void)b.receive_from(into), object_disposed);
}

TEST_P(udp, sending_wants_an_address) {
  auto a = udp_socket::bind({"127.0.0.1", 0});
  EXPECT_THROW((void)a.send_to("x", {"localhost", 1}), std::invalid_argument);
  EXPECT_THROW(a.send_to(std::string(100'000, 'x'), a.local_endpoint()).result(),
               std::system_error);
}

WEFT_FOR_BOTH_BACKENDS(udp);

using unix_sockets = on_backend;

TEST_P(unix_sockets, connect_by_path_and_by_abstract_name) {
  const std::string path = ::testing::TempDir() + "weft_unix_" + std::to_string(::getpid());
  for (const std::string& name : {path, "@weft_test_" + std::to_string(::getpid())}) {
    auto listener = unix_listener::bind(name);
    auto accepting = listener.accept();
    unix_stream client = unix_stream::connect(name).result();
    unix_stream server = std::move(accepting).result();
    client.write_all("hello").result();
    client.shutdown_write();
    EXPECT_EQ(server.read_until("\n").result(), "hello");
  }
  ::unlink(path.c_str());
}

TEST_P(unix_sockets, say_which_path_is_wrong) {
  try {
    unix_stream::connect("/nonexistent/weft").result();
    FAIL();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::no_such_file_or_directory);
    EXPECT_NE(std::string(e.what()).find("/nonexistent/weft"), std::string::npos) << e.what();
  }
  EXPECT_THROW((void)unix_stream::connect(std::string(200, 'x')), std::invalid_argument);
  EXPECT_THROW((void)unix_listener::bind(""), std::invalid_argument);
}

WEFT_FOR_BOTH_BACKENDS(unix_sockets);

}  // namespace
}  // namespace weft::net
