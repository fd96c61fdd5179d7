#pragma once
/// `strand`: a context over a pool or another context that runs one piece of work at a time, in
/// order.

#include <weft/task/synchronization_context.hpp>

namespace weft {

namespace detail {
class strand_state;
}

/// Serialises what is posted to it, without a thread of its own: coroutines that run in a strand
/// need no lock against each other between their awaits.
/// **Thread-safety**: all members. **Lifetime**: what is queued when it is destroyed still runs;
/// coroutines that come to resume later get `object_disposed`.
/// **Cost**: one atomic exchange per post; one more pool job per burst.
/// **Source**: asio::strand; ConcurrentExclusiveSchedulerPair.ExclusiveScheduler.
class strand final : public synchronization_context {
 public:
  /// Over the default pool.
  strand();
  explicit strand(task_scheduler& base);
  explicit strand(synchronization_context& base);
  ~strand() override;

  void post(work w) override;
  void post_job(detail::job* item) override;

 private:
  detail::strand_state* state_;
};

}  // namespace weft
