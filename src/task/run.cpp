#include <weft/task/run.hpp>

#include <weft/base/atomic.hpp>
#include <weft/base/lock.hpp>
#include <weft/task/detail/simulated_place.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/task/synchronization_context.hpp>
#include <weft/trace/event.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace weft::detail {
namespace {

constinit atomic<const runtime_table*> slot{nullptr};

// While threads belong to simulations the slot is empty, so that `runtime()` comes to look for them
// without a branch of its own; the default instance's table stands here meanwhile.
constinit atomic<const runtime_table*> set_aside{nullptr};
constinit lock simulations_lock;
constinit int simulations = 0;  // guarded by simulations_lock

const runtime_table* find_runtime() noexcept {
  if (const simulated_place* place = this_thread().simulated) {
    return place->table;
  }
  // order: acquire; pairs with release in exchange_runtime, as in runtime.
  const runtime_table* real = set_aside.load(std::memory_order_acquire);
  return real != nullptr ? real : start_runtime();
}

}  // namespace

const runtime_table& runtime() noexcept {
  // order: acquire; pairs with release in exchange_runtime. The instance behind the table is set
  // up.
  const runtime_table* table = slot.load(std::memory_order_acquire);
  if (table == nullptr) [[unlikely]] {
    table = find_runtime();
  }
  return *table;
}

const runtime_table* exchange_runtime(const runtime_table* table) noexcept {
  lock_guard guard(simulations_lock);
  // order: release; pairs with acquire in runtime and find_runtime. Publishes the instance; the
  // former one was put here under the lock.
  return (simulations == 0 ? slot : set_aside).exchange(table, std::memory_order_release);
}

void begin_simulating() {
  lock_guard guard(simulations_lock);
  if (simulations++ != 0) {
    return;
  }
  // order: relaxed; written under the lock. The instance goes from word to word.
  const runtime_table* real = slot.load(std::memory_order_relaxed);
  // order: release; pairs with acquire in find_runtime. Who finds neither starts the instance, and
  // comes to the lock.
  set_aside.store(real, std::memory_order_release);
  // order: release; pairs with acquire in runtime, which finds nothing and looks further.
  slot.store(nullptr, std::memory_order_release);
  // order: relaxed; this thread sees it, and to the others it says nothing.
  trace::detail::hooks.fetch_or(trace::detail::simulating, std::memory_order_relaxed);
}

void end_simulating() noexcept {
  lock_guard guard(simulations_lock);
  if (--simulations != 0) {
    return;
  }
  // order: relaxed; as in begin_simulating.
  trace::detail::hooks.fetch_and(~std::uint32_t{trace::detail::simulating},
                                 std::memory_order_relaxed);
  // order: relaxed; written under the lock.
  const runtime_table* real = set_aside.load(std::memory_order_relaxed);
  // order: release; pairs with acquire in runtime.
  slot.store(real, std::memory_order_release);
}

bool block_simulated(function_ref<bool()> done) noexcept {
  simulated_place* place = this_thread().simulated;
  if (place == nullptr) [[likely]] {
    return false;
  }
  try {
    const bool always = true;
    place->block(done, -1, always, std::source_location::current());
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    std::abort();
  }
  return true;
}

void schedule_awaiter::schedule(job* self, bool long_running) {
  mark_resumable(self);
  if (long_running) {
    start_long_running(self);
  } else {
    runtime().post(self);
  }
}

void throw_all_faults(const task_handle& inner) {
  throw run_faults{inner.exceptions()};
}

void throw_canceled_by(const operation_canceled& canceled, const std::stop_token& stop) {
  if (stop.stop_requested() && canceled.token() == stop) {
    throw;
  }
  throw run_faults{{std::current_exception()}};
}

void yield_awaiter::post_behind(job* self) {
  mark_resumable(self);
  if (self->drop == &suspension_marker) {
    post_resume(self);
  } else {
    runtime().post_behind(self);
  }
}

}  // namespace weft::detail
