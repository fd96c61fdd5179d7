// TLS with programs that others wrote: openssl s_client and s_server, and curl.

#include <weft/net/tls.hpp>

#include <weft/channel.hpp>
#include <weft/http/client.hpp>
#include <weft/http/server.hpp>
#include <weft/net.hpp>
#include <weft/task.hpp>

#include "support/certificates.hpp"
#include "support/ocsp.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weft {
namespace {

using detail::testing::certificates;

std::string path(const std::string& file) {
  return certificates::get().path(file);
}
net::tls_options shows(const std::string& file) {
  return net::tls_options().certificate_file(path(file), path("leaf.key"));
}
net::tls_options trusts() {
  return net::tls_options().trust_file(path("ca.pem"));
}

// What a command line prints, both streams, and how it ends.
struct outcome {
  int status;
  std::string text;
};
outcome shell(const std::string& command) {
  FILE* const out = ::popen(("{ " + command + "; } 2>&1").c_str(), "re");
  std::string text;
  std::array<char, 4096> piece{};
  while (const std::size_t n = std::fread(piece.data(), 1, piece.size(), out)) {
    text.append(piece.data(), n);
  }
  const int status = ::pclose(out);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
}

// A program in the background, which is ended with this object.
class background {
 public:
  explicit background(const std::string& command) {
    const std::string line = "exec " + command;
    const char* const arguments[] = {"sh", "-c", line.c_str(), nullptr};
    ::posix_spawn(&process_, "/bin/sh", nullptr, nullptr, const_cast<char**>(arguments), environ);
  }
  background(const background&) = delete;
  background& operator=(const background&) = delete;
  ~background() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }

 private:
  pid_t process_ = -1;
};

// Answers one line a connection with its length, until the listener is closed; tells what goes
// wrong.
task<> serve_lines(net::tcp_listener& listener, net::tls_context context,
                   channel_writer<std::string> errors) {
  while (true) {
    try {
      auto accepting = listener.accept();
      net::tcp_stream tcp = co_await std::move(accepting);
      auto opening = net::tls_stream::server(std::move(tcp), context);
      net::tls_stream peer = co_await std::move(opening);
      auto reading = peer.read_until("\n");
      const std::string line = co_await std::move(reading);
      auto writing = peer.write_all("HTTP/1.0 200 OK\r\n\r\n" + std::to_string(line.size()) + " " +
                                    peer.application_protocol() + "\n");
      co_await std::move(writing);
      peer.close();
    } catch (const object_disposed&) {
      break;
    } catch (const std::exception& e) {
      (void)errors.try_write(e.what());
    }
  }
}

class tls_with : public ::testing::Test {
 protected:
  net::tcp_listener listener = net::tcp_listener::bind({"127.0.0.1", 0});
  std::string at = "127.0.0.1:" + std::to_string(listener.local_endpoint().port());
  channel<std::string> errors = channel<std::string>::unbounded();

  task<> serve(const net::tls_options& options) {
    return serve_lines(listener, net::tls_context::server(options), errors.writer());
  }
  // What the server says next.
  std::string error() { return errors.reader().read().result(); }
  // openssl s_client sends a line and shows what it gets.
  outcome s_client(const std::string& arguments) {
    return shell("echo hello | timeout 60 openssl s_client -quiet -verify_return_error -CAfile " +
                 path("ca.pem") + " -connect " + at + " -servername localhost " + arguments);
  }
};

TEST_F(tls_with, s_client_talks_in_both_versions) {
  auto serving = serve(shows("localhost.pem").alpn({"h2", "http/1.1"}));
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    const outcome got =
        s_client(std::string(version) + " -alpn http/1.1 -verify_hostname localhost -ign_eof");
    EXPECT_EQ(got.status, 0) << got.text;
    EXPECT_NE(got.text.find("6 http/1.1"), std::string::npos) << got.text;
  }
  listener.close();
  block_on(std::move(serving));
  EXPECT_FALSE(errors.reader().try_read());
}

TEST_F(tls_with, s_client_resumes_sessions_in_both_versions) {
  auto serving = serve(shows("localhost.pem"));
  for (const std::string version : {"-tls1_2", "-tls1_3"}) {
    const std::string session = path("session" + version);
    const std::string client = "echo hello | timeout 60 openssl s_client -ign_eof " + version +
                               " -CAfile " + path("ca.pem") + " -connect " + at;
    const outcome first = shell(client + " -sess_out " + session);
    EXPECT_NE(first.text.find("New, TLS"), std::string::npos) << first.text;
    const outcome second = shell(client + " -sess_in " + session);
    EXPECT_NE(second.text.find("Reused, TLS"), std::string::npos) << second.text;
  }
  listener.close();
  block_on(std::move(serving));
}

TEST_F(tls_with, s_client_is_refused_without_the_right_version_or_certificate) {
  auto serving = serve(shows("localhost.pem")
                           .trust_file(path("ca.pem"))
                           .verify(net::tls_verify::required)
                           .minimum_version(net::tls_version::tls_1_3));
  const auto said = [this](const char* part) {
    const std::string text = error();
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  EXPECT_NE(s_client("-tls1_2").status, 0);
  said("no version or cipher in common");
  EXPECT_NE(s_client("-ign_eof").status, 0);
  said("it must show a certificate");
  const std::string with_key = "-ign_eof -key " + path("leaf.key") + " -cert ";
  const outcome stranger = s_client(with_key + path("stranger.pem"));
  EXPECT_NE(stranger.text.find("unknown ca"), std::string::npos) << stranger.text;
  said("trust its authority");
  const outcome good = s_client(with_key + path("client.pem"));
  EXPECT_NE(good.text.find("6 "), std::string::npos) << good.text;
  listener.close();
  block_on(std::move(serving));
}

TEST_F(tls_with, s_client_is_shown_the_status) {
  const std::string response = detail::testing::ocsp_response(
      {path("localhost.pem"), path("ca.pem"), path("ca.pem"), path("ca.key")});
  auto serving = serve(shows("localhost.pem").staple_der(response));
  for (const std::string version : {"-tls1_2", "-tls1_3"}) {
    const outcome got =
        shell("echo hello | timeout 60 openssl s_client -status -verify_return_error -CAfile " +
              path("ca.pem") + " -connect " + at + " -servername localhost -ign_eof " + version);
    EXPECT_NE(got.text.find("OCSP Response Status: successful"), std::string::npos) << got.text;
    EXPECT_NE(got.text.find("Cert Status: good"), std::string::npos) << got.text;
  }
  listener.close();
  block_on(std::move(serving));
}

TEST_F(tls_with, s_server_shows_a_status_and_is_refused_for_it) {
  listener.close();
  const int port = std::stoi(at.substr(at.find(':') + 1));
  for (const std::string version : {"-tls1_2", "-tls1_3"}) {
    for (const bool revoked : {false, true}) {
      const std::string file = path("status" + version);
      std::ofstream(file, std::ios::binary) << detail::testing::ocsp_response(
          {path("localhost.pem"), path("ca.pem"), path("ca.pem"), path("ca.key"),
           revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD});
      const background server("openssl s_server -rev -quiet " + version + " -status_file " + file +
                              " -accept " + at + " -cert " + path("localhost.pem") + " -key " +
                              path("leaf.key") + " > /dev/null 2>&1");
      const auto context = net::tls_context::client(trusts().staple(net::tls_staple::required));
      auto talk = [&]() -> task<std::string> {
        while (true) {  // until the process listens
          try {
            auto connecting = net::tls_stream::connect({"localhost", port}, context);
            net::tls_stream s = co_await std::move(connecting);
            co_return "connected";
          } catch (const net::tls_error& e) {
            co_return e.kind() == net::tls_failure::revoked ? "revoked" : e.what();
          } catch (const std::system_error& e) {
            if (e.code() != std::errc::connection_refused) {
              throw;
            }
          }
          co_await yield();
        }
      };
      EXPECT_EQ(block_on(talk), revoked ? "revoked" : "connected") << version;
    }
  }
}

TEST_F(tls_with, s_server_is_talked_to_in_both_versions) {
  listener.close();
  const std::string port = at.substr(at.find(':') + 1);
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    const background server("openssl s_server -rev -quiet -naccept 3 " + std::string(version) +
                            " -accept " + at + " -cert " + path("localhost.pem") + " -key " +
                            path("leaf.key") + " > /dev/null 2>&1");
    const auto context = net::tls_context::client(trusts());
    auto talk = [&]() -> task<bool> {
      net::tls_stream s;
      while (!s.is_open()) {  // until the process listens
        try {
          auto connecting = net::tls_stream::connect({"localhost", std::stoi(port)}, context);
          s = co_await std::move(connecting);
        } catch (const std::system_error& e) {
          if (e.code() != std::errc::connection_refused) {
            throw;
          }
        }
        co_await yield();
      }
      auto writing = s.write_all("stressed\n");
      co_await std::move(writing);
      auto reading = s.read_until("\n");
      const std::string line = co_await std::move(reading);
      EXPECT_EQ(line, "desserts\n");
      EXPECT_EQ(s.version() == net::tls_version::tls_1_3, std::string(version) == "-tls1_3");
      const bool resumed = s.is_resumed();
      s.close();
      co_return resumed;
    };
    EXPECT_FALSE(block_on(talk));
    EXPECT_TRUE(block_on(talk));
  }
}

TEST(https, serves_curl_and_tells_it_what_is_wrong) {
  auto context = net::tls_context::server(shows("localhost.pem").alpn({"http/1.1"}));
  http::server server({.tls = &context});
  server.get("/hello", [](http::request&) -> task<http::response> { co_return http::ok("hi"); });
  server.post("/length", [](http::request& r) -> task<http::response> {
    co_return http::ok(std::to_string(r.body().size()));
  });
  block_on(server.start());
  const std::string base = "https://localhost:" + std::to_string(server.port());
  const std::string curl =
      "curl -sS --noproxy '*' --max-time 60 --resolve localhost:" + std::to_string(server.port()) +
      ":127.0.0.1 ";
  const std::string known = curl + "--cacert " + path("ca.pem") + " ";
  EXPECT_EQ(shell(known + base + "/hello " + base + "/hello").text, "hihi");
  EXPECT_EQ(
      shell("head -c 300000 /dev/zero | " + known + "--data-binary @- " + base + "/length").text,
      "300000");
  EXPECT_NE(shell(curl + base + "/hello").text.find("certificate"), std::string::npos);
  context.reload(shows("expired.pem").alpn({"http/1.1"}));
  EXPECT_NE(shell(known + base + "/hello").text.find("expired"), std::string::npos);
  context.reload(shows("other.pem").alpn({"http/1.1"}));
  EXPECT_NE(shell(known + base + "/hello").text.find("localhost"), std::string::npos);
  block_on(server.stop());
}

TEST(https, shows_curl_the_status_that_it_asks_for) {
  // curl looks for the issuer among what the server shows.
  const auto& files = certificates::get();
  const auto shown = [&files] {
    return net::tls_options().certificate_pem(files.text("localhost.pem") + files.text("ca.pem"),
                                              files.text("leaf.key"));
  };
  const auto said = [&shown](int status) {
    return shown().staple_der(detail::testing::ocsp_response(
        {path("localhost.pem"), path("ca.pem"), path("ca.pem"), path("ca.key"), status}));
  };
  auto context = net::tls_context::server(said(V_OCSP_CERTSTATUS_GOOD));
  http::server server({.tls = &context});
  server.get("/hello", [](http::request&) -> task<http::response> { co_return http::ok("hi"); });
  block_on(server.start());
  const std::string port = std::to_string(server.port());
  const std::string ask =
      "curl -sS --cert-status --noproxy '*' --max-time 60 --resolve localhost:" + port +
      ":127.0.0.1 --cacert " + path("ca.pem") + " https://localhost:" + port + "/hello";
  EXPECT_EQ(shell(ask).text, "hi");
  context.reload(said(V_OCSP_CERTSTATUS_REVOKED));
  const outcome refused = shell(ask);
  EXPECT_EQ(refused.status, 91) << refused.text;  // CURLE_SSL_INVALIDCERTSTATUS
  EXPECT_NE(refused.text.find("revocation"), std::string::npos) << refused.text;
  context.reload(shown());
  EXPECT_NE(shell(ask).text.find("No OCSP response"), std::string::npos);
  block_on(server.stop());
}

TEST(https, client_asks_and_keeps_its_connection) {
  const auto shown = net::tls_context::server(shows("localhost.pem"));
  http::server server({.tls = &shown});
  server.get("/hello", [](http::request&) -> task<http::response> { co_return http::ok("hi"); });
  server.get("/down", [](http::request&) -> task<http::response> {
    http::response r(302);
    r.headers().set("Location", "http://localhost/");
    co_return r;
  });
  block_on(server.start());
  const std::string base = "https://localhost:" + std::to_string(server.port());
  const auto trusted = net::tls_context::client(trusts());
  http::client c({.tls = &trusted});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(block_on(c.get_string(base + "/hello")), "hi");
    EXPECT_EQ(c.idle_connections(), 1u);
  }
  EXPECT_EQ(block_on(c.get(base + "/down")).status(), 302);  // not into the clear
  http::client stranger;
  EXPECT_THROW((void)block_on(stranger.get(base + "/hello")), net::tls_error);
  // In the clear to a port that speaks TLS: no answer that could be mistaken for one.
  EXPECT_ANY_THROW(
      (void)block_on(stranger.get("http://localhost:" + std::to_string(server.port()) + "/hello")));
  block_on(server.stop());
}

}  // namespace
}  // namespace weft
