#include <weft/task/run.hpp>

#include <weft/task/synchronization_context.hpp>

namespace weft::detail {

void schedule_awaiter::schedule(job* self, task_scheduler* scheduler) {
  mark_resumable(self);
  if (scheduler == nullptr) {
    runtime().post(self);
  } else {
    scheduler->queue_job(self);
  }
}

void yield_awaiter::post_behind(job* self) {
  mark_resumable(self);
  post_resume(self);
}

void resume_on_awaiter::go(suspension* self) { post_resume(self); }

}  // namespace weft::detail
