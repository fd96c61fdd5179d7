// What is thrown when tasks are used in a way that they do not allow. The texts say where: a
// blocking call and a source know their place; what an await throws learns it from the coroutine
// that lets it escape, which costs the awaits nothing.

#include <weft/base/error.hpp>
#include <weft/task/completion_source.hpp>
#include <weft/task/lazy.hpp>
#include <weft/task/suspension.hpp>
#include <weft/task/task_scope.hpp>
#include <weft/task/unobserved.hpp>

#include "place.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <typeinfo>
#include <utility>

#include <cxxabi.h>

namespace weft::detail {
namespace {

// Without a place yet.
struct unplaced_misuse final : invalid_operation {
  using invalid_operation::invalid_operation;
};
struct unplaced_consumed final : value_task_consumed {
  using value_task_consumed::value_task_consumed;
};
struct unplaced_disposed final : object_disposed {
  using object_disposed::object_disposed;
};

std::string empty_handle(const char* type) {
  return std::string("weft: this ") + type + " handle is empty (default-constructed or moved from)";
}
bool is_cancellation(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const operation_canceled&) {
    return true;
  } catch (...) {
    return false;
  }
}
std::string in(const std::source_location& place) {
  return "; in " + describe(place);
}

[[noreturn]] void rethrow_at(const std::source_location& place) {
  try {
    throw;
  } catch (const unplaced_misuse& error) {
    throw invalid_operation(error.what() + in(place));
  } catch (const unplaced_consumed& error) {
    throw value_task_consumed(error.what() + in(place));
  } catch (const unplaced_disposed&) {
    throw object_disposed("the synchronization context or scheduler that " + describe(place) +
                          " is to go on in");
  }
}

}  // namespace

std::exception_ptr current_exception_at(const std::source_location& place) noexcept {
  std::exception_ptr error = std::current_exception();
  const std::type_info* const type = abi::__cxa_current_exception_type();
  if (type == nullptr || (*type != typeid(unplaced_misuse) && *type != typeid(unplaced_consumed) &&
                          *type != typeid(unplaced_disposed))) {
    return error;
  }
  try {
    rethrow_at(place);
  } catch (...) {
    return std::current_exception();
  }
}

void throw_empty_handle(const char* type) {
  throw unplaced_misuse(empty_handle(type));
}
void throw_empty_handle(const char* type, const std::source_location& place) {
  throw invalid_operation(empty_handle(type) + in(place));
}
void throw_disposed() {
  throw unplaced_disposed(
      "the synchronization context or scheduler that this coroutine resumes in");
}
void throw_not_copyable() {
  throw unplaced_misuse(
      "weft: the result would have to be copied, since others hold this task too, and its type "
      "cannot be copied; await it as an lvalue (co_await t) for a reference");
}
void throw_value_task_consumed() {
  throw unplaced_consumed();
}
void throw_value_task_consumed(const std::source_location& place) {
  throw value_task_consumed(value_task_consumed().what() + in(place));
}
void throw_lazy_consumed() {
  throw unplaced_misuse("weft: this lazy is empty or has been awaited already; it runs once");
}
void throw_taken(std::exception_ptr& error) {
  std::rethrow_exception(std::exchange(error, nullptr));
}
void end_error(std::exception_ptr& error) noexcept {
  if (error != nullptr && !is_cancellation(error)) {
    report_unobserved(error, "a lazy, forked beside one whose exception was taken");
  }
  std::destroy_at(&error);
}
void throw_suppressing_value() {
  throw std::invalid_argument(
      "weft: configure_await_options::suppress_throwing needs a task<>: a task with a value would "
      "have none to give");
}
void throw_already_completed(const std::source_location& place) {
  throw invalid_operation("weft: this task_completion_source has been completed already" +
                          in(place));
}
void throw_scope_ended(const std::source_location& place) {
  throw invalid_operation(
      "weft: this task_scope has ended; spawn while its body or one of its children still runs" +
      in(place));
}
std::exception_ptr handled_error(const std::exception& error) {
  try {
    if (std::current_exception() != nullptr) {
      throw;
    }
  } catch (const std::exception& handled) {
    if (&handled == &error) {
      return std::current_exception();
    }
  } catch (...) {  // something else is handled here
  }
  throw std::invalid_argument(
      "weft: this exception is known by a base of its type, and a copy would lose the rest of it: "
      "pass the exception_ptr (std::current_exception() in a catch block)");
}
std::exception_ptr abandoned_source_error() {
  return std::make_exception_ptr(invalid_operation(
      "weft: the task_completion_source was destroyed without completing its task"));
}

}  // namespace weft::detail
