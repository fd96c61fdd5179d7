#pragma once
/// The timers of the default pool, for models of what is built on them. Include it as
/// `task_stubs.hpp`.

#include <weft/time/timer_service.hpp>

#include "model/stub_clock.hpp"
#include "model/task_stubs.hpp"

#include <cstdint>

namespace weft::detail {

struct stub_default_timers {
  stub_default_timers() { stub_timers = &timers; }
  stub_default_timers(const stub_default_timers&) = delete;
  stub_default_timers& operator=(const stub_default_timers&) = delete;
  ~stub_default_timers() { stub_timers = nullptr; }

  /// Whoever waits in the driver: time passes, and what is due is run.
  void pass(std::int64_t ns) {
    stub_now += ns;
    job_list ready;
    timers.expire(ready);
    stub_run_all(ready);
  }

  stub_memory memory;
  const std::int64_t begun = stub_now = 1'000'000'000;  // before the service looks at the clock
  timer_service timers{[](void*) noexcept {}, nullptr};
};

}  // namespace weft::detail
