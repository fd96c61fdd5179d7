#include <weft/task/unobserved.hpp>

#include <weft/base/atomic.hpp>
#include <weft/base/error.hpp>
#include <weft/task/async_void.hpp>
#include <weft/task/core.hpp>

#include "place.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

namespace weft {
namespace detail {
namespace {

constinit handler_slot<unobserved_exception&> unobserved_handler;
constinit handler_slot<std::exception_ptr> unhandled_handler;

/// The exception of a failed core; of several, an aggregate of them.
std::exception_ptr whole_error_of(const task_core& core) {
  std::vector<std::exception_ptr> all =
      static_cast<const result_core<no_value>&>(core).all_errors();
  return all.size() == 1 ? std::move(all.front())
                         : std::make_exception_ptr(aggregate_exception(std::move(all)));
}

void report(unobserved_exception lost) {
  if (const auto handler = unobserved_handler.get()) {
    handler(lost);
  }
  if (!lost.observed()) {
    std::fprintf(
        stderr,
        "weft: nobody took the exception of a task: %s\n"
        "      task: %s\n"
        "      await it, look at exception(), or let it go on purpose with detach(on_error)\n",
        message_of(lost.exception()).c_str(), lost.function().c_str());
  }
}
void say_that_reporting_failed() noexcept {  // no memory for the report, or a handler that throws
  std::fputs("weft: nobody took the exception of a task, and reporting it failed\n", stderr);
}

/// What is posted to a context for the exception of an `async_void`. A context may refuse it, or
/// take it and end before it runs; then it is reported here.
class posted_error {
 public:
  explicit posted_error(std::exception_ptr error)
      : shared_(std::make_shared<shared>(std::move(error))) {}
  posted_error(posted_error&&) noexcept = default;
  posted_error& operator=(posted_error&&) = delete;
  ~posted_error() {
    if (shared_ != nullptr) {
      shared_->note(dropped);
    }
  }
  void operator()() && {
    const auto mine = std::move(shared_);
    std::rethrow_exception(mine->error);
  }

  /// Call it when `post` has returned.
  [[nodiscard]] auto on_posted() const {
    return [all = shared_] { all->note(accepted); };
  }

 private:
  static constexpr unsigned accepted = 1;
  static constexpr unsigned dropped = 2;
  struct shared {
    explicit shared(std::exception_ptr e) noexcept : error(std::move(e)) {}
    void note(unsigned what) noexcept {
      // order: acq_rel; pairs with itself: the second of both reports. The error never changes.
      if ((events.fetch_or(what, std::memory_order_acq_rel) | what) == (accepted | dropped)) {
        report_unobserved(error,
                          "an async_void whose context ended before the exception got there");
      }
    }
    const std::exception_ptr error;
    atomic<unsigned> events{0};
  };
  std::shared_ptr<shared> shared_;
};

}  // namespace

void report_unobserved(task_core& core) noexcept {
  try {
    report({whole_error_of(core), core.what() == task_core::kind::coroutine
                                      ? describe(core.promise()->place_)
                                      : std::string(core.ops()->kind)});
  } catch (...) {
    say_that_reporting_failed();
  }
}
void report_unobserved(std::exception_ptr error, const char* source) noexcept {
  try {
    report({std::move(error), source});
  } catch (...) {
    say_that_reporting_failed();
  }
}

void report_unhandled(synchronization_context* context, std::exception_ptr error) noexcept {
  if (context != nullptr) {
    try {
      posted_error what(error);
      const auto accepted = what.on_posted();
      context->post(std::move(what));
      accepted();
      return;
    } catch (...) {  // the context refused: as without one
    }
  }
  if (const auto handler = unhandled_handler.get()) {
    handler(std::move(error));
    return;
  }
  try {
    std::fprintf(stderr, "weft: an exception left an async_void function that has no context: %s\n",
                 message_of(error).c_str());
  } catch (...) {
    std::fputs("weft: an exception left an async_void function that has no context\n", stderr);
  }
  std::terminate();
}

}  // namespace detail

unobserved_exception_handler on_unobserved_exception(unobserved_exception_handler next) noexcept {
  return detail::unobserved_handler.replace(std::move(next));
}
unhandled_exception_handler on_unhandled_exception(unhandled_exception_handler next) noexcept {
  return detail::unhandled_handler.replace(std::move(next));
}

}  // namespace weft
