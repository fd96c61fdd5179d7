#include "router.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace weft::http::detail {
namespace {

using outcome = router::outcome;

/// A router over patterns of GET; what matched comes back as the pattern and its parameters:
/// `/a/{b}|b=1`.
struct table {
  explicit table(std::initializer_list<const char*> patterns) {
    for (const char* p : patterns) {
      routes.add(http::method::get, p, const_cast<char*>(p));
    }
  }
  std::string find(std::string_view path, http::method m = http::method::get) const {
    route_params params;
    const router::result r = routes.match(m, path, params);
    switch (r.what) {
      case outcome::not_found:
        return "404";
      case outcome::method_not_allowed:
        return "405 " + r.allow;
      case outcome::bad_path:
        return "400";
      case outcome::found:
        break;
    }
    std::string text = static_cast<const char*>(r.target);
    for (const auto& [name, value] : params) {
      text += '|' + std::string(name) + '=' + value;
    }
    return text;
  }
  router routes;
};

TEST(Router, PrefersLiteralsThenTypedParametersThenAnyThenTheRest) {
  const table t{"/u/{*rest}",    "/u/{name}",   "/u/{id:int}", "/u/{id:long}",
                "/u/{x:double}", "/u/{b:bool}", "/u/me",       "/u/{g:guid}"};
  EXPECT_EQ(t.find("/u/me"), "/u/me");
  EXPECT_EQ(t.find("/u/7"), "/u/{id:int}|id=7");
  EXPECT_EQ(t.find("/u/-7"), "/u/{id:int}|id=-7");
  EXPECT_EQ(t.find("/u/2147483648"), "/u/{id:long}|id=2147483648");
  EXPECT_EQ(t.find("/u/1.5"), "/u/{x:double}|x=1.5");
  EXPECT_EQ(t.find("/u/true"), "/u/{b:bool}|b=true");
  EXPECT_EQ(t.find("/u/01234567-89ab-cdef-0123-456789abcdef"),
            "/u/{g:guid}|g=01234567-89ab-cdef-0123-456789abcdef");
  EXPECT_EQ(t.find("/u/anna"), "/u/{name}|name=anna");
  EXPECT_EQ(t.find("/u/anna/b/c"), "/u/{*rest}|rest=anna/b/c");
  EXPECT_EQ(t.find("/u"), "/u/{*rest}|rest=");
  EXPECT_EQ(t.find("/v"), "404");
}

TEST(Router, TriesTheNextBranchWhereOneLeadsNowhere) {
  const table t{"/a/b/c", "/a/{x}/d", "/{y}/b/{z:int}", "/a/{x:int}/e"};
  EXPECT_EQ(t.find("/a/b/c"), "/a/b/c");
  EXPECT_EQ(t.find("/a/b/d"), "/a/{x}/d|x=b");
  EXPECT_EQ(t.find("/a/b/7"), "/{y}/b/{z:int}|y=a|z=7");
  EXPECT_EQ(t.find("/a/7/d"), "/a/{x}/d|x=7");
  EXPECT_EQ(t.find("/a/b/e"), "404");
}

TEST(Router, AnIntegerThatDoesNotFitIsNotFound) {
  const table t{"/n/{id:int}"};
  for (const char* path :
       {"/n/2147483648", "/n/1.0", "/n/x", "/n/", "/n/1x", "/n/%20", "/n/+1", "/n/0x1", "/n"}) {
    EXPECT_EQ(t.find(path), "404") << path;
  }
}

TEST(Router, TellsMissingPathsFromMissingMethods) {
  table t{"/a", "/x/{id:int}"};
  t.routes.add(http::method::post, "/a", const_cast<char*>("post"));
  t.routes.add(http::method::del, "/x/{name}", const_cast<char*>("del"));
  EXPECT_EQ(t.find("/a", http::method::post), "post");
  EXPECT_EQ(t.find("/a", http::method::put), "405 GET, HEAD, POST");
  EXPECT_EQ(t.find("/x/1", http::method::put), "405 GET, HEAD, DELETE");
  EXPECT_EQ(t.find("/x/1", http::method::del), "del|name=1");
  EXPECT_EQ(t.find("/b", http::method::put), "404");
  EXPECT_EQ(t.find("/a", http::method::head), "/a");
  EXPECT_EQ(t.find("/a", http::method::other), "405 GET, HEAD, POST");
}

TEST(Router, DecodesEachSegmentByItself) {
  const table t{"/f/{name}", "/caf\xC3\xA9"};
  EXPECT_EQ(t.find("/f/a%2Fb%20c+d"), "/f/{name}|name=a/b c+d");
  EXPECT_EQ(t.find("/caf%c3%A9"), "/caf\xC3\xA9");
  EXPECT_EQ(t.find("/%66/x"), "/f/{name}|name=x");
}

TEST(Router, RefusesPathsThatClimbOrAreBroken) {
  const table t{"/{*path}"};
  for (const char* path :
       {"", "a", "/a/../b", "/..", "/.", "/a/%2e%2E/b", "/%2e", "/a%", "/a%2", "/a%zz", "/a%00b"}) {
    EXPECT_EQ(t.find(path), "400") << path;
  }
  EXPECT_EQ(t.find("/a..b/..."), "/{*path}|path=a..b/...");
  EXPECT_EQ(t.find("*"), "404");
}

TEST(Router, ASlashAtTheEndCountsForNothingButOneInTheMiddleDoes) {
  const table t{"/", "/a/b"};
  EXPECT_EQ(t.find("/"), "/");
  EXPECT_EQ(t.find("/a/b/"), "/a/b");
  EXPECT_EQ(t.find("/a//b"), "404");
}

TEST(Router, RefusesPatternsThatAreNone) {
  for (const char* pattern :
       {"", "a", "//", "/a//b", "/{}", "/{:int}", "/{a:what}", "/{a", "/a}", "/x{a}", "/{a}x",
        "/{*p}/a", "/{a}/{a}", "/{a b}", "/a?b", "/a b", "/{**a}", "/{*}"}) {
    router r;
    EXPECT_THROW(r.add(http::method::get, pattern, &r), std::invalid_argument) << pattern;
  }
  router r;
  r.add(http::method::get, "/a/{x}", &r);
  EXPECT_THROW(r.add(http::method::get, "/a/{y}", &r), std::invalid_argument);
  EXPECT_NO_THROW(r.add(http::method::post, "/a/{y}", &r));
  EXPECT_NO_THROW(r.add(http::method::get, "/a/{y:int}", &r));
}

TEST(Router, ALongPathCostsNoMoreThanTheRoutes) {
  const table t{"/{a}/{b}/{c}/{d}", "/{a:int}/{b}/{c:int}/{d}/x", "/1/{b:int}/{c}/y"};
  std::string path;
  for (int i = 0; i < 10000; ++i) {
    path += "/1";
  }
  EXPECT_EQ(t.find(path), "404");
}

}  // namespace
}  // namespace weft::http::detail
