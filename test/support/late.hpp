#pragma once
/// For tests: what comes after somebody has begun to wait for it.

#include <array>
#include <utility>

#include <gtest/gtest.h>

namespace weft::detail::testing {

/// One byte, for a reading that waits already: the reactor knows the descriptor from then on, and
/// what comes next is told by it.
template <class To, class From>
void receive_late(To& to, From& from) {
  std::array<char, 8> into{};
  auto reading = to.read_some(into);
  from.write_all("x").result();
  EXPECT_EQ(std::move(reading).result(), 1u);
}

}  // namespace weft::detail::testing
