// expect: use parallel_for_each_async
#include <weft/parallel.hpp>
#include <weft/task.hpp>

void invoke() {
  weft::parallel_invoke([] {},
                        [] {
#ifndef WEFT_COMPILE_OK
                          return weft::completed_task();
#endif
                        });
}
