/// The types that stand for what a caller writes: `time_span` and `any_integer`.

#include <weft/base/any_integer.hpp>
#include <weft/base/time_span.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace weft {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr nanoseconds span_of(time_span span) {
  return span;
}

TEST(time_span, takes_durations_of_every_unit_and_type) {
  static_assert(span_of(3ns) == 3ns && span_of(3us) == 3'000ns && span_of(2h) == 2h);
  static_assert(span_of(0.5s) == 500ms && span_of(1.5ms) == 1'500us);
  static_assert(span_of(std::chrono::days(2)) == 48h);
  static_assert(span_of(std::chrono::duration<float>(0.25F)) == 250ms);
  static_assert(span_of(std::chrono::duration<std::uint8_t, std::milli>(7)) == 7ms);
  static_assert(span_of(-1s) == -1s && span_of(-0.5s) == -500ms);
  static_assert(!std::convertible_to<int, time_span>);
}

TEST(time_span, rounds_parts_of_a_nanosecond_up) {
  static_assert(span_of(std::chrono::duration<std::int64_t, std::pico>(1)) == 1ns);
  static_assert(span_of(std::chrono::duration<double, std::nano>(2.1)) == 3ns);
  static_assert(span_of(std::chrono::duration<double, std::nano>(-0.5)) == 0ns);
}

TEST(time_span, is_the_longest_there_is_for_what_is_longer) {
  constexpr nanoseconds longest = nanoseconds::max();
  static_assert(span_of(std::chrono::hours::max()) == longest);
  static_assert(span_of(std::chrono::hours::min()) == -longest);
  static_assert(span_of(std::chrono::duration<std::uint64_t>(UINT64_MAX)) == longest);
  static_assert(span_of(std::chrono::duration<double>(1e30)) == longest);
  static_assert(span_of(std::chrono::duration<double>(-1e30)) == -longest);
  static_assert(span_of(std::chrono::years(292)) < longest);
  static_assert(span_of(std::chrono::years(293)) == longest);
}

TEST(time_span, refuses_what_is_not_a_number) {
  const std::chrono::duration<double> none(std::numeric_limits<double>::quiet_NaN());
  EXPECT_THROW(static_cast<void>(span_of(none)), std::invalid_argument);
}

TEST(any_integer, keeps_the_value_of_every_type) {
  using detail::any_integer;
  static_assert(any_integer(7).as_count("n") == 7 && any_integer(7U).as_int() == 7);
  static_assert(any_integer(SIZE_MAX).as_count("n") == SIZE_MAX);
  static_assert(any_integer(-3L).as_int() == -3);
  static_assert(any_integer(SIZE_MAX).as_int() == std::numeric_limits<int>::max());
  static_assert(any_integer(INT64_MIN).as_int() == std::numeric_limits<int>::min());
}

TEST(any_integer, says_what_must_not_be_negative) {
  try {
    static_cast<void>(detail::any_integer(-4).as_count("the count of a thing"));
    FAIL();
  } catch (const std::invalid_argument& e) {
    EXPECT_STREQ(e.what(), "weft: the count of a thing must not be negative, got -4");
  }
}

}  // namespace
}  // namespace weft
