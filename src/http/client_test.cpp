#include <weft/http/client.hpp>

#include <weft/http/server.hpp>
#include <weft/json.hpp>
#include <weft/sched/single_thread_context.hpp>
#include <weft/task.hpp>
#include <weft/time.hpp>

#include "raw_peer.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

namespace market {
struct quote {
  std::string name;
  double price = 0;
};
WEFT_JSON(quote, name, price)
}  // namespace market

namespace weft::http {
namespace {

using namespace std::chrono_literals;
using test::raw_socket;

// They stand as temporaries in co_await expressions, where g++ 12 would destroy an owning one
// twice.
static_assert(std::is_trivially_destructible_v<client_options>);
static_assert(std::is_trivially_destructible_v<server_options>);
static_assert(!std::is_aggregate_v<request> && !std::is_aggregate_v<response>);

/// A real server for the client to talk to.
class Client : public testing::Test {
 protected:
  void SetUp() override {
    server_.get("/text", [](request&) -> task<response> { co_return ok("hello"); });
    server_.get("/quote",
                [](request&) -> task<response> { co_return ok(market::quote{"tea", 2.5}); });
    server_.post("/quote", [](request& r) -> task<response> {
      auto q = co_await r.json<market::quote>();
      q.price *= 2;
      co_return ok(q);
    });
    server_.post("/length", [](request& r) -> task<response> { co_return ok(r.body().size()); });
    server_.get("/none", [](request&) -> task<response> { co_return no_content(); });
    server_.get("/go", [](request& r) -> task<response> {
      co_return redirect(r.query("to").value_or("/missing"), r.query<int>("status").value_or(302));
    });
    server_.post("/go", [](request& r) -> task<response> {
      co_return redirect(r.query("to").value_or("/missing"), r.query<int>("status").value_or(302));
    });
    server_.get("/slow", [this](request&) -> task<response> {
      const int now = ++inside_;
      most_ = std::max(most_.load(), now);
      co_await delay(5ms);
      --inside_;
      co_return ok("slow");
    });
    server_.get("/never", [this](request&) -> task<response> {
      auto gate = gate_.task();
      co_await gate;
      co_return ok();
    });
    server_.get("/cancels", [this](request&) -> task<response> {
      current_source().request_stop();
      co_return ok("late");
    });
    block_on(server_.start());
  }
  void TearDown() override {
    gate_.try_set_result();
    block_on(server_.stop());
  }
  std::string url(const std::string& target) const {
    return "http://127.0.0.1:" + std::to_string(server_.port()) + target;
  }

  /// What the handler of /cancels requests: of this call, or already of the next.
  std::stop_source new_source() {
    const std::scoped_lock held(mutex_);
    return to_cancel_ = std::stop_source();
  }
  std::stop_source current_source() {
    const std::scoped_lock held(mutex_);
    return to_cancel_;
  }

  server server_;
  std::atomic<int> inside_{0};
  std::atomic<int> most_{0};
  task_completion_source<> gate_;

 private:
  std::mutex mutex_;
  std::stop_source to_cancel_;
};

/// A server that answers the n-th connection with the n-th of some texts, whatever it is asked, and
/// closes.
class canned_server {
 public:
  explicit canned_server(std::vector<std::string> answers)
      : port_(listener_.listen()), thread_([this, texts = std::move(answers)] {
          for (const std::string& text : texts) {
            raw_socket peer = listener_.accept();
            requests_ += peer.receive_until("\r\n\r\n");
            peer.send(text);
          }
        }) {}
  ~canned_server() { join(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
  /// All requests, when all answers have been given.
  std::string join() {
    if (thread_.joinable()) {
      thread_.join();
    }
    return requests_;
  }

 private:
  raw_socket listener_;
  std::uint16_t port_;
  std::string requests_;
  std::thread thread_;
};

TEST_F(Client, GetsTextAndJson) {
  client c;
  EXPECT_EQ(block_on(c.get_string(url("/text"))), "hello");
  EXPECT_EQ(block_on(c.get_json<market::quote>(url("/quote"))).price, 2.5);
  response r = block_on(c.post_json(url("/quote"), market::quote{"jam", 4}));
  EXPECT_EQ(r.status(), 200);
  EXPECT_EQ(r.headers().get("content-type"), "application/json");
  EXPECT_EQ(block_on(r.json<market::quote>()).price, 8.0);
  EXPECT_EQ(block_on(block_on(c.get(url("/text"))).text()), "hello");
}

TEST_F(Client, KeepsOneConnectionForManyCalls) {
  client c;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(block_on(c.get_string(url("/text"))), "hello");
  }
  EXPECT_EQ(c.idle_connections(), 1u);
  EXPECT_EQ(server_.connections(), 1u);
}

TEST_F(Client, ThrowsHttpErrorForWhatIsNotASuccess) {
  client c;
  try {
    (void)block_on(c.get_string(url("/missing")));
    FAIL();
  } catch (const http_error& e) {
    EXPECT_EQ(e.status(), 404);
    EXPECT_EQ(e.body(), R"({"title":"Not Found","status":404})");
    EXPECT_NE(std::string(e.what()).find("answered 404 Not Found"), std::string::npos) << e.what();
  }
  EXPECT_EQ(block_on(c.get(url("/missing"))).status(), 404);
  EXPECT_EQ(c.idle_connections(), 1u);
}

TEST_F(Client, ReadsAnswersWithoutABody) {
  client c;
  EXPECT_EQ(block_on(c.get(url("/none"))).status(), 204);
  const response head = block_on(c.send(request(method::head, url("/text"))));
  EXPECT_EQ(head.headers().get("Content-Length"), "5");
  EXPECT_EQ(head.body(), "");
  EXPECT_EQ(block_on(c.get_string(url("/text"))), "hello");
  EXPECT_EQ(c.idle_connections(), 1u);
}

TEST_F(Client, SendsLargeBodies) {
  client c;
  auto sent =
      c.send(request(method::post, url("/length"), std::string(10'000'000, 'x'), "text/plain"));
  EXPECT_EQ(block_on(std::move(sent)).body(), "10000000");
}

TEST_F(Client, ManyCallsAtOnceEachHaveAConnection) {
  client c;
  std::vector<task<std::string>> calls;
  for (int i = 0; i < 200; ++i) {
    calls.push_back(c.get_string(url("/slow")));
  }
  for (auto& call : calls) {
    EXPECT_EQ(block_on(std::move(call)), "slow");
  }
  EXPECT_EQ(c.idle_connections(), server_.connections());
}

TEST_F(Client, HoldsToItsLimitPerHost) {
  client c({.max_connections_per_host = 2});
  std::vector<task<std::string>> calls;
  for (int i = 0; i < 20; ++i) {
    calls.push_back(c.get_string(url("/slow")));
  }
  for (auto& call : calls) {
    EXPECT_EQ(block_on(std::move(call)), "slow");
  }
  EXPECT_LE(most_, 2);
  EXPECT_LE(c.idle_connections(), 2u);
}

TEST_F(Client, WaitingForATurnEndsWithTimeOrToken) {
  client c({.timeout = 10s, .max_connections_per_host = 1});
  auto first = c.get_string(url("/never"));
  std::stop_source stop;
  auto second = c.get_string(url("/text"), stop.get_token());
  stop.request_stop();
  EXPECT_THROW(block_on(std::move(second)), operation_canceled);
  gate_.set_result();
  EXPECT_EQ(block_on(std::move(first)), "");
  EXPECT_EQ(block_on(c.get_string(url("/text"))), "hello");

  raw_socket silent;
  const std::string nobody = "http://127.0.0.1:" + std::to_string(silent.listen()) + "/";
  client hasty({.timeout = 60ms, .max_connections_per_host = 1});
  auto one = hasty.get_string(nobody);
  auto two = hasty.get_string(nobody);
  EXPECT_THROW(block_on(std::move(one)), timeout_error);
  EXPECT_THROW(block_on(std::move(two)), timeout_error);
}

TEST_F(Client, FollowsRedirects) {
  client c;
  EXPECT_EQ(block_on(c.get_string(url("/go?to=/text"))), "hello");
  EXPECT_EQ(block_on(c.get_string(url("/go?to=" + url("/text")))), "hello");
  EXPECT_EQ(block_on(c.get_string(url("/go?to=text&status=308"))), "hello");
  // 307 sends the body again, 303 asks with GET.
  EXPECT_EQ(
      block_on(c.send(request(method::post, url("/go?to=/length&status=307"), "abc", "text/plain")))
          .body(),
      "3");
  EXPECT_EQ(
      block_on(c.send(request(method::post, url("/go?to=/text&status=303"), "abc", "text/plain")))
          .body(),
      "hello");
  EXPECT_EQ(block_on(c.get_string(url("/go?to=/go%3Fto=/text"))), "hello");
  EXPECT_THROW(block_on(c.get(url("/go?to=https://127.0.0.1/"))), std::invalid_argument);
  client stays({.max_redirects = 0});
  EXPECT_EQ(block_on(stays.get(url("/go?to=/text"))).status(), 302);
}

TEST_F(Client, GivesUpOnEndlessRedirects) {
  server loop;
  loop.get("/", [](request&) -> task<response> { co_return redirect("/"); });
  block_on(loop.start());
  client c;
  EXPECT_THROW(block_on(c.get("http://127.0.0.1:" + std::to_string(loop.port()) + "/")),
               protocol_error);
  block_on(loop.stop());
}

TEST_F(Client, SaysWhyThereIsNoConnection) {
  client c;
  raw_socket closed;
  const std::uint16_t port = closed.listen();
  closed.close();
  EXPECT_THROW(block_on(c.get("http://127.0.0.1:" + std::to_string(port) + "/")),
               std::system_error);
  EXPECT_THROW(block_on(c.get("127.0.0.1/")), std::invalid_argument);
  EXPECT_THROW(block_on(c.get("")), std::invalid_argument);
  try {
    (void)block_on(c.get("https://example.com/"));
    FAIL();
  } catch (const std::invalid_argument& e) {
    EXPECT_NE(std::string(e.what()).find("needs weft::tls"), std::string::npos) << e.what();
  }
  EXPECT_THROW(client({.timeout = 0s}), std::invalid_argument);
}

TEST_F(Client, TimesOut) {
  client c({.timeout = 50ms});
  try {
    (void)block_on(c.get(url("/never")));
    FAIL();
  } catch (const timeout_error& e) {
    EXPECT_NE(std::string(e.what()).find("waiting for the answer"), std::string::npos) << e.what();
  }
  client heads({.timeout = 10s, .header_timeout = 50ms});
  EXPECT_THROW(block_on(heads.get(url("/never"))), timeout_error);
  EXPECT_EQ(c.idle_connections(), 0u);
}

TEST_F(Client, IsCanceledByItsToken) {
  client c;
  std::stop_source stop;
  auto call = c.get_string(url("/never"), stop.get_token());
  stop.request_stop();
  EXPECT_THROW(block_on(std::move(call)), operation_canceled);
  auto late = c.get_string(url("/text"), stop.get_token());
  call = std::move(late);
  EXPECT_THROW(block_on(call), operation_canceled);
  EXPECT_TRUE(call.is_canceled());
  EXPECT_EQ(c.idle_connections(), 0u);
}

TEST_F(Client, CancelledAtTheMomentOfCompletionEitherEndsOrIsCanceled) {
  client c;
  int ended = 0;
  for (int i = 0; i < 200; ++i) {
    auto call = c.get_string(url("/cancels"), new_source().get_token());
    try {
      EXPECT_EQ(block_on(std::move(call)), "late");
      ++ended;
    } catch (const operation_canceled&) {
      ++ended;
    }
  }
  EXPECT_EQ(ended, 200);
  EXPECT_EQ(block_on(c.get_string(url("/text"))), "hello");
}

TEST_F(Client, DoesNotNeedTheLoopOfItsCaller) {
  client c;
  single_thread_context ui;
  const std::string text = ui.run([&]() -> task<std::string> {
    auto call = c.get_string(url("/text"));
    co_return call.result();  // blocks the loop
  });
  EXPECT_EQ(text, "hello");
}

TEST(ClientAgainstRawServer, ReadsChunkedAndUnboundedBodiesAndSkipsInterimAnswers) {
  canned_server s(
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n"
       "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
       "HTTP/1.1 200 OK\r\n\r\nto the end", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"});
  client c;
  EXPECT_EQ(block_on(c.get_string(s.url())), "abc");
  EXPECT_EQ(block_on(c.get_string(s.url())), "to the end");
  EXPECT_EQ(block_on(c.get_string(s.url())), "ok");
  EXPECT_EQ(c.idle_connections(), 0u);
}

TEST(ClientAgainstRawServer, RepeatsAnIdempotentRequestOverANewConnectionOnce) {
  const std::string keeps = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1";
  canned_server s({keeps, keeps});
  client c;
  EXPECT_EQ(block_on(c.get_string(s.url())), "1");
  // The first connection has been closed, or will be before an answer: a GET does not notice.
  EXPECT_EQ(block_on(c.get_string(s.url())), "1");
  const std::string requests = s.join();
  EXPECT_NE(requests.find("GET / HTTP/1.1\r\nHost: 127.0.0.1:", 1), std::string::npos);
}

TEST(ClientAgainstRawServer, DoesNotRepeatAPost) {
  canned_server s({"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1"});
  client c;
  EXPECT_EQ(block_on(c.get_string(s.url())), "1");
  s.join();
  EXPECT_THROW(block_on(c.send(request(method::post, s.url(), "x", "text/plain"))), std::exception);
}

TEST(ClientAgainstRawServer, RefusesAnswersThatAreNone) {
  for (const char* text :
       {"", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 101 Switching\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n0123456789012345678901234567890123"}) {
    canned_server s({text});
    client c({.max_response_bytes = 30});
    EXPECT_THROW(block_on(c.get(s.url())), protocol_error) << text;
    EXPECT_EQ(c.idle_connections(), 0u);
  }
}

TEST(ClientAgainstRawServer, DoesNotKeepAConnectionThatSaysMoreThanItsAnswer) {
  canned_server s(
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2",
       "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n3"});
  client c;
  EXPECT_EQ(block_on(c.get_string(s.url())), "1");
  EXPECT_EQ(block_on(c.get_string(s.url())), "3");
}

TEST(ClientAgainstRawServer, TakesAnEarlyAnswerToABodyThatNobodyReads) {
  server s({.max_body_bytes = 10});
  s.post("/", [](request&) -> task<response> { co_return ok(); });
  block_on(s.start());
  client c;
  const std::string to = "http://127.0.0.1:" + std::to_string(s.port()) + "/";
  auto sent = c.send(request(method::post, to, std::string(1'000'000, 'x'), "text/plain"));
  EXPECT_EQ(block_on(std::move(sent)).status(), 413);
  block_on(s.stop());
}

}  // namespace
}  // namespace weft::http
