#include <weft/testkit/explore.hpp>

#include <weft/base/error.hpp>

#include "runner.hpp"
#include "task/place.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace weft::testkit {
namespace detail {
namespace {

/// The schedule that the environment asks for instead of an exploration; empty: none.
std::string_view asked_for(const options& how) {
  const char* text = std::getenv("WEFT_TESTKIT_REPLAY");
  if (text == nullptr) {
    return {};
  }
  const std::string_view asked = text;
  const std::size_t colon = asked.rfind(':');
  const std::string_view name = colon == std::string_view::npos ? "" : asked.substr(0, colon);
  return name == how.name ? asked.substr(colon + 1) : std::string_view();
}

/// Seeds of neighbouring schedules share nothing.
std::uint64_t seed_of(const options& how, std::size_t number) {
  return number == 0 ? how.seed : random_numbers(how.seed + number).next() >> 16;
}

class exploration {
 public:
  exploration(runner::body body, const options& how) : how_(how), runner_(body, how_) {
    report_.name = how.name;
    report_.found_by = how.how;
  }

  /// True: it failed.
  bool add(run_result run, std::uint64_t seed, std::int64_t cancel_at) {
    ++report_.schedules;
    report_.longest = std::max(report_.longest, run.turns);
    if (report_.schedules == 1) {
      report_.awaits = run.awaits;
    }
    if (run.how == failure::none) {
      return false;
    }
    schedule found{seed, cancel_at, run.choices};
    report_.how = run.how;
    report_.message = std::move(run.message);
    report_.error = std::move(run.error);
    report_.found_with = found.preemptions();
    if (how_.shrink && run.how != failure::slow_slice && run.how != failure::nondeterminism &&
        run.how != failure::foreign_thread) {
      found = runner_.shrink(std::move(found), run.how);
      run_result shortest = runner_.again(found);
      if (shortest.how == report_.how) {
        report_.message = std::move(shortest.message);
        report_.error = std::move(shortest.error);
      }
    }
    report_.preemptions = found.preemptions();
    report_.schedule = found.text();
    return true;
  }

  report replay(std::string_view text) {
    const schedule recorded = schedule::parse(text);
    run_result run = runner_.again(recorded);
    report_.schedules = 1;
    report_.longest = run.turns;
    report_.awaits = run.awaits;
    report_.how = run.how;
    report_.message = std::move(run.message);
    report_.error = std::move(run.error);
    report_.schedule = text;
    report_.preemptions = report_.found_with = recorded.preemptions();
    return report_;
  }

  report explore() {
    const auto choosers = make_plan(how_);
    while (report_.schedules < std::max<std::size_t>(how_.schedules, 1)) {
      const std::uint64_t seed = seed_of(how_, report_.schedules);
      chooser* decides = choosers->next(seed);
      if (decides == nullptr) {
        report_.exhausted = true;
        break;
      }
      run_result run = runner_.checked(*decides, seed, -1);
      choosers->ended(run.choices.size());
      if (add(std::move(run), seed, -1)) {
        break;
      }
    }
    return report_;
  }

  report sweep() {
    run_result undisturbed = fifo(-1);
    const auto awaits = static_cast<std::int64_t>(undisturbed.awaits);
    if (add(std::move(undisturbed), how_.seed, -1)) {
      return report_;
    }
    for (std::int64_t k = 0; k <= awaits; ++k) {
      if (add(fifo(k), how_.seed, k)) {
        return report_;
      }
    }
    report_.exhausted = true;
    const auto choosers = make_plan(how_);
    for (std::int64_t k = 0; report_.schedules < how_.schedules && awaits != 0;
         k = (k + 1) % awaits) {
      const std::uint64_t seed = seed_of(how_, report_.schedules);
      chooser* decides = choosers->next(seed);
      if (decides == nullptr) {
        break;
      }
      run_result run = runner_.checked(*decides, seed, k + 1);
      choosers->ended(run.choices.size());
      if (add(std::move(run), seed, k + 1)) {
        break;
      }
    }
    return report_;
  }

  report run_fifo() {
    add(fifo(-1), how_.seed, -1);
    return report_;
  }

 private:
  run_result fifo(std::int64_t cancel_at) {
    replayer first_come({});
    return runner_.checked(first_come, how_.seed, cancel_at);
  }

  options how_;
  runner runner_;
  report report_;
};

}  // namespace

report explore(weft::detail::function_ref<task<>()> body, const options& how) {
  const session open;
  const auto run = [&](std::stop_token) { return body(); };
  exploration e(run, how);
  const std::string_view asked = asked_for(how);
  return asked.empty() ? e.explore() : e.replay(asked);
}

report replay(weft::detail::function_ref<task<>()> body, std::string_view schedule,
              const options& how) {
  const session open;
  return exploration([&](std::stop_token) { return body(); }, how).replay(schedule);
}

report sweep(weft::detail::function_ref<task<>(std::stop_token)> body, const options& how) {
  const session open;
  exploration e(body, how);
  const std::string_view asked = asked_for(how);
  return asked.empty() ? e.sweep() : e.replay(asked);
}

report replay_sweep(weft::detail::function_ref<task<>(std::stop_token)> body,
                    std::string_view schedule, const options& how) {
  const session open;
  return exploration(body, how).replay(schedule);
}

void throw_if_failed(report found) {
  if (!found.passed()) {
    throw simulation_failed(std::move(found));
  }
}

void simulate_once(weft::detail::function_ref<task<>()> body, const options& how) {
  report found;
  {
    const session open;
    options once = how;
    once.run_twice = false;
    once.shrink = false;
    found = exploration([&](std::stop_token) { return body(); }, once).run_fifo();
  }
  if (found.error != nullptr) {
    std::rethrow_exception(found.error);
  }
  throw_if_failed(std::move(found));
}

namespace {
world& this_world() {
  world* w = world::current();
  if (w == nullptr) {
    throw invalid_operation("weft: testkit: this thread runs no simulation");
  }
  return *w;
}
}  // namespace

}  // namespace detail

bool in_simulation() noexcept {
  return detail::world::current() != nullptr;
}

std::chrono::nanoseconds elapsed() {
  return detail::this_world().elapsed();
}

std::uint32_t choose(std::uint32_t n) {
  if (n == 0) {
    throw std::invalid_argument("weft: testkit: choose: there is no number below 0");
  }
  return detail::this_world().choose(n, 0);
}

bool chance(std::uint32_t one_in) {
  return one_in != 0 && detail::this_world().choose(2, one_in) != 0;
}

std::uint64_t random() {
  return detail::this_world().random();
}

void require(bool holds, const char* text, std::source_location place) {
  if (!holds) {
    throw std::runtime_error(std::string(text) + ", in " + weft::detail::describe(place));
  }
}

}  // namespace weft::testkit
