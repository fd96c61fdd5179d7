#pragma once
/// For the tests of tasks: contexts run by hand, a count of unobserved exceptions, a type that
/// counts its lives.

#include <weft/task.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace weft::testing {

/// A context whose queue the test runs, on whatever thread it likes.
class manual_context : public synchronization_context {
 public:
  void post(weft::work w) override {
    {
      const std::lock_guard guard(mutex_);
      queue_.push_back(std::move(w));
      ++posts_;
    }
    changed_.notify_all();
  }
  void operation_started() override { ++started; }
  void operation_completed() override { ++completed; }

  /// Waits for a piece of work and runs it with this context current.
  void run_one() {
    weft::work next;
    {
      std::unique_lock guard(mutex_);
      changed_.wait(guard, [this] { return !queue_.empty(); });
      next = std::move(queue_.front());
      queue_.pop_front();
    }
    const scope here(*this);
    next();
  }
  [[nodiscard]] int posts() const {
    const std::lock_guard guard(mutex_);
    return posts_;
  }
  [[nodiscard]] std::size_t queued() const {
    const std::lock_guard guard(mutex_);
    return queue_.size();
  }

  std::atomic<int> started = 0;
  std::atomic<int> completed = 0;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<weft::work> queue_;
  int posts_ = 0;
};

/// A scheduler whose queue the test runs.
class manual_scheduler : public task_scheduler {
 public:
  void queue(weft::work w) override { works.push_back(std::move(w)); }
  void run_one() {
    weft::work next = std::move(works.front());
    works.pop_front();
    next();
  }
  std::deque<weft::work> works;
};

/// Counts what is reported as unobserved while it lives; nothing is printed.
class unobserved_count {
 public:
  unobserved_count() : former_(on_unobserved_exception(&seen)) {
    count_ = 0;
    const std::lock_guard guard(mutex_);
    last_.clear();
    function_.clear();
  }
  unobserved_count(const unobserved_count&) = delete;
  unobserved_count& operator=(const unobserved_count&) = delete;
  ~unobserved_count() { on_unobserved_exception(former_); }

  [[nodiscard]] int count() const { return count_; }
  [[nodiscard]] std::string last() const {
    const std::lock_guard guard(mutex_);
    return last_;
  }
  [[nodiscard]] std::string function() const {
    const std::lock_guard guard(mutex_);
    return function_;
  }

 private:
  static void seen(unobserved_exception& report) {
    {
      const std::lock_guard guard(mutex_);
      last_ = detail::message_of(report.exception());
      function_ = report.function();
    }
    report.set_observed();
    ++count_;
  }
  static inline std::mutex mutex_;
  static inline std::string last_;
  static inline std::string function_;
  static inline std::atomic<int> count_ = 0;
  unobserved_exception_handler former_;
};

/// The message of what `f` throws; "nothing" when it does not.
template <class F>
std::string thrown_by(F&& f) {
  try {
    f();
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "something";
  }
  return "nothing";
}
inline std::string message(const std::exception_ptr& e) {
  return e == nullptr ? "null" : detail::message_of(e);
}

/// Counts how often it is copied and moved, and how many are alive.
struct counted {
  static inline std::atomic<int> alive = 0;
  static inline std::atomic<int> copies = 0;
  static inline std::atomic<int> moves = 0;
  static void start_counting() { copies = moves = 0; }

  explicit counted(int v = 0) noexcept : value(v) { ++alive; }
  counted(const counted& other) noexcept : value(other.value) { ++alive, ++copies; }
  counted(counted&& other) noexcept : value(std::exchange(other.value, -1)) { ++alive, ++moves; }
  counted& operator=(const counted&) = default;
  ~counted() { --alive; }
  int value;
};

}  // namespace weft::testing
