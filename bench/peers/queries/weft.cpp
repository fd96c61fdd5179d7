// P11 with query.

#include <weft/query.hpp>

#include "../weft_program.hpp"
#include "workload.hpp"

namespace {

using namespace bench::queries;
namespace query = weft::query;

struct with_weft {
  static long sum(const std::vector<int>& numbers) {
    return query::from(numbers) | query::as_parallel() | query::where(is_wanted) |
           query::select(squared) | query::sum();
  }
  static std::vector<long> array(const std::vector<int>& numbers, bool ordered) {
    if (ordered) {
      return query::from(numbers) | query::as_parallel() | query::as_ordered() |
             query::where(is_wanted) | query::select(squared) | query::to_vector();
    }
    return query::from(numbers) | query::as_parallel() | query::where(is_wanted) |
           query::select(squared) | query::to_vector();
  }
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run_weft(argc, argv, {BENCH_QUERIES(with_weft)});
}
