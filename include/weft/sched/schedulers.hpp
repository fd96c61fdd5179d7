#pragma once
/// Schedulers over another scheduler: fewer at a time, exclusive turns, priorities.

#include <weft/base/any_integer.hpp>
#include <weft/base/lock.hpp>
#include <weft/task/synchronization_context.hpp>
#include <weft/task/task.hpp>

#include <memory>
#include <vector>

namespace weft {

namespace detail {
class scheduler_core;

/// A scheduler whose queue is one lane of a `scheduler_core`.
class lane_scheduler : public task_scheduler {
 public:
  lane_scheduler(scheduler_core& core, int priority, bool exclusive);

  void queue(work w) override;
  [[nodiscard]] int maximum_concurrency() override;
  void queue_job(job* item) override;
  /// Nothing enters from here on.
  void close() noexcept;
  [[nodiscard]] int priority() const noexcept { return priority_; }

 protected:
  [[nodiscard]] scheduler_core& core() const noexcept { return core_; }

 private:
  friend class scheduler_core;
  scheduler_core& core_;
  const int priority_;
  const bool exclusive_;
  job_list waiting_;  // guarded by the core's lock
};
}  // namespace detail

/// Runs at most `maximum` pieces of work at a time, in the order of queueing, on the threads of
/// another scheduler. A piece is what runs between two suspensions.
/// **Thread-safety**: all members. **Lifetime**: the destructor waits for what is queued (not on a
/// thread that runs it); coroutines that come to resume later get `object_disposed` on the default
/// pool. `base` must outlive it.
/// **Cost**: a short lock to queue and one to run.
/// **Source**: LimitedConcurrencyLevelTaskScheduler of .NET's documentation.
class limited_concurrency_scheduler final : public detail::lane_scheduler {
 public:
  /// Over the default pool. **Throws** `std::invalid_argument` when `maximum` is below 1.
  explicit limited_concurrency_scheduler(detail::any_integer maximum);
  limited_concurrency_scheduler(detail::any_integer maximum, task_scheduler& base);
  ~limited_concurrency_scheduler() override;
};

/// Two schedulers over one: work of the exclusive one runs alone, work of the concurrent one runs
/// beside its like. Exclusive work that waits holds back concurrent work that has not begun.
/// **Thread-safety**, **Lifetime** as `limited_concurrency_scheduler`.
/// **Source**: ConcurrentExclusiveSchedulerPair. After `complete()` .NET never resumes coroutines
/// that are bound to it; here they get `object_disposed`.
class concurrent_exclusive_scheduler_pair {
 public:
  concurrent_exclusive_scheduler_pair();
  /// `maximum` concurrent pieces at a time; -1: as many as `base` runs.
  /// **Throws** `std::invalid_argument` when it is 0 or below -1.
  explicit concurrent_exclusive_scheduler_pair(task_scheduler& base,
                                               detail::any_integer maximum = -1);
  concurrent_exclusive_scheduler_pair(const concurrent_exclusive_scheduler_pair&) = delete;
  concurrent_exclusive_scheduler_pair& operator=(const concurrent_exclusive_scheduler_pair&) =
      delete;
  ~concurrent_exclusive_scheduler_pair();

  [[nodiscard]] task_scheduler& exclusive_scheduler() const noexcept;
  [[nodiscard]] task_scheduler& concurrent_scheduler() const noexcept;
  /// Takes nothing new: `queue` **throws** `invalid_operation` from here on.
  void complete();
  /// Ends when, after `complete()`, all that was queued has run.
  [[nodiscard]] task<>& completion() noexcept;

 private:
  detail::scheduler_core* core_;
  const std::unique_ptr<detail::lane_scheduler> exclusive_;
  const std::unique_ptr<detail::lane_scheduler> concurrent_;
};

/// Schedulers of different priority over one: whenever a thread is free, the oldest piece of the
/// highest priority that waits is run. A low priority can starve.
/// **Thread-safety**, **Lifetime** as `limited_concurrency_scheduler`.
/// **Source**: QueuedTaskScheduler of .NET's Parallel Extensions Extras; there a lower number goes
/// first, here a higher one does.
class priority_scheduler {
 public:
  priority_scheduler();
  /// `maximum` pieces at a time; -1: as many as `base` runs.
  /// **Throws** `std::invalid_argument` when it is 0 or below -1.
  explicit priority_scheduler(task_scheduler& base, detail::any_integer maximum = -1);
  priority_scheduler(const priority_scheduler&) = delete;
  priority_scheduler& operator=(const priority_scheduler&) = delete;
  ~priority_scheduler();

  /// The scheduler of that priority, the same one each time; it lives as long as this.
  [[nodiscard]] task_scheduler& at(int priority);

 private:
  detail::scheduler_core* core_;
  detail::lock lock_;
  std::vector<std::unique_ptr<detail::lane_scheduler>> lanes_;  // guarded by lock_
};

}  // namespace weft
