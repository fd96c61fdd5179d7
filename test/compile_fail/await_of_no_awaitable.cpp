// co_await of a value.
// expect: cannot be awaited|await_ready
#include <weft/task.hpp>

weft::task<int> caller() {
#ifdef WEFT_COMPILE_OK
  co_return 3;
#else
  co_return co_await 3;
#endif
}
