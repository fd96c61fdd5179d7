// A value task is taken once: awaiting it where it stands, and not as an rvalue, does not compile.
// expect: deleted
#include <weft/task.hpp>

weft::value_task<int> read();

weft::task<int> caller() {
  auto reading = read();
#ifdef WEFT_COMPILE_OK
  co_return co_await std::move(reading);
#else
  co_return co_await reading;
#endif
}
