// P11's limit: plain loops on one thread.

#include "workload.hpp"

#include <unordered_map>
#include <unordered_set>

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
  static long group(const std::vector<int>& numbers) {
    std::vector<std::vector<int>> groups(group_keys);
    for (const int x : numbers) {
      groups[static_cast<std::size_t>(group_of(x))].push_back(x);
    }
    long count = 0;
    for (const std::vector<int>& g : groups) {
      count += static_cast<long>(g.size());
    }
    return count;
  }
  static std::vector<int> order(const std::vector<int>& numbers) {
    std::vector<int> sorted = numbers;
    std::sort(sorted.begin(), sorted.end());
    return sorted;
  }
  static long distinct(const std::vector<int>& numbers) {
    return static_cast<long>(std::unordered_set<int>(numbers.begin(), numbers.end()).size());
  }
  static long join(const std::vector<int>& numbers, const std::vector<int>& inner) {
    std::unordered_multimap<int, int> table;
    table.reserve(inner.size());
    for (const int x : inner) {
      table.emplace(x, x);
    }
    long sum = 0;
    for (const int x : numbers) {
      const auto [first, last] = table.equal_range(join_key(x));
      for (auto match = first; match != last; ++match) {
        sum += match->second;
      }
    }
    return sum;
  }
};

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv,
                    {BENCH_QUERIES(serial),
                     {"P11/group", rows<serial>::group},
                     {"P11/order", rows<serial>::order},
                     {"P11/distinct", rows<serial>::distinct},
                     {"P11/join", rows<serial>::join}});
}
