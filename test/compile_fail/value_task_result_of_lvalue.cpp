// The result of a value task is taken once: not from where it stands.
// expect: lvalue|discards qualifiers
#include <weft/task.hpp>

#include <utility>

weft::value_task<int> read();

int ask() {
  auto reading = read();
#ifdef WEFT_COMPILE_OK
  return std::move(reading).result();
#else
  return reading.result();
#endif
}
