#include <weft/db/error.hpp>
#include <weft/net/address.hpp>

#include "db/sqlite_connection.hpp"
#include "fuzz/targets.hpp"

#include <optional>
#include <string>

namespace fuzz {

void net_address(std::string_view bytes) {
  const std::optional<weft::net::address> parsed = weft::net::address::parse(bytes);
  if (parsed) {
    const std::string written = parsed->to_string();
    require(weft::net::address::parse(written) == parsed, "written and read again it is another");
  }
  const weft::net::endpoint there{std::string(bytes), 80};
  require(there.address() == parsed, "an endpoint reads its host differently");
  require(!there.to_string().empty(), "an endpoint is always something");
}

void sqlite_url(std::string_view bytes) {
  try {
    const weft::db::detail::sqlite_settings settings =
        weft::db::detail::parse_sqlite_url(std::string(bytes), weft::db::sqlite_options());
    require(!settings.path.empty(), "a database without a file");
    require(settings.path.find('\0') == std::string::npos, "a file's name with a zero byte");
  } catch (const weft::db::error& e) {
    require(e.what()[0] != 0, "an error says nothing");
  }
}

}  // namespace fuzz
