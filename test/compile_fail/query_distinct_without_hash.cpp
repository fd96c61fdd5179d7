// expect: comparable_elements
#include <weft/query.hpp>

#include <vector>

struct point {
  int x;
  bool operator==(const point&) const = default;
};

auto unique(std::vector<point>& points) {
#ifdef WEFT_COMPILE_OK
  return weft::query::from(points) |
         weft::query::distinct([](const point& p) { return static_cast<std::size_t>(p.x); },
                               std::equal_to<>());
#else
  return weft::query::from(points) | weft::query::distinct();
#endif
}
