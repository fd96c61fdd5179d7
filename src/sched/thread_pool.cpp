#include <weft/sched/thread_pool.hpp>

#include <weft/sched/loop_place.hpp>
#include <weft/task/detail/closure_job.hpp>
#include <weft/task/detail/simulated_place.hpp>
#include <weft/task/runtime_slot.hpp>

#include "pool.hpp"

#include <stdexcept>
#include <system_error>
#include <thread>

namespace weft {
namespace {
/// Workers that a pool in a simulation says it has, when its options do not tell.
constexpr int simulated_workers = 4;
}  // namespace

thread_pool::thread_pool(thread_pool_options options)
    : pool_(detail::this_thread().simulated != nullptr
                ? nullptr
                : std::make_unique<detail::pool>(options, nullptr, nullptr)),
      simulated_(detail::this_thread().simulated),
      simulated_size_(options.min_threads > 0 ? options.min_threads : simulated_workers) {
  if (pool_ != nullptr) {
    pool_->set_scheduler(this);
  }
}

thread_pool::thread_pool(thread_pool_options options, std::unique_ptr<detail::idle_driver> driver,
                         detail::timer_service* timers)
    : pool_(std::make_unique<detail::pool>(options, std::move(driver), timers)) {}

thread_pool::~thread_pool() {
  close_anchor();
  if (simulated_ == nullptr) {
    pool_->shutdown(-1);
  } else if (detail::this_thread().simulated == simulated_) {
    simulated_->drain(this);  // else the simulation is over
  }
}

thread_pool& thread_pool::default_pool() {
  return static_cast<thread_pool&>(*detail::runtime().default_scheduler());
}

void thread_pool::post(work f) {
  thread_pool::queue_job(detail::make_job([f = std::move(f)]() mutable { f(); }));
}
void thread_pool::queue_job(detail::job* item) {
  if (simulated_ != nullptr) [[unlikely]] {
    simulated_->queue(item, this);
  } else {
    pool_->post_soon(item);
  }
}
void thread_pool::queue_job_behind(detail::job* item) {
  if (simulated_ != nullptr) [[unlikely]] {
    simulated_->queue(item, this);
  } else {
    pool_->post_fair(item);
  }
}
int thread_pool::size() const noexcept {
  return simulated_ != nullptr ? simulated_size_ : pool_->size();
}
thread_pool_stats thread_pool::stats() const noexcept {
  if (simulated_ != nullptr) {
    return {.size = simulated_size_,
            .threads = 1,
            .idle = simulated_size_ - 1,
            .blocked = 0,
            .max_running = 1,
            .queued = 0};
  }
  return pool_->stats();
}
bool thread_pool::shutdown(time_span timeout) {
  if (simulated_ != nullptr) {
    simulated_->drain(this);
    return true;
  }
  return pool_->shutdown(timeout.count());
}

namespace detail {

blocking_region::blocking_region() noexcept {
  if (worker* self = pool::this_worker()) {
    self->owner->begin_blocking();
  }
  if (loop_place* const loop = loop_of_this_thread) {
    loop->about_to_block();
  }
}
blocking_region::~blocking_region() {
  if (worker* self = pool::this_worker()) {
    self->owner->end_blocking();
  }
}

void start_long_running(job* self) {
  mark_resumable(self);
  if (this_thread().simulated != nullptr) {
    runtime().post_fair(self);  // a turn of its own is all that a thread can be there
    return;
  }
  try {
    std::thread([self] { run_job(self); }).detach();
  } catch (const std::system_error&) {  // no more threads: better late than never
    runtime().post_fair(self);
  }
}

}  // namespace detail
}  // namespace weft
