// A body that gives nothing to await is no asynchronous one.
// expect: gives nothing to await
#include <weft/parallel/parallel_for_each_async.hpp>

#include <vector>

weft::task<> caller(std::vector<int>& v) {
#ifdef WEFT_COMPILE_OK
  co_await weft::parallel_for_each_async(v, [](int& x, std::stop_token) -> weft::task<> {
    x = 1;
    co_return;
  });
#else
  co_await weft::parallel_for_each_async(v, [](int& x, std::stop_token) { x = 1; });
#endif
}
