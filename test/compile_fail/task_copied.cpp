// A task is a handle with one owner; share() makes copies possible.
// expect: deleted
#include <weft/task.hpp>

#include <utility>

weft::task<int> work();

void caller() {
  auto one = work();
#ifdef WEFT_COMPILE_OK
  auto shared = std::move(one).share();
  auto other = shared;
#else
  auto other = one;
#endif
  static_cast<void>(other);
}
