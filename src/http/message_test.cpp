#include <weft/http/headers.hpp>
#include <weft/http/request.hpp>
#include <weft/http/response.hpp>
#include <weft/http/url.hpp>

#include "serialize.hpp"
#include "text.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace weft::http {
namespace {

TEST(Headers, KeepTheirOrderAndIgnoreCase) {
  headers h;
  h.add("Set-Cookie", "a=1");
  h.add("X-A", " padded\t");
  h.add("set-cookie", "b=2");
  EXPECT_EQ(h.size(), 3u);
  EXPECT_EQ(h.get("SET-COOKIE"), "a=1");
  EXPECT_EQ(h.get("x-a"), "padded");
  EXPECT_EQ(h.count("Set-Cookie"), 2u);
  EXPECT_FALSE(h.contains("X"));
  std::string all;
  for (const auto [name, value] : h) {
    all += std::string(name) + '=' + std::string(value) + ';';
  }
  EXPECT_EQ(all, "Set-Cookie=a=1;X-A=padded;set-cookie=b=2;");
}

TEST(Headers, SetReplacesAllOfThatNameWhereTheFirstStood) {
  headers h;
  h.add("a", "1");
  h.add("b", "2");
  h.add("A", "3");
  h.set("a", *h.get("b"));
  EXPECT_EQ(h.size(), 2u);
  EXPECT_EQ((*h.begin()).value, "2");
  EXPECT_EQ(h.remove("B"), 1u);
  EXPECT_EQ(h.remove("B"), 0u);
  h.clear();
  EXPECT_TRUE(h.empty());
}

TEST(Headers, RefuseWhatWouldSplitAMessage) {
  headers h;
  for (const char* name : {"", "a b", "a:", "a\r\n", "\xC3\xA9", "a\tb"}) {
    EXPECT_THROW(h.add(name, "x"), std::invalid_argument) << name;
  }
  for (const char* value : {"a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\x7f"}) {
    EXPECT_THROW(h.add("X", value), std::invalid_argument) << value;
  }
  EXPECT_THROW(h.set("X", std::string("a\0b", 3)), std::invalid_argument);
  EXPECT_TRUE(h.empty());
}

TEST(Headers, FindTokensInLists) {
  headers h;
  h.add("Connection", "Upgrade , x");
  h.add("connection", "CLOSE");
  EXPECT_TRUE(h.has_token("Connection", "close"));
  EXPECT_TRUE(h.has_token("Connection", "upgrade"));
  EXPECT_FALSE(h.has_token("Connection", "up"));
}

TEST(Url, TakesAddressesApart) {
  const url u("HTTP://Example.COM:8080/a%20b/c?d=e&f#frag");
  EXPECT_EQ(u.scheme(), "http");
  EXPECT_EQ(u.host(), "example.com");
  EXPECT_EQ(u.port(), 8080);
  EXPECT_EQ(u.target(), "/a%20b/c?d=e&f");
  EXPECT_EQ(u.authority(), "example.com:8080");
  EXPECT_EQ(url("http://a").target(), "/");
  EXPECT_EQ(url("http://a?x=1").target(), "/?x=1");
  EXPECT_EQ(url("http://a:80/").authority(), "a");
  EXPECT_EQ(url("https://a/").port(), 443);
  EXPECT_EQ(url("http://127.0.0.1:1/").host(), "127.0.0.1");
  EXPECT_EQ(url("http://[::1]:81/").host(), "::1");
  EXPECT_EQ(url("http://[::1]:81/").authority(), "[::1]:81");
}

TEST(Url, RefusesWhatIsNoAddressOfHttp) {
  for (const char* text : {"",
                           "/path",
                           "example.com/x",
                           "http://",
                           "http:///x",
                           "http:/x",
                           "ftp://a/",
                           "http://a:0/",
                           "http://a:65536/",
                           "http://a:x/",
                           "http://a b/",
                           "http://a/ b",
                           "http://a/\r\nX: y",
                           "http://user:pass@a/",
                           "http://[::1/",
                           "http://a/%zz",
                           "http://a%00b/",
                           "http://a%2fb/",
                           "//a/b",
                           "http://\xC3\xA9/"}) {
    EXPECT_THROW((void)url(text), std::invalid_argument) << text;
  }
}

TEST(Url, ResolvesRedirects) {
  const url base("http://a:81/b/c?d");
  EXPECT_EQ(base.resolve("/x?y").target(), "/x?y");
  EXPECT_EQ(base.resolve("/x").authority(), "a:81");
  EXPECT_EQ(base.resolve("z").target(), "/b/z");
  EXPECT_EQ(base.resolve("../z").target(), "/z");
  EXPECT_EQ(base.resolve("https://q/r").authority(), "q");
  EXPECT_THROW((void)base.resolve("ftp://q/"), std::invalid_argument);
  EXPECT_THROW((void)base.resolve("http://a/ b"), std::invalid_argument);
}

TEST(Request, SplitsTargetsOfAllForms) {
  const auto split = [](const char* target) {
    const request r(method::get, target);
    return std::string(r.path()) + " " + std::string(r.query_string());
  };
  EXPECT_EQ(split("/a/b?c=d"), "/a/b c=d");
  EXPECT_EQ(split("/a"), "/a ");
  EXPECT_EQ(split("http://h:1/a?b"), "/a b");
  EXPECT_EQ(split("http://h"), "/ ");
  EXPECT_EQ(split("http://h?q"), "/ q");
  EXPECT_EQ(split("*"), "* ");
}

TEST(Request, DecodesItsQuery) {
  const request r(method::get, "/?a=1&b=x%20y+z&c&d=%zz&%65=5&a=2&f=");
  EXPECT_EQ(r.query<int>("a"), 1);
  EXPECT_EQ(r.query("b"), "x y z");
  EXPECT_EQ(r.query("c"), "");
  EXPECT_EQ(r.query("e"), "5");
  EXPECT_EQ(r.query("f"), "");
  EXPECT_EQ(r.query("g"), std::nullopt);
  EXPECT_THROW((void)r.query("d"), request_error);
  EXPECT_THROW((void)r.query<int>("b"), request_error);
  EXPECT_THROW((void)r.query<bool>("a"), request_error);
  EXPECT_THROW((void)r.param<int>("id"), std::out_of_range);
}

TEST(Response, IsMadeByWordsForIt) {
  EXPECT_EQ(ok("hi").body(), "hi");
  EXPECT_EQ(ok(std::string_view("hi")).body(), "hi");
  EXPECT_EQ(ok("hi").headers().get("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(ok(std::vector<int>{1, 2}).body(), "[1,2]");
  EXPECT_EQ(ok(std::vector<int>{1, 2}).headers().get("content-type"), "application/json");
  EXPECT_EQ(ok().status(), 200);
  EXPECT_EQ(no_content().status(), 204);
  EXPECT_EQ(not_found().body(), R"({"title":"Not Found","status":404})");
  EXPECT_EQ(bad_request("a \"b\"").body(),
            R"({"title":"Bad Request","status":400,"detail":"a \"b\""})");
  EXPECT_EQ(problem(409, "Taken").headers().get("Content-Type"), "application/problem+json");
  EXPECT_EQ(created("/x/1", 5).headers().get("Location"), "/x/1");
  EXPECT_EQ(redirect("/y").status(), 302);
  EXPECT_THROW(response(99), std::invalid_argument);
  EXPECT_THROW(response(600), std::invalid_argument);
  EXPECT_THROW((void)redirect("/y\r\nX: z"), std::invalid_argument);
}

TEST(Serialize, WritesAResponseWithItsLengthAndDate) {
  std::string out;
  response r = ok("hello");
  r.headers().add("X-A", "b");
  r.headers().add("Content-Length", "99");
  r.headers().add("Transfer-Encoding", "chunked");
  detail::append_response_head(out, r, {.keep_alive = true, .now = 784111777});
  EXPECT_EQ(out,
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nX-A: "
            "b\r\nContent-Length: 5\r\n"
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
  out.clear();
  detail::append_response_head(out, no_content(), {.keep_alive = false, .now = 0});
  EXPECT_EQ(out,
            "HTTP/1.1 204 No Content\r\nConnection: close\r\nDate: Thu, 01 Jan 1970 00:00:00 "
            "GMT\r\n\r\n");
}

TEST(Serialize, WritesARequestWithHostAndLength) {
  std::string out;
  const request get(method::get, "http://a:81/b?c#d");
  detail::append_request_head(out, get, url(get.target()));
  EXPECT_EQ(out, "GET /b?c HTTP/1.1\r\nHost: a:81\r\n\r\n");
  out.clear();
  const request post(method::post, "http://a/", "{}", "application/json");
  detail::append_request_head(out, post, url(post.target()));
  EXPECT_EQ(
      out,
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n");
}

TEST(Date, WritesLeapDaysAndCenturies) {
  const auto date = [](std::int64_t seconds) {
    std::string out;
    detail::append_date(out, seconds);
    return out;
  };
  EXPECT_EQ(date(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
  EXPECT_EQ(date(4107542399), "Sun, 28 Feb 2100 23:59:59 GMT");
  EXPECT_EQ(date(1772323199), "Sat, 28 Feb 2026 23:59:59 GMT");
}

}  // namespace
}  // namespace weft::http
