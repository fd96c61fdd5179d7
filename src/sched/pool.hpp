#pragma once
/// The scheduler behind `thread_pool`: slots, workers, who sleeps and who is woken. README.md has
/// the protocol.

#include <weft/base/atomic.hpp>
#include <weft/base/futex.hpp>
#include <weft/base/job.hpp>
#include <weft/base/lock.hpp>
#include <weft/base/work_deque.hpp>
#include <weft/sched/idle_driver.hpp>
#include <weft/sched/thread_pool.hpp>
#include <weft/task/detail/sleeper.hpp>
#include <weft/time/timer_service.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weft::detail {

/// The right to run, with a queue. There are as many as `size()`; a thread that computes holds one.
struct slot : worker_queue {
  pool* owner = nullptr;
  // Owned by the thread that holds the slot:
  std::uint32_t hand_overs = 0;
  std::uint32_t victim_seed = 0;
  std::int64_t last_poll_ns = 0;
  // Owned by the monitor:
  std::uint32_t tick_seen = 0;
  // Guarded by pool::lock_:
  slot* next_idle = nullptr;
};

/// What the monitor saw of a thread.
struct thread_look {
  std::int64_t at_ns = 0;   ///< 0: nothing, or not asleep.
  std::int64_t cpu_ns = 0;  ///< What it had computed by then.
};

/// A thread of the pool.
struct worker {
  explicit worker(pool& p) noexcept : owner(&p) {}

  /// What a parked worker is woken for.
  enum signal : std::uint32_t { none = 0, run = 1, drive = 2, leave = 3, spare = 4 };

  pool* const owner;
  // Owned by the thread (handed over by whoever signals it):
  slot* held = nullptr;
  bool searching = false;
  bool for_next = false;  // woken for what was handed over
  bool from_driver =
      false;  // the last work came from I/O or a timer: do not spin for more of other kinds
  std::uint32_t blocking_depth = 0;
  // Guarded by pool::lock_:
  worker* next_parked = nullptr;
  bool parked = false;
  bool is_spare = false;  // runs without a slot while others block unannounced
  bool sleeps = false;    // blocks without a limit, as one of pool::sleepers_
  int thread = 0;         // of the system; 0: not begun
  // Owned by the monitor:
  thread_look last_look;
  // Atomic:
  atomic<std::uint32_t> word{none};
};

/// Something that may need help if it is not over soon, and that asks for none at first.
struct watched {
  void (*look)(watched*) noexcept;  ///< Called by the monitor, about once a millisecond.
};

class pool {
 public:
  pool(thread_pool_options options, std::unique_ptr<idle_driver> driver, timer_service* timers);
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;
  ~pool();

  /// Queues a job: on this worker's own deque (last in, first out), else at the back of the shared
  /// queue.
  void post(job* item) noexcept;
  /// Takes a job out of this worker's own deque again if it was the last to be pushed there.
  [[nodiscard]] bool take_back(const job* item) noexcept;
  /// Queues a job that who posts it is likely to wait for: where nothing else waits for this
  /// worker, it runs here as soon as what runs now suspends, or elsewhere when that does not happen
  /// soon; see hand_over.
  void post_soon(job* item) noexcept;
  /// Has the monitor look at `what` until `unwatch`, which waits for a look in progress. False: it
  /// cannot. **Cost**: one uncontended RMW each; the first call after a quiet time wakes the
  /// monitor.
  [[nodiscard]] bool watch(watched& what) noexcept;
  void unwatch(watched& what) noexcept;
  /// A hint: a job waits in the shared queue or in that of this worker.
  [[nodiscard]] bool has_waiting_jobs() const noexcept;
  /// Many jobs wait in the shared queue already: one more would not start soon.
  [[nodiscard]] bool is_crowded() const noexcept {
    constexpr std::uint64_t many = 64;
    // order: relaxed; a hint.
    return injected_count_.load(std::memory_order_relaxed) > many;
  }
  /// At the back of the shared queue.
  void post_fair(job* item) noexcept;
  /// The same for the running job itself, which gives up its turn. **Cost**: no lock and no RMW
  /// when nothing else waits for this worker.
  void post_behind(job* item) noexcept;
  void post_all(job_list items) noexcept;
  /// Jobs that what runs here has given what they waited for. A single one runs here next, unless
  /// another worker has had nothing to do for a while.
  void hand_over(job_list items) noexcept;
  void begin_blocking() noexcept;
  void end_blocking() noexcept;
  /// Makes whoever waits in the driver look at the timers again.
  void timers_changed() noexcept;
  /// A worker that computes for long calls it now and then: looks at I/O and timers when nobody
  /// else does.
  void poll() noexcept;
  /// The job that runs here ends now, and this worker will look for another: it counts as one that
  /// searches from here on, so that whoever posts at this moment wakes nobody else. **Pre**:
  /// neither waits nor runs user code any more. Without effect elsewhere than on a worker of this
  /// pool.
  void about_to_search() noexcept;
  /// A hint: a worker has nothing to do, so that a job queued now would start soon.
  [[nodiscard]] bool wants_work() const noexcept {
    // order: relaxed; a hint, as the next.
    return idle_slots_.load(std::memory_order_relaxed) > 0 ||
           searching_.load(std::memory_order_relaxed) > 0;
  }
  // See runtime_table. `has_only`: has the process no threads but so many?
  [[nodiscard]] bool begin_sleep(sleeper& s) noexcept;
  void end_sleep(sleeper& s) noexcept;
  [[nodiscard]] sleep_verdict look_at_sleep(sleeper& s, bool (*has_only)(int) noexcept) noexcept;
  /// No further job is started (the process ends).
  void freeze() noexcept;
  bool shutdown(std::int64_t timeout_ns) noexcept;

  [[nodiscard]] int size() const noexcept { return static_cast<int>(slots_.size()); }
  [[nodiscard]] thread_pool_stats stats() noexcept;
  [[nodiscard]] idle_driver* driver() noexcept { return driver_.get(); }
  /// Set by the `thread_pool` around an own pool: what is current on its threads.
  void set_scheduler(task_scheduler* scheduler) noexcept { scheduler_ = scheduler; }

  /// The worker that this thread is, or null.
  [[nodiscard]] static worker* this_worker() noexcept;

 private:
  // worker.cpp: what a thread does.
  void thread_main(worker* self) noexcept;
  [[nodiscard]] job* next_job(worker& self) noexcept;
  [[nodiscard]] job* take_injected(worker& self) noexcept;
  [[nodiscard]] static job* take_next(slot& from) noexcept;
  struct busy_slot;
  [[nodiscard]] job* steal_next(const worker& self, std::int64_t now, busy_slot& seen) noexcept;
  static void give_up_next(slot& s) noexcept;
  [[nodiscard]] bool begin_search(worker& self) noexcept;
  [[nodiscard]] job* search(worker& self) noexcept;
  [[nodiscard]] job* steal_round(worker& self) noexcept;
  void steal_more(worker& self, slot& victim) noexcept;
  void keep(slot& s, job* item) noexcept;
  void found_while_searching(worker& self) noexcept;
  void run(worker& self, job* item) noexcept;
  /// False: the thread ends.
  [[nodiscard]] bool park(worker& self) noexcept;
  [[nodiscard]] bool sleep_parked(worker& self) noexcept;
  [[nodiscard]] bool drive(worker& self) noexcept;
  void dispatch(worker& self, job_list& ready) noexcept;
  void run_as_spare(worker& self) noexcept;
  [[nodiscard]] job* steal_any() noexcept;

  // pool.cpp: who runs, who sleeps.
  [[nodiscard]] bool has_work() const noexcept;
  [[nodiscard]] bool has_stuck_next() noexcept;
  void notify() noexcept;
  void wake_one(bool for_next = false) noexcept;
  void wake_for_next(slot& s) noexcept;
  void inject(job_list& items, std::uint64_t count) noexcept;
  [[nodiscard]] slot* pop_idle_slot() noexcept;           // lock_ held
  void push_idle_slot(slot* s) noexcept;                  // lock_ held
  [[nodiscard]] worker* pop_parked() noexcept;            // lock_ held
  [[nodiscard]] bool unpark_self(worker& self) noexcept;  // lock_ held
  [[nodiscard]] bool try_acquire_slot(worker& self) noexcept;
  void start_thread(slot* with, bool searching, bool spare = false) noexcept;  // lock_ held
  void forget_thread(worker* w) noexcept;                                      // lock_ held
  void cover_driver() noexcept;
  static void signal(worker& w, worker::signal what) noexcept;

  // asleep.cpp: whether anything can still happen.
  [[nodiscard]] bool is_asleep() const noexcept;  // lock_ held
  void ask_sleeper() noexcept;                    // lock_ held

  // monitor.cpp: sees to it that somebody waits in the driver while all compute.
  struct alignas(cache_line) watch_place {
    // What is watched; `being_looked_at` while the monitor is with it; 0: free.
    atomic<std::uintptr_t> word{0};
  };

  void wake_monitor() noexcept;
  void monitor_main() noexcept;
  void look_for_starvation() noexcept;
  void add_spare() noexcept;
  [[nodiscard]] watch_place& place_of_this_thread() noexcept;
  [[nodiscard]] bool look_at_watched() noexcept;
  [[nodiscard]] bool is_watching() const noexcept;

  friend struct pool_thread;

  // Constant after construction:
  std::vector<std::unique_ptr<slot>> slots_;
  std::unique_ptr<idle_driver> driver_;
  timer_service* timers_;
  int max_threads_;
  const char* name_;
  task_scheduler* scheduler_ = nullptr;

  // Atomic, written on the way to sleep and back:
  alignas(64) atomic<std::int32_t> idle_slots_{0};
  atomic<std::int32_t> searching_{0};
  atomic<std::uint32_t> futile_{0};  // see hand_over
  alignas(64) atomic<std::uint64_t> injected_count_{0};
  atomic<bool> frozen_{false};
  atomic<bool> stopping_{false};

  alignas(64) lock inject_lock_;
  job_list injected_;  // guarded by inject_lock_

  alignas(64) lock lock_;
  // Guarded by lock_:
  slot* idle_ = nullptr;
  worker* parked_ = nullptr;
  worker* driving_ = nullptr;      // waits in the driver, or is on the way there
  bool driver_for_next_ = false;   // it was woken for what was handed over
  bool polling_ = false;           // a busy worker looks into the driver without waiting
  std::uint64_t drive_epoch_ = 0;  // counts looks into the driver that have ended
  int threads_ = 0;
  int blocked_ = 0;
  int spares_ = 0;            // workers that run without a slot
  std::vector<worker*> all_;  // threads that have been started and have not ended
  int max_running_ = 0;
  sleeper* sleepers_ = nullptr;    // the newest
  std::uint64_t wakes_ = 0;        // see sleep_view
  std::uint64_t drive_turns_ = 0;  // counts looks into the driver that found nothing

  // monitor
  atomic<std::int32_t> stuck_{0};  // workers found asleep in the middle of a job at the last look
  atomic<std::uint32_t> monitor_word_{0};          // 0: asleep, 1: awake, 2: leave
  static constexpr std::size_t watch_places = 16;  // threads that compete for one do without
  watch_place watched_[watch_places];
  bool monitor_started_ = false;    // guarded by lock_
  atomic<std::uint32_t> ended_{0};  // changes when a thread has ended
  atomic<std::int32_t> live_{0};    // threads, the monitor included, that may still touch the pool
};

/// A thread's entry and end.
struct pool_thread {
  static void work(pool* p, worker* self) noexcept;
  static void monitor(pool* p) noexcept;

 private:
  static void leave(pool* p) noexcept;
};

}  // namespace weft::detail
