// expect: joinable
#include <weft/query.hpp>

#include <string>

auto pairs() {
  const auto sum = [](int a, int b) { return a + b; };
  const auto itself = [](int i) { return i; };
#ifdef WEFT_COMPILE_OK
  return weft::query::range(0, 10) |
         weft::query::join(weft::query::range(0, 5), itself, itself, sum);
#else
  const auto text = [](int i) { return std::to_string(i); };
  return weft::query::range(0, 10) | weft::query::join(weft::query::range(0, 5), text, itself, sum);
#endif
}
