#include <weft/parallel/parallel_sort.hpp>

#include <weft/sched/thread_pool.hpp>

#include <algorithm>

namespace weft::detail {

std::size_t threads_for(const parallel_options& options) {
  if (options.max_degree_of_parallelism == 1) {
    return 1;
  }
  const int there = options.scheduler != nullptr ? options.scheduler->maximum_concurrency()
                                                 : thread_pool::default_pool().size();
  const int most = options.max_degree_of_parallelism > 0
                       ? std::min(there, options.max_degree_of_parallelism)
                       : there;
  return static_cast<std::size_t>(std::max(most, 1));
}

}  // namespace weft::detail
