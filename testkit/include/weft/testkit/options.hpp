#pragma once
/// How schedules are chosen, and what counts as a failure.

#include <weft/time/time_provider.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace weft::testkit {

/// How the next one to run is chosen among those that are ready.
enum class strategy : std::uint8_t {
  /// Each with the same probability, at every choice.
  random,
  /// Each by how much it has still to do, as a first run tells: all interleavings are about equally
  /// likely, where `random` favours those that end a long task late.
  /// **Source**: Zhao et al., Selectively Uniform Concurrency Testing, ASPLOS 2025.
  uniform_walk,
  /// Random priorities, and `depth` - 1 random moments at which the one that runs falls behind all:
  /// a bug that needs `depth` events in one order, among k steps of n tasks, shows with a
  /// probability of at least 1 / (n · k^(depth - 1)) a schedule. Who yields falls behind as well.
  /// **Source**: Burckhardt et al., ASPLOS 2010, doi:10.1145/1736020.1736040.
  pct,
  /// All schedules, one after the other, that depart from first come, first served at most `depth`
  /// times. **Source**: Musuvathi and Qadeer, PLDI 2007 (CHESS), doi:10.1145/1250734.1250785.
  depth_first,
};
[[nodiscard]] const char* name_of(strategy how) noexcept;

struct options {
  /// Names the simulation in reports, and for the replay by the environment. A literal.
  const char* name = "";
  strategy how = strategy::random;
  /// How many at most; `depth_first` ends when there are no more.
  std::size_t schedules = 1000;
  /// The first schedule's; the others follow from it.
  std::uint64_t seed = 1;
  /// See `strategy`.
  unsigned depth = 3;
  /// Turns until a run counts as one that does not end.
  std::size_t max_steps = 100'000;
  /// Processor time that one turn may take; `infinite`: not looked at. The only check that depends
  /// on the machine: a schedule that fails by it may not fail again.
  std::chrono::nanoseconds max_slice = infinite;
  /// Blocking waits (`wait`, `result`, `block_on`) run others meanwhile instead of being a failure.
  bool allow_blocking = false;
  /// Tasks that still wait when the body has ended, and can never go on, are no failure.
  bool allow_leaks = false;
  /// Every schedule runs twice; a run that differs from the first is a failure.
  bool run_twice = true;
  /// Looks for the shortest schedule that fails in the same way.
  bool shrink = true;
};

}  // namespace weft::testkit
