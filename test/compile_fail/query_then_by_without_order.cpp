// expect: ordered_query
#include <weft/query.hpp>

auto sorted() {
  const auto itself = [](int i) { return i; };
#ifdef WEFT_COMPILE_OK
  return weft::query::range(0, 10) | weft::query::order_by(itself) | weft::query::then_by(itself);
#else
  return weft::query::range(0, 10) | weft::query::then_by(itself);
#endif
}
