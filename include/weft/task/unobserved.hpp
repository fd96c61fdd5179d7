#pragma once
/// What happens to an exception that nobody took.

#include <weft/base/handler.hpp>

#include <exception>
#include <string>
#include <utility>

namespace weft {

namespace detail {
class task_core;
}

/// A task ended with an exception, and its last handle has gone without anybody having looked at
/// it.
/// **Source**: UnobservedTaskExceptionEventArgs.
class unobserved_exception {
 public:
  unobserved_exception(std::exception_ptr error, std::string function) noexcept
      : error_(std::move(error)), function_(std::move(function)) {}
  /// Of a task with several, an `aggregate_exception` of all.
  [[nodiscard]] const std::exception_ptr& exception() const noexcept { return error_; }
  /// The coroutine that made the task, as the source spells it, with file and line.
  [[nodiscard]] const std::string& function() const noexcept { return function_; }
  /// Dealt with: the default report is not printed.
  void set_observed() noexcept { observed_ = true; }
  [[nodiscard]] bool observed() const noexcept { return observed_; }

 private:
  std::exception_ptr error_;
  std::string function_;
  bool observed_ = false;
};

/// Replaces the handler; null stands for none. Unless it calls `set_observed`, a line on standard
/// error tells about the exception. **Returns** the former handler.
/// **Completes on**: the handler runs on the thread that let go of the task, on several at once if
/// they do; one that is replaced may still be running.
/// **Source**: TaskScheduler.UnobservedTaskException.
using unobserved_exception_handler = handler<unobserved_exception&>;
unobserved_exception_handler on_unobserved_exception(unobserved_exception_handler next) noexcept;

namespace detail {
void report_unobserved(task_core& core) noexcept;
/// `source`: what made it, for the report.
void report_unobserved(std::exception_ptr error, const char* source) noexcept;
}  // namespace detail

}  // namespace weft
