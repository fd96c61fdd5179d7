#include "bench/bench_command.hpp"

#include "bench/bench_report.hpp"
#include "bench/plot.hpp"
#include "bench/runner.hpp"
#include "tour/progress.hpp"
#include "tour/report.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#ifndef WEFT_BENCH_PROGRAMS
#define WEFT_BENCH_PROGRAMS ""
#endif

namespace weft::bench {
namespace {

namespace files = std::filesystem;

constexpr int some_failed = 1;
constexpr int wrong_usage = 2;
constexpr int rounds_reduced = 5;
constexpr int rounds_full = 9;  // the goals are read on nine or more

bool is_chosen(const row& r, const std::vector<std::string>& only) {
  return only.empty() || std::ranges::any_of(only, [&](const std::string& word) {
           return word == r.id || word == r.name;
         });
}

std::vector<const row*> chosen(const std::vector<std::string>& only) {
  for (const std::string& word : only) {
    if (std::ranges::none_of(all_rows(), [&](const row& r) { return is_chosen(r, {word}); })) {
      std::string known;
      std::string_view id;
      for (const row& r : all_rows()) {  // those of one id stand together
        known += std::exchange(id, r.id) == r.id
                     ? " "
                     : fmt::format("{}{}: ", known.empty() ? "" : "; ", r.id);
        known += r.name;
      }
      throw std::invalid_argument(fmt::format("there is no row '{}'; known are {}", word, known));
    }
  }
  std::vector<const row*> list;
  for (const row& r : all_rows()) {
    if (is_chosen(r, only)) {
      list.push_back(&r);
    }
  }
  return list;
}

outside_peer outside(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw std::invalid_argument(fmt::format("--peer is name=path, not '{}'", text));
  }
  outside_peer peer{text.substr(0, equals), files::absolute(text.substr(equals + 1)).string()};
  if (peer.name == "weft" || ::access(peer.program.c_str(), X_OK) != 0) {
    throw std::invalid_argument(
        fmt::format("--peer {}: {} is no program", peer.name, peer.program));
  }
  return peer;
}

files::path programs_folder(const std::string& given) {
  if (!given.empty()) {
    return files::absolute(given);
  }
  std::error_code none;
  const files::path beside =
      files::read_symlink("/proc/self/exe", none).parent_path().parent_path() / "bench" / "peers";
  return files::is_directory(beside, none) ? beside : files::path(WEFT_BENCH_PROGRAMS);
}

std::vector<int> thread_counts(const std::vector<int>& given) {
  std::vector<int> counts = given;
  if (counts.empty()) {
    const auto cores = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
    for (int n = 1; n < cores; n *= 2) {
      counts.push_back(n);
    }
    counts.push_back(cores);
  }
  std::ranges::sort(counts);
  if (counts.front() < 1) {
    throw std::invalid_argument("--threads takes numbers from 1 on");
  }
  return counts;
}

run_plan plan_of(const bench_options& options) {
  if (options.limit < 1) {
    throw std::invalid_argument("--limit takes seconds from 1 on");
  }
  if (options.rounds < 0) {
    throw std::invalid_argument("--rounds takes a number from 1 on");
  }
  run_plan plan;
  plan.programs = programs_folder(options.programs);
  for (const std::string& text : options.peers) {
    plan.outside.push_back(outside(text));
  }
  plan.without = options.without;
  plan.limit = std::chrono::seconds(options.limit);
  plan.full = options.full;
  plan.processor_time = options.cpu;
  plan.rounds = options.rounds > 0 ? options.rounds : options.full ? rounds_full : rounds_reduced;
  plan.threads = thread_counts(options.threads);
  return plan;
}

/// A file for this run below `folder`.
std::ofstream record_in(const std::string& folder, const surroundings& here) {
  files::create_directories(folder);
  const files::path path = files::path(folder) / fmt::format("{:%Y-%m-%dT%H%M%SZ}.jsonl",
                                                             fmt::gmtime(std::time(nullptr)));
  std::ofstream file(path);
  if (!file) {
    throw std::runtime_error(fmt::format("{} cannot be written", path.string()));
  }
  file << here.json() << "\n";
  return file;
}

/// What is missing or failed, on stderr so that JSON stays JSON. **Returns** whether something
/// failed.
bool say_what_is_missing(const runner& ran, const std::vector<std::string>& without) {
  for (const std::string& peer : without) {
    fmt::print(stderr, "left out: {}\n", peer);
  }
  for (const auto& [peer, ids] : ran.missing()) {
    const std::string_view package = package_of(peer);
    fmt::print(stderr, "missing: {} ({}): {}\n", peer, fmt::join(ids, ", "),
               package.empty() ? "its program is not there" : package);
  }
  for (const failed_run& f : ran.failures()) {
    fmt::print(stderr, "failed: {} in {}: {}\n", f.peer, f.row, f.why);
  }
  return !ran.failures().empty() || ran.missing().contains("weft");
}

void say_summary(const std::vector<judged>& all) {
  std::size_t goals = 0;
  std::vector<std::string> missed;
  for (const judged& j : all) {
    if (j.has_goal()) {
      ++goals;
      if (!j.said.met) {
        missed.push_back(fmt::format("{}/{}({}) t={}", j.measured.of->id, j.measured.shown_name,
                                     j.measured.parameter, j.measured.threads));
      }
    }
  }
  std::string means;
  for (const common_goal& g : common_goals(all)) {
    const std::string id = fmt::format("{}, mean of {} rows", g.id, g.rows);
    means += fmt::format("{}: {:.2f} × ({:.2f}–{:.2f}), goal {:.3g}: {}\n", id, g.mean.median,
                         g.mean.min, g.mean.max, g.goal, g.met ? "met" : "MISSED");
    ++goals;
    if (!g.met) {
      missed.push_back(id);
    }
  }
  fmt::print("\n{}", means);
  fmt::print("{} of {} goals met against the peers that ran here.\n", goals - missed.size(), goals);
  if (!missed.empty()) {
    fmt::print("{}\n", tour::wrapped(fmt::format("Missed: {}", fmt::join(missed, ", ")), 0,
                                     tour::page_width));
  }
}

int run_checked(const bench_options& options) {
  const std::vector<const row*> rows = chosen(options.only);
  run_plan plan = plan_of(options);
  surroundings here = surroundings::here();
  here.rounds = plan.rounds;
  here.times = plan.processor_time ? "processor" : "wall";
  std::optional<std::ofstream> kept;
  if (!options.record.empty()) {
    kept = record_in(options.record, here);
  }
  if (!options.json) {
    fmt::print("{}{} rounds, {} parameters; {} times are medians (least–most), × is peer ÷ weft\n",
               here.text(), plan.rounds, plan.full ? "full" : "reduced", here.times);
  }
  tour::progress shown(rows.size());
  runner ran(std::move(plan), [&](std::string_view what) { shown.doing(what); });
  std::vector<judged> all;
  std::string_view id;
  for (const row* r : rows) {
    shown.next(r->id);
    std::vector<judged> some = judge_all(ran.measure(*r));
    shown.clear();
    for (judged& j : some) {
      if (!options.json && std::exchange(id, r->id) != r->id) {
        fmt::print("\n{}  {}\n", r->id, title_of(r->id));
      }
      fmt::print("{}", options.json ? json_line(j) + "\n" : text_of(j));
      std::fflush(stdout);
      if (kept) {
        *kept << json_line_with_rounds(j) << "\n" << std::flush;
      }
      all.push_back(std::move(j));
    }
  }
  if (!options.json) {
    say_summary(all);
    for (const auto& [peer, version] : ran.versions()) {
      fmt::print("{}: {}\n", peer, version);
    }
  }
  if (!options.plot.empty()) {
    write_plots(options.plot, all, here);
  }
  return say_what_is_missing(ran, options.without) ? some_failed : 0;
}

}  // namespace

int run_bench(const bench_options& options) {
  try {
    return run_checked(options);
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "weft bench: {}\n", error.what());
    return wrong_usage;
  }
}

}  // namespace weft::bench
