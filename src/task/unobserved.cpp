#include <weft/task/unobserved.hpp>

#include <weft/base/atomic.hpp>
#include <weft/base/error.hpp>
#include <weft/task/async_void.hpp>
#include <weft/task/core.hpp>

#include "place.hpp"

#include <cstdio>
#include <cstdlib>

namespace weft {
namespace detail {
namespace {

constinit atomic<unobserved_exception_handler> unobserved_handler{nullptr};
constinit atomic<unhandled_exception_handler> unhandled_handler{nullptr};

/// The exception of a failed core; of several, an aggregate of them.
std::exception_ptr whole_error_of(const task_core& core) {
  std::vector<std::exception_ptr> all =
      static_cast<const result_core<no_value>&>(core).all_errors();
  return all.size() == 1 ? std::move(all.front())
                         : std::make_exception_ptr(aggregate_exception(std::move(all)));
}

}  // namespace

void report_unobserved(task_core& core) noexcept {
  try {
    std::string function = core.what() == task_core::kind::coroutine
                               ? describe(core.promise()->place_)
                               : std::string(core.ops()->kind);
    unobserved_exception report(whole_error_of(core), std::move(function));
    // order: acquire; pairs with release in on_unobserved_exception. What the handler uses has been
    // set up.
    if (auto* handler = unobserved_handler.load(std::memory_order_acquire)) {
      handler(report);
    }
    if (!report.observed()) {
      std::fprintf(
          stderr,
          "weft: nobody took the exception of a task: %s\n"
          "      task: %s\n"
          "      await it, look at exception(), or let it go on purpose with detach(on_error)\n",
          message_of(report.exception()).c_str(), report.function().c_str());
    }
  } catch (...) {  // no memory for the report, or a handler that throws
    std::fputs("weft: nobody took the exception of a task, and reporting it failed\n", stderr);
  }
}

void report_unhandled(synchronization_context* context, std::exception_ptr error) noexcept {
  if (context != nullptr) {
    try {
      context->post([error] { std::rethrow_exception(error); });
      return;
    } catch (...) {  // the context refused: as without one
    }
  }
  // order: acquire; pairs with release in on_unhandled_exception.
  if (auto* handler = unhandled_handler.load(std::memory_order_acquire)) {
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

unobserved_exception_handler on_unobserved_exception(
    unobserved_exception_handler handler) noexcept {
  // order: acq_rel; release publishes what the handler uses, pairs with acquire in
  // report_unobserved.
  return detail::unobserved_handler.exchange(handler, std::memory_order_acq_rel);
}

unhandled_exception_handler on_unhandled_exception(unhandled_exception_handler handler) noexcept {
  // order: acq_rel; release publishes what the handler uses, pairs with acquire in
  // report_unhandled.
  return detail::unhandled_handler.exchange(handler, std::memory_order_acq_rel);
}

}  // namespace weft
