#pragma once
/// What contexts need of the rest of weft and no model uses. Include it behind `task_stubs.hpp`.

#include <weft/task/async_void.hpp>
#include <weft/task/completion_source.hpp>
#include <weft/task/detail/ender.hpp>
#include <weft/task/detail/simulated_place.hpp>

#include <cstdlib>

namespace weft::detail {

void count_ender(std::int64_t) noexcept {}
void report_unhandled(synchronization_context*, std::exception_ptr) noexcept {
  std::abort();
}
bool block_simulated(function_ref<bool()>) noexcept {
  return false;
}
// Of `send`, which no model calls.
void throw_already_completed(const std::source_location&) {
  std::abort();
}
std::exception_ptr abandoned_source_error() {
  std::abort();
}
void block_until_completed(task_core& core, std::source_location) {
  model::require(core.is_completed(), "waited for in the end, and it has not completed");
}
#if !WEFT_SYMMETRIC_TRANSFER
void run_job(job* item) noexcept {
  item->run(item);
}
#endif

}  // namespace weft::detail
