// A task that nobody keeps is a mistake, unless it is detached on purpose.
// expect: nodiscard
#include <weft/task.hpp>

weft::task<> work();

void caller() {
#ifdef WEFT_COMPILE_OK
  work().detach();
#else
  work();
#endif
}
