// P2's limit: a call.

#include "workload.hpp"

namespace {

using namespace bench::tasks;

[[gnu::noinline]] long one(long i) {
  bench::keep(i);
  return i;
}

long calls(long n) {
  long sum = 0;
  for (long i = 0; i < n; ++i) {
    sum += one(i);
  }
  return sum;
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(
      argc, argv,
      {{"P2/hot", measured<calls>}, {"P2/run", measured<calls>}, {"P2/batch", measured<calls>}});
}
