#include <weft/json.hpp>

#include "fuzz/targets.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace fuzz {

struct point {
  std::int32_t x = 0;
  std::optional<double> y;
  std::vector<std::string> names;
  std::map<std::string, std::vector<std::uint64_t>> more;
  bool operator==(const point&) const = default;
};
WEFT_JSON(point, x, y, names, more)

namespace {

/// What was read must be the same when it is written and read again.
template <class T>
void as(std::string_view bytes) {
  try {
    const T value = weft::json::parse<T>(bytes);
    const std::string written = weft::json::to_string(value);
    require(weft::json::parse<T>(written) == value, "written and read again it is something else");
  } catch (const weft::json::parse_error& e) {
    require(e.what()[0] != 0, "an error says nothing");
  }
}

}  // namespace

void json(std::string_view bytes) {
  as<point>(bytes);
  as<std::vector<std::int64_t>>(bytes);
  as<std::map<std::string, std::string>>(bytes);
  as<std::vector<std::vector<std::optional<bool>>>>(bytes);
  as<std::array<std::uint8_t, 3>>(bytes);
  as<double>(bytes);
  as<float>(bytes);
  as<std::string>(bytes);
}

}  // namespace fuzz
