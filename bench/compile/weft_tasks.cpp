// P16: what a file costs that uses tasks.

#include <weft/task.hpp>

weft::task<int> twice(weft::task<int> number) {
  co_return 2 * co_await number;
}

int main() {
  return weft::block_on(twice(weft::run([] { return 0; })));
}
