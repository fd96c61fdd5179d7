#include "tour/work/gzip.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace weft::tour {
namespace {

TEST(gzip, comes_back_smaller_and_whole) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) {
    text += std::to_string(i);
  }
  const std::string packed = gzipped(text);
  EXPECT_LT(packed.size(), text.size());
  EXPECT_EQ(packed.substr(0, 2), "\x1f\x8b");
  EXPECT_EQ(gunzipped(packed), text);
  EXPECT_EQ(gunzipped(gzipped("")), "");
}

TEST(gzip, that_is_none_or_cut_off_is_refused) {
  EXPECT_THROW(static_cast<void>(gunzipped("no gzip at all")), std::runtime_error);
  const std::string packed = gzipped("some text");
  EXPECT_THROW(static_cast<void>(gunzipped(packed.substr(0, packed.size() - 9))),
               std::runtime_error);
}

}  // namespace
}  // namespace weft::tour
