#include "tour/work/picture.hpp"

#include <cstdlib>
#include <stdexcept>

#include <gtest/gtest.h>

namespace weft::tour {
namespace {

TEST(picture, is_the_same_for_the_same_number) {
  EXPECT_EQ(drawn_landscape(3, 64, 48).bytes, drawn_landscape(3, 64, 48).bytes);
  EXPECT_NE(drawn_landscape(3, 64, 48).bytes, drawn_landscape(4, 64, 48).bytes);
}

TEST(picture, survives_a_jpeg_but_for_small_losses) {
  const picture drawn = drawn_landscape(1, 96, 64);
  const picture read = from_jpeg(to_jpeg(drawn));
  ASSERT_EQ(read.width, 96U);
  ASSERT_EQ(read.height, 64U);
  ASSERT_EQ(read.bytes.size(), drawn.bytes.size());
  std::size_t off = 0;
  for (std::size_t i = 0; i < drawn.bytes.size(); ++i) {
    off += static_cast<std::size_t>(std::abs(int{drawn.bytes[i]} - int{read.bytes[i]}));
  }
  EXPECT_LT(off, 12 * drawn.bytes.size());
}

TEST(picture, of_bytes_that_are_no_jpeg_is_an_error) {
  EXPECT_THROW(static_cast<void>(from_jpeg("")), std::runtime_error);
  EXPECT_THROW(static_cast<void>(from_jpeg("no picture at all")), std::runtime_error);
  const std::string whole = to_jpeg(drawn_landscape(1, 32, 32));
  EXPECT_THROW(static_cast<void>(from_jpeg(whole.substr(0, 40))), std::runtime_error);
}

TEST(picture, becomes_a_png) {
  EXPECT_EQ(to_png(drawn_landscape(1, 16, 16)).substr(1, 3), "PNG");
}

TEST(picture, keeps_its_shape_when_made_smaller) {
  const picture small = made_smaller(drawn_landscape(1, 120, 80), 30);
  EXPECT_EQ(small.width, 30U);
  EXPECT_EQ(small.height, 20U);
  EXPECT_EQ(small.bytes.size(), 30U * 20 * 3);
}

TEST(picture, of_one_colour_is_not_changed_by_smoothing) {
  const picture grey{8, 8, std::vector<std::uint8_t>(8 * 8 * 3, 77)};
  EXPECT_EQ(smoothed(grey).bytes, grey.bytes);
}

TEST(picture, loses_noise_by_smoothing) {
  picture p{9, 9, std::vector<std::uint8_t>(9 * 9 * 3, 100)};
  p.bytes[(4 * 9 + 4) * 3] = 130;
  EXPECT_LT(smoothed(p).bytes[(4 * 9 + 4) * 3], 125);
}

}  // namespace
}  // namespace weft::tour
