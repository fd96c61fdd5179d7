#pragma once
/// What stops the program when a programmer errs: `WEFT_CHECK` always, `WEFT_ASSERT` in builds with
/// `WEFT_DEBUG_CHECKS` (a definition of the whole build, never of one file alone).
///
/// ```cpp
/// WEFT_CHECK(waiters == 0, "destroy the mutex after its last waiter is gone", waiters, place);
/// ```
/// The message says what to do. The values after it are printed: integers, bools, floating-point
/// numbers, pointers, C strings, `std::source_location`.

#include <cstdint>
#include <source_location>
#include <type_traits>

namespace weft::detail {

/// One value in the report of a failed check.
struct check_value {
  enum class kind : std::uint8_t { boolean, sign, natural, real, pointer, text, place };

  kind type;
  union {
    bool boolean;
    long long sign;
    unsigned long long natural;
    double real;
    const void* pointer;
    const char* text;
    std::source_location place;
  };

  template <class T>
  constexpr explicit check_value(const T& value) noexcept : type(kind::natural), natural(0) {
    if constexpr (std::is_same_v<T, bool>) {
      type = kind::boolean, boolean = value;
    } else if constexpr (std::is_same_v<T, std::source_location>) {
      type = kind::place, place = value;
    } else if constexpr (std::is_enum_v<T>) {
      type = kind::sign, sign = static_cast<long long>(value);
    } else if constexpr (std::is_floating_point_v<T>) {
      type = kind::real, real = static_cast<double>(value);
    } else if constexpr (std::is_null_pointer_v<T>) {
      type = kind::pointer, pointer = nullptr;
    } else if constexpr (std::is_convertible_v<const T&, const char*>) {
      type = kind::text, text = value;
    } else if constexpr (std::is_pointer_v<T>) {
      type = kind::pointer, pointer = value;
    } else if constexpr (std::is_signed_v<T>) {
      type = kind::sign, sign = value;
    } else {
      static_assert(std::is_integral_v<T>, "a check prints numbers, pointers, C strings, places");
      natural = value;
    }
  }
};

/// Prints expression, message, values and place to stderr in one write and aborts.
[[noreturn]] void check_failed_with(const char* expression, const char* file, unsigned line,
                                    const char* message, const check_value* values,
                                    unsigned count) noexcept;

template <class... Values>
[[noreturn, gnu::cold, gnu::noinline]] void check_failed(const char* expression, const char* file,
                                                         unsigned line, const char* message,
                                                         const Values&... values) noexcept {
  if constexpr (sizeof...(Values) == 0) {
    check_failed_with(expression, file, line, message, nullptr, 0);
  } else {
    const check_value all[] = {check_value(values)...};
    check_failed_with(expression, file, line, message, all, sizeof...(Values));
  }
}

}  // namespace weft::detail

#define WEFT_CHECK(condition, message, ...)                           \
  (__builtin_expect(static_cast<bool>(condition), 1)                  \
       ? static_cast<void>(0)                                         \
       : ::weft::detail::check_failed(#condition, __FILE__, __LINE__, \
                                      message __VA_OPT__(, ) __VA_ARGS__))

#ifdef WEFT_DEBUG_CHECKS
#define WEFT_ASSERT(condition, message, ...) \
  WEFT_CHECK(condition, message __VA_OPT__(, ) __VA_ARGS__)
#else
#define WEFT_ASSERT(condition, message, ...) static_cast<void>(sizeof(static_cast<bool>(condition)))
#endif
