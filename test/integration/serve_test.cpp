#include <weft/http.hpp>
#include <weft/json.hpp>
#include <weft/task.hpp>

#include "integration/tool.hpp"

#include <csignal>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace weft::test {
namespace {

struct page {
  int id = 0;
  std::string user;
  std::string profile;
  std::string feed;
};
WEFT_JSON(page, id, user, profile, feed)

struct figures {
  int primes = 0;
};
WEFT_JSON(figures, primes)

/// The demo service on a free port.
class service : public testing::Test {
 protected:
  service() : running_({"serve", "--port", "0"}) {
    const std::string said = running_.read_until("\n");
    const std::size_t begin = said.find("http://");
    const std::size_t end = said.find("/\n", begin);
    if (begin != std::string::npos && end != std::string::npos) {
      url_ = said.substr(begin, end - begin);
    }
  }
  void SetUp() override { ASSERT_FALSE(url_.empty()) << "the service does not say where it is"; }

  [[nodiscard]] http::response get(const std::string& path) {
    return block_on(client_.get(url_ + path));
  }
  [[nodiscard]] page get_page(const std::string& path) {
    return json::parse<page>(block_on(client_.get_string(url_ + path)));
  }
  [[nodiscard]] std::string port() const { return url_.substr(url_.rfind(':') + 1); }

  tool running_;
  std::string url_;
  http::client client_;
};

TEST_F(service, answers_at_its_root_with_what_there_is) {
  const http::response answer = get("/");
  EXPECT_EQ(answer.status(), 200);
  EXPECT_NE(answer.body().find("/async/users/1"), std::string::npos) << answer.body();
}

TEST_F(service, gives_the_same_page_however_it_is_made) {
  for (const char* path : {"/async/users/3", "/sync/users/3"}) {
    const page made = get_page(path);
    EXPECT_EQ(made.id, 3) << path;
    EXPECT_EQ(made.user, "user 3") << path;
    EXPECT_EQ(made.profile, "profile of user 3") << path;
    EXPECT_EQ(made.feed, "feed of user 3") << path;
  }
}

TEST_F(service, computes_in_parallel) {
  const auto counted =
      json::parse<figures>(block_on(client_.get_string(url_ + "/parallel/users/1")));
  EXPECT_EQ(counted.primes, 33'860);  // π(400,000)
}

TEST_F(service, a_user_that_does_not_exist_is_not_found) {
  for (const char* path : {"/async/users/10", "/sync/users/0", "/parallel/users/-1",
                           "/async/users/abc", "/async/users/99999999999999999999", "/nowhere"}) {
    EXPECT_EQ(get(path).status(), 404) << path;
  }
}

TEST_F(service, goes_on_after_nonsense) {
  EXPECT_EQ(
      block_on(client_.send(http::request(http::method::post, url_ + "/async/users/1"))).status(),
      405);
  EXPECT_EQ(get("/async/users/1").status(), 200);
}

TEST_F(service, ends_with_code_0_on_sigterm) {
  EXPECT_EQ(get("/").status(), 200);
  running_.send_signal(SIGTERM);
  const tool_result ended = running_.wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
}

TEST_F(service, ends_with_code_0_on_ctrl_c) {
  running_.send_signal(SIGINT);
  const tool_result ended = running_.wait();
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
}

TEST_F(service, a_port_in_use_is_an_error_that_says_so) {
  const tool_result second = run_tool({"serve", "--port", port()});
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_NE(second.err.find(port()), std::string::npos) << second.err;
  EXPECT_NE(second.err.find("--port"), std::string::npos) << second.err;
}

TEST(serve, a_port_that_is_none_is_an_error) {
  for (const char* port : {"70000", "-1", "eighty"}) {
    const tool_result r = run_tool({"serve", "--port", port});
    EXPECT_EQ(r.exit_code, 2) << port;
    EXPECT_NE(r.err.find("--port"), std::string::npos) << r.err;
  }
}

}  // namespace
}  // namespace weft::test
