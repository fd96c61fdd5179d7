#pragma once
/// `stop_ref`: names a stop token in an option struct without owning it.

#include <stop_token>

#if defined(__clang__)
#define WEFT_LIFETIMEBOUND [[clang::lifetimebound]]
#else
#define WEFT_LIFETIMEBOUND
#endif

namespace weft {

/// Refers to the caller's `std::stop_token`; made from one, or from nothing. It is trivially
/// destructible, so that an option struct may stand as a temporary in a `co_await` expression (g++
/// < 13 destroys others twice, PR 99576).
/// **Lifetime**: the token must live until the function that takes the options has been called;
/// that copies the token if it keeps it. clang warns where it does not.
class stop_ref {
 public:
  constexpr stop_ref() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor): it stands for the token
  constexpr stop_ref(const std::stop_token& token WEFT_LIFETIMEBOUND) noexcept : token_(&token) {}

  /// Null when there is none.
  [[nodiscard]] constexpr const std::stop_token* get() const noexcept { return token_; }
  [[nodiscard]] std::stop_token token() const noexcept {
    return token_ != nullptr ? *token_ : std::stop_token();
  }

 private:
  const std::stop_token* token_ = nullptr;
};

}  // namespace weft
