#include <weft/parallel/blocking_collection.hpp>

#include <weft/base/error.hpp>
#include <weft/task/detail/simulated_place.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/task/thread_state.hpp>
#include <weft/time/time_provider.hpp>
#include <weft/time/timer_service.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>

namespace weft::detail {
namespace {

class announced_block {
 public:
  announced_block() noexcept { runtime().begin_blocking(); }
  announced_block(const announced_block&) = delete;
  announced_block& operator=(const announced_block&) = delete;
  ~announced_block() { runtime().end_blocking(); }
};

}  // namespace

bool block_until(event_count& changed, const std::stop_token& stop, std::int64_t timeout_ns,
                 function_ref<bool()> ready) {
  throw_if_stopped(stop);
  if (ready()) {
    return true;
  }
  if (timeout_ns == 0) {
    return false;
  }
  if (simulated_place* simulated = this_thread().simulated) {
    const bool in_time = simulated->block([&] { return stop.stop_requested() || ready(); },
                                          timeout_ns, false, std::source_location::current());
    throw_if_stopped(stop);
    return in_time;
  }
  const std::int64_t until = timeout_ns < 0 ? -1 : monotonic_ns() + timeout_ns;
  const std::stop_callback wake(stop, [&] { changed.notify_all(); });
  std::optional<announced_block> announced;
  for (;;) {
    const event_count::key key = changed.prepare_wait();
    if (stop.stop_requested()) {
      changed.cancel_wait();
      throw_if_stopped(stop);
    }
    bool done = false;
    try {
      done = ready();
    } catch (...) {
      changed.cancel_wait();
      throw;
    }
    if (done) {
      changed.cancel_wait();
      return true;
    }
    const std::int64_t left = until < 0 ? -1 : until - monotonic_ns();
    if (until >= 0 && left <= 0) {
      changed.cancel_wait();
      return false;
    }
    if (!announced) {
      announced.emplace();
    }
    static_cast<void>(changed.commit_wait(key, left));
  }
}

void throw_adding_completed() {
  throw invalid_operation("weft: an item for a blocking_collection whose adding is completed");
}

void throw_collection_completed() {
  throw invalid_operation("weft: take from a blocking_collection that is empty and completed");
}

void throw_bad_bound() {
  throw std::invalid_argument("weft: a blocking_collection needs a bound of at least 1");
}

std::int64_t timeout_of(std::chrono::nanoseconds timeout) {
  if (timeout == infinite) {
    return -1;
  }
  if (timeout.count() < 0) {
    throw std::invalid_argument("weft: a negative time-out; weft::infinite waits without limit");
  }
  return std::min(timeout.count(), std::numeric_limits<std::int64_t>::max() / 4);
}

}  // namespace weft::detail
