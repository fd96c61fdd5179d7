// A scope spawns what can be awaited; plain work goes through run.
// expect: weft: spawn takes a function that gives something to await
#include <weft/task.hpp>

weft::task<> body(weft::task_scope& scope) {
#ifdef WEFT_COMPILE_OK
  scope.spawn(weft::run([] {}));
#else
  scope.spawn([] {});
#endif
  co_return;
}
