// A generator has one owner: a copy does not compile.
// expect: deleted|non-copyable
#include <weft/task.hpp>

#include <utility>

weft::async_generator<int> numbers();

void passes_on() {
  auto mine = numbers();
#ifdef WEFT_COMPILE_OK
  auto other = std::move(mine);
#else
  auto other = mine;
#endif
  static_cast<void>(other.valid());
}
