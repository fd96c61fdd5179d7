#pragma once
/// `thread_pool`: workers that steal from each other, and the process-wide default one.

#include <weft/base/time_span.hpp>
#include <weft/base/work.hpp>
#include <weft/task/run.hpp>
#include <weft/task/synchronization_context.hpp>

#include <chrono>
#include <cstdint>
#include <memory>

namespace weft {

namespace detail {
class idle_driver;
class pool;
class simulated_place;
class timer_service;
}  // namespace detail

struct thread_pool_options {
  /// Workers that run at the same time; 0: as many as the processors and the cgroup quota allow.
  int min_threads = 0;
  /// Threads at most, those included that stand in for blocked ones; 0: 1,024 more than
  /// `min_threads`.
  int max_threads = 0;
  /// Of the threads, for debuggers; the kernel keeps 15 bytes. A literal.
  const char* name = "weft";
};

struct thread_pool_stats {
  int size;         ///< Workers that may run at the same time.
  int threads;      ///< Threads that exist now.
  int idle;         ///< Of `size`, those with nothing to do.
  int blocked;      ///< Threads inside an announced blocking wait.
  int max_running;  ///< The most workers that ever ran at the same time, blocked ones not counted.
  std::uint64_t queued;  ///< Jobs that wait in queues, about.
};

/// A pool of threads.
/// **Thread-safety**: all members. **Lifetime**: the destructor runs what is queued, then joins;
/// coroutines that are to resume here later go on on the default pool and get `object_disposed`.
/// **Source**: System.Threading.ThreadPool; the scheduler's design and its proof are in
/// src/sched/README.md.
/// In a simulation (the test kit) it has no thread: what is queued runs by the simulation's turns.
class thread_pool final : public task_scheduler {
 public:
  explicit thread_pool(thread_pool_options options = {});
  ~thread_pool() override;

  /// The process-wide pool, started on first use. Never destroyed; when `main` returns it starts
  /// nothing new.
  [[nodiscard]] static thread_pool& default_pool();

  /// Runs `f` here; as `weft::run`.
  template <class F>
    requires std::invocable<F&>
  [[nodiscard]] task<detail::run_result<F>> run(F f, std::stop_token stop = {}) {
    return detail::run_on(std::move(f), std::move(stop), run_options{.scheduler = this});
  }
  /// Runs `f` here; nobody hears of its end. An exception out of it goes to
  /// `on_unhandled_exception`.
  void post(work f);
  void queue(work w) override { post(std::move(w)); }
  [[nodiscard]] int size() const noexcept;
  [[nodiscard]] int maximum_concurrency() override { return size(); }
  [[nodiscard]] thread_pool_stats stats() const noexcept;
  /// Waits until everything queued and running has ended, and ends the threads; nothing runs here
  /// afterwards.
  /// **Returns** false when that took longer than `timeout`.
  bool shutdown(time_span timeout);

  // Internal.
  thread_pool(thread_pool_options options, std::unique_ptr<detail::idle_driver> driver,
              detail::timer_service* timers);
  void queue_job(detail::job* item) override;
  void queue_job_behind(detail::job* item) override;
  [[nodiscard]] detail::pool& internals() noexcept { return *pool_; }

 private:
  std::unique_ptr<detail::pool> pool_;            // null in a simulation
  detail::simulated_place* simulated_ = nullptr;  // constant after construction
  int simulated_size_ = 0;
};

namespace detail {
/// For the length of a scope: this thread blocks; if it is a worker, another one takes its place.
class [[nodiscard]] blocking_region {
 public:
  blocking_region() noexcept;
  blocking_region(const blocking_region&) = delete;
  blocking_region& operator=(const blocking_region&) = delete;
  ~blocking_region();
};
}  // namespace detail

/// Announces that `f` blocks this thread (a system call, a foreign lock): a worker's place goes to
/// another thread meanwhile. **Returns** what `f` gives. **Cost**: two short locks on a worker,
/// else nothing.
template <class F>
decltype(auto) blocking(F&& f) {
  detail::blocking_region region;
  return std::forward<F>(f)();
}

}  // namespace weft
