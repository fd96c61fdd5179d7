// P11 written by hand with OpenMP: a vector a thread, joined in the order of the threads, which is
// that of the source.

#include "workload.hpp"

#include <numeric>

#include <omp.h>

namespace {

using namespace bench::queries;

struct by_hand {
  static long sum(const std::vector<int>& numbers) {
    long total = 0;
    const auto n = static_cast<long>(numbers.size());
#pragma omp parallel for reduction(+ : total)
    for (long i = 0; i < n; ++i) {
      const int x = numbers[static_cast<std::size_t>(i)];
      total += is_wanted(x) ? squared(x) : 0;
    }
    return total;
  }
  static std::vector<long> array(const std::vector<int>& numbers, bool) {
    std::vector<std::vector<long>> parts(static_cast<std::size_t>(omp_get_max_threads()));
    std::vector<long> all;
    const auto n = static_cast<long>(numbers.size());
#pragma omp parallel
    {
      const auto me = static_cast<std::size_t>(omp_get_thread_num());
      std::vector<long>& mine = parts[me];
#pragma omp for schedule(static)
      for (long i = 0; i < n; ++i) {
        const int x = numbers[static_cast<std::size_t>(i)];
        if (is_wanted(x)) {
          mine.push_back(squared(x));
        }
      }
#pragma omp single
      {
        std::size_t size = 0;
        for (const std::vector<long>& part : parts) {
          size += part.size();
        }
        all.resize(size);
      }
      std::size_t before = 0;
      for (std::size_t i = 0; i < me; ++i) {
        before += parts[i].size();
      }
      std::copy(mine.begin(), mine.end(), all.begin() + static_cast<std::ptrdiff_t>(before));
    }
    return all;
  }
};

}  // namespace

int main(int argc, char** argv) {
  int threads = 0;
  if (argc == 4 && bench::parse(argv[3], threads)) {
    omp_set_num_threads(threads);
  }
  return bench::run(argc, argv, {BENCH_QUERIES(by_hand)});
}
