#include <weft/base/assert.hpp>

#include <gtest/gtest.h>

namespace {

enum class color : std::uint8_t { red = 7 };

TEST(check, passes_a_true_condition_and_evaluates_it_once) {
  int evaluated = 0;
  WEFT_CHECK(++evaluated == 1, "never printed");
  EXPECT_EQ(evaluated, 1);
}

TEST(check_death, prints_message_expression_place_and_values) {
  const int waiters = -3;
  EXPECT_DEATH(
      WEFT_CHECK(waiters == 0, "wait for the last one", waiters, 7u, true, "text", 1.5, color::red),
      "weft: wait for the last one\n.*check: waiters == 0\n.*at: .*assert_test.cpp:[0-9]+\n"
      ".*values: -3, 7, true, \"text\", 1.5, 7");
}

TEST(check_death, prints_places_and_null_pointers) {
  const char* none = nullptr;
  const int* number = nullptr;
  EXPECT_DEATH(WEFT_CHECK(false, "m", std::source_location::current(), none, number, nullptr),
               "assert_test.cpp:[0-9]+ .*, \"\\(null\\)\", .*nil.*, .*nil");
}

TEST(check_death, cuts_a_report_that_is_too_long) {
  const std::string huge(10'000, 'x');
  EXPECT_DEATH(WEFT_CHECK(false, huge.c_str()), "xxxx");
}

#ifdef WEFT_DEBUG_CHECKS
TEST(assert_death, stops_where_debug_checks_are_on) {
  EXPECT_DEATH(WEFT_ASSERT(1 > 2, "be right"), "be right");
}
#else
TEST(assert_off, does_not_evaluate_its_condition) {
  int evaluated = 0;
  WEFT_ASSERT(++evaluated > 2, "be right");
  EXPECT_EQ(evaluated, 0);
}
#endif

}  // namespace
