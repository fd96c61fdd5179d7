#include <weft/task/continue_with.hpp>

#include <stdexcept>

namespace weft::detail {

continuation_plan::continuation_plan(const task_continuation_options& o)
    : not_on_{o.not_on_ran_to_completion || o.only_on_faulted || o.only_on_canceled,
              o.not_on_faulted || o.only_on_ran_to_completion || o.only_on_canceled,
              o.not_on_canceled || o.only_on_ran_to_completion || o.only_on_faulted},
      synchronously_(o.execute_synchronously),
      scheduler_(o.scheduler != nullptr ? o.scheduler : this_thread().scheduler) {
  if (not_on_[0] && not_on_[1] && not_on_[2]) {
    throw std::invalid_argument(
        "weft: continue_with: these options exclude every end that the task can have");
  }
}

bool continuation_plan::runs_after(const task_handle& ended) const {
  if (ended.is_completed_successfully()) {
    return !not_on_[0];
  }
  return ended.is_faulted() ? !not_on_[1] : !not_on_[2];
}

bool continuation_plan::runs_here() const noexcept {
  return synchronously_ && (scheduler_ == nullptr || scheduler_ == this_thread().scheduler);
}

}  // namespace weft::detail
