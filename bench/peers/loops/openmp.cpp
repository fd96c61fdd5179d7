// P10 with OpenMP's parallel for; dynamic pieces where iterations differ, as its programs choose by
// hand.

#include "workload.hpp"

#include <omp.h>

namespace {

struct with_openmp {
  template <class Body>
  static void loop(long n, Body body) {
    if (n < pieces) {
#pragma omp parallel for schedule(static)
      for (long i = 0; i < n; ++i) {
        body(i);
      }
    } else if (n <= dynamic_below) {
#pragma omp parallel for schedule(dynamic)
      for (long i = 0; i < n; ++i) {
        body(i);
      }
    } else {
#pragma omp parallel for schedule(static)
      for (long i = 0; i < n; ++i) {
        body(i);
      }
    }
  }
  template <class T, class Fold, class Combine>
  static T reduce(long n, T identity, Fold fold, Combine combine) {
    T total = identity;
#pragma omp parallel
    {
      T mine = identity;
#pragma omp for schedule(dynamic)
      for (long piece = 0; piece < pieces; ++piece) {
        mine = fold(n * piece / pieces, n * (piece + 1) / pieces, std::move(mine));
      }
#pragma omp critical
      total = combine(std::move(total), mine);
    }
    return total;
  }

 private:
  static constexpr long pieces = 64;
  static constexpr long dynamic_below = 10'000;
};

}  // namespace

int main(int argc, char** argv) {
  int threads = 0;
  if (argc == 4 && bench::parse(argv[3], threads)) {
    omp_set_num_threads(threads);
  }
  return bench::run(argc, argv, {BENCH_LOOPS(with_openmp)});
}
