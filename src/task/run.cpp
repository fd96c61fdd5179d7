#include <weft/task/run.hpp>

#include <weft/base/atomic.hpp>
#include <weft/task/runtime_slot.hpp>
#include <weft/task/synchronization_context.hpp>

namespace weft::detail {
namespace {
constinit atomic<const runtime_table*> slot{nullptr};
}  // namespace

const runtime_table& runtime() noexcept {
  // order: acquire; pairs with release in exchange_runtime. The instance behind the table is set
  // up.
  const runtime_table* table = slot.load(std::memory_order_acquire);
  if (table == nullptr) [[unlikely]] {
    table = start_runtime();
  }
  return *table;
}

const runtime_table* exchange_runtime(const runtime_table* table) noexcept {
  // order: acq_rel; release publishes the instance, acquire for the former one.
  return slot.exchange(table, std::memory_order_acq_rel);
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
