// P10 with parallel_for and parallel_reduce.

#include <weft/parallel.hpp>

#include "../weft_program.hpp"
#include "workload.hpp"

#include <ranges>

namespace {

struct with_weft {
  template <class Body>
  static void loop(long n, Body body) {
    weft::parallel_for(0L, n, body);
  }
  template <class T, class Fold, class Combine>
  static T reduce(long n, T identity, Fold fold, Combine combine) {
    return weft::parallel_reduce(
        0L, n, std::move(identity),
        [&](weft::index_range indices, T so_far) {
          return fold(*indices.begin(), *indices.end(), std::move(so_far));
        },
        combine);
  }
  static void sort(int* begin, int* end) { weft::parallel_sort(std::ranges::subrange(begin, end)); }
  static void scan(const long* from, long* to, long n) {
    weft::parallel_scan(std::ranges::subrange(from, from + n), to);
  }
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run_weft(
      argc, argv, {BENCH_LOOPS(with_weft), {"P10/meet", bench::loops::rows<with_weft>::meet}});
}
