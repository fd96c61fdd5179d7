#pragma once
/// `shared_task<T>`: a handle on a task that can be copied.

#include <weft/task/continue_with.hpp>

#include <chrono>
#include <concepts>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace weft {

namespace detail {

template <class T>
class configured_shared;

}  // namespace detail

/// A handle on a task that can be copied; awaiting it gives `const T&`. Made by `task::share`.
/// **Thread-safety**: all const members and awaits from any thread, while this copy is neither
/// assigned to nor destroyed.
/// **Lifetime**: every copy keeps the task and its result; a reference to the result is good as
/// long as any copy lives. An await keeps a copy.
/// **Cost**: one atomic increment a copy.
/// **Source**: System.Threading.Tasks.Task<TResult>, whose references are shared from the start.
template <class T>
class [[nodiscard]] shared_task : public detail::task_handle {
 public:
  using value_type = T;
  using weft_awaitable = void;
  shared_task() noexcept = default;
  explicit shared_task(task<T> t) noexcept : task_handle(t.release()) {}
  shared_task(const shared_task& other) noexcept : task_handle(other.core_) {
    if (core_ != nullptr) {
      core_->add_handle();
    }
  }
  shared_task(shared_task&&) noexcept = default;
  shared_task& operator=(shared_task other) noexcept {
    std::swap(core_, other.core_);
    return *this;
  }
  ~shared_task() = default;

  class awaiter : public detail::task_awaiter_base<T> {
   public:
    explicit awaiter(const shared_task& t) : detail::task_awaiter_base<T>{&t.typed()}, keep_(t) {}
    detail::shared_view_t<T> await_resume() const {
      this->check();
      return keep_.view();
    }

   private:
    shared_task keep_;
  };
  /// **Throws** what the task threw, to each who awaits it. **Completes on** as a task.
  [[nodiscard]] awaiter operator co_await() const { return awaiter(*this); }
  /// As of a task; `suppress_throwing` is for tasks without a value.
  [[nodiscard]] detail::configured_shared<T> configure_await(configure_await_options options) const;
  [[nodiscard]] detail::configured_shared<T> configure_await(bool on_captured_context) const;

  /// Blocks until it has completed and gives the result; see `task::wait`.
  detail::shared_view_t<T> result(
      std::source_location place = std::source_location::current()) const {
    detail::block_until_completed(checked(place), place);
    return view();
  }

  /// Awaits it for `timeout` at most, or until `stop` asks; the task itself goes on. Gives
  /// `const T&`, good as long as a copy of this lives; on && gives `T`, moved out when nobody else
  /// holds the task, else copied. Otherwise as `task::wait_async`.
  [[nodiscard]] task<detail::shared_view_t<T>> wait_async(time_span timeout,
                                                          std::stop_token stop = {}) const& {
    return wait_by(timeout, nullptr, std::move(stop));
  }
  [[nodiscard]] task<T> wait_async(time_span timeout, std::stop_token stop = {}) && {
    return as_task().wait_async(timeout, std::move(stop));
  }
  [[nodiscard]] task<detail::shared_view_t<T>> wait_async(std::stop_token stop) const& {
    return wait_by(infinite_wait, nullptr, std::move(stop));
  }
  [[nodiscard]] task<T> wait_async(std::stop_token stop) && {
    return as_task().wait_async(std::move(stop));
  }
  /// The same by another clock.
  [[nodiscard]] task<detail::shared_view_t<T>> wait_async(time_span timeout,
                                                          time_provider& provider,
                                                          std::stop_token stop = {}) const& {
    return wait_by(timeout, &provider, std::move(stop));
  }
  [[nodiscard]] task<T> wait_async(time_span timeout, time_provider& provider,
                                   std::stop_token stop = {}) && {
    return as_task().wait_async(timeout, provider, std::move(stop));
  }

  /// Calls `f(shared_task<T>&)` when the task has ended, with a copy of this; otherwise as
  /// `task::continue_with`.
  template <class F>
    requires std::invocable<F&, shared_task&>
  [[nodiscard]] task<std::invoke_result_t<F&, shared_task&>> continue_with(
      F f, task_continuation_options options = {}) const {
    checked();
    return detail::continue_on<shared_task, F>(
        *this, std::move(f), detail::continuation_plan(options), options.stop.token());
  }

  [[nodiscard]] detail::core_of<T>& typed() const {
    return static_cast<detail::core_of<T>&>(checked());
  }

 private:
  template <class>
  friend class detail::configured_shared;
  static constexpr std::chrono::nanoseconds infinite_wait{-1};

  /// Pre: completed.
  [[nodiscard]] detail::shared_view_t<T> view() const {
    detail::throw_if_failed(typed());
    return detail::value_in<T>(typed());
  }
  [[nodiscard]] task<T> as_task() {
    checked();
    return task<T>(static_cast<detail::core_of<T>*>(release()));
  }
  [[nodiscard]] task<detail::shared_view_t<T>> wait_by(std::chrono::nanoseconds timeout,
                                                       time_provider* provider,
                                                       std::stop_token stop) const {
    detail::check_wait_limit(timeout);
    return detail::wait_on<T, detail::shared_view_t<T>>(shared_task(*this).as_task(), timeout,
                                                        provider, std::move(stop));
  }
};

namespace detail {

/// What `shared_task::configure_await` gives.
template <class T>
class [[nodiscard]] configured_shared : public configured_task<T, false> {
 public:
  configured_shared(shared_task<T> t, configure_await_options options)
      : configured_task<T, false>(&t.typed(), options), keep_(std::move(t)) {}
  shared_view_t<T> await_resume() { return configured_task<T, false>::await_resume(); }

 private:
  shared_task<T> keep_;
};

}  // namespace detail

template <class T>
detail::configured_shared<T> shared_task<T>::configure_await(
    configure_await_options options) const {
  return {*this, options};
}
template <class T>
detail::configured_shared<T> shared_task<T>::configure_await(bool on_captured_context) const {
  return configure_await(detail::options_for(on_captured_context));
}

template <class T>
shared_task<T> task<T>::share() && {
  checked();
  return shared_task<T>(std::move(*this));
}

}  // namespace weft
