#include "tour/work/markdown.hpp"

#include <gtest/gtest.h>

namespace weft::tour {
namespace {

TEST(markdown, becomes_html) {
  EXPECT_EQ(markdown_to_html("# A\n"), "<h1>A</h1>\n");
  EXPECT_NE(markdown_to_html("| a | b |\n|---|---|\n| c | d |\n").find("<table>"),
            std::string::npos);
  EXPECT_EQ(markdown_to_html(""), "");
}

TEST(markdown, escapes_what_is_no_markup) {
  EXPECT_NE(markdown_to_html("1 < 2").find("1 &lt; 2"), std::string::npos);
}

}  // namespace
}  // namespace weft::tour
