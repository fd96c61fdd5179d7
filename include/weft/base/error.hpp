#pragma once
/// The exceptions of weft. Each is defined once in the library, so that a `catch` finds it across
/// shared objects; all are copied without throwing.

#include <weft/base/function_ref.hpp>

#include <cstdint>
#include <exception>
#include <source_location>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

namespace weft {

/// An operation ended because its token asked for it. A coroutine that lets one escape ends
/// canceled, not faulted. **Source**: `System.OperationCanceledException`.
class operation_canceled : public std::exception {
 public:
  operation_canceled() noexcept;
  explicit operation_canceled(std::stop_token token) noexcept;
  operation_canceled(const operation_canceled&) noexcept;
  operation_canceled& operator=(const operation_canceled&) noexcept;
  ~operation_canceled() override;

  /// The token that asked; one without a state when none did.
  [[nodiscard]] const std::stop_token& token() const noexcept { return token_; }
  [[nodiscard]] const char* what() const noexcept override;

 private:
  std::stop_token token_;
};

/// The time allowed for an operation has passed. **Source**: `System.TimeoutException`.
class timeout_error : public std::runtime_error {
 public:
  timeout_error();
  explicit timeout_error(const std::string& message);
  timeout_error(const timeout_error&) noexcept;
  timeout_error& operator=(const timeout_error&) noexcept;
  ~timeout_error() override;
};

/// A wait that can be proven never to end. Thrown to whoever closes the chain of waits.
class deadlock_error : public std::runtime_error {
 public:
  deadlock_error(const std::string& message, std::uint64_t thread,
                 std::source_location blocking_place, std::source_location awaiting_place);
  deadlock_error(const deadlock_error&) noexcept;
  deadlock_error& operator=(const deadlock_error&) noexcept;
  ~deadlock_error() override;

  /// The thread that blocks, as the operating system numbers it.
  [[nodiscard]] std::uint64_t thread() const noexcept { return thread_; }
  /// Where it blocks.
  [[nodiscard]] const std::source_location& blocking_place() const noexcept { return blocking_; }
  /// The await that waits for that thread.
  [[nodiscard]] const std::source_location& awaiting_place() const noexcept { return awaiting_; }

 private:
  std::uint64_t thread_;
  std::source_location blocking_;
  std::source_location awaiting_;
};

/// A call that the object's state does not allow. **Source**: `System.InvalidOperationException`.
class invalid_operation : public std::logic_error {
 public:
  explicit invalid_operation(const std::string& message);
  invalid_operation(const invalid_operation&) noexcept;
  invalid_operation& operator=(const invalid_operation&) noexcept;
  ~invalid_operation() override;
};

/// A `value_task` was awaited or read a second time; it can be taken once.
class value_task_consumed : public invalid_operation {
 public:
  value_task_consumed();
  explicit value_task_consumed(const std::string& message);
  value_task_consumed(const value_task_consumed&) noexcept;
  value_task_consumed& operator=(const value_task_consumed&) noexcept;
  ~value_task_consumed() override;
};

/// The object was disposed or destroyed. **Source**: `System.ObjectDisposedException`.
class object_disposed : public invalid_operation {
 public:
  /// `name`: what was disposed ("thread_pool", "periodic_timer").
  explicit object_disposed(const std::string& name);
  object_disposed(const object_disposed&) noexcept;
  object_disposed& operator=(const object_disposed&) noexcept;
  ~object_disposed() override;
};

/// The channel was completed and holds nothing more.
/// **Source**: `System.Threading.Channels.ChannelClosedException`.
class channel_closed : public invalid_operation {
 public:
  channel_closed();
  explicit channel_closed(const std::string& message);
  channel_closed(const channel_closed&) noexcept;
  channel_closed& operator=(const channel_closed&) noexcept;
  ~channel_closed() override;
};

/// Several errors of one operation. `what()` lists their messages.
/// **Thread-safety**: a const object, as any exception. **Cost**: a copy counts one reference.
/// **Source**: `System.AggregateException`.
class aggregate_exception : public std::exception {
 public:
  /// **Throws** `std::invalid_argument` when one of them is null.
  explicit aggregate_exception(std::vector<std::exception_ptr> exceptions);
  aggregate_exception(const std::string& message, std::vector<std::exception_ptr> exceptions);
  aggregate_exception(const aggregate_exception& other) noexcept;
  aggregate_exception& operator=(const aggregate_exception& other) noexcept;
  ~aggregate_exception() override;

  [[nodiscard]] const std::vector<std::exception_ptr>& exceptions() const noexcept;
  [[nodiscard]] const char* what() const noexcept override;

  /// The same errors with those of nested aggregates in place of the aggregates, outer ones first
  /// (the order of .NET's `Flatten`).
  [[nodiscard]] aggregate_exception flatten() const;

  /// Calls `handled(std::exception_ptr) -> bool` for each; throws a new aggregate of those for
  /// which it said false. What it throws comes out at once.
  void handle(detail::function_ref<bool(std::exception_ptr)> handled) const;

 private:
  struct state;
  state* state_;
};

namespace detail {

/// The message of an exception: its `what()`, or a text that says that it has none.
[[nodiscard]] std::string message_of(const std::exception_ptr& error);

[[noreturn, gnu::cold]] void throw_operation_canceled(std::stop_token token);
[[noreturn, gnu::cold]] void throw_invalid_operation(const char* message);

}  // namespace detail

/// Throws `operation_canceled` with the token if a stop was requested.
inline void throw_if_stopped(const std::stop_token& stop) {
  if (stop.stop_requested()) [[unlikely]] {
    detail::throw_operation_canceled(stop);
  }
}

}  // namespace weft
