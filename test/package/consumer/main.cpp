// Built against weft as a user builds, by find_package and by add_subdirectory: the runtime must
// come along, though nothing here names it.
#include <weft/task.hpp>
#include <weft/time.hpp>

#include <chrono>

#ifdef CONSUMER_HAS_TESTKIT
#include <weft/testkit.hpp>

bool simulates() {
  auto body = []() -> weft::task<bool> {
    co_await weft::delay(std::chrono::hours(1));
    co_return weft::testkit::elapsed() == std::chrono::hours(1);
  };
  return weft::testkit::simulate(body);
}
#else
bool simulates() {
  return true;
}
#endif

int main() {
  using namespace std::chrono_literals;
  auto answer = weft::run([] { return 40; });
  return weft::block_on([&]() -> weft::task<int> {
           co_await weft::delay(1ms);
           co_return co_await std::move(answer) + 2;
         }) == 42 &&
                 simulates()
             ? 0
             : 1;
}
