// Only described types are written.
// expect: give it WEFT_JSON\(type, members
#include <weft/json.hpp>

struct order {
  int id = 0;
};
#ifdef WEFT_COMPILE_OK
WEFT_JSON(order, id)
#endif

std::string text() {
  return weft::json::to_string(order{1});
}
