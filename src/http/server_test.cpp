#include <weft/http/server.hpp>

#include <weft/json.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "raw_peer.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace shop {
struct user {
  int id = 0;
  std::string name;
};
WEFT_JSON(user, id, name)

/// What a library of services would hand to handlers.
struct services {
  int answer = 42;
};
}  // namespace shop

template <>
struct weft::http::request_argument<shop::services> {
  static shop::services& of(request& r) { return *static_cast<shop::services*>(r.context()); }
};

namespace weft::http {
namespace {

using namespace std::chrono_literals;
using test::ask;
using test::raw_socket;

/// A server with a few routes, started; stopped at its end.
class Server : public testing::Test {
 protected:
  void start(server_options options = {}) {
    server_.emplace(options);
    server_->get("/", [](request&) -> task<response> { co_return ok("hello"); });
    server_->get("/users/{id:int}", [](request& r) -> task<response> {
      const int id = r.param<int>("id");
      if (id == 0) {
        co_return not_found("no user 0");
      }
      co_return ok(shop::user{id, "Ann"});
    });
    server_->post("/users", [](request& r) -> task<response> {
      const auto u = co_await r.json<shop::user>();
      co_return created("/users/" + std::to_string(u.id), u);
    });
    server_->post("/echo", [this](request& r) -> task<response> {
      ++echoes_;
      co_return ok(co_await r.text());
    });
    server_->get("/big",
                 [](request&) -> task<response> { co_return ok(std::string(1 << 20, 'b')); });
    server_->get("/fails", [](request&) -> task<response> {
      throw std::runtime_error("secret of the house");
      co_return ok();
    });
    server_->get("/teapot", [](request&) -> task<response> {
      throw request_error(418, "short and stout");
      co_return ok();
    });
    server_->get("/held", [this](request&) -> task<response> {
      reached_.set_result();
      auto gate = gate_.task();
      co_await gate;
      co_return ok("held");
    });
    server_->on_error([this](const request& r, std::exception_ptr error) {
      const std::scoped_lock held(mutex_);
      errors_.push_back(std::string(r.path()) + ": " + weft::detail::message_of(error));
    });
    block_on(server_->start());
  }

  void TearDown() override {
    gate_.try_set_result();
    if (server_) {
      block_on(server_->stop());
      EXPECT_EQ(server_->connections(), 0u);
    }
  }

  std::uint16_t port() const { return server_->port(); }
  std::string get(const std::string& target) const {
    return ask(port(), "GET " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  }
  /// The server still answers.
  void expect_alive() const { EXPECT_NE(get("/").find("\r\n\r\nhello"), std::string::npos); }
  std::vector<std::string> errors() {
    const std::scoped_lock held(mutex_);
    return errors_;
  }

  std::optional<server> server_;
  std::atomic<int> echoes_{0};
  task_completion_source<> reached_;
  task_completion_source<> gate_;

 private:
  std::mutex mutex_;
  std::vector<std::string> errors_;
};

bool starts_with(const std::string& text, std::string_view what) {
  return text.substr(0, what.size()) == what;
}
std::string body_of(const std::string& answer) {
  const std::size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

TEST_F(Server, AnswersByRouteWithJson) {
  start();
  const std::string answer = get("/users/7");
  EXPECT_TRUE(starts_with(answer, "HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_NE(answer.find("Content-Type: application/json\r\n"), std::string::npos);
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_NE(answer.find("Date: "), std::string::npos);
  EXPECT_EQ(body_of(answer), R"({"id":7,"name":"Ann"})");
  EXPECT_EQ(body_of(get("/users/0")), R"({"title":"Not Found","status":404,"detail":"no user 0"})");
}

TEST_F(Server, TellsMissingPathsMethodsAndBadPathsApart) {
  start();
  EXPECT_TRUE(starts_with(get("/nothing"), "HTTP/1.1 404 "));
  EXPECT_TRUE(starts_with(get("/users/x"), "HTTP/1.1 404 "));
  EXPECT_TRUE(starts_with(get("/users/2147483648"), "HTTP/1.1 404 "));
  EXPECT_TRUE(starts_with(get("/%zz"), "HTTP/1.1 400 "));
  EXPECT_TRUE(starts_with(get("/../etc/passwd"), "HTTP/1.1 400 "));
  const std::string answer = get("/echo");
  EXPECT_TRUE(starts_with(answer, "HTTP/1.1 405 ")) << answer;
  EXPECT_NE(answer.find("Allow: POST\r\n"), std::string::npos);
}

TEST_F(Server, ReadsJsonAndSaysWhereItIsWrong) {
  start();
  const auto post = [&](const std::string& body) {
    return ask(port(), "POST /users HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: " +
                           std::to_string(body.size()) + "\r\n\r\n" + body);
  };
  const std::string good = post(R"({"id":3,"name":"Bo"})");
  EXPECT_TRUE(starts_with(good, "HTTP/1.1 201 ")) << good;
  EXPECT_NE(good.find("Location: /users/3\r\n"), std::string::npos);
  const std::string bad = post(R"({"id":"three"})");
  EXPECT_TRUE(starts_with(bad, "HTTP/1.1 400 ")) << bad;
  EXPECT_NE(bad.find("line 1, column 7, at id: expected an integer"), std::string::npos) << bad;
  EXPECT_TRUE(starts_with(post(""), "HTTP/1.1 400 "));
  EXPECT_TRUE(errors().empty());
}

TEST_F(Server, AnswersPipelinedRequestsInOrder) {
  start();
  raw_socket s;
  s.connect(port());
  std::string burst;
  for (int i = 1; i <= 50; ++i) {
    burst += "GET /users/" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }
  s.send(burst);
  const std::string answers = s.receive_until("\"id\":50,\"name\":\"Ann\"}");
  std::size_t at = 0;
  for (int i = 1; i <= 50; ++i) {
    at = answers.find("{\"id\":" + std::to_string(i) + ",", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST_F(Server, DoesNotHoldAnAnswerBackForTheNextHandler) {
  start();
  raw_socket s;
  s.connect(port());
  s.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /held HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_NE(s.receive_until("hello").find("hello"), std::string::npos);
  gate_.set_result();
  EXPECT_NE(s.receive_until("held").find("held"), std::string::npos);
}

TEST_F(Server, KeepsConnectionsAsHttp10And11SayItAndHeadHasNoBody) {
  start();
  raw_socket s;
  s.connect(port());
  s.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string head = s.receive_until("\r\n\r\n");
  EXPECT_NE(head.find("Content-Length: 5\r\n"), std::string::npos) << head;
  EXPECT_EQ(body_of(head), "");
  s.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(s.receive_until("hello").find("Connection: keep-alive\r\n"), std::string::npos);
  s.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(body_of(s.receive_all()), "hello");
  EXPECT_FALSE(s.timed_out());
}

TEST_F(Server, WritesLargeBodies) {
  start();
  EXPECT_EQ(body_of(get("/big")), std::string(1 << 20, 'b'));
}

TEST_F(Server, ReadsChunkedBodies) {
  start();
  EXPECT_EQ(body_of(ask(port(),
                        "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: "
                        "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")),
            "abcde");
}

TEST_F(Server, InvitesTheBodyThatIsHeldBack) {
  start();
  raw_socket s;
  s.connect(port());
  s.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(s.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  s.send("abc");
  EXPECT_NE(s.receive_until("abc").find("200 OK"), std::string::npos);
}

TEST_F(Server, TurnsAHandlersExceptionInto500WithoutItsText) {
  start();
  const std::string answer = get("/fails");
  EXPECT_TRUE(starts_with(answer, "HTTP/1.1 500 ")) << answer;
  EXPECT_EQ(answer.find("secret"), std::string::npos);
  EXPECT_NE(answer.find("application/problem+json"), std::string::npos);
  EXPECT_EQ(errors(), std::vector<std::string>{"/fails: secret of the house"});
  EXPECT_TRUE(starts_with(get("/teapot"), "HTTP/1.1 418 "));
  EXPECT_EQ(errors().size(), 1u);
  expect_alive();
}

TEST_F(Server, RefusesMalformedRequestsAndGoesOn) {
  start();
  for (const char* text :
       {"nonsense\r\n\r\n", "GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", "\x16\x03\x01\x02\x00\x01\xfc\x03\x03"}) {
    const std::string answer = ask(port(), text);
    EXPECT_TRUE(starts_with(answer, "HTTP/1.1 400 ")) << text << answer;
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  }
  EXPECT_TRUE(starts_with(ask(port(), "GET / HTTP/3.0\r\nHost: a\r\n\r\n"), "HTTP/1.1 505 "));
  EXPECT_TRUE(starts_with(ask(port(), "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), "HTTP/1.1 501 "));
  expect_alive();
}

TEST_F(Server, DoesNotTakeWhatFollowsASmuggledBodyForARequest) {
  start();
  const std::string answer =
      ask(port(),
          "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: "
          "chunked\r\n\r\n0\r\n\r\nGET /users/1 HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(starts_with(answer, "HTTP/1.1 400 ")) << answer;
  EXPECT_EQ(answer.find("Ann"), std::string::npos);
  EXPECT_EQ(echoes_, 0);
}

TEST_F(Server, RefusesAHeaderOf100MiB) {
  start();
  raw_socket s;
  s.connect(port());
  s.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
  const std::string block(1 << 20, 'x');
  for (int i = 0; i < 100 && s.send(block); ++i) {
  }
  const std::string answer = s.receive_until("\r\n\r\n");
  EXPECT_TRUE(starts_with(answer, "HTTP/1.1 431 ")) << answer;
  expect_alive();
}

TEST_F(Server, RefusesBodiesThatAreTooLong) {
  start({.max_body_bytes = 10});
  EXPECT_TRUE(starts_with(
      ask(port(), "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello world"),
      "HTTP/1.1 413 "));
  EXPECT_TRUE(starts_with(ask(port(),
                              "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                              "chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n"),
                          "HTTP/1.1 413 "));
  EXPECT_EQ(echoes_, 0);
  expect_alive();
}

TEST_F(Server, ClosesOnAClientThatSendsAByteAtATime) {
  start({.header_timeout = 150ms});
  raw_socket s;
  s.connect(port());
  s.set_patience(20ms);
  std::string answer;
  for (const char c :
       std::string("GET / HTTP/1.1\r\nHost: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")) {
    s.send(std::string(1, c));
    answer = s.receive();  // waits 20 ms
    if (!answer.empty()) {
      break;
    }
  }
  EXPECT_TRUE(starts_with(answer, "HTTP/1.1 408 ")) << answer;
  expect_alive();
}

TEST_F(Server, ClosesOnABodyThatDoesNotCome) {
  start({.body_timeout = 50ms});
  EXPECT_TRUE(
      starts_with(ask(port(), "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab"),
                  "HTTP/1.1 408 "));
  EXPECT_EQ(echoes_, 0);
}

TEST_F(Server, ClosesIdleConnectionsSilently) {
  start({.header_timeout = 50ms, .idle_timeout = 50ms});
  EXPECT_EQ(ask(port(), ""), "");
  raw_socket s;
  s.connect(port());
  s.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(body_of(s.receive_until("hello")), "hello");
  EXPECT_EQ(s.receive(), "");
  EXPECT_FALSE(s.timed_out());
}

TEST_F(Server, SurvivesASocketClosedInTheMiddle) {
  start();
  for (const char* text :
       {"GE", "GET / HTTP/1.1\r\nHost",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab",
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"}) {
    raw_socket s;
    s.connect(port());
    s.send(text);
    s.shutdown_write();
    EXPECT_TRUE(starts_with(s.receive_all(), "HTTP/1.1 400 ")) << text;
    raw_socket gone;
    gone.connect(port());
    gone.send(text);
    gone.close();
  }
  EXPECT_EQ(echoes_, 0);
  expect_alive();
}

TEST_F(Server, TurnsConnectionsAwayAboveItsLimit) {
  start({.max_connections = 1});
  raw_socket first;
  first.connect(port());
  first.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
  block_on(reached_.task());
  const std::string answer = ask(port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(starts_with(answer, "HTTP/1.1 503 ")) << answer;
  EXPECT_NE(answer.find("Retry-After: "), std::string::npos);
  gate_.set_result();
  EXPECT_NE(first.receive_until("held").find("200 OK"), std::string::npos);
}

TEST_F(Server, LetsRequestsInFlightEndWhenItStops) {
  start();
  raw_socket idle;
  idle.connect(port());
  idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  idle.receive_until("hello");
  raw_socket busy;
  busy.connect(port());
  busy.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
  block_on(reached_.task());
  auto stopped = server_->stop();
  EXPECT_EQ(idle.receive(), "");
  EXPECT_FALSE(idle.timed_out());
  EXPECT_FALSE(stopped.is_completed());
  gate_.set_result();
  const std::string answer = busy.receive_all();
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << answer;
  EXPECT_EQ(body_of(answer), "held");
  block_on(std::move(stopped));
  raw_socket late;
  EXPECT_THROW(late.connect(port()), std::runtime_error);
}

TEST_F(Server, AbortsConnectionsThatOutlastTheDrainTimeout) {
  start({.drain_timeout = 20ms});
  raw_socket s;
  s.connect(port());
  s.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
  raw_socket other;  // its answer says that the first request's head has been read, as connections
                     // are served in order
  other.connect(port());
  other.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  other.receive_until("hello");
  block_on(server_->stop());
  EXPECT_EQ(s.receive(), "");
  EXPECT_FALSE(s.timed_out());
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(Server, RunsUntilItsTokenIsRequested) {
  server s;
  s.get("/", [](request&) -> task<response> { co_return ok("x"); });
  std::stop_source stop;
  auto running = s.run(stop.get_token());
  EXPECT_NE(ask(s.port(), "GET / HTTP/1.0\r\n\r\n").find("200 OK"), std::string::npos);
  stop.request_stop();
  block_on(std::move(running));
  EXPECT_THROW(ask(s.port(), ""), std::runtime_error);
}

TEST_F(Server, StopsTwiceAndWithoutStart) {
  server s;
  block_on(s.stop());
  EXPECT_THROW((void)s.port(), invalid_operation);
  block_on(s.start());
  EXPECT_THROW(block_on(s.start()), invalid_operation);
  EXPECT_THROW(s.get("/", [](request&) -> task<response> { co_return ok(); }), invalid_operation);
  auto one = s.stop();
  auto two = s.stop();
  block_on(std::move(one));
  block_on(std::move(two));
}

TEST_F(Server, SaysWhenAPortCannotBeHad) {
  start();
  server other({.port = port()});
  EXPECT_THROW(block_on(other.start()), std::system_error);
  server nowhere({.address = "not an address"});
  EXPECT_THROW(block_on(nowhere.start()), std::exception);
  EXPECT_THROW(server({.max_header_bytes = 1}), std::invalid_argument);
}

TEST_F(Server, MayBeDestroyedWhileItRuns) {
  auto s = std::make_unique<server>();
  s->get("/", [](request&) -> task<response> { co_return ok("x"); });
  block_on(s->start());
  raw_socket open;
  open.connect(s->port());
  open.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  open.receive_until("x");
  s.reset();
  EXPECT_EQ(open.receive(), "");
  EXPECT_FALSE(open.timed_out());
}

TEST_F(Server, HandlersMayWantAThingOfTheServersUser) {
  server s;
  shop::services services;
  s.set_context(&services);
  s.get("/",
        [](request&, shop::services& wanted) -> task<response> { co_return ok(wanted.answer); });
  s.get("/lazy", [](request&) -> lazy<response> { co_return ok("l"); });
  s.get("/value", [](request&) -> value_task<response> { co_return ok("v"); });
  s.get("/now", [](request&) { return from_result(ok("n")); });
  block_on(s.start());
  EXPECT_EQ(body_of(ask(s.port(), "GET / HTTP/1.0\r\n\r\n")), "42");
  EXPECT_EQ(body_of(ask(s.port(), "GET /lazy HTTP/1.0\r\n\r\n")), "l");
  EXPECT_EQ(body_of(ask(s.port(), "GET /value HTTP/1.0\r\n\r\n")), "v");
  EXPECT_EQ(body_of(ask(s.port(), "GET /now HTTP/1.0\r\n\r\n")), "n");
  block_on(s.stop());
}

/// UBSan opens a pipe to look at a type that it has not seen before, which it cannot when
/// descriptors have run out: let it see those of the errors now.
void show_errors_to_ubsan() {
  for (const std::error_category* category : {&std::system_category(), &std::generic_category()}) {
    try {
      throw std::system_error(EMFILE, *category, "shown");
    } catch (const std::system_error& e) {
      EXPECT_FALSE(e.code() == std::errc::connection_aborted);
      EXPECT_FALSE(weft::detail::message_of(std::current_exception()).empty());
    }
  }
}

/// In a process of its own: 40 connections to a server that has descriptors for fewer.
void run_out_of_descriptors() {
  constexpr int count = 40;
  server s;
  s.get("/", [](request&) -> task<response> { co_return ok("hello"); });
  block_on(s.start());
  block_on(delay(1ms));  // whatever the runtime opens is open after this, and after a request
  show_errors_to_ubsan();
  for (const char* text :
       {"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.0\r\n\r\n", "x\r\n\r\n"}) {
    ask(s.port(), text);
  }
  std::vector<raw_socket> clients(count);
  // Sockets in this process are descriptors too: leave room for ten.
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const int next = ::dup(0);
  ::close(next);
  limit.rlim_cur = static_cast<rlim_t>(next + 10);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  for (raw_socket& c : clients) {
    c.connect(s.port());
    c.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  int answered = 0;
  for (raw_socket& c : clients) {  // each one that is closed makes room for one that waits
    answered += body_of(c.receive_until("hello")) == "hello" ? 1 : 0;
    c.close();
  }
  block_on(s.stop());
  std::fprintf(stderr, "answered %d\n", answered);
  std::_Exit(answered == count ? 0 : 1);
}

TEST(ServerDeathTest, BacksOffWhenDescriptorsRunOutAndGoesOn) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(run_out_of_descriptors(), testing::ExitedWithCode(0),
              "cannot accept for now.*answered 40");
}

}  // namespace
}  // namespace weft::http
