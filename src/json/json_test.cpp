#include <weft/json.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace shop {

enum class state : std::uint8_t { open = 1, sent = 2 };

struct item {
  std::string name;
  double price = 0;
};
WEFT_JSON(item, name, price)

struct order {
  int id = 0;
  std::uint8_t small = 0;
  bool paid = false;
  state is = state::open;
  std::optional<std::string> note;
  std::vector<item> items;
  std::map<std::string, std::int64_t> counts;
};
WEFT_JSON(order, id, small, paid, is, note, items, counts)

struct orders_page {
  std::vector<order> orders;
};
WEFT_JSON(orders_page, orders)

struct tree {
  int value = 0;
  std::vector<tree> children;
};
WEFT_JSON(tree, value, children)

struct wide {
  int a0 = 0, a1 = 1, a2 = 2, a3 = 3, a4 = 4, a5 = 5, a6 = 6, a7 = 7, a8 = 8, a9 = 9, b0 = 10,
      b1 = 11, b2 = 12, b3 = 13, b4 = 14, b5 = 15, b6 = 16, b7 = 17, b8 = 18, b9 = 19, c0 = 20,
      c1 = 21, c2 = 22, c3 = 23, c4 = 24, c5 = 25, c6 = 26, c7 = 27, c8 = 28, c9 = 29, d0 = 30,
      d1 = 31, d2 = 32;
};
WEFT_JSON(wide, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, c0,
          c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2)

}  // namespace shop

namespace {

namespace json = weft::json;

/// The error of parsing `text` as `T`; fails the test if there is none.
template <class T>
json::parse_error error_of(std::string_view text) {
  try {
    (void)json::parse<T>(text);
  } catch (const json::parse_error& e) {
    return e;
  }
  ADD_FAILURE() << "no error for: " << text.substr(0, 80);
  return {{}, "", "", ""};
}

TEST(JsonParse, ReadsNestedStructsContainersOptionalsAndEnums) {
  const auto page =
      json::parse<shop::orders_page>(R"({"orders":[{"id":-7,"small":255,"paid":true,"is":2,
    "items":[{"name":"a\u00e9\n\"","price":1.5e1},{"price":3,"name":""}],
    "counts":{"x":9007199254740993},
    "ignored":{"deep":[1,{"y":null}]},"note":null}]})");
  ASSERT_EQ(page.orders.size(), 1u);
  const shop::order& o = page.orders[0];
  EXPECT_EQ(o.id, -7);
  EXPECT_EQ(o.small, 255);
  EXPECT_TRUE(o.paid);
  EXPECT_EQ(o.is, shop::state::sent);
  EXPECT_FALSE(o.note.has_value());
  ASSERT_EQ(o.items.size(), 2u);
  EXPECT_EQ(o.items[0].name, "a\xC3\xA9\n\"");
  EXPECT_EQ(o.items[0].price, 15.0);
  EXPECT_EQ(o.items[1].price, 3.0);
  EXPECT_EQ(o.counts.at("x"), 9007199254740993);
}

TEST(JsonParse, ReadsValuesAtTheTop) {
  EXPECT_EQ(json::parse<int>(" 42 "), 42);
  EXPECT_EQ(json::parse<std::string>("\"\\ud83d\\ude00\""), "\xF0\x9F\x98\x80");
  EXPECT_EQ(json::parse<bool>("true"), true);
  EXPECT_EQ(json::parse<std::optional<int>>("null"), std::nullopt);
  EXPECT_EQ(json::parse<double>("1e-7"), 1e-7);
  EXPECT_EQ(json::parse<std::vector<bool>>("[true,false]"), (std::vector<bool>{true, false}));
  EXPECT_EQ((json::parse<std::array<int, 2>>("[1,2]")), (std::array<int, 2>{1, 2}));
  EXPECT_TRUE(json::parse<std::vector<int>>("[]").empty());
  EXPECT_EQ(json::parse<std::uint64_t>("18446744073709551615"),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(json::parse<std::int64_t>("-9223372036854775808"),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(json::parse<double>("123456789012345678901234567890"),
            123456789012345678901234567890.0);
}

TEST(JsonParse, TheLastOfDuplicateNamesCounts) {
  EXPECT_EQ(json::parse<shop::item>(R"({"name":"a","price":1,"name":"b"})").name, "b");
  using numbers = std::map<std::string, int>;
  EXPECT_EQ(json::parse<numbers>(R"({"x":1,"x":2})").at("x"), 2);
}

TEST(JsonParse, NamesLineColumnPathExpectedAndFound) {
  const auto e = error_of<shop::orders_page>("{\"orders\":[\n  {\"id\":\n    \"seven\"}]}");
  EXPECT_EQ(e.line(), 3u);
  EXPECT_EQ(e.column(), 5u);
  EXPECT_EQ(e.path(), "orders[0].id");
  EXPECT_EQ(e.found(), "a string");
  EXPECT_STREQ(e.what(),
               "json: line 3, column 5, at orders[0].id: expected an integer from -2147483648 to "
               "2147483647, found a "
               "string");
}

TEST(JsonParse, AMissingMemberIsAnErrorUnlessOptional) {
  const auto e = error_of<std::vector<shop::item>>(R"([{"name":"a","price":1},{"name":"b"}])");
  EXPECT_EQ(e.path(), "[1]");
  EXPECT_EQ(e.expected(), "a member \"price\"");
  EXPECT_FALSE(
      json::parse<shop::order>(R"({"id":1,"small":1,"paid":false,"is":1,"items":[],"counts":{}})")
          .note);
}

TEST(JsonParse, RefusesNumbersThatDoNotFit) {
  EXPECT_EQ(error_of<std::uint8_t>("256").found(), "256");
  EXPECT_EQ(error_of<unsigned>("-1").found(), "-1");
  EXPECT_EQ(error_of<int>("2147483648").found(), "2147483648");
  EXPECT_EQ(error_of<int>("1.0").found(), "1.0");
  EXPECT_EQ(error_of<int>("123456789012345678901234567890").found(),
            "123456789012345678901234567890");
  EXPECT_EQ(error_of<double>("1e999").found(), "\"1e999\"");
  EXPECT_EQ(error_of<double>("[1e999]").path(), "[0]");
  EXPECT_EQ(error_of<float>("1e300").found(), "1e300");
  EXPECT_EQ(error_of<shop::state>("300").found(), "300");
}

TEST(JsonParse, RefusesWrongKinds) {
  EXPECT_EQ(error_of<bool>("1").found(), "1");
  EXPECT_EQ(error_of<int>("true").found(), "true");
  EXPECT_EQ(error_of<std::string>("null").found(), "null");
  EXPECT_EQ(error_of<std::vector<int>>("{}").found(), "an object");
  EXPECT_EQ(error_of<shop::item>("[]").found(), "an array");
  EXPECT_EQ((error_of<std::array<int, 2>>("[1]").found()), "one of 1");
}

constexpr const char* not_json[] = {"",
                                    " \n ",
                                    "[",
                                    "[1",
                                    "[1,",
                                    "[1,]",
                                    "[1 2]",
                                    "{",
                                    "{\"a\"",
                                    "{\"a\":",
                                    "{\"a\":1",
                                    "{\"a\":1,",
                                    "{\"a\":1,}",
                                    "{\"a\" 1}",
                                    "{a:1}",
                                    "{1:1}",
                                    "[1}",
                                    "{\"a\":1]",
                                    "]",
                                    "}",
                                    ",",
                                    ":",
                                    "nul",
                                    "nulll",
                                    "null1",
                                    "truee",
                                    "tru",
                                    "fals",
                                    "falsey",
                                    "1x",
                                    "01",
                                    "-",
                                    "+1",
                                    ".5",
                                    "1.",
                                    "1e",
                                    "1e+",
                                    "NaN",
                                    "Infinity",
                                    "--1",
                                    "0x10",
                                    "'a'",
                                    "\"",
                                    "\"a",
                                    "\"\\",
                                    "\"\\x\"",
                                    "\"\\u12\"",
                                    "\"\\ud800\"",
                                    "\"\\ud800\\u0041\"",
                                    "\"\\udc00\"",
                                    "[1] 2",
                                    "1 2",
                                    "{} {}",
                                    "[]]",
                                    "{}}",
                                    "\"a\"b",
                                    "//x\n1",
                                    "[1,/*x*/2]",
                                    "\"\x01\"",
                                    "\"a\nb\"",
                                    "[[[",
                                    "[\"a\",\"b]",
                                    "{\"a\":{\"b\":[1,2}}",
                                    "\xEF\xBB\xBF",
                                    "1,"};

TEST(JsonParse, RefusesWhatIsNotJson) {
  for (const char* text : not_json) {
    const auto e = error_of<std::map<std::string, int>>(text);
    EXPECT_LE(e.offset(), std::string_view(text).size()) << text;
    EXPECT_NE(e.expected(), "an object")
        << text << ": the error is about its type, not its syntax: " << e.what();
  }
}

TEST(JsonParse, RefusesBrokenUtf8AndSaysWhere) {
  for (const char* bad :
       {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xe2\x82", "\xf4\x90\x80\x80", "\x80"}) {
    const auto e = error_of<std::string>("\"ab" + std::string(bad) + "\"");
    EXPECT_EQ(e.offset(), 3u);
    EXPECT_EQ(e.expected(), "UTF-8");
  }
}

TEST(JsonParse, RefusesANulByte) {
  EXPECT_EQ(error_of<std::string>(std::string_view("\"a\0b\"", 5)).offset(), 2u);
  (void)error_of<int>(std::string_view("1\0", 2));
  (void)error_of<int>(std::string_view("\0", 1));
}

TEST(JsonParse, RefusesEveryTruncationOfAText) {
  const std::string text = R"({"name":"caf\u00e9 \\ \"x\"","price":-12.5e+3})";
  EXPECT_EQ(json::parse<shop::item>(text).price, -12500.0);
  for (std::size_t n = 0; n < text.size(); ++n) {
    EXPECT_LE(error_of<shop::item>(text.substr(0, n)).offset(), n);
  }
}

TEST(JsonParse, LimitsNestingAndDoesNotOverflowTheStack) {
  const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_EQ(error_of<std::vector<int>>(nested(256)).found(), "an array");
  EXPECT_EQ(error_of<std::vector<int>>(nested(257)).found(), "more");
  EXPECT_EQ(error_of<std::vector<int>>(nested(100000)).found(), "more");
  (void)error_of<std::vector<int>>(std::string(100000, '['));
  std::string objects;
  for (int i = 0; i < 100000; ++i) {
    objects += "{\"children\":[";
  }
  EXPECT_THROW((void)json::parse<shop::tree>(objects), json::parse_error);
}

TEST(JsonParse, ReadsATextOfTenMegabytes) {
  const std::string big(10u << 20, 'x');
  EXPECT_EQ(json::parse<std::string>('"' + big + '"'), big);
  std::string numbers = "[0";
  for (int i = 1; i < 100000; ++i) {
    numbers += ',' + std::to_string(i);
  }
  EXPECT_EQ(json::parse<std::vector<int>>(numbers + ']').back(), 99999);
}

TEST(JsonWrite, WritesWhatParseReads) {
  shop::order o;
  o.id = -1;
  o.small = 7;
  o.paid = true;
  o.items = {{"a\"\\\n\x01\x7f\xC3\xA9", 0.1}};
  o.counts = {{"k", std::numeric_limits<std::int64_t>::min()}};
  const std::string text = json::to_string(o);
  EXPECT_EQ(text,
            "{\"id\":-1,\"small\":7,\"paid\":true,\"is\":1,\"items\":[{\"name\":"
            "\"a\\\"\\\\\\n\\u0001\x7f\xC3\xA9\","
            "\"price\":0.1}],\"counts\":{\"k\":-9223372036854775808}}");
  EXPECT_EQ(json::to_string(json::parse<shop::order>(text)), text);
}

TEST(JsonWrite, LeavesAbsentMembersOutButKeepsNullsInContainers) {
  EXPECT_EQ(json::to_string(std::vector<std::optional<int>>{1, std::nullopt}), "[1,null]");
  const std::map<std::string, std::optional<int>> m{{"a", std::nullopt}, {"b", 2}};
  EXPECT_EQ(json::to_string(m), "{\"a\":null,\"b\":2}");
}

TEST(JsonWrite, WritesTextLikeThings) {
  EXPECT_EQ(json::to_string("a"), "\"a\"");
  EXPECT_EQ(json::to_string(std::string_view("b")), "\"b\"");
  EXPECT_EQ(json::to_string(std::vector<bool>{true, false}), "[true,false]");
}

TEST(JsonWrite, NumbersReadBackTheSame) {
  for (const double d : {0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, -0.0, 1e21, 123456789.125}) {
    const double back = json::parse<double>(json::to_string(d));
    EXPECT_EQ(back, d);
    EXPECT_EQ(std::signbit(back), std::signbit(d));
  }
  EXPECT_EQ(json::to_string(0.1f), "0.1");
  EXPECT_EQ(json::to_string(std::uint64_t{18446744073709551615u}), "18446744073709551615");
}

TEST(JsonWrite, RefusesNanInfinityAndWhatIsNotUtf8NamingThePath) {
  const auto path_of = [](const auto& value) -> std::string {
    try {
      (void)json::to_string(value);
    } catch (const json::write_error& e) {
      return e.path();
    }
    return "no error";
  };
  EXPECT_EQ(path_of(std::vector<shop::item>{{"a", 1}, {"b", std::nan("")}}), "[1].price");
  EXPECT_EQ(path_of(std::vector<double>{std::numeric_limits<double>::infinity()}), "[0]");
  EXPECT_EQ(path_of(shop::item{"\xff", 1}), "name");
  EXPECT_EQ(path_of(std::map<std::string, std::string>{{"a b", "\xC3"}}), "[\"a b\"]");
}

TEST(JsonWrite, AppendLeavesTheTextAsItWasOnAnError) {
  std::string text = "x";
  json::append(text, 1);
  EXPECT_EQ(text, "x1");
  EXPECT_THROW(json::append(text, std::vector<double>{1, std::nan("")}), json::write_error);
  EXPECT_EQ(text, "x1");
}

TEST(JsonDescribe, NamesThirtyThreeMembersInOrder) {
  static_assert(json::member_count<shop::wide> == 33);
  static_assert(json::described<shop::item> && !json::described<int>);
  const auto w = json::parse<shop::wide>(json::to_string(shop::wide{}));
  EXPECT_EQ(w.d2, 32);
  std::string names;
  shop::item it;
  json::for_each_member(it, [&](std::string_view name, auto&) { names += name; });
  EXPECT_EQ(names, "nameprice");
}

TEST(JsonDescribe, RecursiveTypesWork) {
  const auto t = json::parse<shop::tree>(R"({"value":1,"children":[{"value":2,"children":[]}]})");
  EXPECT_EQ(json::to_string(t), R"({"value":1,"children":[{"value":2,"children":[]}]})");
}

}  // namespace
