#include <weft/task/unobserved.hpp>

#include <weft/base/atomic.hpp>
#include <weft/base/error.hpp>
#include <weft/base/frame_allocator.hpp>
#include <weft/task/async_void.hpp>
#include <weft/task/core.hpp>

#include "place.hpp"

#include <cstdio>
#include <cstdlib>
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

void tell(unobserved_exception lost) {
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
  enum : unsigned {
    accepted = 1,  // by who posts it: the context has taken it
    refused = 2,   // likewise: `post` has thrown
    thrown = 4,    // by the context: it ran
    dropped = 8    // likewise: it will not
  };
  struct shared {
    explicit shared(std::exception_ptr e) noexcept : error(std::move(e)) {}
    void note(unsigned what) noexcept {
      // order: acq_rel; pairs with itself: the second of both reports, and frees what the first one
      // has used.
      const unsigned all = events.fetch_or(what, std::memory_order_acq_rel) | what;
      if ((all & (accepted | refused)) == 0 || (all & (thrown | dropped)) == 0) {
        return;
      }
      if (all == (accepted | dropped)) {
        report_unobserved(error,
                          "an async_void whose context ended before the exception got there");
      }
      frame_delete(this);
    }
    const std::exception_ptr error;
    atomic<unsigned> events{0};
  };

 public:
  explicit posted_error(std::exception_ptr error) : shared_(frame_new<shared>(std::move(error))) {}
  posted_error(posted_error&& other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
  posted_error& operator=(posted_error&&) = delete;
  ~posted_error() {
    if (shared_ != nullptr) {
      shared_->note(dropped);
    }
  }
  void operator()() && {
    std::exception_ptr error = shared_->error;
    std::exchange(shared_, nullptr)->note(thrown);
    std::rethrow_exception(std::move(error));
  }

  /// Who posts it. Make one before, and say when `post` has returned.
  class poster {
   public:
    explicit poster(const posted_error& what) noexcept : shared_(what.shared_) {}
    poster(const poster&) = delete;
    poster& operator=(const poster&) = delete;
    ~poster() { shared_->note(returned_ ? accepted : refused); }
    void has_returned() noexcept { returned_ = true; }

   private:
    shared* const shared_;
    bool returned_ = false;
  };

 private:
  shared* shared_;
};

}  // namespace

void report_unobserved(task_core& core) noexcept {
  try {
    tell({whole_error_of(core), core.what() == task_core::kind::coroutine
                                    ? describe(core.promise()->place_)
                                    : std::string(core.ops()->kind)});
  } catch (...) {
    say_that_reporting_failed();
  }
}
void report_unobserved(std::exception_ptr error, const char* source) noexcept {
  try {
    tell({std::move(error), source});
  } catch (...) {
    say_that_reporting_failed();
  }
}

void report_unhandled(synchronization_context* context, std::exception_ptr error) noexcept {
  if (context != nullptr) {
    try {
      posted_error what(error);
      posted_error::poster self(what);
      context->post(std::move(what));
      self.has_returned();
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
