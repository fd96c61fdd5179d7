#pragma once
/// What cases need: places to run in, a clock that stands still, a count of lost exceptions. Its
/// twin is oracle/support.cs.

#include <weft/sched/single_thread_context.hpp>
#include <weft/task.hpp>
#include <weft/time/time_provider.hpp>

#include "conformance/recorder.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace weft::conformance {

using namespace std::chrono_literals;

/// Which thread this is: "main", "loop" and the like where a case has said so, else "pool".
[[nodiscard]] std::string here();
/// Names this thread until the scope ends.
class named_thread {
 public:
  explicit named_thread(const char* name);
  named_thread(const named_thread&) = delete;
  named_thread& operator=(const named_thread&) = delete;
  ~named_thread();

 private:
  const char* former_;
};
/// Runs `action` on a thread of that name and waits for its end.
void on_thread(const char* name, const std::function<void()>& action);

/// A context whose queue the case runs, one piece at a time, on whatever thread it likes.
class manual_context : public synchronization_context {
 public:
  void post(weft::work w) override;
  void operation_started() override;
  void operation_completed() override;

  /// Waits for a piece of work and runs it with this context current.
  void run_one();
  /// Runs pieces until the task has ended.
  void run_until(detail::task_handle& t);

  [[nodiscard]] int posts() const;
  [[nodiscard]] int started() const;
  [[nodiscard]] int completed() const;
  [[nodiscard]] int queued() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // guarded by mutex_
  std::deque<weft::work> queue_;
  int posts_ = 0;
  int started_ = 0;
  int completed_ = 0;
};

/// A scheduler whose queue the case runs.
class manual_scheduler : public task_scheduler {
 public:
  void queue(weft::work w) override;
  void run_one();
  [[nodiscard]] int queued() const;

 private:
  mutable std::mutex mutex_;
  std::deque<weft::work> queue_;  // guarded by mutex_
};

/// A clock that only `advance` moves; due callbacks run in the order of their times, inside it.
class manual_time : public time_provider {
 public:
  manual_time();
  [[nodiscard]] time_point now() override;
  [[nodiscard]] std::unique_ptr<timer> create_timer(work callback, std::chrono::nanoseconds due,
                                                    std::chrono::nanoseconds period) override;
  void advance(std::chrono::nanoseconds time);
  [[nodiscard]] int timers() const;

 private:
  struct entry;
  struct state;
  class handle;
  std::shared_ptr<state> state_;
};

/// The exceptions that nobody took, of the tasks that `action` makes and lets go.
[[nodiscard]] std::vector<std::exception_ptr> unobserved_of(const std::function<void()>& action);

/// A faulted task's error, to throw or to hand over.
[[nodiscard]] inline std::exception_ptr error(const char* message) {
  return std::make_exception_ptr(test_error(message));
}

}  // namespace weft::conformance
