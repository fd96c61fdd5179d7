#pragma once
/// `synchronization_context`: where a coroutine goes on after an await. `task_scheduler`: where
/// work runs.

#include <weft/base/atomic.hpp>
#include <weft/base/job.hpp>
#include <weft/base/work.hpp>
#include <weft/task/thread_state.hpp>

#include <cstdint>

namespace weft {

namespace detail {
class context_anchor;
class task_core;
}  // namespace detail

/// A place that continuations return to: a user-interface loop, a strand, a test's own loop. An
/// await captures the one that is current on the thread, and the coroutine resumes through its
/// `post`.
/// **Thread-safety**: `post` is called from any thread.
/// **Lifetime**: destroy it only when nothing posts to it any more; coroutines still bound to it
/// are then resumed with `object_disposed` on the default pool.
/// **Source**: System.Threading.SynchronizationContext. `send` of the base class posts and waits,
/// where .NET's runs in place.
class synchronization_context {
 public:
  using work = weft::work;

  synchronization_context();
  synchronization_context(const synchronization_context&) = delete;
  synchronization_context& operator=(const synchronization_context&) = delete;
  virtual ~synchronization_context();

  /// Queues `w`, to be called once by this context's thread or threads.
  virtual void post(work w) = 0;
  /// Runs `w` in this context and waits for its end. The base class posts it and blocks.
  virtual void send(work w);
  /// An `async_void` function has started, or ended, in this context.
  virtual void operation_started();
  virtual void operation_completed();

  /// The context that is current on this thread, or null.
  [[nodiscard]] static synchronization_context* current() noexcept;
  static void set_current(synchronization_context* context) noexcept;
  class scope;

  /// Internal: posts a job; contexts of weft's own override it to save the closure.
  virtual void post_job(detail::job* item);
  [[nodiscard]] detail::context_anchor* anchor() const noexcept { return anchor_; }

 protected:
  /// For derived classes of weft's: from here on nothing is posted any more. Waits for posts in
  /// progress.
  void close_anchor() noexcept;

 private:
  detail::context_anchor* anchor_;
};

/// Makes a context current on this thread for as long as it lives.
class [[nodiscard]] synchronization_context::scope {
 public:
  explicit scope(synchronization_context& context) noexcept : former_(current()) {
    set_current(&context);
  }
  explicit scope(synchronization_context* context) noexcept : former_(current()) {
    set_current(context);
  }
  scope(const scope&) = delete;
  scope& operator=(const scope&) = delete;
  ~scope() { set_current(former_); }

 private:
  synchronization_context* former_;
};

/// Where tasks run. A thread pool is one; limits and priorities are others.
/// **Thread-safety**: every member from any thread.
/// **Source**: System.Threading.Tasks.TaskScheduler (without inlining hooks).
class task_scheduler {
 public:
  using work = weft::work;

  task_scheduler();
  task_scheduler(const task_scheduler&) = delete;
  task_scheduler& operator=(const task_scheduler&) = delete;
  virtual ~task_scheduler();

  /// Queues `w`, to be called once.
  virtual void queue(work w) = 0;
  /// How many pieces of work run at the same time at most.
  [[nodiscard]] virtual int maximum_concurrency() { return 0x7fffffff; }

  /// The scheduler whose work this thread runs now; the default pool elsewhere.
  [[nodiscard]] static task_scheduler* current();
  [[nodiscard]] static task_scheduler& default_scheduler();

  /// Internal: queues a job; schedulers of weft's own override it to save the closure.
  virtual void queue_job(detail::job* item);
  /// The same behind everything that is queued, for coroutines that come back and for `yield`.
  virtual void queue_job_behind(detail::job* item) { queue_job(item); }
  [[nodiscard]] detail::context_anchor* anchor() const noexcept { return anchor_; }

 protected:
  void close_anchor() noexcept;

 private:
  detail::context_anchor* anchor_;
};

namespace detail {

/// Outlives its context or scheduler; tells those who want to post whether it is still there.
class context_anchor {
 public:
  explicit context_anchor(synchronization_context* c) noexcept : context_(c) {}
  explicit context_anchor(task_scheduler* s) noexcept : scheduler_(s) {}
  context_anchor(const context_anchor&) = delete;
  context_anchor& operator=(const context_anchor&) = delete;
  ~context_anchor();

  void add_reference() noexcept;
  void release() noexcept;
  /// Posts `item` there; false when it has been closed. A place that refuses by an exception has
  /// forsaken it.
  [[nodiscard]] bool try_post(job* item) noexcept { return try_post(item, true); }
  /// The same for what starts: on a pool it need not go behind everything that is queued.
  [[nodiscard]] bool try_post_new(job* item) noexcept { return try_post(item, false); }
  /// Nothing enters from now on; returns when nobody is inside.
  void close() noexcept;

  /// The task that the only thread of this context blocks on, without a limit; null: it does not
  /// block. For the deadlock search of other threads.
  void set_blocked_on(task_core* core) noexcept {
    // order: release; pairs with the reads of follow_to_core, which follows the pointer.
    blocked_on_.store(core, std::memory_order_release);
  }
  /// The field itself: the search reads it only after it has made sure that it can.
  [[nodiscard]] const atomic<task_core*>* blocked_on() const noexcept { return &blocked_on_; }

  /// Schedulers that share an exclusive turn (a pair's) are one for the search: `first`'s. Pre:
  /// nothing has been posted here.
  void join_group(context_anchor& first) noexcept;
  [[nodiscard]] const context_anchor* const* group() const noexcept { return &group_; }

  [[nodiscard]] synchronization_context* context() const noexcept { return context_; }
  [[nodiscard]] task_scheduler* scheduler() const noexcept { return scheduler_; }

 private:
  synchronization_context* context_ = nullptr;
  task_scheduler* scheduler_ = nullptr;
  const context_anchor* group_ = this;  // holds a reference when it is another
  atomic<std::uint32_t> references_{1};
  // [ bit 31 closed | posts in progress ]
  atomic<std::uint32_t> inside_{0};
  atomic<task_core*> blocked_on_{nullptr};

  [[nodiscard]] bool try_post(job* item, bool behind) noexcept;
};

/// For as long as it lives, what is bound to `where` goes on only when this thread does: it runs
/// the loop, or has the turn of a strand or of an exclusive scheduler. The deadlock search looks
/// here.
struct occupation {
  explicit occupation(context_anchor* where) noexcept
      : anchor(where), outer(this_thread().occupied) {
    this_thread().occupied = this;
  }
  occupation(const occupation&) = delete;
  occupation& operator=(const occupation&) = delete;
  ~occupation() { this_thread().occupied = outer; }

  context_anchor* const anchor;
  const occupation* const outer;
};

}  // namespace detail
}  // namespace weft
