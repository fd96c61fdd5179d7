#include "runner.hpp"

#include <weft/base/error.hpp>
#include <weft/task/async_void.hpp>
#include <weft/task/unobserved.hpp>

#include <algorithm>
#include <cstdio>

namespace weft::testkit::detail {

using weft::detail::message_of;

namespace {

/// Runs that looking for a shorter schedule may take.
constexpr int most_shrink_runs = 4'000;

// Sessions, and the handlers that were there before the first.
weft::detail::lock sessions_lock;
int sessions = 0;  // guarded by sessions_lock
constinit weft::detail::handler_slot<unobserved_exception&> former_unobserved;
constinit weft::detail::handler_slot<std::exception_ptr> former_unhandled;

void note_unobserved(unobserved_exception& lost) {
  if (world* w = world::current()) {
    w->fail(failure::lost_exception,
            "nobody took the exception of " + lost.function() + ": " + message_of(lost.exception()),
            lost.exception());
    lost.set_observed();
    return;
  }
  if (const auto former = former_unobserved.get()) {
    former(lost);
  }
}

void note_unhandled(std::exception_ptr error) {
  if (world* w = world::current()) {
    w->fail(failure::exception, "out of posted work or an async_void came: " + message_of(error),
            error);
    return;
  }
  if (const auto former = former_unhandled.get()) {
    former(std::move(error));
    return;
  }
  std::fprintf(stderr, "weft: an exception left an async_void function that has no context: %s\n",
               message_of(error).c_str());
  std::terminate();
}

/// Worlds that coroutines still refer to: those of runs that did not come to their end. For good,
/// since nobody can destroy a coroutine that others refer to; reachable, so no leak to a checker.
void bury(std::unique_ptr<world> w) {
  static weft::detail::lock guard_of_buried;
  static auto* const buried = new std::vector<std::unique_ptr<world>>;
  weft::detail::lock_guard guard(guard_of_buried);
  buried->push_back(std::move(w));
}

}  // namespace

session::session() {
  const auto& t = weft::detail::this_thread();
  if (t.simulated != nullptr) {
    throw invalid_operation("weft: testkit: a simulation inside a simulation");
  }
  if (t.worker != nullptr || !t.is_plain()) {
    throw invalid_operation(
        "weft: testkit: a simulation needs a thread of its own: not one of a pool, nor one with a "
        "context or scheduler");
  }
  weft::detail::lock_guard guard(sessions_lock);
  if (sessions++ == 0) {
    static_cast<void>(former_unobserved.replace(on_unobserved_exception(&note_unobserved)));
    static_cast<void>(former_unhandled.replace(on_unhandled_exception(&note_unhandled)));
  }
  weft::detail::begin_simulating();
}

session::~session() {
  weft::detail::end_simulating();
  weft::detail::lock_guard guard(sessions_lock);
  if (--sessions == 0) {
    on_unobserved_exception(former_unobserved.replace(nullptr));
    on_unhandled_exception(former_unhandled.replace(nullptr));
  }
}

run_result runner::once(chooser& decides, std::uint64_t seed, std::int64_t cancel_at) {
  auto w = std::make_unique<world>(how_, decides, seed);
  std::stop_source stop(std::nostopstate);
  if (cancel_at >= 0) {
    stop = std::stop_source();
  }
  w->run([&] { return body_(stop.get_token()); }, &stop, cancel_at);
  run_result result = std::move(w->result());
  if (!w->is_quiet()) {
    bury(std::move(w));
  }
  return result;
}

run_result runner::again(const schedule& recorded) {
  replayer decides(recorded.choices);
  return once(decides, recorded.seed, recorded.cancel_at);
}

run_result runner::checked(chooser& decides, std::uint64_t seed, std::int64_t cancel_at) {
  run_result first = once(decides, seed, cancel_at);
  if (!how_.run_twice || first.how == failure::foreign_thread || first.how == failure::slow_slice) {
    return first;  // those do not come from the schedule alone
  }
  const run_result second = again({seed, cancel_at, first.choices});
  if (second.how == failure::slow_slice) {
    return second;
  }
  const auto [here, there] = std::mismatch(first.trace.begin(), first.trace.end(),
                                           second.trace.begin(), second.trace.end());
  if (here != first.trace.end() || there != second.trace.end() || first.how != second.how) {
    first.message = "the same schedule ran differently the second time, from event " +
                    std::to_string(here - first.trace.begin()) + " of " +
                    std::to_string(first.trace.size()) +
                    ": something besides the schedule decides (addresses, the real clock, random "
                    "numbers, what an earlier run left behind)" +
                    (first.how == second.how
                         ? ""
                         : std::string("; once it ended with: ") +
                               (first.how != failure::none ? first.message : second.message));
    first.how = failure::nondeterminism;
  }
  return first;
}

bool runner::still_fails(schedule& candidate, failure how) {
  ++shrink_runs_;
  run_result result = again(candidate);
  if (result.how != how) {
    return false;
  }
  candidate.choices = std::move(result.choices);  // as it was really run
  return true;
}

/// Makes pieces of the choices first come, first served, smaller and smaller pieces. **Source**:
/// Zeller and Hildebrandt, doi:10.1109/32.988498.
bool runner::drop_in_pieces(schedule& best, failure how) {
  bool any = false;
  for (std::size_t piece = best.preemptions(); piece != 0; piece /= 2) {
    for (std::size_t from = 0; from < best.preemptions() && shrink_runs_ < most_shrink_runs;) {
      schedule tried = best;
      std::size_t at = 0;
      for (choice& c : tried.choices) {
        if (c.picked != 0) {
          c.picked = at >= from && at < from + piece ? 0 : c.picked;
          ++at;
        }
      }
      if (still_fails(tried, how) && tried.preemptions() < best.preemptions()) {
        best = std::move(tried);
        any = true;
      } else {
        from += piece;
      }
    }
  }
  return any;
}

bool runner::find_with(std::size_t preemptions, schedule& best, failure how) {
  const auto all = make_depth_first(preemptions);
  while (shrink_runs_ < most_shrink_runs) {
    chooser* decides = all->next(best.seed);
    if (decides == nullptr) {
      return false;
    }
    ++shrink_runs_;
    run_result result = once(*decides, best.seed, best.cancel_at);
    if (result.how == how) {
      best.choices = std::move(result.choices);
      return true;
    }
  }
  return false;
}

schedule runner::shrink(schedule found, failure how) {
  shrink_runs_ = 0;
  schedule best = std::move(found);
  while (drop_in_pieces(best, how) && shrink_runs_ < most_shrink_runs) {
  }
  // There may be a shorter one that is no part of this one.
  for (std::size_t k = 0; k < best.preemptions(); ++k) {
    if (find_with(k, best, how)) {
      break;
    }
  }
  return best;
}

}  // namespace weft::testkit::detail
