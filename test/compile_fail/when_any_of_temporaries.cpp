// when_any leaves the losers running: a temporary would be lost.
// expect: when_any
#include <weft/task.hpp>

weft::task<int> work();

weft::task<std::size_t> caller() {
#ifdef WEFT_COMPILE_OK
  auto first = work();
  auto second = work();
  co_return co_await weft::when_any(first, second);
#else
  co_return co_await weft::when_any(work(), work());
#endif
}
