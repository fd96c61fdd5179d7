#include <weft/net/tcp.hpp>

#include <weft/base/error.hpp>
#include <weft/net/resolve.hpp>
#include <weft/task.hpp>
#include <weft/time/delay.hpp>

#include "socket.hpp"
#include "support/driven_reactor.hpp"
#include "support/in_child.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <system_error>
#include <type_traits>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weft::net {

/// Connects to addresses without a name server.
struct detail::tcp_test {
  static value_task<tcp_stream> connect_any(std::vector<address> candidates, std::uint16_t port,
                                            std::stop_token stop = {}) {
    return tcp_stream::connect_any(std::move(candidates), endpoint("a.name", port),
                                   std::move(stop));
  }
};

namespace {

using namespace std::chrono_literals;
using weft::detail::testing::in_child;
using weft::detail::testing::on_backend;

task<> echo(tcp_stream s) {
  std::array<char, 4096> data{};
  while (true) {
    auto reading = s.read_some(data);
    const std::size_t n = co_await std::move(reading);
    if (n == 0) {
      break;
    }
    auto writing = s.write_all(std::string(data.data(), n));
    co_await std::move(writing);
  }
}

task<int> serve(tcp_listener& listener, int connections) {
  std::vector<task<>> all;
  for (int i = 0; i < connections; ++i) {
    auto accepting = listener.accept();
    all.push_back(echo(co_await std::move(accepting)));
  }
  for (auto& one : all) {
    co_await one;
  }
  co_return connections;
}

task<> ask(endpoint where, int times) {
  auto connecting = tcp_stream::connect(where);
  tcp_stream s = co_await std::move(connecting);
  for (int i = 0; i < times; ++i) {
    const std::string question = "question " + std::to_string(i);
    auto writing = s.write_all(question);
    co_await std::move(writing);
    std::string answer(question.size(), ' ');
    auto reading = s.read_exactly(answer);
    co_await std::move(reading);
    EXPECT_EQ(answer, question);
  }
}

using tcp = on_backend;

TEST_P(tcp, connections_talk_both_ways) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  EXPECT_NE(listener.local_endpoint().port(), 0);
  constexpr int clients = 20;
  auto server = serve(listener, clients);
  std::vector<task<>> all;
  for (int i = 0; i < clients; ++i) {
    all.push_back(ask(listener.local_endpoint(), 50));
  }
  for (auto& one : all) {
    one.result();
  }
  EXPECT_EQ(server.result(), clients);
}

TEST_P(tcp, who_connects_reads_what_the_peer_has_said_before) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  const auto greet = [](tcp_listener& at) -> task<> {
    auto accepting = at.accept();
    tcp_stream s = co_await std::move(accepting);
    auto writing = s.write_all(std::string("220 ready"));
    co_await std::move(writing);
  };
  auto greeting = greet(listener);
  tcp_stream client = tcp_stream::connect(listener.local_endpoint()).result();
  greeting.result();
  std::string said(9, ' ');
  client.read_exactly(said).result();
  EXPECT_EQ(said, "220 ready");
  EXPECT_EQ(client.read_some(said).result(), 0U);
}

TEST_P(tcp, connect_takes_names_and_knows_both_ends) {
  auto listener = tcp_listener::bind({"localhost", 0});
  const auto port = listener.local_endpoint().port();
  auto accepting = listener.accept();
  tcp_stream client = tcp_stream::connect({"localhost", port}).result();
  tcp_stream server = std::move(accepting).result();
  EXPECT_EQ(client.remote_endpoint(), listener.local_endpoint());
  EXPECT_EQ(server.remote_endpoint(), client.local_endpoint());
}

TEST_P(tcp, small_writes_are_not_held_back) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  tcp_stream client = tcp_stream::connect(listener.local_endpoint()).result();
  tcp_stream server = listener.accept().result();
  client.set_no_delay(false);
  client.set_no_delay(true);
  client.write_all("x").result();
  char byte = 0;
  EXPECT_EQ(server.read_some(mutable_buffer(&byte, 1)).result(), 1u);
}

TEST_P(tcp, half_close_ends_one_direction) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  tcp_stream client = tcp_stream::connect(listener.local_endpoint()).result();
  tcp_stream server = listener.accept().result();
  auto whole = server.read_until("\n");
  client.write_all("all of it").result();
  client.shutdown_write();
  EXPECT_EQ(std::move(whole).result(), "all of it");
  server.write_all("answer").result();
  std::array<char, 6> into{};
  client.read_exactly(into).result();
  // A blocked write while the peer has half closed: the end of one direction must not look like
  // readiness of the other.
  auto write = server.write_all(std::string(16 << 20, 'x'));
  std::string sink(16 << 20, ' ');
  client.read_exactly(sink).result();
  std::move(write).result();
  EXPECT_EQ(server.read_some(into).result(), 0u);
}

TEST_P(tcp, reset_by_the_peer_fails_a_pending_read) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  const auto where = listener.local_endpoint();
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(where.port());
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  tcp_stream server = listener.accept().result();
  std::array<char, 16> into{};
  auto read = server.read_some(into);
  const linger hard{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::close(fd);
  try {
    std::move(read).result();
    FAIL();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::connection_reset);
    EXPECT_NE(std::string(e.what()).find("tcp_stream::read_some"), std::string::npos) << e.what();
  }
}

TEST_P(tcp, connect_to_a_closed_port_says_where) {
  std::uint16_t port = 0;
  {
    auto listener = tcp_listener::bind({"127.0.0.1", 0});
    port = listener.local_endpoint().port();
  }
  try {
    tcp_stream::connect({"localhost", port}).result();
    FAIL();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::connection_refused);
    EXPECT_NE(std::string(e.what()).find("localhost:" + std::to_string(port)), std::string::npos)
        << e.what();
  }
}

TEST_P(tcp, connect_can_be_cancelled) {
  std::stop_source source;
  // A listener whose queue is full answers no more: the connection stays half-way.
  auto listener = tcp_listener::bind({"127.0.0.1", 0}, 0);
  std::vector<value_task<tcp_stream>> filling;
  for (int i = 0; i < 4; ++i) {
    filling.push_back(tcp_stream::connect(listener.local_endpoint(), source.get_token()));
  }
  source.request_stop();
  int canceled = 0;
  for (auto& one : filling) {
    try {
      std::move(one).result();
    } catch (const operation_canceled&) {
      ++canceled;
    }
  }
  EXPECT_GT(canceled, 0);
  EXPECT_THROW(tcp_stream::connect(listener.local_endpoint(), source.get_token()).result(),
               operation_canceled);
}

TEST_P(tcp, binding_twice_says_which_address_is_taken) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  try {
    (void)tcp_listener::bind(listener.local_endpoint());
    FAIL();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::address_in_use);
    EXPECT_NE(std::string(e.what()).find(listener.local_endpoint().to_string()), std::string::npos)
        << e.what();
  }
  EXPECT_THROW((void)tcp_listener::bind({"no such host", 0}), std::invalid_argument);
}

WEFT_FOR_BOTH_BACKENDS(tcp);

address at(const char* text) {
  return *address::parse(text);
}

// Listens at an address and a port, and never answers: its queue is full.
class deaf_listener {
 public:
  explicit deaf_listener(const char* where, std::uint16_t port) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    ::inet_pton(AF_INET, where, &to.sin_addr);
    fds_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(fds_[0], SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    EXPECT_EQ(::bind(fds_[0], reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    ::listen(fds_[0], 0);
    for (int i = 0; i < 4; ++i) {
      fds_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      ::connect(fds_.back(), reinterpret_cast<sockaddr*>(&to), sizeof to);
    }
  }
  deaf_listener(const deaf_listener&) = delete;
  deaf_listener& operator=(const deaf_listener&) = delete;
  ~deaf_listener() {
    for (const int fd : fds_) {
      ::close(fd);
    }
  }

 private:
  std::vector<int> fds_;
};

using tcp_race = on_backend;

TEST_P(tcp_race, takes_the_families_in_turn) {
  const std::vector<address> found{at("::1"), at("::2"), at("10.0.0.1"), at("::3"), at("10.0.0.2")};
  EXPECT_EQ(detail::interleaved(found), (std::vector<address>{at("::1"), at("10.0.0.1"), at("::2"),
                                                              at("10.0.0.2"), at("::3")}));
  EXPECT_TRUE(detail::interleaved({}).empty());
  EXPECT_EQ(detail::interleaved({at("10.0.0.1"), at("10.0.0.2")}).back(), at("10.0.0.2"));
}

TEST_P(tcp_race, goes_past_addresses_that_refuse_and_that_do_not_answer) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  const auto port = listener.local_endpoint().port();
  const deaf_listener deaf("127.0.0.2", port);
  tcp_stream won =
      detail::tcp_test::connect_any({at("127.0.0.3"), at("127.0.0.2"), at("127.0.0.1")}, port)
          .result();
  EXPECT_EQ(won.remote_endpoint(), listener.local_endpoint());
}

TEST_P(tcp_race, says_what_was_tried_when_nobody_answers) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  const auto port = listener.local_endpoint().port();
  listener.close();
  try {
    detail::tcp_test::connect_any({at("127.0.0.1"), at("127.0.0.3")}, port).result();
    FAIL();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code(), std::errc::connection_refused);
    EXPECT_NE(std::string(e.what()).find("127.0.0.1, 127.0.0.3"), std::string::npos) << e.what();
  }
}

TEST_P(tcp_race, ends_with_the_token) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  const auto port = listener.local_endpoint().port();
  const deaf_listener deaf("127.0.0.2", port);
  const deaf_listener other("127.0.0.4", port);
  std::stop_source source;
  auto connecting =
      detail::tcp_test::connect_any({at("127.0.0.2"), at("127.0.0.4")}, port, source.get_token());
  EXPECT_FALSE(connecting.is_completed());
  source.request_stop();
  EXPECT_THROW(std::move(connecting).result(), operation_canceled);
}

WEFT_FOR_BOTH_BACKENDS(tcp_race);

using tcp_options = on_backend;

TEST_P(tcp_options, listeners_may_share_a_port) {
  auto one = tcp_listener::bind({"127.0.0.1", 0}, {.reuse_port = true});
  auto two = tcp_listener::bind(one.local_endpoint(), {.reuse_port = true});
  auto first = one.accept();
  auto second = two.accept();
  std::vector<tcp_stream> clients;
  for (int i = 0; i < 64; ++i) {  // the kernel deals them out
    clients.push_back(tcp_stream::connect(one.local_endpoint()).result());
  }
  std::move(first).result();
  std::move(second).result();
}

TEST_P(tcp_options, keep_alive_is_the_kernels) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  tcp_stream client = tcp_stream::connect(listener.local_endpoint()).result();
  client.set_keep_alive(true);
  client.set_keep_alive(true, {.idle = 5s, .interval = 1s, .probes = 2});
  client.set_keep_alive(false);
  EXPECT_THROW(client.set_keep_alive(true, {.idle = 0s}), std::invalid_argument);
}

WEFT_FOR_BOTH_BACKENDS(tcp_options);

using tcp_accept = on_backend;

TEST_P(tcp_accept, ends_with_the_token) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  std::stop_source source;
  auto accepting = listener.accept(source.get_token());
  source.request_stop();
  EXPECT_THROW(std::move(accepting).result(), operation_canceled);
  auto again = listener.accept();
  tcp_stream client = tcp_stream::connect(listener.local_endpoint()).result();
  EXPECT_TRUE(std::move(again).result().is_open());
}

TEST_P(tcp_accept, ends_with_the_listener) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  auto accepting = listener.accept();
  listener.close();
  EXPECT_THROW(std::move(accepting).result(), object_disposed);
  EXPECT_THROW((void)listener.accept(), object_disposed);
}

TEST_P(tcp_accept, serves_several_waiters) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  auto one = listener.accept();
  auto two = listener.accept();
  tcp_stream first = tcp_stream::connect(listener.local_endpoint()).result();
  tcp_stream second = tcp_stream::connect(listener.local_endpoint()).result();
  EXPECT_TRUE(std::move(one).result().is_open());
  EXPECT_TRUE(std::move(two).result().is_open());
}

TEST_P(tcp_accept, closes_what_a_dropped_one_still_got) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  std::vector<tcp_stream> clients;
  for (int i = 0; i < 50; ++i) {
    {
      auto dropped = listener.accept();
    }
    clients.push_back(tcp_stream::connect(listener.local_endpoint()).result());
  }
  listener.close();
  for (tcp_stream& client : clients) {
    char byte = 0;
    try {
      EXPECT_EQ(client.read_some(mutable_buffer(&byte, 1)).result(), 0u);
    } catch (const std::system_error& e) {
      EXPECT_EQ(e.code(), std::errc::connection_reset);
    }
  }
}

int without_descriptors() {
  rlimit few{};
  ::getrlimit(RLIMIT_NOFILE, &few);
  few.rlim_cur = 64;
  ::setrlimit(RLIMIT_NOFILE, &few);
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  std::vector<tcp_stream> clients;
  std::vector<tcp_stream> servers;
  bool refused = false;
  for (int i = 0; i < 100 && !refused; ++i) {
    try {
      clients.push_back(tcp_stream::connect(listener.local_endpoint()).result());
      servers.push_back(listener.accept().result());
    } catch (const std::system_error& e) {
      refused = e.code() == std::errc::too_many_files_open;
      if (!refused) {
        return 2;
      }
    }
  }
  if (!refused) {
    return 3;
  }
  // One descriptor becomes free: the connection that waits gets it, or a new one does.
  const bool one_waits = clients.size() > servers.size();
  servers.pop_back();
  if (!one_waits) {
    servers.pop_back();
    clients.push_back(tcp_stream::connect(listener.local_endpoint()).result());
  }
  tcp_stream late = listener.accept().result();
  return late.is_open() ? 0 : 4;
}

// Runs itself again in processes of their own, since the limit is the process's.
TEST(tcp_accept_without_descriptors, fails_clearly_and_goes_on_later) {
  if (std::getenv("WEFT_TEST_FEW_DESCRIPTORS") != nullptr) {
    EXPECT_EQ(without_descriptors(), 0);
    return;
  }
  for (const char* backend : {"uring", "epoll"}) {
    EXPECT_EQ(in_child([backend] {
                ::setenv("WEFT_IO", backend, 1);
                ::setenv("WEFT_TEST_FEW_DESCRIPTORS", "1", 1);
                ::unsetenv("GTEST_OUTPUT");
                ::execl("/proc/self/exe", "weft_net_test",
                        "--gtest_filter=tcp_accept_without_descriptors.*",
                        static_cast<char*>(nullptr));
                return 99;
              }),
              0)
        << backend;
  }
}

WEFT_FOR_BOTH_BACKENDS(tcp_accept);

TEST(endpoint, is_no_aggregate_and_checks_its_port) {
  static_assert(!std::is_aggregate_v<endpoint> && !std::is_aggregate_v<address>);
  EXPECT_THROW(endpoint("localhost", 65536), std::out_of_range);
  EXPECT_THROW(endpoint("localhost", -1), std::out_of_range);
  EXPECT_EQ(endpoint("::1", 80).to_string(), "[::1]:80");
  EXPECT_EQ(endpoint("localhost", 80).to_string(), "localhost:80");
  EXPECT_FALSE(endpoint("localhost", 80).address());
  EXPECT_TRUE(endpoint("10.0.0.1", 80).address());
}

TEST(address, reads_and_writes_both_families_and_nothing_else) {
  EXPECT_EQ(address::parse("127.0.0.1"), address::loopback());
  EXPECT_EQ(address::parse("127.0.0.1")->to_string(), "127.0.0.1");
  EXPECT_EQ(address::parse("2001:db8::1")->to_string(), "2001:db8::1");
  EXPECT_TRUE(address::parse("::1")->is_loopback());
  EXPECT_TRUE(address::parse("::1")->is_v6());
  for (const char* bad : {"", "localhost", "1.2.3", "1.2.3.4.5", "256.0.0.1",
                          ":::", "fe80::1%nosuchif0", "1.2.3.4 "}) {
    EXPECT_FALSE(address::parse(bad)) << bad;
  }
  EXPECT_FALSE(address::parse(std::string_view("1.2.3.4\0", 8)));
  EXPECT_FALSE(address::parse(std::string(1000, '1')));
}

using name_resolution = on_backend;

TEST_P(name_resolution, finds_this_machine_and_takes_addresses_as_they_are) {
  for (const auto& found :
       {resolve("localhost").result(), detail::resolve_by_system("localhost", {}).result()}) {
    ASSERT_FALSE(found.empty());
    EXPECT_TRUE(found.front().is_loopback());
  }
  auto numeric = resolve("::1");
  EXPECT_TRUE(numeric.is_completed());
  EXPECT_EQ(numeric.result().size(), 1u);
}

TEST_P(name_resolution, says_what_it_could_not_find) {
  try {
    detail::resolve_by_system("no-such-host.invalid", {}).result();
    FAIL();
  } catch (const std::system_error& e) {
    EXPECT_EQ(e.code().category(), resolve_category());
    EXPECT_NE(std::string(e.what()).find("no-such-host.invalid"), std::string::npos) << e.what();
  }
  EXPECT_THROW((void)resolve(""), std::invalid_argument);
}

TEST_P(name_resolution, lets_the_awaiter_go_when_the_token_asks) {
  for (int i = 0; i < 200; ++i) {
    std::stop_source source;
    auto resolving = detail::resolve_by_system("localhost", source.get_token());
    source.request_stop();
    try {
      resolving.result();
    } catch (const operation_canceled&) {
    }
  }
  for (int i = 0; i < 50; ++i) {
    auto dropped = detail::resolve_by_system("localhost", {});
  }
}

WEFT_FOR_BOTH_BACKENDS(name_resolution);

}  // namespace
}  // namespace weft::net
