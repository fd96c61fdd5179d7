#include <weft/net/tls.hpp>

#include <weft/base/error.hpp>
#include <weft/net/tcp.hpp>
#include <weft/net/unix.hpp>
#include <weft/sched/single_thread_context.hpp>
#include <weft/task.hpp>
#include <weft/time/delay.hpp>

#include "support/certificates.hpp"
#include "support/driven_reactor.hpp"

#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace weft::net {
namespace {

using namespace std::chrono_literals;
using weft::detail::testing::certificates;
using weft::detail::testing::on_backend;

std::string path(const std::string& file) {
  return certificates::get().path(file);
}

tls_options shows(const std::string& file) {
  return tls_options().certificate_file(path(file), path("leaf.key"));
}
tls_options trusts() {
  return tls_options().trust_file(path("ca.pem"));
}

struct pair {
  tls_stream client;
  tls_stream server;
};

// Both ends of a connection over Unix sockets. Throws what the client's end throws.
pair connect(const tls_context& client, const tls_context& server,
             const std::string& host = "localhost") {
  auto [one, other] = unix_stream::pair();
  auto serving = tls_stream::server(std::move(other), server);
  pair made;
  try {
    made.client = tls_stream::client(std::move(one), host, client).result();
  } catch (...) {
    try {
      std::move(serving).result();
    } catch (const tls_error&) {
    } catch (const std::system_error&) {
    }
    throw;
  }
  made.server = std::move(serving).result();
  return made;
}

pair connect() {
  return connect(tls_context::client(trusts()), tls_context::server(shows("localhost.pem")));
}

template <class F>
tls_failure failure_of(F attempt, const std::string& part) {
  try {
    attempt();
  } catch (const tls_error& e) {
    EXPECT_NE(std::string(e.what()).find(part), std::string::npos) << e.what();
    return e.kind();
  }
  ADD_FAILURE() << "nothing was refused";
  return tls_failure::protocol;
}

using tls = on_backend;

TEST_P(tls, streams_talk_both_ways) {
  auto [client, server] = connect();
  client.write_all("one\ntwo\nrest").result();
  EXPECT_EQ(server.read_until("\n").result(), "one\n");
  std::array<char, 3> into{};
  server.read_exactly(into).result();
  EXPECT_EQ(std::string_view(into.data(), 3), "two");
  EXPECT_EQ(server.read_some(into).result(), 3u);
  EXPECT_EQ(std::string_view(into.data(), 3), "\nre");
  auto rest = server.read_until("\n");
  EXPECT_FALSE(rest.is_completed());
  client.shutdown_write().result();
  EXPECT_EQ(std::move(rest).result(), "st");
  EXPECT_EQ(server.read_some(into).result(), 0u);
  server.write_all("answer").result();
  EXPECT_THROW(client.write_all("more").result(), invalid_operation);
  std::string answer(6, ' ');
  client.read_exactly(answer).result();
  EXPECT_EQ(answer, "answer");
  EXPECT_THROW(server.read_exactly(into).result(), end_of_stream);
}

TEST_P(tls, streams_find_delimiters_and_refuse_what_is_none) {
  auto [client, server] = connect();
  std::stop_source source;
  client.write_all("one\ntwo\r\nthree").result();
  EXPECT_EQ(server.read_until('\n').result(), "one\n");
  EXPECT_EQ(server.read_until("\r\n", source.get_token()).result(), "two\r\n");
  EXPECT_THROW(static_cast<void>(server.read_until("")), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(server.read_until("\n", 3).result()), std::length_error);
  auto rest = server.read_until('\n', source.get_token());
  EXPECT_FALSE(rest.is_completed());
  source.request_stop();
  EXPECT_THROW(static_cast<void>(std::move(rest).result()), operation_canceled);
  client.write_all("!\n").result();
  EXPECT_EQ(server.read_until('\n').result(), "three!\n") << "nothing is lost";
}

TEST_P(tls, streams_carry_much_in_both_directions_at_once) {
  auto [client, server] = connect();
  std::string there(1 << 20, ' ');
  std::minstd_rand random(11);
  for (char& c : there) {
    c = static_cast<char>(random());
  }
  const std::string back(there.rbegin(), there.rend());
  auto write = client.write_all(there);
  auto answer = server.write_all(back);
  EXPECT_FALSE(write.is_completed());  // nobody reads yet
  std::string got(there.size(), ' ');
  std::string got_back(back.size(), ' ');
  auto read = server.read_exactly(got);
  client.read_exactly(got_back).result();
  std::move(read).result();
  std::move(write).result();
  std::move(answer).result();
  EXPECT_TRUE(got == there);
  EXPECT_TRUE(got_back == back);
}

TEST_P(tls, connects_by_name_over_tcp_and_knows_its_peer) {
  auto listener = tcp_listener::bind({"127.0.0.1", 0});
  const auto context = tls_context::server(shows("localhost.pem").alpn({"h2", "http/1.1"}));
  auto accepting = listener.accept();
  auto connecting = tls_stream::connect({"localhost", listener.local_endpoint().port()},
                                        tls_context::client(trusts().alpn({"http/1.1", "weft"})));
  tls_stream server = tls_stream::server(std::move(accepting).result(), context).result();
  tls_stream client = std::move(connecting).result();
  EXPECT_EQ(client.version(), tls_version::tls_1_3);
  EXPECT_EQ(client.cipher(), server.cipher());
  EXPECT_EQ(client.application_protocol(), "http/1.1");
  EXPECT_EQ(server.application_protocol(), "http/1.1");
  EXPECT_EQ(server.server_name(), "localhost");
  EXPECT_EQ(client.peer_subject(), "CN=localhost");
  EXPECT_NE(client.peer_certificate().find("BEGIN CERTIFICATE"), std::string::npos);
  EXPECT_EQ(server.peer_subject(), "");
  EXPECT_FALSE(client.is_resumed());
}

TEST_P(tls, takes_an_address_as_the_host) {
  const auto server = tls_context::server(shows("localhost.pem"));
  EXPECT_EQ(connect(tls_context::client(trusts()), server, "127.0.0.1").server.server_name(), "");
  EXPECT_EQ(failure_of([&] { connect(tls_context::client(trusts()), server, "127.0.0.2"); },
                       "is not for '127.0.0.2' but for: localhost, 127.0.0.1"),
            tls_failure::wrong_host);
}

TEST_P(tls, shows_the_certificate_that_is_asked_for) {
  const auto server = tls_context::server(
      shows("localhost.pem").certificate_file(path("other.pem"), path("leaf.key")));
  const auto client = tls_context::client(trusts());
  EXPECT_EQ(connect(client, server, "other.example").client.peer_subject(), "CN=other");
  EXPECT_EQ(connect(client, server, "a.wild.example").client.peer_subject(), "CN=other");
  EXPECT_EQ(connect(client, server, "localhost").client.peer_subject(), "CN=localhost");
}

TEST_P(tls, takes_pem_texts_chains_and_locked_keys) {
  const auto& files = certificates::get();
  const auto server = tls_context::server(
      tls_options().certificate_pem(files.text("inner.pem"), files.text("locked.key"), "secret"));
  const auto client = tls_context::client(tls_options().trust_pem(files.text("ca.pem")));
  EXPECT_TRUE(connect(client, server).client.is_open());
}

TEST_P(tls, speaks_the_version_that_is_asked_for) {
  const auto server =
      tls_context::server(shows("localhost.pem").minimum_version(tls_version::tls_1_3));
  EXPECT_EQ(connect(tls_context::client(trusts()), server).client.version(), tls_version::tls_1_3);
}

WEFT_FOR_BOTH_BACKENDS(tls);

using tls_refuses = on_backend;

TEST_P(tls_refuses, certificates_that_are_not_right) {
  const struct {
    const char* shown;
    const char* host;
    tls_failure kind;
    const char* says;
  } cases[] = {
      {"expired.pem", "localhost", tls_failure::expired, "expired on 2020-02-01"},
      {"future.pem", "localhost", tls_failure::not_yet_valid, "not valid before 2048-01-01"},
      {"self.pem", "localhost", tls_failure::self_signed, "trust it with tls_options::trust_file"},
      {"stranger.pem", "localhost", tls_failure::unknown_issuer, "trust its authority"},
      {"inner.leaf", "localhost", tls_failure::unknown_issuer, "send the certificates in between"},
      {"other.pem", "localhost", tls_failure::wrong_host,
       "is not for 'localhost' but for: other.example, *.wild.example"},
      {"other.pem", "a.b.wild.example", tls_failure::wrong_host, "connect by one of its names"},
  };
  const auto client = tls_context::client(trusts());
  for (const auto& c : cases) {
    const auto server = tls_context::server(shows(c.shown));
    EXPECT_EQ(failure_of([&] { connect(client, server, c.host); }, c.says), c.kind) << c.shown;
  }
}

TEST_P(tls_refuses, what_was_revoked) {
  const auto server = tls_context::server(shows("revoked.pem"));
  const auto with = [&](const char* list) {
    return tls_context::client(trusts().revocation_file(path(list)));
  };
  EXPECT_TRUE(connect(with("crl.pem"), server).client.is_open());
  EXPECT_EQ(failure_of([&] { connect(with("crl2.pem"), server); }, "certificate revoked"),
            tls_failure::revoked);
  EXPECT_EQ(failure_of([&] { connect(with("old.pem"), server); }, "fetch a newer revocation list"),
            tls_failure::expired);
  const auto inner = tls_context::server(shows("inner.pem"));
  EXPECT_EQ(failure_of([&] { connect(with("crl2.pem"), inner); }, "tls_options::revocation_file"),
            tls_failure::no_revocation_list);
}

TEST_P(tls_refuses, the_world_when_the_system_does_not_know_the_authority) {
  const auto server = tls_context::server(shows("localhost.pem"));
  EXPECT_EQ(failure_of([&] { connect(tls_context::client(), server); }, "trust its authority"),
            tls_failure::unknown_issuer);
  const auto careless = tls_context::client(tls_options().verify(tls_verify::none));
  EXPECT_TRUE(connect(careless, server, "whoever").client.is_open());
}

TEST_P(tls_refuses, clients_without_the_right_certificate) {
  const auto server = tls_context::server(
      shows("localhost.pem").trust_file(path("ca.pem")).verify(tls_verify::required));
  auto known = connect(
      tls_context::client(trusts().certificate_file(path("client.pem"), path("leaf.key"))), server);
  EXPECT_EQ(known.server.peer_subject(), "CN=client");
  const struct {
    tls_options options;
    tls_failure kind;
  } cases[] = {
      {trusts(), tls_failure::no_certificate},
      {trusts().certificate_file(path("expired.pem"), path("leaf.key")), tls_failure::expired}};
  for (const auto& c : cases) {
    auto [one, other] = unix_stream::pair();
    auto serving = tls_stream::server(std::move(other), server);
    // In TLS 1.3 a client has shaken hands before it hears what the server thinks of it.
    tls_stream client =
        tls_stream::client(std::move(one), "localhost", tls_context::client(c.options)).result();
    EXPECT_EQ(failure_of([&] { std::move(serving).result(); }, "certificate"), c.kind);
    std::array<char, 4> into{};
    EXPECT_EQ(failure_of([&] { client.read_some(into).result(); }, "the peer refuses us"),
              tls_failure::refused_by_peer);
    // And says so again.
    EXPECT_EQ(failure_of([&] { client.write_all("x").result(); }, "the peer refuses us"),
              tls_failure::refused_by_peer);
  }
}

TEST_P(tls_refuses, peers_without_a_protocol_in_common) {
  const auto server = tls_context::server(shows("localhost.pem").alpn({"h2"}));
  const auto client = tls_context::client(trusts().alpn({"http/1.1"}));
  EXPECT_EQ(failure_of([&] { connect(client, server); }, "no application protocol"),
            tls_failure::refused_by_peer);
}

TEST_P(tls_refuses, peers_that_speak_something_else) {
  const auto client = tls_context::client(trusts());
  auto [one, other] = unix_stream::pair();
  auto connecting = tls_stream::client(std::move(one), "localhost", client);
  other.write_all("HTTP/1.1 400 Bad Request\r\n\r\n").result();
  EXPECT_EQ(failure_of([&] { std::move(connecting).result(); }, "is it the right port?"),
            tls_failure::protocol);
  auto [three, four] = unix_stream::pair();
  auto serving = tls_stream::server(std::move(four), tls_context::server(shows("localhost.pem")));
  three.write_all("GET / HTTP/1.1\r\n\r\n").result();
  EXPECT_EQ(failure_of([&] { std::move(serving).result(); }, "is no TLS"), tls_failure::protocol);
}

TEST_P(tls_refuses, ends_that_nobody_announced) {
  auto [client, server] = connect();
  server.write_all("half of").result();
  std::array<char, 16> into{};
  EXPECT_EQ(client.read_some(into).result(), 7u);
  auto read = client.read_some(into);
  server = tls_stream();
  EXPECT_EQ(failure_of([&] { std::move(read).result(); }, "close_notify"), tls_failure::truncated);

  auto [one, other] = unix_stream::pair();
  auto connecting = tls_stream::client(std::move(one), "localhost", tls_context::client(trusts()));
  std::string hello(4096, ' ');
  (void)other.read_some(hello).result();  // an end with bytes unread would be a reset
  other.close();
  EXPECT_EQ(failure_of([&] { std::move(connecting).result(); }, "handshake"),
            tls_failure::truncated);
}

TEST_P(tls_refuses, options_that_make_no_sense) {
  EXPECT_THROW((void)tls_context::server(tls_options()), std::invalid_argument);
  EXPECT_THROW((void)tls_context::server(shows("localhost.pem").verify(tls_verify::required)),
               std::invalid_argument);
  EXPECT_THROW((void)tls_context::client(trusts().handshake_timeout(-5s)), std::invalid_argument);
  EXPECT_THROW((void)tls_context::client(trusts().alpn({""})), std::invalid_argument);
  EXPECT_THROW((void)tls_context::client(tls_options().trust_file("/no/such/file")),
               std::system_error);
  const auto& files = certificates::get();
  const auto chain = path("localhost.pem");
  EXPECT_EQ(failure_of([&] { (void)tls_context::client(tls_options().trust_pem("nothing")); },
                       "it holds none in PEM form"),
            tls_failure::bad_certificate);
  std::string broken = files.text("ca.pem");
  broken[broken.size() / 2] = '!';
  EXPECT_EQ(failure_of([&] { (void)tls_context::client(tls_options().trust_pem(broken)); },
                       "cannot understand the certificate"),
            tls_failure::bad_certificate);
  EXPECT_EQ(
      failure_of(
          [&] {
            (void)tls_context::server(tls_options().certificate_file(chain, path("wrong.key")));
          },
          "do not belong together"),
      tls_failure::bad_certificate);
  EXPECT_EQ(
      failure_of(
          [&] {
            (void)tls_context::server(tls_options().certificate_file(chain, path("locked.key")));
          },
          "its password right"),
      tls_failure::bad_certificate);
  auto [one, other] = unix_stream::pair();
  const auto client = tls_context::client(trusts());
  EXPECT_THROW((void)tls_stream::server(std::move(one), client), std::invalid_argument);
  EXPECT_THROW((void)tls_stream::client(std::move(other), "", client), std::invalid_argument);
}

WEFT_FOR_BOTH_BACKENDS(tls_refuses);

using tls_session = on_backend;

TEST_P(tls_session, is_resumed_until_the_server_reloads) {
  auto server = tls_context::server(shows("localhost.pem"));
  const auto client = tls_context::client(trusts());
  const auto resumed = [&] {
    auto [c, s] = connect(client, server);
    s.write_all("x").result();  // tickets come with the first data
    std::array<char, 1> into{};
    c.read_exactly(into).result();
    EXPECT_EQ(c.is_resumed(), s.is_resumed());
    EXPECT_EQ(c.peer_subject(), "CN=localhost");
    return c.is_resumed();
  };
  EXPECT_FALSE(resumed());
  EXPECT_TRUE(resumed());
  EXPECT_TRUE(resumed());
  server.reload();
  EXPECT_FALSE(resumed());
  EXPECT_TRUE(resumed());
  EXPECT_EQ(failure_of([&] { connect(client, server, "other.example"); }, "is not for"),
            tls_failure::wrong_host);  // nobody's session is another's
}

TEST_P(tls_session, of_a_client_ends_with_its_reload) {
  const auto server = tls_context::server(shows("revoked.pem"));
  auto client = tls_context::client(trusts());
  {
    auto [c, s] = connect(client, server);
    s.write_all("x").result();
    std::array<char, 1> into{};
    c.read_exactly(into).result();
  }
  client.reload(trusts().revocation_file(path("crl2.pem")));
  EXPECT_EQ(failure_of([&] { connect(client, server); }, "revoked"), tls_failure::revoked);
}

TEST_P(tls_session, a_running_server_shows_what_it_reloaded) {
  const auto& files = certificates::get();
  const std::string file = path(GetParam() == weft::detail::io_backend::uring ? "now-u" : "now-e");
  const auto put = [&](const char* which) { std::ofstream(file) << files.text(which); };
  put("localhost.pem");
  auto server = tls_context::server(tls_options().certificate_file(file, path("leaf.key")));
  const auto client = tls_context::client(trusts());
  auto before = connect(client, server);
  put("other.pem");
  EXPECT_EQ(connect(client, server).client.peer_subject(), "CN=localhost");
  server.reload();
  EXPECT_EQ(connect(client, server, "other.example").client.peer_subject(), "CN=other");
  std::ofstream(file) << "broken";
  EXPECT_THROW(server.reload(), tls_error);
  EXPECT_EQ(connect(client, server, "other.example").client.peer_subject(), "CN=other");
  before.client.write_all("x").result();  // what was there goes on
  std::array<char, 1> into{};
  before.server.read_exactly(into).result();
}

WEFT_FOR_BOTH_BACKENDS(tls_session);

using tls_cancellation = on_backend;

TEST_P(tls_cancellation, of_a_read_loses_nothing) {
  auto [client, server] = connect();
  std::array<char, 16> into{};
  for (int i = 0; i < 20; ++i) {
    std::stop_source source;
    auto read = client.read_some(into, source.get_token());
    EXPECT_FALSE(read.is_completed());
    source.request_stop();
    EXPECT_THROW(std::move(read).result(), operation_canceled);
    EXPECT_THROW(client.read_some(into, source.get_token()).result(), operation_canceled);
    server.write_all("x").result();
    EXPECT_EQ(client.read_some(into).result(), 1u);
  }
}

TEST_P(tls_cancellation, of_a_write_leaves_whole_records) {
  auto [client, server] = connect();
  std::size_t offered = 0;
  for (int i = 0; i < 5; ++i) {
    std::stop_source source;
    auto write = client.write_all(std::string(400'000, 'x'), source.get_token());
    source.request_stop();
    try {
      std::move(write).result();
    } catch (const operation_canceled&) {
    }
    offered += 400'000;
  }
  std::size_t got = 0;
  auto last = client.write_all("end\n");
  while (true) {
    std::array<char, 4096> into{};
    const std::size_t n = server.read_some(into).result();
    const std::string_view piece(into.data(), n);
    got += n;
    if (piece.find('\n') != std::string_view::npos) {
      break;
    }
  }
  std::move(last).result();
  EXPECT_GT(got, 4u);
  EXPECT_LE(got, offered + 4);
}

TEST_P(tls_cancellation, of_a_handshake_at_every_point_closes_the_connection) {
  const auto client = tls_context::client(trusts());
  const auto server = tls_context::server(shows("localhost.pem"));
  // Of the server's flight so much is passed on.
  std::size_t all = 1;
  for (std::size_t point = 0; point < all; point += 61) {
    auto [one, middle_one] = unix_stream::pair();
    auto [middle_two, other] = unix_stream::pair();
    std::stop_source source;
    auto connecting = tls_stream::client(std::move(one), "localhost", client, source.get_token());
    auto serving = tls_stream::server(std::move(other), server);
    std::array<char, 4096> bytes{};
    const std::size_t hello = middle_one.read_some(bytes).result();
    middle_two.write_all(std::string(bytes.data(), hello)).result();
    all = middle_two.read_some(bytes).result();
    ASSERT_GT(all, 61u);
    middle_one.write_all(std::string(bytes.data(), std::min(point, all))).result();
    source.request_stop();
    try {
      tls_stream made = std::move(connecting).result();
    } catch (const operation_canceled&) {
    }
    middle_two.close();
    EXPECT_ANY_THROW(std::move(serving).result());  // truncated, or a reset
    try {
      while (middle_one.read_some(bytes).result() != 0) {  // closed, whatever it had sent
      }
    } catch (const std::system_error& e) {
      EXPECT_EQ(e.code(), std::errc::connection_reset);
    }
  }
}

TEST_P(tls_cancellation, by_close_and_destruction_says_disposed) {
  auto [client, server] = connect();
  std::array<char, 16> into{};
  auto read = client.read_some(into);
  auto peer = server.read_some(into);
  client.close();
  EXPECT_THROW(std::move(read).result(), object_disposed);
  EXPECT_EQ(std::move(peer).result(), 0u);  // it was told
  EXPECT_THROW((void)client.read_some(into), object_disposed);
  EXPECT_THROW((void)client.write_all("x"), object_disposed);
  client.close();
  auto pending = server.write_all(std::string(1 << 20, 'x'));
  server = tls_stream();
  EXPECT_ANY_THROW(std::move(pending).result());
}

TEST_P(tls_cancellation, by_the_deadline_ends_the_operation_and_not_the_stream) {
  auto [client, server] = connect();
  std::array<char, 16> into{};
  client.set_deadline(2ms);
  EXPECT_THROW(client.read_some(into).result(), timeout_error);
  EXPECT_THROW(client.write_all("x").result(), timeout_error);
  client.set_deadline(infinite);
  server.write_all("y").result();
  EXPECT_EQ(client.read_some(into).result(), 1u);
}

TEST_P(tls_cancellation, comes_to_peers_that_do_not_shake_hands) {
  auto [one, silent] = unix_stream::pair();
  const auto client = tls_context::client(trusts().handshake_timeout(5ms));
  try {
    tls_stream::client(std::move(one), "localhost", client).result();
    FAIL();
  } catch (const timeout_error& e) {
    EXPECT_NE(std::string(e.what()).find("handshake with 'localhost'"), std::string::npos);
  }
}

TEST_P(tls_cancellation, does_not_need_the_callers_loop) {
  pair both = connect();
  single_thread_context loop;
  loop.run([&both] {
    std::array<char, 1> into{};
    auto read = both.client.read_exactly(into);
    both.server.write_all("x").result();
    std::move(read).result();  // blocks the loop, which nothing here waits for
    EXPECT_EQ(into[0], 'x');
  });
}

WEFT_FOR_BOTH_BACKENDS(tls_cancellation);

using tls_record = on_backend;

TEST_P(tls_record, that_was_tampered_with_ends_the_connection) {
  auto [one, middle_one] = unix_stream::pair();
  auto [middle_two, other] = unix_stream::pair();
  auto connecting = tls_stream::client(std::move(one), "localhost", tls_context::client(trusts()));
  auto serving = tls_stream::server(std::move(other), tls_context::server(shows("localhost.pem")));
  std::array<char, 16384> bytes{};
  const auto pass = [&](unix_stream& from, unix_stream& to, bool flip) {
    const std::size_t n = from.read_some(bytes).result();
    if (flip) {
      bytes[n - 1] = static_cast<char>(bytes[n - 1] ^ 1);
    }
    to.write_all(std::string(bytes.data(), n)).result();
  };
  pass(middle_one, middle_two, false);
  pass(middle_two, middle_one, false);
  tls_stream client = std::move(connecting).result();
  pass(middle_one, middle_two, false);
  tls_stream server = std::move(serving).result();
  client.write_all("money").result();
  pass(middle_one, middle_two, true);
  EXPECT_EQ(failure_of([&] { server.read_some(bytes).result(); }, "record mac"),
            tls_failure::protocol);
}

WEFT_FOR_BOTH_BACKENDS(tls_record);

TEST(tls_types, are_no_aggregates) {
  static_assert(!std::is_aggregate_v<tls_options> && !std::is_aggregate_v<tls_context>);
  static_assert(!std::is_copy_constructible_v<tls_stream>);
  tls_stream none;
  std::array<char, 1> into{};
  EXPECT_FALSE(none.is_open());
  EXPECT_THROW((void)none.read_some(into), object_disposed);
  EXPECT_THROW((void)none.version(), object_disposed);
}

}  // namespace
}  // namespace weft::net
