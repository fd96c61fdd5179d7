#include "message_parser.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace weft::http::detail {
namespace {

using namespace std::string_literals;
using state = message_parser::state;
using kind = message_parser::kind;

constexpr parser_limits small{.max_header_bytes = 1024, .max_headers = 8, .max_body_bytes = 100};

struct outcome {
  int refused = 0;  // with this status; 0: complete
  std::string why;
  std::string body;
  std::size_t taken = 0;
  message_head head;
};

/// Feeds `text` in parts of `step` bytes as a connection would, and closes.
outcome parse(kind what, std::string_view text, std::size_t step, bool no_body = false) {
  message_parser p(what, small);
  if (no_body) {
    p.expect_no_body();
  }
  std::string pending;
  outcome out;
  for (std::size_t i = 0; i < text.size() && p.current() <= state::body; i += step) {
    pending += text.substr(i, step);
    for (std::size_t n = 1; n != 0 && p.current() <= state::body && !pending.empty();) {
      n = p.feed(pending);
      pending.erase(0, n);
      out.taken += n;
    }
  }
  if (p.current() <= state::body) {
    p.finish();
  }
  if (p.current() == state::failed) {
    out.refused = p.error().status;
    out.why = p.error().text;
  }
  out.body = p.body();
  out.head = std::move(p.head());
  return out;
}

/// The same, whole and byte by byte, which must make no difference.
outcome parse(kind what, std::string_view text, bool no_body = false) {
  const outcome bytewise = parse(what, text, 1, no_body);
  outcome whole = parse(what, text, text.size() + 1, no_body);
  EXPECT_EQ(whole.refused, bytewise.refused) << text << whole.why << bytewise.why;
  EXPECT_EQ(whole.why, bytewise.why) << text;
  if (whole.refused == 0) {
    EXPECT_EQ(whole.body, bytewise.body) << text;
    EXPECT_EQ(whole.taken, bytewise.taken) << text;
  }
  return whole;
}

std::string post(std::string_view fields, std::string_view body = {}) {
  return "POST /x HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n" + std::string(body);
}
std::string chunked(std::string_view body) {
  return post("Transfer-Encoding: chunked\r\n", body);
}

TEST(MessageParser, ReadsARequestAndStopsAtItsEnd) {
  const std::string text =
      "\r\nPOST /a/b?c=%20 HTTP/1.1\r\nHost: example\r\nX-Two:  a b \r\nx-two: "
      "c\r\nContent-Length: 5\r\n\r\nhello";
  const outcome o = parse(kind::request, text + "GET /next");
  EXPECT_EQ(o.refused, 0) << o.why;
  EXPECT_EQ(o.taken, text.size());
  EXPECT_EQ(o.head.method, method::post);
  EXPECT_EQ(o.head.method_name, "POST");
  EXPECT_EQ(o.head.target, "/a/b?c=%20");
  EXPECT_EQ(o.head.headers.size(), 4u);
  EXPECT_EQ(o.head.headers.get("X-TWO"), "a b");
  EXPECT_EQ(o.head.headers.count("x-two"), 2u);
  EXPECT_TRUE(o.head.keep_alive);
  EXPECT_EQ(o.head.content_length, 5u);
  EXPECT_EQ(o.body, "hello");
}

TEST(MessageParser, ReadsChunksExtensionsAndDropsTrailers) {
  const std::string text =
      chunked("5;a=\"b\"\r\nhello\r\n00000001\r\n!\r\n0\r\nContent-Length: 7\r\nX: y\r\n\r\n");
  const outcome o = parse(kind::request, text + "rest");
  EXPECT_EQ(o.refused, 0) << o.why;
  EXPECT_EQ(o.body, "hello!");
  EXPECT_EQ(o.taken, text.size());
  EXPECT_FALSE(o.head.headers.contains("X"));
  EXPECT_FALSE(o.head.headers.contains("Content-Length"));
}

TEST(MessageParser, KnowsWhenTheConnectionIsToBeKept) {
  const auto kept = [](std::string_view text) {
    return parse(kind::request, text).head.keep_alive;
  };
  EXPECT_TRUE(kept("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_FALSE(kept("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n"));
  EXPECT_FALSE(kept("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(kept("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

TEST(MessageParser, IsReadyForTheNextMessageAfterReset) {
  message_parser p(kind::request, small);
  const std::string first = post("Content-Length: 2\r\nConnection: close\r\n", "ab");
  EXPECT_TRUE(p.idle());
  std::size_t n = p.feed(first);
  n += p.feed(std::string_view(first).substr(n));
  EXPECT_EQ(n, first.size());
  EXPECT_EQ(p.current(), state::complete);
  EXPECT_EQ(p.feed("x"), 0u);
  p.reset();
  const std::string second = "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(p.feed(second), second.size());
  EXPECT_EQ(p.current(), state::complete);
  EXPECT_EQ(p.head().target, "/2");
  EXPECT_FALSE(p.head().content_length.has_value());
  EXPECT_TRUE(p.head().keep_alive);
  EXPECT_EQ(p.body(), "");
}

TEST(MessageParser, KnowsWhoExpectsContinue) {
  EXPECT_TRUE(parse(kind::request, post("Expect: 100-Continue\r\nContent-Length: 1\r\n", "x"))
                  .head.expects_continue);
  EXPECT_FALSE(parse(kind::request, post("Expect: 100-continue\r\nContent-Length: 0\r\n"))
                   .head.expects_continue);
  EXPECT_EQ(parse(kind::request, post("Expect: magic\r\n")).refused, 417);
}

struct bad_case {
  const char* name;
  int status;
  std::string text;
};

void PrintTo(const bad_case& c, std::ostream* out) {
  *out << c.name;
}

class RefusedRequest : public testing::TestWithParam<bad_case> {};

TEST_P(RefusedRequest, IsRefusedWithItsStatus) {
  const outcome o = parse(kind::request, GetParam().text);
  EXPECT_EQ(o.refused, GetParam().status) << o.why;
  EXPECT_FALSE(o.why.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Smuggling, RefusedRequest,
    testing::Values(
        bad_case{"LengthAndEncoding", 400,
                 post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        bad_case{"EncodingAndLength", 400,
                 post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n")},
        bad_case{"TwoLengths", 400, post("Content-Length: 1\r\nContent-Length: 2\r\n", "ab")},
        bad_case{"TwoEqualLengths", 400, post("Content-Length: 1\r\nContent-Length: 1\r\n", "a")},
        bad_case{"LengthList", 400, post("Content-Length: 1, 1\r\n", "a")},
        bad_case{"LengthWithSign", 400, post("Content-Length: +1\r\n", "a")},
        bad_case{"NegativeLength", 400, post("Content-Length: -1\r\n", "a")},
        bad_case{"HexLength", 400, post("Content-Length: 0x1\r\n", "a")},
        bad_case{"EmptyLength", 400, post("Content-Length:\r\n", "a")},
        bad_case{"LengthBeyond64Bits", 400, post("Content-Length: 18446744073709551616\r\n", "a")},
        bad_case{"TwoEncodings", 400,
                 post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        bad_case{"ChunkedNotLast", 400, post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n")},
        bad_case{"OtherEncoding", 501, post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
        bad_case{"AlmostChunked", 501, post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
        bad_case{"ChunkedInHttp10", 400,
                 "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        bad_case{"ObsFold", 400, post("X: a\r\n b\r\n")},
        bad_case{"FoldAfterRequestLine", 400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
        bad_case{"SpaceBeforeColon", 400, post("Content-Length : 1\r\n", "a")},
        bad_case{"SpaceInName", 400, post("Content Length: 1\r\n", "a")},
        bad_case{"EmptyName", 400, post(": 1\r\n")},
        bad_case{"NoColon", 400, post("Content-Length\r\n")},
        bad_case{"NulInValue", 400, post("X: a\0b\r\n"s)},
        bad_case{"NulInName", 400, post("X\0: b\r\n"s)},
        bad_case{"VerticalTab", 400,
                 post("Transfer-Encoding: \x0b"
                      "chunked\r\n",
                      "0\r\n\r\n")},
        bad_case{"LfOnlyLines", 400, "GET / HTTP/1.1\nHost: a\n\n"},
        bad_case{"LfOnlyHeader", 400, post("X: a\nY: b\r\n")},
        bad_case{"CrOnlyHeader", 400, post("X: a\rContent-Length: 1\r\n", "a")},
        bad_case{"CrCrLf", 400, post("X: a\r\r\n")},
        bad_case{"NoHost", 400, "GET / HTTP/1.1\r\n\r\n"},
        bad_case{"TwoHosts", 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"}));

INSTANTIATE_TEST_SUITE_P(
    Chunks, RefusedRequest,
    testing::Values(
        bad_case{"LfAfterSize", 400, chunked("5\nhello\r\n0\r\n\r\n")},
        bad_case{"CrAfterSize", 400, chunked("5\rXhello\r\n0\r\n\r\n")},
        bad_case{"HexPrefix", 400, chunked("0x5\r\nhello\r\n0\r\n\r\n")},
        bad_case{"Negative", 400, chunked("-5\r\nhello\r\n0\r\n\r\n")},
        bad_case{"Plus", 400, chunked("+5\r\nhello\r\n0\r\n\r\n")},
        bad_case{"SpaceBefore", 400, chunked(" 5\r\nhello\r\n0\r\n\r\n")},
        bad_case{"SpaceAfter", 400, chunked("5 \r\nhello\r\n0\r\n\r\n")},
        bad_case{"NoSize", 400, chunked("\r\nhello\r\n0\r\n\r\n")},
        bad_case{"Overflow", 400, chunked("FFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n")},
        bad_case{"Huge", 413, chunked("FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n")},
        bad_case{"TooLongAltogether", 413,
                 chunked("60\r\n" + std::string(0x60, 'x') + "\r\n5\r\nhello\r\n0\r\n\r\n")},
        bad_case{"DataEndsWithLf", 400, chunked("5\r\nhello\n0\r\n\r\n")},
        bad_case{"DataLongerThanSize", 400, chunked("5\r\nhello!\r\n0\r\n\r\n")},
        bad_case{"LfInExtension", 400, chunked("5;a\nhello\r\n0\r\n\r\n")},
        bad_case{"NulInExtension", 400, chunked("5;a\0b\r\nhello\r\n0\r\n\r\n"s)},
        bad_case{"EndlessExtension", 400, chunked("5;" + std::string(2000, 'a'))},
        bad_case{"LfAtTheEnd", 400, chunked("0\r\n\n")},
        bad_case{"LfInTrailer", 400, chunked("0\r\nX: y\n\r\n")},
        bad_case{"CrInTrailer", 400, chunked("0\r\nX: y\rGET\r\n\r\n")},
        bad_case{"FoldedTrailer", 400, chunked("0\r\nX: y\r\n z\r\n\r\n")},
        bad_case{"EndlessTrailers", 431, chunked("0\r\nX: " + std::string(2000, 'a'))},
        bad_case{
            "ManyTrailers", 431,
            chunked("0\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\n\r\n")}));

INSTANTIATE_TEST_SUITE_P(
    Heads, RefusedRequest,
    testing::Values(bad_case{"Empty", 400, ""},
                    bad_case{"Truncated", 400, "GET / HTTP/1.1\r\nHost: a\r\n"},
                    bad_case{"TruncatedBody", 400, post("Content-Length: 5\r\n", "abc")},
                    bad_case{"TruncatedChunk", 400, chunked("5\r\nabc")},
                    bad_case{"Noise", 400, "\x16\x03\x01\x02 tls hello"},
                    bad_case{"Http09", 400, "GET /\r\n\r\n"},
                    bad_case{"Http12", 505, "GET / HTTP/1.2\r\nHost: a\r\n\r\n"},
                    bad_case{"Http2", 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
                    bad_case{"Rtsp", 400, "GET / RTSP/1.0\r\nHost: a\r\n\r\n"},
                    bad_case{"UnknownMethod", 501, "FOO / HTTP/1.1\r\nHost: a\r\n\r\n"},
                    bad_case{"LowerCaseMethod", 501, "get / HTTP/1.1\r\nHost: a\r\n\r\n"},
                    bad_case{"Connect", 501, "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"},
                    bad_case{"TwoSpaces", 400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
                    bad_case{"SpaceInTarget", 400, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
                    bad_case{"ControlInTarget", 400, "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n"},
                    bad_case{"LongLine", 431, "GET /" + std::string(2000, 'a')},
                    bad_case{"LongHeader", 431, post("X: " + std::string(2000, 'a') + "\r\n")},
                    bad_case{"ManyHeaders", 431,
                             post("a:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\na:\r\n")},
                    bad_case{"LongBody", 413, post("Content-Length: 101\r\n", "a")}));

TEST(MessageParser, TakesAHeadOfExactlyTheLimit) {
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  const auto with = [&](std::size_t size) {
    return start + std::string(size - start.size() - 4, 'x') + "\r\n\r\n";
  };
  EXPECT_EQ(parse(kind::request, with(1024)).refused, 0);
  EXPECT_EQ(parse(kind::request, with(1025)).refused, 431);
}

TEST(MessageParser, RefusesEveryTruncationOfARequest) {
  const std::string text = chunked("5\r\nhello\r\n0\r\nX: y\r\n\r\n");
  EXPECT_EQ(parse(kind::request, text).refused, 0);
  for (std::size_t n = 0; n < text.size(); ++n) {
    EXPECT_NE(parse(kind::request, text.substr(0, n)).refused, 0) << n;
  }
}

TEST(ResponseParser, ReadsBodiesByLengthByChunksAndUntilTheEnd) {
  const outcome sized = parse(kind::response, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabX");
  EXPECT_EQ(sized.body, "ab");
  EXPECT_EQ(sized.head.status, 200);
  EXPECT_TRUE(sized.head.keep_alive);
  const outcome chunks = parse(
      kind::response, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n");
  EXPECT_EQ(chunks.body, "ab");
  EXPECT_TRUE(chunks.head.keep_alive);
  const outcome closed = parse(kind::response, "HTTP/1.1 200 OK\r\n\r\nabc");
  EXPECT_EQ(closed.refused, 0);
  EXPECT_EQ(closed.body, "abc");
  EXPECT_FALSE(closed.head.keep_alive);
  EXPECT_FALSE(
      parse(kind::response, "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").head.keep_alive);
}

TEST(ResponseParser, KnowsWhichResponsesHaveNoBody) {
  for (const char* start :
       {"HTTP/1.1 204 No Content\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n",
        "HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\n", "HTTP/1.1 100 Continue\r\n"}) {
    const outcome o = parse(kind::response, std::string(start) + "\r\nHTTP/1.1");
    EXPECT_EQ(o.refused, 0) << start << o.why;
    EXPECT_EQ(o.taken, std::string(start).size() + 2) << start;
    EXPECT_TRUE(o.head.keep_alive) << start;
  }
  const outcome head =
      parse(kind::response, "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", true);
  EXPECT_EQ(head.refused, 0) << head.why;
  EXPECT_TRUE(head.head.keep_alive);
  EXPECT_EQ(head.head.content_length, 900u);
}

TEST(ResponseParser, RefusesWhatIsNoResponse) {
  for (const char* text :
       {"", "SSH-2.0-OpenSSH\r\n\r\n", "ICY 200 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/2 200\r\n\r\n", "HTTP/1.1 99999 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\nX: y\n\n", "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"}) {
    EXPECT_NE(parse(kind::response, text).refused, 0) << text;
  }
  EXPECT_NE(parse(kind::response, "HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x')).refused, 0);
}

}  // namespace
}  // namespace weft::http::detail
