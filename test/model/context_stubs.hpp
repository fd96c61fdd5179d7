#pragma once
/// What contexts need of the rest of weft and no model uses. Include it behind `task_stubs.hpp`.

#include <weft/task/async_void.hpp>
#include <weft/task/completion_source.hpp>
#include <weft/task/detail/ender.hpp>
#include <weft/task/detail/simulated_place.hpp>

#include "model/transfer_stubs.hpp"

#include <cstdlib>

namespace weft::detail {

void count_ender(std::int64_t) noexcept {}
#ifndef WEFT_MODEL_REPORTS  // a model that has the real ones
void report_unhandled(synchronization_context*, std::exception_ptr) noexcept {
  std::abort();
}
#endif
bool block_simulated(function_ref<bool()>) noexcept {
  return false;
}
// Of sources that nobody completes.
std::exception_ptr abandoned_source_error() {
  return nullptr;
}
// Of `send`, which no model calls.
void throw_already_completed(const std::source_location&) {
  std::abort();
}
void block_until_completed(task_core& core, std::source_location) {
  model::require(core.is_completed(), "waited for in the end, and it has not completed");
}
// Of coroutines that headers bring along.
job* capture_slowly(promise_base& promise, std::uintptr_t, resume_where, bool*, goes_on) {
  return promise.frame();
}
std::exception_ptr current_exception_at(const std::source_location&) noexcept {
  return std::current_exception();
}
void throw_suppressing_value() {
  std::abort();
}
}  // namespace weft::detail
