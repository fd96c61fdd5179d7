#include <weft/base/error.hpp>

#include <weft/base/any_integer.hpp>
#include <weft/base/atomic.hpp>
#include <weft/base/time_span.hpp>

#include <utility>

namespace weft {

operation_canceled::operation_canceled() noexcept = default;
operation_canceled::operation_canceled(std::stop_token token) noexcept : token_(std::move(token)) {}
operation_canceled::operation_canceled(const operation_canceled&) noexcept = default;
operation_canceled& operation_canceled::operator=(const operation_canceled&) noexcept = default;
operation_canceled::~operation_canceled() = default;
const char* operation_canceled::what() const noexcept {
  return "weft: the operation was canceled";
}

timeout_error::timeout_error() : std::runtime_error("weft: the operation timed out") {}
timeout_error::timeout_error(const std::string& message) : std::runtime_error(message) {}
timeout_error::timeout_error(const timeout_error&) noexcept = default;
timeout_error& timeout_error::operator=(const timeout_error&) noexcept = default;
timeout_error::~timeout_error() = default;

deadlock_error::deadlock_error(const std::string& message, std::uint64_t thread,
                               std::source_location blocking_place,
                               std::source_location awaiting_place)
    : std::runtime_error(message),
      thread_(thread),
      blocking_(blocking_place),
      awaiting_(awaiting_place) {}
deadlock_error::deadlock_error(const deadlock_error&) noexcept = default;
deadlock_error& deadlock_error::operator=(const deadlock_error&) noexcept = default;
deadlock_error::~deadlock_error() = default;

invalid_operation::invalid_operation(const std::string& message) : std::logic_error(message) {}
invalid_operation::invalid_operation(const invalid_operation&) noexcept = default;
invalid_operation& invalid_operation::operator=(const invalid_operation&) noexcept = default;
invalid_operation::~invalid_operation() = default;

value_task_consumed::value_task_consumed()
    : invalid_operation(
          "weft: this value_task was already awaited; await it once, or turn it into a task") {}
value_task_consumed::value_task_consumed(const std::string& message) : invalid_operation(message) {}
value_task_consumed::value_task_consumed(const value_task_consumed&) noexcept = default;
value_task_consumed& value_task_consumed::operator=(const value_task_consumed&) noexcept = default;
value_task_consumed::~value_task_consumed() = default;

object_disposed::object_disposed(const std::string& name)
    : invalid_operation("weft: " + name + " was disposed; do not use it any more") {}
object_disposed::object_disposed(const object_disposed&) noexcept = default;
object_disposed& object_disposed::operator=(const object_disposed&) noexcept = default;
object_disposed::~object_disposed() = default;

channel_closed::channel_closed()
    : invalid_operation("weft: the channel is complete; nothing more can be read or written") {}
channel_closed::channel_closed(const std::string& message) : invalid_operation(message) {}
channel_closed::channel_closed(const channel_closed&) noexcept = default;
channel_closed& channel_closed::operator=(const channel_closed&) noexcept = default;
channel_closed::~channel_closed() = default;

struct aggregate_exception::state {
  const std::vector<std::exception_ptr> exceptions;
  std::string message;
  detail::atomic<std::uint32_t> references{1};
};

aggregate_exception::aggregate_exception(std::vector<std::exception_ptr> exceptions)
    : aggregate_exception("weft: one or more errors occurred", std::move(exceptions)) {}

aggregate_exception::aggregate_exception(const std::string& message,
                                         std::vector<std::exception_ptr> exceptions)
    : state_(nullptr) {
  std::string text = message;
  const char* separator = ": (";
  for (const std::exception_ptr& error : exceptions) {
    if (error == nullptr) {
      throw std::invalid_argument("weft: aggregate_exception got a null exception_ptr");
    }
    text += separator;
    text += detail::message_of(error);
    text += ')';
    separator = " (";
  }
  state_ = new state{std::move(exceptions), std::move(text)};
}

aggregate_exception::aggregate_exception(const aggregate_exception& other) noexcept
    : std::exception(other), state_(other.state_) {
  // order: relaxed; the copier already holds a reference, so nothing need be published.
  state_->references.fetch_add(1, std::memory_order_relaxed);
}

aggregate_exception& aggregate_exception::operator=(const aggregate_exception& other) noexcept {
  aggregate_exception copy(other);
  std::swap(state_, copy.state_);
  return *this;
}

aggregate_exception::~aggregate_exception() {
  // order: acq_rel; pairs with itself in other owners. The last one sees all their reads done.
  if (state_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    delete state_;
  }
}

const std::vector<std::exception_ptr>& aggregate_exception::exceptions() const noexcept {
  return state_->exceptions;
}

const char* aggregate_exception::what() const noexcept {
  return state_->message.c_str();
}

aggregate_exception aggregate_exception::flatten() const {
  std::vector<std::exception_ptr> flat;
  std::vector<aggregate_exception> pending{*this};
  for (std::size_t i = 0; i < pending.size(); ++i) {
    const aggregate_exception current = pending[i];  // a copy: `pending` grows below
    for (const std::exception_ptr& error : current.exceptions()) {
      try {
        std::rethrow_exception(error);
      } catch (const aggregate_exception& nested) {
        pending.push_back(nested);
      } catch (...) {
        flat.push_back(error);
      }
    }
  }
  return aggregate_exception(std::move(flat));
}

void aggregate_exception::handle(detail::function_ref<bool(std::exception_ptr)> handled) const {
  std::vector<std::exception_ptr> rest;
  for (const std::exception_ptr& error : exceptions()) {
    if (!handled(error)) {
      rest.push_back(error);
    }
  }
  if (!rest.empty()) {
    throw aggregate_exception(std::move(rest));
  }
}

namespace detail {

std::string message_of(const std::exception_ptr& error) {
  if (error == nullptr) {
    return "no exception";
  }
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

void throw_operation_canceled(std::stop_token token) {
  throw operation_canceled(std::move(token));
}

void throw_invalid_operation(const char* message) {
  throw invalid_operation(message);
}

void throw_negative(const char* what, std::int64_t given) {
  throw std::invalid_argument("weft: " + std::string(what) + " must not be negative, got " +
                              std::to_string(given));
}

void throw_no_time() {
  throw std::invalid_argument("weft: a time that is not a number");
}

}  // namespace detail
}  // namespace weft
