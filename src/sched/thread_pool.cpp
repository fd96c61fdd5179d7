#include <weft/sched/thread_pool.hpp>

#include <weft/task/detail/closure_job.hpp>
#include <weft/task/runtime_slot.hpp>

#include "pool.hpp"

#include <stdexcept>
#include <system_error>
#include <thread>

namespace weft {

thread_pool::thread_pool(thread_pool_options options) : thread_pool(options, nullptr, nullptr) {
  pool_->set_scheduler(this);
}

thread_pool::thread_pool(thread_pool_options options, std::unique_ptr<detail::idle_driver> driver,
                         detail::timer_service* timers)
    : pool_(std::make_unique<detail::pool>(options, std::move(driver), timers)) {}

thread_pool::~thread_pool() {
  close_anchor();
  pool_->shutdown(-1);
}

thread_pool& thread_pool::default_pool() {
  return static_cast<thread_pool&>(*detail::runtime().default_scheduler());
}

void thread_pool::post(work f) {
  pool_->post(detail::make_job([f = std::move(f)]() mutable { f(); }));
}
void thread_pool::queue_job(detail::job* item) {
  pool_->post(item);
}
void thread_pool::queue_job_behind(detail::job* item) {
  pool_->post_fair(item);
}
int thread_pool::size() const noexcept {
  return pool_->size();
}
thread_pool_stats thread_pool::stats() const noexcept {
  return pool_->stats();
}
bool thread_pool::shutdown(std::chrono::nanoseconds timeout) {
  return pool_->shutdown(timeout.count());
}

namespace detail {

blocking_region::blocking_region() noexcept {
  if (worker* self = pool::this_worker()) {
    self->owner->begin_blocking();
  }
}
blocking_region::~blocking_region() {
  if (worker* self = pool::this_worker()) {
    self->owner->end_blocking();
  }
}

void start_long_running(job* self) {
  mark_resumable(self);
  try {
    std::thread([self] { run_job(self); }).detach();
  } catch (const std::system_error&) {  // no more threads: better late than never
    runtime().post_fair(self);
  }
}

}  // namespace detail
}  // namespace weft
