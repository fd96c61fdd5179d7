// P11's limit: plain loops on one thread.

#include "workload.hpp"

namespace {

using namespace bench::queries;

struct serial {
  static long sum(const std::vector<int>& numbers) { return rows<serial>::expected(numbers); }
  static std::vector<long> array(const std::vector<int>& numbers, bool) {
    std::vector<long> all;
    for (const int x : numbers) {
      if (is_wanted(x)) {
        all.push_back(squared(x));
      }
    }
    return all;
  }
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, {BENCH_QUERIES(serial)});
}
