// P10's limit: plain loops on one thread.

#include "workload.hpp"

#include <numeric>

namespace {

struct serial {
  template <class Body>
  static void loop(long n, Body body) {
    for (long i = 0; i < n; ++i) {
      body(i);
    }
  }
  template <class T, class Fold, class Combine>
  static T reduce(long n, T identity, Fold fold, Combine) {
    return fold(0, n, std::move(identity));
  }
  static void sort(int* begin, int* end) { std::sort(begin, end); }
  static void scan(const long* from, long* to, long n) { std::inclusive_scan(from, from + n, to); }
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, {BENCH_LOOPS(serial)});
}
