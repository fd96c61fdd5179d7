// expect: parallel_query
#include <weft/query.hpp>

auto ordered() {
#ifdef WEFT_COMPILE_OK
  return weft::query::range(0, 10) | weft::query::as_parallel() | weft::query::as_ordered();
#else
  return weft::query::range(0, 10) | weft::query::as_ordered();
#endif
}
