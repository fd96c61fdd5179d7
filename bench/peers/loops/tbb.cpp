// P10 with oneTBB's parallel_for and parallel_reduce.

#include "../tbb_program.hpp"
#include "workload.hpp"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_reduce.h>
#include <oneapi/tbb/parallel_scan.h>
#include <oneapi/tbb/parallel_sort.h>

namespace {

struct with_tbb {
  template <class Body>
  static void loop(long n, Body body) {
    tbb::parallel_for(0L, n, body);
  }
  template <class T, class Fold, class Combine>
  static T reduce(long n, T identity, Fold fold, Combine combine) {
    return tbb::parallel_reduce(
        tbb::blocked_range<long>(0, n), identity,
        [&](const tbb::blocked_range<long>& r, T so_far) {
          return fold(r.begin(), r.end(), std::move(so_far));
        },
        combine);
  }
  static void sort(int* begin, int* end) { tbb::parallel_sort(begin, end); }
  static void scan(const long* from, long* to, long n) {
    tbb::parallel_scan(
        tbb::blocked_range<long>(0, n), 0L,
        [&](const tbb::blocked_range<long>& r, long total, bool writes) {
          for (long i = r.begin(); i < r.end(); ++i) {
            total += from[i];
            if (writes) {
              to[i] = total;
            }
          }
          return total;
        },
        [](long a, long b) { return a + b; });
  }
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run_tbb(argc, argv,
                        {BENCH_LOOPS(with_tbb), {"P10/meet", bench::loops::rows<with_tbb>::meet}});
}
