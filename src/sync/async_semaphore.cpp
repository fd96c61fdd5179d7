#include <weft/sync/async_semaphore.hpp>

#include <weft/base/assert.hpp>
#include <weft/time/delay.hpp>

#include <stdexcept>
#include <string>

namespace weft {

async_semaphore::async_semaphore(detail::any_integer initial, detail::any_integer maximum)
    : maximum_(maximum.as_count("the maximum of an async_semaphore")),
      count_(initial.as_count("the initial count of an async_semaphore")) {
  if (maximum_ == 0 || count_ > maximum_) {
    throw std::invalid_argument("weft: async_semaphore: initial (" + std::to_string(count_) +
                                ") must not exceed maximum (" + std::to_string(maximum_) +
                                "), which must not be 0");
  }
}

async_semaphore::~async_semaphore() {
  WEFT_ASSERT(queue_.empty(), "an async_semaphore was destroyed while coroutines wait for it",
              queue_.users().c_str());
}

value_task<void> async_semaphore::acquire(std::stop_token stop, std::source_location place) {
  if (stop.stop_requested()) {
    return from_canceled<void>(std::move(stop));
  }
  detail::brief_guard held(queue_.guard);
  if (count_ > 0) {
    --count_;
    return {};
  }
  return detail::wait_in<void, "async_semaphore">(queue_, held, std::move(stop), place);
}

task<bool> async_semaphore::acquire_for(time_span limit, std::stop_token stop,
                                        std::source_location place) {
  detail::check_timeout(limit);
  return acquire_within(limit, std::move(stop), place);
}

task<bool> async_semaphore::acquire_within(std::chrono::nanoseconds limit, std::stop_token stop,
                                           std::source_location place) {
  throw_if_stopped(stop);
  if (try_acquire()) {
    co_return true;
  }
  if (limit == std::chrono::nanoseconds::zero()) {
    co_return false;
  }
  cancellation_source source;
  if (stop.stop_possible()) {
    source.link(stop);
  }
  source.cancel_after(limit);
  auto waiting = acquire(source.token(), place).as_task();
  co_await detail::completion_awaiter{&waiting.checked()};
  if (waiting.is_canceled() && !stop.stop_requested()) {
    co_return false;
  }
  co_await std::move(waiting);
  co_return true;
}

bool async_semaphore::try_acquire() {
  detail::brief_guard held(queue_.guard);
  if (count_ == 0) {
    return false;
  }
  --count_;
  return true;
}

std::size_t async_semaphore::release(std::size_t n) {
  if (n == 0) {
    throw std::invalid_argument("weft: async_semaphore: release needs at least one permit, got 0");
  }
  std::size_t before = 0;
  detail::intrusive_list<detail::waiter_base> admitted;
  {
    detail::brief_guard held(queue_.guard);
    before = count_;
    if (n > maximum_ - count_) {
      throw invalid_operation("weft: async_semaphore: releasing " + std::to_string(n) +
                              " would exceed the maximum of " + std::to_string(maximum_));
    }
    while (n > 0 && !queue_.waiters.empty()) {
      queue_.take_front(admitted);
      --n;
    }
    count_ += n;
  }
  detail::complete_all(admitted);
  return before;
}

std::size_t async_semaphore::current_count() const {
  detail::brief_guard held(queue_.guard);
  return count_;
}

}  // namespace weft
