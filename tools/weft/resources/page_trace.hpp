#pragma once
/// The steps of pages in the trace: marked while they run, found again in what a session recorded.

#include <weft/trace.hpp>

#include "resources/page.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace weft::tour {

enum class step_end : std::uint8_t { begin, end };

/// Marks the begin or the end of a request's step on this thread, if a session runs.
void mark_step(std::size_t request, step which, step_end end) noexcept;

/// Calls `f`, which blocks this thread in `resource`, and records it, if a session runs.
template <class F>
auto traced_blocking(const char* resource, F f) {
  if (trace::enabled()) {
    trace::emit(trace::event::blocked_begin, nullptr, {}, resource);
  }
  auto result = f();
  if (trace::enabled()) {
    trace::emit(trace::event::blocked_end, nullptr, {}, resource);
  }
  return result;
}

/// One step as the trace tells it.
struct traced_step {
  std::size_t request = 0;
  step which{};
  std::uint32_t thread = 0;   ///< That began it.
  std::size_t kick_off = 0;   ///< Its place among the beginnings of all steps, from 1.
  double blocked_ms = 0;      ///< How long that thread was blocked in it.
  double released_ms = -1;    ///< When that thread went on with something else; negative: never.
  const char* resource = "";  ///< What it waited for.
  double ran_ms = 0;          ///< How long that took.
};

struct page_trace {
  std::vector<traced_step> steps;       ///< In the order of their kick-offs.
  std::size_t before_first_answer = 0;  ///< Kick-offs before the first step ended.
};

[[nodiscard]] page_trace read_page_trace(const std::vector<trace::record>& records);

[[nodiscard]] const char* name_of(step which) noexcept;

}  // namespace weft::tour
