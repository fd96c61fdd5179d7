#include "resources/page_trace.hpp"

#include <array>
#include <cstring>
#include <map>

namespace weft::tour {
namespace {

constexpr std::array<const char*, 3> names{"user", "picture", "feed"};

// aux of a mark: [ request | step: 2 bits | end: 1 bit ]
constexpr std::uint64_t pack(std::size_t request, step which, step_end end) noexcept {
  return (request << 3) | (static_cast<std::uint64_t>(which) << 1) |
         static_cast<std::uint64_t>(end);
}

bool is_step(const trace::record& r) noexcept {
  return r.kind == trace::event::mark && r.label != nullptr &&
         std::strcmp(r.label, names.at((r.aux >> 1) & 3)) == 0;
}

double ms_between(std::int64_t from_ns, std::int64_t to_ns) noexcept {
  return static_cast<double>(to_ns - from_ns) / 1e6;
}

/// Follows what each thread does since it began a step.
class reader {
 public:
  void read(const trace::record& r) {
    if (is_step(r)) {
      if ((r.aux & 1) == static_cast<std::uint64_t>(step_end::begin)) {
        begin(r);
      } else {
        end(r);
      }
      return;
    }
    const auto found = at_work_.find(r.thread);
    if (found != at_work_.end()) {
      happened(result.steps[found->second], began_ns_[found->second], r);
    } else if (r.kind == trace::event::operation_submitted) {
      submitted_elsewhere(r.label);
    }
  }

  page_trace result;

 private:
  void begin(const trace::record& r) {
    const std::size_t index = result.steps.size();
    traced_step s;
    s.request = r.aux >> 3;
    s.which = static_cast<step>((r.aux >> 1) & 3);
    s.thread = r.thread;
    s.kick_off = index + 1;
    result.steps.push_back(s);
    began_ns_.push_back(r.time_ns);
    open_[r.aux >> 1] = index;
    at_work_[r.thread] = index;
    if (!answered_) {
      ++result.before_first_answer;
    }
  }

  void end(const trace::record& r) {
    answered_ = true;
    const auto found = open_.find(r.aux >> 1);
    if (found == open_.end()) {
      return;
    }
    result.steps[found->second].ran_ms = ms_between(began_ns_[found->second], r.time_ns);
    const auto here = at_work_.find(r.thread);
    if (here != at_work_.end() && here->second == found->second) {
      at_work_.erase(here);
    }
    open_.erase(found);
  }

  void happened(traced_step& s, std::int64_t began_ns, const trace::record& r) {
    switch (r.kind) {
      case trace::event::operation_submitted:
        name_resource(s, r.label);
        break;
      case trace::event::blocked_begin:
        name_resource(s, r.label);
        blocked_since_ns_[r.thread] = r.time_ns;
        break;
      case trace::event::blocked_end:
        s.blocked_ms += ms_between(blocked_since_ns_[r.thread], r.time_ns);
        break;
      case trace::event::task_suspended:
        // What is suspended now is the step itself: its thread is free, and what follows on it is
        // something else.
        s.released_ms = ms_between(began_ns, r.time_ns);
        at_work_.erase(r.thread);
        break;
      default:
        break;
    }
  }

  /// The HTTP client begins its calls on the pool when its caller has a context: first come, first
  /// served.
  void submitted_elsewhere(const char* label) {
    if (label == nullptr || std::strcmp(label, "http") != 0) {
      return;
    }
    for (traced_step& s : result.steps) {
      if (s.resource[0] == '\0' && s.released_ms >= 0) {
        s.resource = label;
        return;
      }
    }
  }

  static void name_resource(traced_step& s, const char* label) noexcept {
    if (s.resource[0] == '\0' && label != nullptr) {
      s.resource = label;
    }
  }

  std::vector<std::int64_t> began_ns_;            // of each step
  std::map<std::uint64_t, std::size_t> open_;     // request and step → its index
  std::map<std::uint32_t, std::size_t> at_work_;  // thread → index of the step it began last
  std::map<std::uint32_t, std::int64_t> blocked_since_ns_;  // thread
  bool answered_ = false;
};

}  // namespace

void mark_step(std::size_t request, step which, step_end end) noexcept {
  if (trace::enabled()) {
    trace::emit(trace::event::mark, nullptr, {}, name_of(which), pack(request, which, end));
  }
}

page_trace read_page_trace(const std::vector<trace::record>& records) {
  reader all;
  for (const trace::record& r : records) {
    all.read(r);
  }
  return std::move(all.result);
}

const char* name_of(step which) noexcept {
  return names.at(static_cast<std::size_t>(which));
}

}  // namespace weft::tour
