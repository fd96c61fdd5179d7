#pragma once
/// `time_span`: how long, whatever the unit.

#include <chrono>
#include <concepts>
#include <ratio>
#include <utility>

namespace weft {

namespace detail {
[[noreturn, gnu::cold]] void throw_no_time();

/// `time` in whole nanoseconds, rounded up; the most that there are when it is more.
template <class Rep, class Period>
[[nodiscard]] constexpr std::chrono::nanoseconds whole_nanoseconds(
    std::chrono::duration<Rep, Period> time) {
  using std::chrono::nanoseconds;
  using scale = std::ratio_divide<Period, std::nano>;
  if constexpr (std::integral<Rep> && scale::den == 1) {
    constexpr nanoseconds::rep most = nanoseconds::max().count() / scale::num;
    if (std::cmp_greater(time.count(), most)) {
      return nanoseconds::max();
    }
    if (std::cmp_less(time.count(), -most)) {
      return -nanoseconds::max();
    }
    return nanoseconds(static_cast<nanoseconds::rep>(time.count()) * scale::num);
  } else {
    const std::chrono::duration<long double, std::nano> exact(time);
    if (exact != exact) {  // not a number
      throw_no_time();
    }
    if (exact >= nanoseconds::max()) {
      return nanoseconds::max();
    }
    if (exact <= -nanoseconds::max()) {
      return -nanoseconds::max();
    }
    return std::chrono::ceil<nanoseconds>(time);
  }
}
}  // namespace detail

/// What functions take that wait or measure: a `std::chrono::duration` of any unit and type, such
/// as `100ms`, `0.5s` or `std::chrono::days(2)`. Rounded up to whole nanoseconds; more than those
/// can count (292 years) is that many.
/// **Throws** `std::invalid_argument` for a time that is not a number.
/// **Source**: System.TimeSpan.
class time_span {
 public:
  // NOLINTBEGIN(google-explicit-constructor): it stands for the duration
  constexpr time_span(std::chrono::nanoseconds time) noexcept : time_(time) {}
  template <class Rep, class Period>
  constexpr time_span(std::chrono::duration<Rep, Period> time)
      : time_(detail::whole_nanoseconds(time)) {}
  constexpr operator std::chrono::nanoseconds() const noexcept { return time_; }
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] constexpr std::chrono::nanoseconds::rep count() const noexcept {
    return time_.count();
  }

 private:
  std::chrono::nanoseconds time_;
};

}  // namespace weft
