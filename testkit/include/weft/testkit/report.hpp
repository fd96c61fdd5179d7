#pragma once
/// What a simulation found, and how to see it again.

#include <weft/testkit/options.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>

namespace weft::testkit {

enum class failure : std::uint8_t {
  none,
  exception,       ///< One left the body, or something posted.
  deadlock,        ///< Nothing can run, no timer is armed, and the body has not ended.
  lost_exception,  ///< A task failed, and nobody looked.
  leaked_task,     ///< The body has ended, and somebody waits who will never go on.
  blocking_wait,   ///< A task blocked its thread.
  slow_slice,      ///< One turn took longer than `options::max_slice`.
  foreign_thread,  ///< A thread from outside completed what the simulation waits for.
  nondeterminism,  ///< The same schedule ran differently the second time.
  no_end,          ///< More than `options::max_steps` turns.
};
[[nodiscard]] const char* name_of(failure how) noexcept;

/// The result of an exploration. **Thread-safety**: a value.
class report {
 public:
  failure how = failure::none;
  std::string name;          ///< `options::name`.
  std::string message;       ///< What happened, where, and who waits for what.
  std::exception_ptr error;  ///< Of `failure::exception` and `lost_exception`.
  std::string schedule;      ///< For `replay`; empty when nothing failed.
  strategy found_by = strategy::random;
  std::size_t schedules = 0;    ///< How many were run; each counts once.
  std::size_t longest = 0;      ///< Turns of the longest.
  std::size_t awaits = 0;       ///< Suspensions of the first; for a sweep: how many were tried.
  std::size_t preemptions = 0;  ///< Of `schedule`: departures from first come, first served.
  std::size_t found_with = 0;   ///< The same before it was shrunk.
  bool exhausted = false;       ///< `depth_first` has run all that there are.

  [[nodiscard]] bool passed() const noexcept { return how == failure::none; }
  /// All of it, for people: what failed, the schedule, and the line that replays it.
  [[nodiscard]] std::string text() const;
  /// `WEFT_TESTKIT_REPLAY='name:schedule'`, to be put before the test's command.
  [[nodiscard]] std::string replay_line() const;
};

/// Thrown by `check` and its kin: what a test framework prints, with the report. An exception of
/// the body's own is in `found().error`.
class simulation_failed : public std::runtime_error {
 public:
  explicit simulation_failed(report found);
  simulation_failed(const simulation_failed&) = default;
  ~simulation_failed() override;
  [[nodiscard]] const report& found() const noexcept { return found_; }

 private:
  report found_;
};

}  // namespace weft::testkit
