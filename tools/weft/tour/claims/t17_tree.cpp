// T17: internal or external? Where each kind of work spends its time, and what async, run and a
// loop bring it.

#include <weft/parallel.hpp>
#include <weft/sched.hpp>
#include <weft/task.hpp>

#include "tour/claims/claims.hpp"
#include "tour/claims/t17_kinds.hpp"
#include "tour/measure.hpp"
#include "tour/report.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>
#include <numeric>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace weft::tour {
namespace {

constexpr int rounds_of_computing = 5;
constexpr int rounds_of_waiting = 2;
// On a machine that does other work, the best times get better with each round for a while: as many
// rounds are added, and the times have settled when some rounds in a row make none a fiftieth
// better.
constexpr int rounds_added = 12;
constexpr int rounds_settled = 2;
constexpr double settled = 0.98;
// The part of its time that a thread that computes is ready and has no processor; above it, other
// work is in the way.
constexpr double most_queued = 0.05;
// Above it the processor is what a piece of work needs, below it something else.
constexpr double half = 0.5;

double processor_ms() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// How long this thread was ready and had no processor: what other work takes is no waiting for
/// something outside. 0 where the kernel does not tell.
double queued_ms() {
  std::ifstream file("/proc/thread-self/schedstat");
  double ran_ns = 0;
  double queued_ns = 0;
  file >> ran_ns >> queued_ns;
  return queued_ns / 1e6;
}

/// One kind, measured: the best times of several rounds.
struct measured_kind {
  std::size_t together = 0;
  double processor_share = 0;            ///< Of the time of one after another, at most.
  double sum_ms = 1e9;                   ///< One after another.
  double sum_processor_ms = 1e9;         ///< The same, of the processor.
  double async_ms = 1e9;                 ///< As tasks, started together, awaited on one thread.
  double async_processor_ms = 1e9;       ///< The same, of the processor.
  double run_ms = 1e9;                   ///< Each by run().
  double loop_ms = 1e9;                  ///< In a parallel loop.
  double by_hand_ms = 1e9;               ///< In threads by hand: what this machine gives.
  double called_ms = 1e9;                ///< Until run() returned to its caller, of the first.
  std::vector<double> run_beside_hand;   ///< Of each round: by hand ÷ by run().
  std::vector<double> loop_beside_hand;  ///< And by hand ÷ in the loop.
  double queued_ms = 0;                  ///< In all rounds one after another: without a processor.
  double whole_ms = 0;                   ///< And in all.
  std::size_t run_threads = 0;
  bool right = true;

  [[nodiscard]] double one_ms() const { return sum_ms / static_cast<double>(together); }
  /// What needs the processor needs it for so long, whatever else this machine does.
  [[nodiscard]] double by_async() const {
    return processor_share < half ? sum_ms / async_ms : sum_processor_ms / async_processor_ms;
  }
  /// Other work takes its share of the machine.
  [[nodiscard]] bool disturbed() const { return queued_ms > most_queued * whole_ms; }
  [[nodiscard]] double by_run() const { return sum_ms / run_ms; }
  [[nodiscard]] double by_loop() const { return sum_ms / loop_ms; }
};

using results = std::vector<std::size_t>;

/// All ways once.
class one_round {
 public:
  one_round(const kind_of_work& k, measured_kind& m) : kind_(k), m_(m), got_(m.together) {}

  void all() {
    in_sequence();
    const results expected = got_;
    const auto check = [&] { m_.right = m_.right && got_ == expected; };
    const double before = processor_ms();
    m_.async_ms = std::min(m_.async_ms, anew([&] { awaited(); }));
    m_.async_processor_ms = std::min(m_.async_processor_ms, processor_ms() - before);
    check();
    const double run = anew([&] { by_run(); });
    check();
    const double hand = anew([&] { by_hand(); });
    check();
    const double loop = anew([&] {
      parallel_for(std::size_t{0}, m_.together, [&](std::size_t i) { got_[i] = kind_.plain(i); });
    });
    check();
    m_.run_ms = std::min(m_.run_ms, run);
    m_.loop_ms = std::min(m_.loop_ms, loop);
    m_.by_hand_ms = std::min(m_.by_hand_ms, hand);
    m_.run_beside_hand.push_back(hand / run);
    m_.loop_beside_hand.push_back(hand / loop);
  }

 private:
  template <class F>
  double anew(F f) {
    std::ranges::fill(got_, 0);
    return timed_ms(f);
  }

  void in_sequence() {
    const double processor = processor_ms();
    const double queued = queued_ms();
    const double ms = anew([&] {
      for (std::size_t i = 0; i < m_.together; ++i) {
        got_[i] = kind_.plain(i);
      }
    });
    const double without = queued_ms() - queued;
    m_.queued_ms += without;
    m_.whole_ms += ms;
    const double mine = std::max(ms - without, 1e-6);
    const double used = processor_ms() - processor;
    const double share = std::min(used / mine, 1.0);
    m_.sum_processor_ms = std::min(m_.sum_processor_ms, used);
    m_.processor_share = std::max(m_.processor_share, share);
    m_.sum_ms = std::min(m_.sum_ms, ms);
  }

  void awaited() {
    single_thread_context loop;
    loop.run([this]() -> task<> {
      std::vector<task<std::size_t>> all;
      for (std::size_t i = 0; i < m_.together; ++i) {
        all.push_back(kind_.awaited(i));
      }
      got_ = co_await when_all(std::move(all));
    });
  }

  void by_run() {
    thread_set threads;
    std::vector<task<>> all;
    for (std::size_t i = 0; i < m_.together; ++i) {
      const stopwatch watch;
      all.push_back(run([this, &threads, i] {
        threads.note();
        got_[i] = kind_.plain(i);
      }));
      m_.called_ms = std::min(m_.called_ms, watch.ms());
    }
    wait_all(all);
    m_.run_threads = std::max(m_.run_threads, threads.size());
  }

  // As many threads as there are workers: where other work competes, more would have a larger
  // share.
  void by_hand() {
    const std::size_t count = kind_.external ? m_.together : std::min(core_count(), m_.together);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < count; ++t) {
      threads.emplace_back([this, t, count] {
        for (std::size_t i = t; i < m_.together; i += count) {
          got_[i] = kind_.plain(i);
        }
      });
    }
    for (std::thread& t : threads) {
      t.join();
    }
  }

  const kind_of_work& kind_;
  measured_kind& m_;
  results got_;
};

/// Whether the last round made no time better.
bool has_settled(const measured_kind& before, const measured_kind& now) {
  constexpr std::array times{&measured_kind::sum_ms,    &measured_kind::sum_processor_ms,
                             &measured_kind::async_ms,  &measured_kind::async_processor_ms,
                             &measured_kind::run_ms,    &measured_kind::loop_ms,
                             &measured_kind::by_hand_ms};
  return std::ranges::all_of(times,
                             [&](auto time) { return now.*time >= settled * (before.*time); });
}

measured_kind measure(const kind_of_work& k) {
  measured_kind m;
  m.together = k.external ? waits_together : computations_together;
  const int rounds = k.external ? rounds_of_waiting : rounds_of_computing;
  int quiet = 0;
  for (int i = 0; i < rounds || (i < rounds + rounds_added && quiet < rounds_settled); ++i) {
    const measured_kind before = m;
    one_round(k, m).all();
    quiet = has_settled(before, m) ? quiet + 1 : 0;
  }
  return m;
}

std::string times(double factor) {
  return fmt::format("× {:.1f}", factor);
}

std::string table_of(const std::vector<kind_of_work>& kinds,
                     const std::vector<measured_kind>& measured) {
  table rows({"work", "kind", "needs", "processor", "one", "async", "run", "threads", "loop"});
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const measured_kind& m = measured[i];
    rows.add({kinds[i].name, m.processor_share >= half ? "internal" : "external", kinds[i].where,
              fmt::format("{:.0f} %", 100 * m.processor_share), show_ms(m.one_ms()),
              times(m.by_async()), times(m.by_run()), fmt::format("{}", m.run_threads),
              times(m.by_loop())});
  }
  return fmt::format("     {} computations, or {} waits, at the same time:\n",
                     computations_together, waits_together) +
         rows.text(5);
}

/// The smallest and the largest of what `f` gives for one half of the kinds: "× 1.8 … 2.0".
template <class F>
std::string span_of(const std::vector<measured_kind>& all, bool external, F f) {
  double least = 1e9;
  double most = 0;
  for (const measured_kind& m : all) {
    if ((m.processor_share < half) == external) {
      least = std::min(least, f(m));
      most = std::max(most, f(m));
    }
  }
  return most == 0 ? "-" : fmt::format("× {:.1f} … {:.1f}", least, most);
}

std::string names_of(const std::vector<kind_of_work>& kinds,
                     const std::vector<measured_kind>& measured, bool external) {
  std::string names;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if ((measured[i].processor_share < half) == external) {
      names += (names.empty() ? "" : ", ") + kinds[i].name;
    }
  }
  return names.empty() ? "none" : names;
}

std::string tree_of(const std::vector<kind_of_work>& kinds, const std::vector<measured_kind>& all) {
  double called = 1e9;
  std::size_t threads = 0;
  for (const measured_kind& m : all) {
    called = std::min(called, m.called_ms);
    threads = m.processor_share < half ? std::max(threads, m.run_threads) : threads;
  }
  const auto async = [](const measured_kind& m) { return m.by_async(); };
  const auto by_run = [](const measured_kind& m) { return m.by_run(); };
  const auto by_loop = [](const measured_kind& m) { return m.by_loop(); };
  const auto line = [](const char* lead, const std::string& text) {
    return fmt::format("     {}{}\n", lead, text);
  };
  return line("", "What does it need while it runs?") + line("├─ the processor: internal", "") +
         wrapped(names_of(kinds, all, false), 8, page_width) + "\n" +
         line("│  ├─ many pieces?            a loop      ", span_of(all, false, by_loop)) +
         line("│  ├─ other code is waiting?  run(…)      ",
              fmt::format("{}; the caller goes on after {}", span_of(all, false, by_run),
                          show_ms(called))) +
         line("│  └─ async alone:            nothing     ", span_of(all, false, async)) +
         line("└─ something outside: external", "") +
         wrapped(names_of(kinds, all, true), 8, page_width) + "\n" +
         line("   ├─ several?                start all,",
              " then await: " + span_of(all, true, async) + " on one thread") +
         line("   ├─ only one?               await it:", "  the thread does other things") +
         line("   └─ a loop or run(…):       ",
              fmt::format("{}, {}; and {} blocked", span_of(all, true, by_loop),
                          span_of(all, true, by_run), counted(threads, "thread")));
}

std::string json_of(const std::vector<kind_of_work>& kinds,
                    const std::vector<measured_kind>& measured) {
  std::string all = "[";
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const measured_kind& m = measured[i];
    all += fmt::format(
        "{}{{\"work\":\"{}\",\"resource\":\"{}\",\"external\":{},\"processor_share\":{:.4f},"
        "\"together\":{},\"one_ms\":{:.4f},\"in_sequence_ms\":{:.4f},\"async_ms\":{:.4f},"
        "\"run_ms\":{:.4f},\"run_threads\":{},\"loop_ms\":{:.4f},\"by_hand_ms\":{:.4f}}}",
        i == 0 ? "" : ",", kinds[i].name, kinds[i].where, m.processor_share < half,
        m.processor_share, m.together, m.one_ms(), m.sum_ms, m.async_ms, m.run_ms, m.run_threads,
        m.loop_ms, m.by_hand_ms);
  }
  return all + "]";
}

/// How many times as fast `pieces` equal pieces can be on all cores.
double most_speedup(std::size_t pieces) {
  const std::size_t cores = std::min(physical_core_count(), pieces);
  const std::size_t turns = (pieces + cores - 1) / cores;
  return static_cast<double>(pieces) / static_cast<double>(turns);
}

/// A speed-up: on all cores as `least_speedup` says. Where other work is in the way, no best time
/// of a few milliseconds is one of all cores; there each round is compared with threads by hand in
/// the same round, and the median counts.
void judge_speedup(outcome& o, const std::string& what, const measured_kind& m, double speedup,
                   const std::vector<double>& beside_hand) {
  constexpr double least_beside_hand = 0.8;
  const double most = most_speedup(m.together);
  if (m.disturbed()) {
    const double beside = median(beside_hand);
    o.check(beside >= least_beside_hand,
            fmt::format("{} is × {:.2f} as fast as threads by hand, on a machine that does other "
                        "work, not {:.2f}",
                        what, beside, least_beside_hand));
  } else {
    const double least = most < 1.5 ? 0.8 : least_speedup(most, m.sum_ms, m.by_hand_ms);
    o.check(speedup >= least, fmt::format("{} brings × {:.2f}, not {:.2f}", what, speedup, least));
  }
}

void judge_computing(outcome& o, const std::string& name, const measured_kind& m) {
  o.check(m.processor_share >= 0.8, fmt::format("{}: only {:.0f} % of its time on the processor",
                                                name, 100 * m.processor_share));
  o.check(m.by_async() >= 0.75 && m.by_async() <= 1.3,
          fmt::format("{}: async alone brings × {:.2f}", name, m.by_async()));
  judge_speedup(o, name + ": a loop", m, m.by_loop(), m.loop_beside_hand);
  judge_speedup(o, name + ": run", m, m.by_run(), m.run_beside_hand);
}

void judge_waiting(outcome& o, const std::string& name, const measured_kind& m) {
  o.check(m.processor_share <= 0.2,
          fmt::format("{}: {:.0f} % of its time on the processor", name, 100 * m.processor_share));
  o.check(m.by_async() >= 0.8 * static_cast<double>(m.together),
          fmt::format("{}: awaiting {} together brings × {:.2f}", name, m.together, m.by_async()));
}

}  // namespace

void measure_t17(environment& e, outcome& o) {
  const std::vector<kind_of_work> kinds = block_on(kinds_of_work(e.outside()));
  std::vector<measured_kind> measured;
  for (const kind_of_work& k : kinds) {
    e.doing(k.name);
    measured.push_back(measure(k));
  }
  double computing_ms = 0;
  double loops_ms = 0;
  double waiting_ms = 0;
  double awaited_ms = 0;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const measured_kind& m = measured[i];
    (kinds[i].external ? waiting_ms : computing_ms) += m.sum_ms;
    (kinds[i].external ? awaited_ms : loops_ms) += kinds[i].external ? m.async_ms : m.loop_ms;
    o.check(m.right, fmt::format("{}: the ways gave different results", kinds[i].name));
    if (kinds[i].external) {
      judge_waiting(o, kinds[i].name, m);
    } else {
      judge_computing(o, kinds[i].name, m);
    }
  }
  o.plain({"seven kinds of computing, in sequence", show_ms(computing_ms), "internal"});
  o.plain({"five kinds of waiting, in sequence", show_ms(waiting_ms), "external"});
  o.with_weft(
      {"computing, in parallel loops", show_ms(loops_ms),
       fmt::format("{} on {}", times(computing_ms / loops_ms), counted(core_count(), "worker"))});
  o.with_weft({"waiting, started together and awaited", show_ms(awaited_ms),
               fmt::format("{} on one thread", times(waiting_ms / awaited_ms))});
  o.show(table_of(kinds, measured));
  o.show(tree_of(kinds, measured));
  o.measured("computing_ms", computing_ms);
  o.measured("computing_in_loops_ms", loops_ms);
  o.measured("waiting_ms", waiting_ms);
  o.measured("waiting_awaited_ms", awaited_ms);
  o.measured_json("kinds", json_of(kinds, measured));
}

}  // namespace weft::tour
