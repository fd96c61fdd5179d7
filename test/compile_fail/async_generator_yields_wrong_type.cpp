// What is yielded must be convertible to the values of the generator.
// expect: yield_value
#include <weft/task.hpp>

weft::async_generator<int> numbers() {
#ifdef WEFT_COMPILE_OK
  co_yield 1;
#else
  co_yield "one";
#endif
}
