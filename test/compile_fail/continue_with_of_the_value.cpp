// A continuation gets the ended task, not its value.
// expect: continue_with
#include <weft/task.hpp>

weft::task<int> twice(weft::task<int> t) {
#ifdef WEFT_COMPILE_OK
  return std::move(t).continue_with([](weft::task<int>& ended) { return 2 * ended.result(); });
#else
  return std::move(t).continue_with([](int value) { return 2 * value; });
#endif
}
