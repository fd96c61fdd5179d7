#include <weft/testkit/report.hpp>

#include <utility>

namespace weft::testkit {

const char* name_of(failure how) noexcept {
  switch (how) {
    case failure::none:
      return "none";
    case failure::exception:
      return "exception";
    case failure::deadlock:
      return "deadlock";
    case failure::lost_exception:
      return "lost exception";
    case failure::leaked_task:
      return "leaked task";
    case failure::blocking_wait:
      return "blocking wait";
    case failure::slow_slice:
      return "slow slice";
    case failure::foreign_thread:
      return "foreign thread";
    case failure::nondeterminism:
      return "nondeterminism";
    default:
      return "no end";
  }
}

std::string report::replay_line() const {
  return "WEFT_TESTKIT_REPLAY='" + (name.empty() ? "" : name + ":") + schedule + "'";
}

std::string report::text() const {
  const std::string who = name.empty() ? "the simulation" : "'" + name + "'";
  if (passed()) {
    return "weft: testkit: " + who + " passed " + std::to_string(schedules) + " schedules";
  }
  std::string out = "weft: testkit: " + who + " failed: " + name_of(how) + "\n  " + message;
  out += "\n  schedule " + std::to_string(schedules) + " (" + name_of(found_by) + "), " +
         std::to_string(preemptions) + (preemptions == 1 ? " preemption" : " preemptions");
  if (found_with != preemptions) {
    out += ", shrunk from " + std::to_string(found_with);
  }
  out += "\n  replay: " + replay_line() + " before the command of this test, or replay(body, \"" +
         schedule + "\") in it";
  return out;
}

simulation_failed::simulation_failed(report found)
    : std::runtime_error(found.text()), found_(std::move(found)) {}
simulation_failed::~simulation_failed() = default;

}  // namespace weft::testkit
