// P6's limits: the longest delay, and a look at the clock for each timer.

#include "workload.hpp"

#include <thread>

namespace {

using namespace bench::timers;

long delays(long n) {
  std::this_thread::sleep_for(std::chrono::milliseconds(99));
  return n;
}

long insert_cancel(long n) {
  for (long i = 0; i < n; ++i) {
    auto now = std::chrono::steady_clock::now();
    bench::keep(now);
  }
  return n;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(
      argc, argv, {{"P6/delays", measured<delays>}, {"P6/insertcancel", measured<insert_cancel>}});
}
