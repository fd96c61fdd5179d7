// P2 with std::async, which makes a thread for each call: only from outside, where the numbers are
// small.

#include "workload.hpp"

#include <future>

namespace {

using namespace bench::tasks;

long outside(long n) {
  long sum = 0;
  for (long i = 0; i < n; ++i) {
    sum += std::async(std::launch::async, [i] { return i; }).get();
  }
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, {{"P2/outside", measured<outside>}});
}
