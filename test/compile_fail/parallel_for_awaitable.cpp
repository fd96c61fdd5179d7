// expect: use parallel_for_each_async
#include <weft/parallel.hpp>
#include <weft/task.hpp>

void loop() {
  weft::parallel_for(0, 10, [](int) {
#ifndef WEFT_COMPILE_OK
    return weft::completed_task();
#endif
  });
}
