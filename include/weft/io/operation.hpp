#pragma once
/// `io_operation`: a request that is also the pooled state behind a `value_task`. Internal to weft.

#include <weft/io/reactor.hpp>
#include <weft/io/target.hpp>
#include <weft/task/value_task.hpp>
#include <weft/trace/event.hpp>

#include <cerrno>
#include <exception>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

namespace weft::detail {

/// The exception for a request that ended with the negated errno `result`: what the reason of its
/// cancellation says, else `std::system_error` with `what` in its message.
[[nodiscard]] std::exception_ptr io_failure(io_cancel reason, int result, const std::string& what,
                                            const std::stop_token& stop);

/// A value_task that has failed already. An operation that fails at once reports it like one that
/// fails later.
template <class T>
[[nodiscard]] value_task<T> failed_task(std::exception_ptr error) {
  auto* core = frame_new<plain_core<T>>();
  value_task<T> result(static_cast<core_of<T>*>(core));
  core->fail(std::move(error));
  return result;
}

/// `Derived` (CRTP, made by `frame_new`) defines `void on_result(job_list&) noexcept`, which either
/// submits again or calls `end()` and completes. It holds a reference to the target, if any.
/// **Cancellation**: the stop token and dropping the value_task ask the kernel; the state lives
/// until it has answered.
template <class T, class Derived>
class io_operation : public operation<T, Derived>, public io_request {
 public:
  io_operation(const char* name, const char* label, io_op what, reactor& where) noexcept
      : operation<T, Derived>(name),
        io_request(what, &io_operation::on_done),
        reactor_(&where),
        label_(label) {}

  /// Submits `made` and hands it out.
  [[nodiscard]] static value_task<T> start(Derived* made, std::stop_token stop) noexcept {
    value_task<T> handle(made->core());
    made->begin(std::move(stop));
    return handle;
  }

  void abandon() noexcept { reactor_->cancel(*this, io_cancel::abandoned); }

 protected:
  void resubmit() noexcept { here().submit(*this); }

  /// Nothing of the reactor or the token will touch it any more. Call it before completing.
  void end() noexcept {
    callback_.reset();
    if (trace::enabled()) [[unlikely]] {
      trace::emit(trace::event::operation_completed, this->core(), {}, label_,
                  static_cast<std::uint64_t>(result));
    }
  }

  /// Ends it with the exception for `error`, a negated errno.
  void fail_with(job_list& ready, int error, const std::string& what) noexcept {
    // order: relaxed; the reactor has finished with the request.
    const io_cancel why = reason.load(std::memory_order_relaxed);
    // What nobody waits for is canceled, so that no error of it is reported as unobserved.
    const bool dropped = why == io_cancel::abandoned;
    this->fail_into(ready, io_failure(why, dropped ? -ECANCELED : error, what, stop_));
  }

  [[nodiscard]] const std::stop_token& stop() const noexcept { return stop_; }

 private:
  struct on_stop {
    io_operation* self;
    void operator()() const noexcept { self->reactor_->cancel(*self, io_cancel::stop); }
  };

  static void on_done(io_request& r, job_list& ready) noexcept {
    static_cast<Derived&>(static_cast<io_operation&>(r)).on_result(ready);
  }

  void begin(std::stop_token stop) noexcept {
    if (trace::enabled()) [[unlikely]] {
      trace::emit(trace::event::operation_submitted, this->core(), {}, label_);
    }
    if (stop.stop_possible()) {
      stop_ = std::move(stop);
      callback_.emplace(stop_, on_stop{this});
    }
    here().submit(*this);
  }

  // What streams ask for stays with the loop in which it was asked; files go to the default
  // reactor, which has threads for them.
  [[nodiscard]] reactor& here() const noexcept {
    return op <= io_op::write_stream ? reactor_here(*reactor_) : *reactor_;
  }

  reactor* const reactor_;
  const char* const label_;
  std::stop_token stop_;
  std::optional<std::stop_callback<on_stop>> callback_;
};

}  // namespace weft::detail
