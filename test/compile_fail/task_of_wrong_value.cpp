// co_return of something that is not the task's value.
// expect: return_value|convert
#include <weft/task.hpp>

#include <string>

weft::task<std::string> caller() {
#ifdef WEFT_COMPILE_OK
  co_return "text";
#else
  co_return 3.5;
#endif
}
