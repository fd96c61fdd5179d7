#pragma once

#include <string>

namespace weft::tour {

/// The salt of `bcrypt`: 22 characters of ./A-Za-z0-9 behind the cost, the logarithm of the rounds.
/// **Returns** the hash, "$2b$…". **Throws** `std::runtime_error` where the system does not know
/// bcrypt.
[[nodiscard]] std::string bcrypt(const std::string& password, int cost, const std::string& salt);

}  // namespace weft::tour
