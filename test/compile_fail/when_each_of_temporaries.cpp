// when_each takes single tasks as lvalues, which stay the caller's; others go in a range.
// expect: when_each
#include <weft/task.hpp>

weft::task<int> number(int n);

void ask() {
#ifdef WEFT_COMPILE_OK
  auto a = number(1);
  auto g = weft::when_each(a);
#else
  auto g = weft::when_each(number(1));
#endif
  static_cast<void>(g.valid());
}
