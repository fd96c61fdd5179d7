#include "tour/timeline.hpp"

#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace weft::tour {
namespace {

std::size_t times_in(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) {
    ++count;
  }
  return count;
}

TEST(timeline, finds_what_was_marked_with_its_thread_and_part) {
  const panel p = panel_of("both", [] {
    {
      const marked here("first", 0);
    }
    std::thread([] { const marked there("second", 1); }).join();
  });
  ASSERT_EQ(p.stretches.size(), 2U);
  EXPECT_STREQ(p.stretches[0].what, "first");
  EXPECT_STREQ(p.stretches[1].what, "second");
  EXPECT_EQ(p.stretches[1].part, 1U);
  EXPECT_NE(p.stretches[0].thread, p.stretches[1].thread);
  EXPECT_LE(p.stretches[0].from_ms, p.stretches[0].to_ms);
  EXPECT_LE(p.stretches[0].to_ms, p.stretches[1].from_ms);
}

TEST(timeline, keeps_equal_names_on_one_thread_apart) {
  const panel p = panel_of("nested", [] {
    const marked outer("work", 0);
    {
      const marked inner("work", 1);
    }
  });
  ASSERT_EQ(p.stretches.size(), 2U);
  EXPECT_GE(p.stretches[0].to_ms, p.stretches[1].to_ms);
}

TEST(timeline, leaves_out_what_has_not_ended) {
  trace::session recording;
  const marked open("open", 0);
  {
    const marked ended("ended", 1);
  }
  const auto found = read_stretches(recording.stop());
  ASSERT_EQ(found.size(), 1U);
  EXPECT_STREQ(found[0].what, "ended");
}

TEST(timeline, marks_nothing_without_a_session) {
  const marked unseen("unseen", 0);
  trace::session recording;
  EXPECT_TRUE(read_stretches(recording.stop()).empty());
}

TEST(timeline, draws_a_lane_for_each_thread_of_each_panel) {
  const panel one{"alone", {{"a", 0, 1, 10, 20}, {"b", 1, 1, 20, 30}}};
  const panel two{"together", {{"a", 0, 2, 10, 20}, {"b < c", 1, 3, 10, 20}}};
  const std::string svg = timeline_of("picture", std::vector{one, two});
  EXPECT_TRUE(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
  EXPECT_EQ(times_in(svg, "class=\"lane\""), 3U);
  EXPECT_EQ(times_in(svg, "<title>"), 4U);
  EXPECT_NE(svg.find("b &lt; c"), std::string::npos);
  EXPECT_NE(svg.find("alone: 20.0 ms"), std::string::npos) << svg;
}

TEST(timeline, of_nothing_is_an_empty_drawing) {
  const std::string svg = timeline_of("nothing", std::vector{panel{"nobody", {}}});
  EXPECT_EQ(times_in(svg, "class=\"lane\""), 0U);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
}

}  // namespace
}  // namespace weft::tour
