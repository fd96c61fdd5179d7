#include "tour/work/bcrypt.hpp"

#include <memory>
#include <stdexcept>

#include <crypt.h>
#include <fmt/format.h>

namespace weft::tour {

std::string bcrypt(const std::string& password, int cost, const std::string& salt) {
  const std::string setting = fmt::format("$2b${:02}${}", cost, salt);
  const auto memory = std::make_unique<crypt_data>();
  const char* const hash = ::crypt_r(password.c_str(), setting.c_str(), memory.get());
  if (hash == nullptr || hash[0] != '$') {
    throw std::runtime_error("bcrypt: the system's crypt() does not know it");
  }
  return hash;
}

}  // namespace weft::tour
