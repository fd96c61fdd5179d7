#include <weft/task/detail/sleeper.hpp>

#include <weft/task/suspension.hpp>
#include <weft/task/thread_state.hpp>

#include "deadlock.hpp"

namespace weft::detail {
namespace {

/// Chains of blocked threads, and of coroutines between two of them, are followed so far. Longer
/// ones only change who is told first.
constexpr int longest_chain_of_threads = 64;
constexpr int longest_chain_between = 10'000;

bool runs(const sleeper& s, const task_core* core) noexcept {
  for (const running_task* at = s.running; at != nullptr; at = at->outer) {
    if (at->core == core) {
      return true;
    }
  }
  return false;
}

/// The thread that runs what `s` waits for in the end, or null.
const sleeper* waits_for(const sleeper& s, const sleeper* newest) noexcept {
  std::uintptr_t to = edge_to(s.awaited);
  for (int i = 0; i < longest_chain_between && to != 0; ++i) {
    to = target_of_edge(to);
    if (static_cast<edge>(to & 3) == edge::core) {
      const auto* core = reinterpret_cast<const task_core*>(to);
      for (const sleeper* at = newest; at != nullptr; at = at->next) {
        if (runs(*at, core)) {
          return at;
        }
      }
    }
    to = next_edge(to);
  }
  return nullptr;
}

}  // namespace

sleeper* sleeper_to_tell(sleeper* newest) noexcept {
  const sleeper* told = newest;
  for (const sleeper* at = newest; at != nullptr; at = at->next) {
    if (at->in_pool) {
      told = at;
      break;
    }
  }
  for (int i = 0; i < longest_chain_of_threads && told != nullptr; ++i) {
    const sleeper* next = waits_for(*told, newest);
    if (next == nullptr) {
      break;
    }
    told = next;
  }
  return const_cast<sleeper*>(told);
}

}  // namespace weft::detail
