#pragma once
/// The tally of what could end a wait from outside of any task: sources, events, semaphores,
/// channel writers, contexts, open descriptors. While it is not zero, nobody who blocks is told
/// that everything is asleep.

#include <cstdint>

namespace weft::detail {

/// **Thread-safety**: any thread. **Cost**: one RMW on a cache line that few threads share.
void count_ender(std::int64_t change) noexcept;
/// Exact when no other thread runs.
[[nodiscard]] std::int64_t living_enders() noexcept;

/// A member of what can end a wait for as long as it lives.
struct ender {
  ender() noexcept { count_ender(1); }
  ender(const ender&) = delete;
  ender& operator=(const ender&) = delete;
  ~ender() { count_ender(-1); }
};

}  // namespace weft::detail
