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

void yield_awaiter::post_behind(job* self) {
  mark_resumable(self);
  post_resume(self);
}

}  // namespace weft::detail
