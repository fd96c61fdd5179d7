// expect: predicate_for
#include <weft/query.hpp>

#include <string>

auto filter() {
#ifdef WEFT_COMPILE_OK
  return weft::query::range(0, 10) | weft::query::where([](int) { return true; });
#else
  return weft::query::range(0, 10) | weft::query::where([](const std::string&) { return true; });
#endif
}
