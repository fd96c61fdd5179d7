#include <weft/db/detail/request.hpp>

#include <weft/base/error.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/trace/event.hpp>

namespace weft::db::detail {

request::request(std::shared_ptr<engine> e, request_kind kind, std::uint64_t tx,
                 std::stop_token s) noexcept
    : to(std::move(e)),
      what(kind),
      transaction(tx),
      stop(std::move(s)),
      since(std::chrono::steady_clock::now()) {}

void request::submit() noexcept {
  if (trace::enabled()) [[unlikely]] {
    trace::emit(trace::event::operation_submitted, subject(), {}, to->name());
  }
  if (stop.stop_possible()) {
    // Before the engine has it: it may be completed, and gone, as soon as it is there. A stop that
    // comes first finds it fresh, and the engine finds it canceled.
    on_stop_.emplace(stop, on_stop{this});
  }
  const std::shared_ptr<engine> keep = to;
  keep->submit(*this);
}

void request::on_stop::operator()() const noexcept {
  const std::shared_ptr<engine> keep = self->to;
  keep->cancel(*self);
}

void request::succeed(std::int64_t count) noexcept {
  on_stop_.reset();
  weft::detail::job_list ready;
  trace_end();
  try {
    deliver(ready, count);
  } catch (...) {  // no row, or a result that does not move
    deliver_error(ready, std::current_exception());
  }
  weft::detail::runtime().post_all(ready);
}

void request::fail(std::exception_ptr error) noexcept {
  on_stop_.reset();
  weft::detail::job_list ready;
  trace_end();
  deliver_error(ready, std::move(error));
  weft::detail::runtime().post_all(ready);
}

void request::fail_canceled() noexcept {
  fail(std::make_exception_ptr(operation_canceled(stop)));
}

void request::trace_end() const noexcept {
  if (trace::enabled()) [[unlikely]] {
    trace::emit(trace::event::operation_completed, subject(), {}, to->name());
  }
}

task<std::int64_t> control(std::shared_ptr<engine> e, request_kind kind, std::uint64_t transaction,
                           std::stop_token stop) {
  auto* made =
      weft::detail::frame_new<control_operation>(std::move(e), transaction, std::move(stop), kind);
  task<std::int64_t> end(made->core());
  made->submit();
  return end;
}

}  // namespace weft::db::detail
