#include "tour/work/bcrypt.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace weft::tour {
namespace {

// The known answer of the reference implementation, as the tests of libxcrypt have it.
TEST(bcrypt, gives_the_known_answer) {
  EXPECT_EQ(bcrypt("U*U", 5, "CCCCCCCCCCCCCCCCCCCCC."),
            "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
}

TEST(bcrypt, refuses_a_salt_that_is_none) {
  EXPECT_THROW(static_cast<void>(bcrypt("x", 5, "!")), std::runtime_error);
}

}  // namespace
}  // namespace weft::tour
