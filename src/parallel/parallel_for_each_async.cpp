#include <weft/parallel/parallel_for_each_async.hpp>

#include <weft/base/error.hpp>
#include <weft/sched/thread_pool.hpp>
#include <weft/task/completion_source.hpp>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

namespace weft::detail {

std::size_t async_degree(const parallel_options& options) {
  const int degree = options.max_degree_of_parallelism;
  if (degree == 0 || degree < -1) {
    throw std::invalid_argument(
        "weft: max_degree_of_parallelism must be positive, or -1 for as many as there are workers; "
        "got " +
        std::to_string(degree));
  }
  if (degree > 0) {
    return static_cast<std::size_t>(degree);
  }
  std::size_t most = thread_pool::default_pool().size();
  if (options.scheduler != nullptr) {
    most = std::min(
        most, static_cast<std::size_t>(std::max(1, options.scheduler->maximum_concurrency())));
  }
  return std::max<std::size_t>(most, 1);
}

void async_loop::note_failure() noexcept {
  {
    const lock_guard guard(lock_);
    failures_.push_back(std::current_exception());
  }
  stop_.request_stop();
}

void async_loop::enter() noexcept {
  const lock_guard guard(lock_);
  ++running_;
}

void async_loop::body_ended() noexcept {
  job* woken = nullptr;
  {
    const lock_guard guard(lock_);
    --running_;
    if (waiting_ != nullptr && running_ < limit_) {
      woken = std::exchange(waiting_, nullptr);
    }
  }
  // The loop may have gone, unless there is somebody to wake.
  if (woken != nullptr) {
    mark_resumable(woken);
    resume(woken);
  }
}

bool async_loop::wait(job* self, std::size_t limit) noexcept {
  const lock_guard guard(lock_);
  if (running_ < limit) {
    return false;
  }
  limit_ = limit;
  waiting_ = self;
  return true;
}

void async_loop::finish() {
  follow_.reset();
  if (outer_.stop_requested()) {
    // As .NET: what was thrown is taken for a consequence. Nothing is lost all the same.
    for (std::exception_ptr& failure : failures_) {
      if (outcome_of(failure) == outcome::fault) {
        static_cast<void>(from_exception<void>(std::move(failure)));
      }
    }
    throw operation_canceled(outer_);
  }
  if (!failures_.empty()) {
    throw run_faults{std::move(failures_)};
  }
}

}  // namespace weft::detail
