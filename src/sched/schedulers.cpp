/// One structure behind all schedulers over another one: `scheduler_core`, a lock over lanes of
/// queued jobs, in the order of their priority.
///
/// Jobs are run by *runners*, pooled jobs of the base scheduler. There are at most as many as may
/// run at a time. A runner that begins takes a job by `pick`, runs it with its lane's scheduler
/// current, gives its place back and picks again; after a burst it queues itself behind, and when
/// `pick` gives nothing it ends. `pick` looks at the highest lane that has a job: an exclusive one
/// gives it only when nothing runs, and hides the lanes below it meanwhile; the others give it
/// unless something exclusive runs.
///
/// *No job is left behind.* All decisions are made under the lock. Whoever queues a job starts a
/// runner unless there are as many as may run; whoever picks one while more could be picked starts
/// another. A runner ends only when `pick` gives nothing: either no job waits, or something runs
/// that forbids it, and whoever runs that picks again at its end. So at any time that a job may
/// run, a runner is on its way or about to pick.

#include <weft/sched/schedulers.hpp>

#include <weft/base/error.hpp>
#include <weft/base/futex.hpp>
#include <weft/task/completion_source.hpp>
#include <weft/task/detail/closure_job.hpp>
#include <weft/task/detail/simulated_place.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/task/suspension.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

namespace weft {
namespace detail {

class scheduler_core {
 public:
  // Families whose jobs this thread is running, innermost first.
  struct core_frame {
    const scheduler_core* core;
    const core_frame* outer;
  };
  [[gnu::noinline]] static const core_frame*& innermost() noexcept {
    static thread_local constinit const core_frame* frames = nullptr;
    return frames;
  }

  scheduler_core(task_scheduler& base, int maximum) noexcept
      : base_(base.anchor()), maximum_(maximum) {
    base_->add_reference();
  }
  scheduler_core(const scheduler_core&) = delete;
  scheduler_core& operator=(const scheduler_core&) = delete;
  ~scheduler_core() { base_->release(); }

  void add(lane_scheduler& lane) {
    lock_guard guard(lock_);
    const auto at = std::find_if(lanes_.begin(), lanes_.end(), [&](const lane_scheduler* l) {
      return l->priority_ < lane.priority_;
    });
    lanes_.insert(at, &lane);
    lane.anchor()->join_group(*(lanes_.size() == 1 ? lane.anchor() : first_->anchor()));
    first_ = lanes_.size() == 1 ? &lane : first_;
  }

  void queue(lane_scheduler& lane, job* item) {
    {
      lock_guard guard(lock_);
      if (completing_) {
        throw invalid_operation(
            "weft: this scheduler has been completed; it takes no further work");
      }
      lane.waiting_.push_back(item);
      // order: relaxed; under the lock.
      left_.fetch_add(1, std::memory_order_relaxed);
      if (!may_start_runner()) {
        return;
      }
      ++runners_;
    }
    start_runner();
  }

  void complete() {
    bool ended = false;
    {
      lock_guard guard(lock_);
      if (std::exchange(completing_, true)) {
        return;
      }
      // order: relaxed; under the lock.
      ended = left_.load(std::memory_order_relaxed) == 0;
    }
    if (ended) {
      completed_.set_result();
    }
  }
  [[nodiscard]] task<>& completion() noexcept { return completion_; }
  [[nodiscard]] int maximum() const noexcept { return maximum_; }

  /// The owner goes: waits for what is queued, unless this thread is running some of it.
  void close() noexcept {
    if (runs_here()) {
      this_thread().scheduler = nullptr;  // what runs now goes on without
      // order: relaxed; as below.
    } else if (!block_simulated([this] { return left_.load(std::memory_order_relaxed) == 0; })) {
      runtime().begin_blocking();
      // order: relaxed; what ran is over, and seen: the last one ended under the lock, which is
      // taken next.
      for (std::uint32_t left; (left = left_.load(std::memory_order_relaxed)) != 0;) {
        futex_wait(left_, left);
      }
      runtime().end_blocking();
    }
    {
      lock_guard guard(lock_);
      for (lane_scheduler* lane : lanes_) {
        orphaned_.append(lane->waiting_);  // run here, in a scheduler that goes: without one
      }
      lanes_.clear();
    }
    release();
  }

 private:
  static constexpr int burst = 64;  // jobs in a row before others of the base get a turn

  struct runner : job {
    explicit runner(scheduler_core& c) noexcept : job{&run_it, &action_marker, nullptr}, core(&c) {}
    static void run_it(job* self) noexcept {
      auto* mine = static_cast<runner*>(self);
      mine->core->work(mine);
    }
    scheduler_core* const core;
  };
  struct picked {
    job* item = nullptr;
    lane_scheduler* lane = nullptr;
    bool alone = false;  // nothing of this family runs beside it
  };

  void release() noexcept {
    // order: acq_rel; the last one frees it.
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      frame_delete(this);
    }
  }
  /// Does this thread run a job of this family?
  [[nodiscard]] bool runs_here() const noexcept {
    for (const core_frame* at = innermost(); at != nullptr; at = at->outer) {
      if (at->core == this) {
        return true;
      }
    }
    return false;
  }
  /// Pre: the lock is held.
  [[nodiscard]] bool may_start_runner() const noexcept {
    return runners_ < maximum_ && !exclusive_runs_;
  }
  void start_runner() noexcept {
    // order: relaxed; whoever starts one has a reference, or runs by one.
    references_.fetch_add(1, std::memory_order_relaxed);
    send(frame_new<runner>(*this));
  }
  void send(runner* r) noexcept {
    if (!base_->try_post(r)) {
      runtime().post_fair(r);  // the base has gone: what is queued still runs
    }
  }

  /// Pre: the lock is held. Takes the job and counts it as running.
  [[nodiscard]] picked pick() noexcept {
    picked next;
    if (exclusive_runs_) {
      return next;
    }
    if ((next.item = orphaned_.pop_front()) != nullptr) {
      ++running_;
      return next;
    }
    for (lane_scheduler* lane : lanes_) {
      if (lane->waiting_.empty()) {
        continue;
      }
      if (lane->exclusive_ && running_ != 0) {
        return next;  // the last one that runs picks it
      }
      next.item = lane->waiting_.pop_front();
      next.lane = lane;
      next.alone = lane->exclusive_ || maximum_ == 1;
      exclusive_runs_ = lane->exclusive_;
      ++running_;
      return next;
    }
    return next;
  }
  /// Pre: the lock is held.
  [[nodiscard]] bool waits() const noexcept {
    return !orphaned_.empty() ||
           std::any_of(lanes_.begin(), lanes_.end(),
                       [](const lane_scheduler* l) { return !l->waiting_.empty(); });
  }
  /// A job has ended. True: it was the last before the completion. Pre: the lock is held.
  [[nodiscard]] bool give_back() noexcept {
    --running_;
    exclusive_runs_ = false;
    // order: relaxed; under the lock, which close takes.
    const bool last = left_.fetch_sub(1, std::memory_order_relaxed) == 1;
    return last && completing_;
  }

  void work(runner* r) noexcept {
    bool more = true;
    for (int ran = 0; more && ran < burst; ++ran) {
      more = run_one();
    }
    if (more) {
      send(r);
      return;
    }
    frame_delete(r);
    release();
  }
  /// False: there is nothing to run, and this runner no longer counts.
  [[nodiscard]] bool run_one() noexcept {
    picked next;
    bool another = false;
    {
      lock_guard guard(lock_);
      next = pick();
      if (next.item == nullptr) {
        --runners_;
        return false;
      }
      another = may_start_runner() && waits();
      if (another) {
        ++runners_;
      }
    }
    if (another) {
      start_runner();
    }
    run(next);
    bool completed = false;
    {
      lock_guard guard(lock_);
      completed = give_back();
    }
    // order: relaxed; a look that comes too late finds nobody waiting.
    if (left_.load(std::memory_order_relaxed) == 0) {
      futex_wake_all(left_);
    }
    if (completed) {
      completed_.set_result();
    }
    return true;
  }
  void run(const picked& next) noexcept {
    const core_frame frame{this, innermost()};
    innermost() = &frame;
    thread_state& t = this_thread();
    synchronization_context* context = std::exchange(t.context, nullptr);
    task_scheduler* scheduler = std::exchange(t.scheduler, next.lane);
    if (next.alone) {
      const occupation occupied(next.lane->anchor());
      run_job(next.item);
    } else {
      run_job(next.item);
    }
    thread_state& after = this_thread();
    after.context = context;
    after.scheduler = scheduler;
    innermost() = frame.outer;
  }

  context_anchor* const base_;
  const int maximum_;
  atomic<std::uint32_t> references_{1};
  atomic<std::uint32_t> left_{0};  // jobs that are queued or run; changed under lock_

  mutable lock lock_;
  // Guarded by lock_:
  std::vector<lane_scheduler*> lanes_;  // highest priority first
  lane_scheduler* first_ = nullptr;     // the oldest
  job_list orphaned_;                   // of schedulers that were destroyed from inside
  int runners_ = 0;                     // on their way or working
  int running_ = 0;                     // jobs
  bool exclusive_runs_ = false;
  bool completing_ = false;

  task_completion_source<> completed_{{.run_continuations_asynchronously = true}};
  task<> completion_ = completed_.task();
};

lane_scheduler::lane_scheduler(scheduler_core& core, int priority, bool exclusive)
    : core_(core), priority_(priority), exclusive_(exclusive) {
  core.add(*this);
}
void lane_scheduler::queue(work w) {
  job* item = make_job([w = std::move(w)]() mutable { w(); });
  try {
    queue_job(item);
  } catch (...) {
    item->drop(item);
    throw;
  }
}
int lane_scheduler::maximum_concurrency() {
  return exclusive_ ? 1 : core_.maximum();
}
void lane_scheduler::queue_job(job* item) {
  core_.queue(*this, item);
}
void lane_scheduler::close() noexcept {
  close_anchor();
}

namespace {

int checked_maximum(int maximum, int least, int everything, const char* what) {
  if (maximum == 0 || maximum < least) {
    throw std::invalid_argument(std::string("weft: ") + what + ": at most " +
                                std::to_string(maximum) + " at a time makes no sense; give " +
                                (least < 0 ? "-1 (as many as the base runs) or " : "") +
                                "1 or more");
  }
  return maximum < 0 ? everything : maximum;
}

}  // namespace
}  // namespace detail

limited_concurrency_scheduler::limited_concurrency_scheduler(detail::any_integer maximum)
    : limited_concurrency_scheduler(maximum, default_scheduler()) {}
limited_concurrency_scheduler::limited_concurrency_scheduler(detail::any_integer maximum,
                                                             task_scheduler& base)
    : lane_scheduler(*detail::frame_new<detail::scheduler_core>(
                         base, detail::checked_maximum(maximum.as_int(), 1, 1,
                                                       "limited_concurrency_scheduler")),
                     0, false) {}
limited_concurrency_scheduler::~limited_concurrency_scheduler() {
  close();
  core().close();
}

concurrent_exclusive_scheduler_pair::concurrent_exclusive_scheduler_pair()
    : concurrent_exclusive_scheduler_pair(task_scheduler::default_scheduler()) {}
concurrent_exclusive_scheduler_pair::concurrent_exclusive_scheduler_pair(
    task_scheduler& base, detail::any_integer maximum)
    : core_(detail::frame_new<detail::scheduler_core>(
          base, detail::checked_maximum(maximum.as_int(), -1, base.maximum_concurrency(),
                                        "concurrent_exclusive_scheduler_pair"))),
      exclusive_(std::make_unique<detail::lane_scheduler>(*core_, 1, true)),
      concurrent_(std::make_unique<detail::lane_scheduler>(*core_, 0, false)) {}
concurrent_exclusive_scheduler_pair::~concurrent_exclusive_scheduler_pair() {
  exclusive_->close();
  concurrent_->close();
  core_->close();
}
task_scheduler& concurrent_exclusive_scheduler_pair::exclusive_scheduler() const noexcept {
  return *exclusive_;
}
task_scheduler& concurrent_exclusive_scheduler_pair::concurrent_scheduler() const noexcept {
  return *concurrent_;
}
void concurrent_exclusive_scheduler_pair::complete() {
  exclusive_->close();
  concurrent_->close();
  core_->complete();
}
task<>& concurrent_exclusive_scheduler_pair::completion() noexcept {
  return core_->completion();
}

priority_scheduler::priority_scheduler()
    : priority_scheduler(task_scheduler::default_scheduler()) {}
priority_scheduler::priority_scheduler(task_scheduler& base, detail::any_integer maximum)
    : core_(detail::frame_new<detail::scheduler_core>(
          base, detail::checked_maximum(maximum.as_int(), -1, base.maximum_concurrency(),
                                        "priority_scheduler"))) {}
priority_scheduler::~priority_scheduler() {
  for (const auto& lane : lanes_) {
    lane->close();
  }
  core_->close();
}
task_scheduler& priority_scheduler::at(int priority) {
  detail::lock_guard guard(lock_);
  const auto found = std::find_if(lanes_.begin(), lanes_.end(), [priority](const auto& lane) {
    return lane->priority() == priority;
  });
  if (found != lanes_.end()) {
    return **found;
  }
  lanes_.push_back(std::make_unique<detail::lane_scheduler>(*core_, priority, false));
  return *lanes_.back();
}

}  // namespace weft
