// P11 with query.

#include <weft/query.hpp>

#include "../weft_program.hpp"
#include "workload.hpp"

namespace {

using namespace bench::queries;
namespace query = weft::query;

// Closures, as the documents advise: a function given by its name is a pointer, called an element.
constexpr auto wanted = [](int x) { return is_wanted(x); };
constexpr auto square = [](int x) { return squared(x); };
constexpr auto group_key = [](int x) { return group_of(x); };
constexpr auto outer_key = [](int x) { return join_key(x); };

struct with_weft {
  static long sum(const std::vector<int>& numbers) {
    return query::from(numbers) | query::as_parallel() | query::where(wanted) |
           query::select(square) | query::sum();
  }
  static std::vector<long> array(const std::vector<int>& numbers, bool ordered) {
    if (ordered) {
      return query::from(numbers) | query::as_parallel() | query::as_ordered() |
             query::where(wanted) | query::select(square) | query::to_vector();
    }
    return query::from(numbers) | query::as_parallel() | query::where(wanted) |
           query::select(square) | query::to_vector();
  }
  static long group(const std::vector<int>& numbers) {
    return query::from(numbers) | query::as_parallel() | query::group_by(group_key) |
           query::select([](const auto& g) { return static_cast<long>(g.end() - g.begin()); }) |
           query::sum();
  }
  static std::vector<int> order(const std::vector<int>& numbers) {
    return query::from(numbers) | query::as_parallel() | query::order_by([](int x) { return x; }) |
           query::to_vector();
  }
  static long distinct(const std::vector<int>& numbers) {
    return static_cast<long>(query::from(numbers) | query::as_parallel() | query::distinct() |
                             query::count());
  }
  static long join(const std::vector<int>& numbers, const std::vector<int>& inner) {
    return query::from(numbers) | query::as_parallel() |
           query::join(
               query::from(inner) | query::as_parallel(), outer_key, [](int x) { return x; },
               [](int, int match) { return static_cast<long>(match); }) |
           query::sum();
  }
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run_weft(argc, argv,
                         {BENCH_QUERIES(with_weft),
                          {"P11/group", rows<with_weft>::group},
                          {"P11/order", rows<with_weft>::order},
                          {"P11/distinct", rows<with_weft>::distinct},
                          {"P11/join", rows<with_weft>::join}});
}
