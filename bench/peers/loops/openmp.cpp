// P10 with OpenMP's parallel for; dynamic pieces where iterations differ, as its programs choose by
// hand.

#include "workload.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

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
  // Shares sorted by the standard library, then merged; it has no sort of its own.
  static void sort(int* begin, int* end) {
    const auto n = static_cast<std::size_t>(end - begin);
    std::vector<int> merged(n);
    const auto shares = static_cast<std::size_t>(omp_get_max_threads());
    int* from = begin;
    int* to = merged.data();
    const auto border = [&](std::size_t share) { return n * std::min(share, shares) / shares; };
#pragma omp parallel for schedule(static, 1)
    for (std::size_t i = 0; i < shares; ++i) {
      std::sort(from + border(i), from + border(i + 1));
    }
    for (std::size_t run = 1; run < shares; run *= 2) {
#pragma omp parallel for schedule(static, 1)
      for (std::size_t i = 0; i < shares; i += 2 * run) {
        std::merge(from + border(i), from + border(i + run), from + border(i + run),
                   from + border(i + 2 * run), to + border(i));
      }
      std::swap(from, to);
    }
    if (from != begin) {
      std::copy(from, from + n, begin);
    }
  }
  // A share a thread, added up, then written: clang's `omp scan` keeps all totals on the stack.
  static void scan(const long* from, long* to, long n) {
    std::vector<long> sums(static_cast<std::size_t>(omp_get_max_threads()));
#pragma omp parallel
    {
      const long threads = omp_get_num_threads();
      const long me = omp_get_thread_num();
      const long first = n * me / threads;
      const long last = n * (me + 1) / threads;
      long total = 0;
      for (long i = first; i < last; ++i) {
        total += from[i];
      }
      sums[static_cast<std::size_t>(me)] = total;
#pragma omp barrier
      total = std::accumulate(sums.begin(), sums.begin() + me, 0L);
      for (long i = first; i < last; ++i) {
        total += from[i];
        to[i] = total;
      }
    }
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
  return bench::run(
      argc, argv, {BENCH_LOOPS(with_openmp), {"P10/meet", bench::loops::rows<with_openmp>::meet}});
}
