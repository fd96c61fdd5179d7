// A lazy that nobody awaits never runs: dropping one is a mistake.
// expect-clang: unused-result|nodiscard
// expect-gcc: unused-result|nodiscard
#include <weft/task.hpp>

weft::lazy<int> work();

void caller() {
#ifdef WEFT_COMPILE_OK
  auto kept = work();
#else
  work();
#endif
}
