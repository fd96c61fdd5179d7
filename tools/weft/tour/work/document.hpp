#pragma once
/// A picture on its way: as text, on a page, encrypted. Each step needs the one before it.

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace weft::tour {

[[nodiscard]] std::string to_base64(std::string_view bytes);
/// **Throws** `std::runtime_error` when it is none.
[[nodiscard]] std::string from_base64(std::string_view text);

/// A page with the JPEG that `base64` holds. **Throws** `std::runtime_error`.
[[nodiscard]] std::string to_pdf(std::string_view base64);

/// Key and nonce of one message.
struct secret {
  std::array<unsigned char, 32> key{};
  std::array<unsigned char, 12> nonce{};
};
/// AES-256-GCM; its tag of 16 bytes stands at the end. **Throws** `std::runtime_error`.
[[nodiscard]] std::string encrypted(std::string_view bytes, const secret& with);
/// **Throws** `std::runtime_error` also when the bytes were changed.
[[nodiscard]] std::string decrypted(std::string_view bytes, const secret& with);

}  // namespace weft::tour
