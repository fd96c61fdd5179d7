// expect: range_selector_for
#include <weft/query.hpp>

auto flat() {
#ifdef WEFT_COMPILE_OK
  return weft::query::range(0, 10) |
         weft::query::select_many([](int i) { return weft::query::range(0, i); });
#else
  return weft::query::range(0, 10) | weft::query::select_many([](int i) { return i; });
#endif
}
