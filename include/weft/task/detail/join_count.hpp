#pragma once
/// `join_count`: how one parent and the children that it misses agree on who goes on last.

#include <weft/base/atomic.hpp>

#include <cstdint>

namespace weft::detail {

/// Children count down as they end, the parent adds, once, how many it misses; whoever brings the
/// sum to zero goes on with the parent. Until the parent has added, the count is at most zero and
/// falls, so no child can take itself for the last one. src/task/README.md has the argument.
/// **Thread-safety**: each function by any thread. **Cost**: one atomic read-modify-write each.
class join_count {
 public:
  /// A missed child has ended. True: it was the last one, and the parent waits.
  [[nodiscard]] bool child_ended() noexcept {
    // order: acq_rel; release publishes this child's result; acquire, for the last one, those of
    // all the others and what the parent wrote before `parent_misses`. model: join_count_model
    return ended_.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }
  /// The parent can be resumed from here on. True: all `children` had ended, and it goes on itself.
  [[nodiscard]] bool parent_misses(std::int32_t children) noexcept {
    // order: acq_rel; release publishes what resumes the parent to the last child; acquire: the
    // children's results. model: join_count_model
    return ended_.fetch_add(children, std::memory_order_acq_rel) + children == 0;
  }

 private:
  atomic<std::int32_t> ended_{0};
};

}  // namespace weft::detail
