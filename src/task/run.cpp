#include <weft/task/run.hpp>

#include <weft/task/synchronization_context.hpp>

namespace weft::detail {

void schedule_awaiter::schedule(job* self, bool long_running) {
  mark_resumable(self);
  if (long_running) {
    start_long_running(self);
  } else {
    runtime().post(self);
  }
}

void throw_all_faults(const task_handle& inner) {
  throw run_faults{inner.exceptions()};
}

void throw_canceled_by(const operation_canceled& canceled, const std::stop_token& stop) {
  if (stop.stop_requested() && canceled.token() == stop) {
    throw;
  }
  throw run_faults{{std::current_exception()}};
}

void yield_awaiter::post_behind(job* self) {
  mark_resumable(self);
  post_resume(self);
}

}  // namespace weft::detail
