// A query that nobody runs evaluates nothing: dropping one is a mistake.
// expect-clang: unused-result|nodiscard
// expect-gcc: unused-result|nodiscard
#include <weft/query.hpp>

#include <vector>

void keep_even(std::vector<int>& from) {
  using namespace weft::query;
#ifdef WEFT_COMPILE_OK
  from =
      from | as_parallel() | as_ordered() | where([](int x) { return x % 2 == 0; }) | to_vector();
#else
  from | as_parallel() | as_ordered() | where([](int x) { return x % 2 == 0; });
#endif
}
