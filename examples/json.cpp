// JSON to and from structs: name the members once.
// needs: json
#include <weft/json.hpp>

#include <cstdio>
#include <optional>
#include <string>
#include <vector>

struct item {
  std::string name;
  double price = 0;
};
WEFT_JSON(item, name, price)

struct order {
  int id = 0;
  std::vector<item> items;
  std::optional<std::string> note;  // may be missing
};
WEFT_JSON(order, id, items, note)

int main() {
  const auto o = weft::json::parse<order>(R"({"id": 7, "items": [{"name": "tea", "price": 2.5}]})");
  std::printf("order %d: %s costs %g\n", o.id, o.items[0].name.c_str(), o.items[0].price);
  std::printf("%s\n", weft::json::to_string(o).c_str());

  try {  // errors say where, what was wanted and what was there
    (void)weft::json::parse<order>(R"({"id": 7, "items": [{"name": "tea", "price": "dear"}]})");
    return 1;
  } catch (const weft::json::parse_error& e) {
    std::printf("%s\n", e.what());
    return e.path() == "items[0].price" ? 0 : 1;
  }
}
