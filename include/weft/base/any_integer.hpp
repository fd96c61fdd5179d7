#pragma once
/// `any_integer`: a parameter for integers of all types.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

namespace weft::detail {

/// **Throws** `std::invalid_argument`: "weft: `what` must not be negative".
[[noreturn, gnu::cold]] void throw_negative(const char* what, std::int64_t given);

/// Takes an integer of any type by its value: a constructor with it can be called with braces,
/// `async_latch l{n}`, whether `n` is an `int` or a `std::size_t`, and can tell when it is
/// negative.
class any_integer {
 public:
  template <std::integral N>
  // NOLINTNEXTLINE(google-explicit-constructor): it stands for the integer
  constexpr any_integer(N n) noexcept
      : value_(static_cast<std::uint64_t>(n)), negative_(std::cmp_less(n, 0)) {}

  /// `what`: for the message, "the count of an async_latch".
  [[nodiscard]] constexpr std::size_t as_count(const char* what) const {
    if (negative_) {
      throw_negative(what, static_cast<std::int64_t>(value_));
    }
    return value_;
  }
  /// The nearest `int`.
  [[nodiscard]] constexpr int as_int() const noexcept {
    using limits = std::numeric_limits<int>;
    if (negative_) {
      const auto signed_value = static_cast<std::int64_t>(value_);
      return signed_value < limits::min() ? limits::min() : static_cast<int>(signed_value);
    }
    return value_ > static_cast<std::uint64_t>(limits::max()) ? limits::max()
                                                              : static_cast<int>(value_);
  }

 private:
  std::uint64_t value_;
  bool negative_;
};

}  // namespace weft::detail
