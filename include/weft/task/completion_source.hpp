#pragma once
/// `task_completion_source<T>`: a task that ordinary code completes; and tasks that are completed
/// from the start.

#include <weft/base/error.hpp>
#include <weft/task/detail/ender.hpp>
#include <weft/task/value_task.hpp>

#include <concepts>
#include <exception>
#include <iterator>
#include <typeinfo>

namespace weft {

struct task_completion_source_options {
  /// Awaiters go to the pool instead of running inside `set_result`.
  bool run_continuations_asynchronously = false;
};

namespace detail {
[[noreturn]] void throw_already_completed(const std::source_location& place);
[[nodiscard]] std::exception_ptr abandoned_source_error();

/// An error that is known by a base of its type: the one that is being handled, if it is that.
/// **Throws** `std::invalid_argument` when it is not, since a copy would lose what it is.
[[nodiscard]] std::exception_ptr handled_error(const std::exception& error);
template <class E>
[[nodiscard]] std::exception_ptr pointer_to(E&& error) {
  if constexpr (std::derived_from<std::remove_cvref_t<E>, std::exception>) {
    const std::exception& whole = error;
    if (typeid(whole) != typeid(std::remove_cvref_t<E>)) {
      return handled_error(whole);
    }
  }
  return std::make_exception_ptr(std::forward<E>(error));
}

template <class T>
class source_core final : public operation<T, source_core<T>> {
 public:
  source_core() noexcept : operation<T, source_core<T>>("task_completion_source") {
    this->attach_source();
  }
  /// One caller wins the right to complete.
  [[nodiscard]] bool claim() noexcept {
    // order: relaxed; only decides who completes, what that one writes is published by finish.
    return !claimed_.exchange(true, std::memory_order_relaxed);
  }
  void unclaim() noexcept {
    // order: relaxed; as in claim.
    claimed_.store(false, std::memory_order_relaxed);
  }

 private:
  atomic<bool> claimed_{false};
};

/// What the set_… functions of every source share.
template <class T>
class completion_source_base {
 public:
  explicit completion_source_base(task_completion_source_options options = {})
      : core_(frame_new<source_core<T>>()) {
    count_ender(1);
    if (options.run_continuations_asynchronously) {
      core_->set_flag(task_core::continuations_asynchronous);
    }
  }
  completion_source_base(completion_source_base&& other) noexcept
      : core_(std::exchange(other.core_, nullptr)) {}
  completion_source_base& operator=(completion_source_base&& other) noexcept {
    if (this != &other) {
      reset();
      core_ = std::exchange(other.core_, nullptr);
    }
    return *this;
  }
  ~completion_source_base() { reset(); }

  /// Its task: as often as wanted, all the same one.
  [[nodiscard]] weft::task<T> task() const {
    checked().add_handle();
    return weft::task<T>(core_);
  }

  /// **Throws** `invalid_operation` when it has been completed already. Runs the first awaiter
  /// inline, unless the options or this thread's context forbid it. An exception object that is
  /// handled as a base of its type (`catch (const std::exception& e)`) stays what it is.
  void set_exception(std::exception_ptr error,
                     std::source_location place = std::source_location::current()) {
    must(try_set_exception(std::move(error)), place);
  }
  template <class E>
    requires std::derived_from<std::remove_cvref_t<E>, std::exception>
  void set_exception(E&& error, std::source_location place = std::source_location::current()) {
    must(try_set_exception(detail::pointer_to(std::forward<E>(error))), place);
  }
  template <std::ranges::input_range R>
    requires std::convertible_to<std::ranges::range_reference_t<R>, std::exception_ptr>
  void set_exception(R&& errors, std::source_location place = std::source_location::current()) {
    must(try_set_exception(std::forward<R>(errors)), place);
  }
  void set_canceled(std::stop_token stop = {},
                    std::source_location place = std::source_location::current()) {
    must(try_set_canceled(std::move(stop)), place);
  }

  /// The same; false when it has been completed already.
  bool try_set_exception(std::exception_ptr error) {
    if (error == nullptr) {
      throw std::invalid_argument("weft: set_exception needs an exception, got null");
    }
    if (!checked().claim()) {
      return false;
    }
    core_->emplace_error(std::move(error));
    core_->finish(outcome::fault);  // also for operation_canceled, as in .NET: use set_canceled
    return true;
  }
  template <class E>
    requires std::derived_from<std::remove_cvref_t<E>, std::exception>
  bool try_set_exception(E&& error) {
    return try_set_exception(detail::pointer_to(std::forward<E>(error)));
  }
  template <std::ranges::input_range R>
    requires std::convertible_to<std::ranges::range_reference_t<R>, std::exception_ptr>
  bool try_set_exception(R&& errors) {
    std::vector<std::exception_ptr> all;
    for (auto&& e : errors) {
      all.push_back(e);
      if (all.back() == nullptr) {
        throw std::invalid_argument("weft: set_exception needs exceptions, got a null among them");
      }
    }
    if (all.empty()) {
      throw std::invalid_argument(
          "weft: set_exception needs at least one exception, got an empty range");
    }
    if (!checked().claim()) {
      return false;
    }
    core_->emplace_errors(std::move(all));
    core_->finish(outcome::faults);
    return true;
  }
  bool try_set_canceled(std::stop_token stop = {}) {
    if (!checked().claim()) {
      return false;
    }
    core_->emplace_error(std::make_exception_ptr(operation_canceled(std::move(stop))));
    core_->finish(outcome::canceled);
    return true;
  }

 protected:
  [[nodiscard]] source_core<T>& checked() const {
    if (core_ == nullptr) [[unlikely]] {
      throw_empty_handle("task_completion_source");
    }
    return *core_;
  }
  static void must(bool done, const std::source_location& place) {
    if (!done) [[unlikely]] {
      throw_already_completed(place);
    }
  }
  template <class... Args>
  bool try_complete(Args&&... args) {
    if (!checked().claim()) {
      return false;
    }
    if constexpr (noexcept(stored<T>(std::forward<Args>(args)...))) {
      core_->emplace(std::forward<Args>(args)...);
    } else {
      try {
        core_->emplace(std::forward<Args>(args)...);
      } catch (...) {
        core_->unclaim();  // the copy failed: the source can still be completed
        throw;
      }
    }
    core_->finish(outcome::value);
    return true;
  }

 private:
  void reset() noexcept {
    if (core_ == nullptr) {
      return;
    }
    if (core_->claim()) {
      core_->emplace_error(abandoned_source_error());
      const bool somebody = core_->has_handles();
      core_->finish(outcome::fault);
      if (!somebody) {
        core_->mark_observed();
      }
    }
    count_ender(-1);
    std::exchange(core_, nullptr)->release_source();
  }
  source_core<T>* core_;
};
}  // namespace detail

/// The producing side of a task. Move-only; destroying it uncompleted faults a task that somebody
/// holds with `invalid_operation`.
/// **Thread-safety**: all members but move and destruction from any thread.
/// **Cost**: one pooled object; completing is two atomic read-modify-writes.
/// **Source**: System.Threading.Tasks.TaskCompletionSource<TResult>.
template <class T = void>
class task_completion_source : public detail::completion_source_base<T> {
 public:
  using detail::completion_source_base<T>::completion_source_base;
  template <class U = T>
    requires std::convertible_to<U&&, T>
  void set_result(U&& value, std::source_location place = std::source_location::current()) {
    this->must(try_set_result(std::forward<U>(value)), place);
  }
  template <class U = T>
    requires std::convertible_to<U&&, T>
  bool try_set_result(U&& value) {
    if constexpr (std::is_reference_v<T>) {
      return this->try_complete(std::addressof(static_cast<T>(value)));
    } else {
      return this->try_complete(std::forward<U>(value));
    }
  }
};
template <>
class task_completion_source<void> : public detail::completion_source_base<void> {
 public:
  using detail::completion_source_base<void>::completion_source_base;
  void set_result(std::source_location place = std::source_location::current()) {
    must(try_set_result(), place);
  }
  bool try_set_result() { return try_complete(); }
};

/// A task that has completed with `value`. **Cost**: one pooled object.
template <class T>
[[nodiscard]] task<std::decay_t<T>> from_result(T&& value) {
  return detail::completed_with<std::decay_t<T>>(std::forward<T>(value));
}
[[nodiscard]] inline task<> completed_task() {
  return detail::completed_with<void>();
}

/// A faulted task. `error` is an exception object or an `exception_ptr`.
template <class T = void, class E>
[[nodiscard]] task<T> from_exception(E&& error) {
  auto* core = detail::frame_new<detail::plain_core<T>>();
  if constexpr (std::convertible_to<E&&, std::exception_ptr>) {
    core->emplace_error(std::forward<E>(error));
  } else {
    core->emplace_error(detail::pointer_to(std::forward<E>(error)));
  }
  core->finish(detail::outcome::fault);
  return task<T>(core);
}
/// A canceled task. **Throws** `std::invalid_argument` when `stop` has not been requested, as .NET
/// does.
template <class T = void>
[[nodiscard]] task<T> from_canceled(std::stop_token stop) {
  if (!stop.stop_requested()) {
    throw std::invalid_argument("weft: from_canceled needs a token that has been requested");
  }
  auto* core = detail::frame_new<detail::plain_core<T>>();
  core->emplace_error(std::make_exception_ptr(operation_canceled(std::move(stop))));
  core->finish(detail::outcome::canceled);
  return task<T>(core);
}

}  // namespace weft
