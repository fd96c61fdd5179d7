// Alone, so that the models in test/model can put a clock of theirs in its place.

#include <weft/task/detail/simulated_place.hpp>
#include <weft/task/thread_state.hpp>
#include <weft/time/timer_service.hpp>

#include <chrono>

namespace weft::detail {

std::int64_t monotonic_ns() noexcept {
  if (const simulated_place* place = this_thread().simulated) [[unlikely]] {
    return place->now_ns;
  }
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace weft::detail
