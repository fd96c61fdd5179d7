#include "bench/bench_report.hpp"

#include <weft/json.hpp>

#include "tour/report.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifndef WEFT_BENCH_FLAGS
#define WEFT_BENCH_FLAGS ""
#endif

namespace weft::bench {
namespace {

/// JSON has no infinity; nothing measured is one.
std::string json_number(double value) {
  return fmt::format("{:.6g}", value);
}

/// Three digits that mean something.
std::string digits_of(unit u, double value) {
  const bool counted = u == unit::kibibytes || u == unit::lines;
  const int decimals = value >= 100 || counted ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return fmt::format("{:.{}f}", value, decimals);
}

double median_of(const std::vector<double>& values) {
  return quantile(values, 0.5);
}

std::string json_head(const judged& row) {
  const samples& s = row.measured;
  std::string peers;
  for (const auto& [name, values] : s.peers) {
    peers += fmt::format("{}{}:{}", peers.empty() ? "" : ",", json::to_string(name),
                         json_number(median_of(values)));
  }
  const bool compared = !row.said.best.empty();
  const auto ratio = [&](double value) {
    return compared ? json_number(value) : std::string("null");
  };
  const std::string met = s.goal > 0 && compared ? (row.said.met ? "true" : "false") : "null";
  return fmt::format(
      R"({{"id":{},"row":{},"params":{},"threads":{},"unit":{},"weft":{},"peers":{{{}}},"ratio_best":{},"min":{},"max":{},"goal":{},"met":{})",
      json::to_string(s.of->id), json::to_string(s.shown_name), json::to_string(s.parameter),
      s.threads, json::to_string(name_of(s.measured)), json_number(median_of(s.weft)), peers,
      ratio(row.said.ratio.median), ratio(row.said.ratio.min), ratio(row.said.ratio.max),
      s.goal > 0 ? json_number(s.goal) : "null", met);
}

std::string json_list(const std::vector<double>& values) {
  std::string all;
  for (const double value : values) {
    all += (all.empty() ? "" : ",") + json_number(value);
  }
  return "[" + all + "]";
}

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) {
      return line.substr(std::min(line.find(": ") + 2, line.size()));
    }
  }
  return "unknown";
}

/// The fastest of those that the goal is about, and no limit.
std::string fastest_peer(const samples& s) {
  std::string name;
  double best = 0;
  for (const auto& [peer, values] : s.peers) {
    const double median = median_of(values);
    if (s.of->counts(peer) && peer != limit_name && (name.empty() || median < best)) {
      name = peer;
      best = median;
    }
  }
  return name;
}

std::string goal_text(const judged& row) {
  const samples& s = row.measured;
  if (s.goal <= 0) {
    return s.of->at_most <= 0 ? "published"
                              : fmt::format("goal ≤ {}: {}", show_figure(s.measured, s.of->at_most),
                                            row.said.met ? "met" : "MISSED");
  }
  const std::string_view word = row.said.best.empty() ? "no peer" : row.said.met ? "met" : "MISSED";
  const std::string own =
      s.of->at_most > 0 ? fmt::format(" and ≤ {}", show_figure(s.measured, s.of->at_most)) : "";
  return fmt::format("goal {:.3g}{}: {}", s.goal, own, word);
}

}  // namespace

std::vector<judged> judge_all(std::vector<samples> rows) {
  std::vector<judged> all;
  std::string fastest;
  for (samples& s : rows) {
    verdict v;
    if (s.measured == unit::kibibytes && s.of->measured != unit::kibibytes) {
      v = judge_against(s, fastest);
    } else {
      v = judge(s);
      fastest = fastest_peer(s);
    }
    all.push_back({std::move(s), std::move(v)});
  }
  return all;
}

std::vector<common_goal> common_goals(const std::vector<judged>& all) {
  std::vector<common_goal> goals;
  std::vector<std::vector<double>> logs;  // of a goal's rows, summed, round by round
  for (const judged& j : all) {
    const row& of = *j.measured.of;
    if (of.mean_goal <= 0 || j.said.best.empty() || j.measured.measured != of.measured) {
      continue;
    }
    auto found = std::ranges::find(goals, of.id, &common_goal::id);
    if (found == goals.end()) {
      goals.push_back({.id = of.id, .goal = of.mean_goal, .mean = {}});
      logs.emplace_back(j.said.rounds.size(), 0.0);
      found = goals.end() - 1;
    }
    ++found->rows;
    std::vector<double>& sums = logs[static_cast<std::size_t>(found - goals.begin())];
    sums.resize(std::min(sums.size(), j.said.rounds.size()));
    for (std::size_t i = 0; i != sums.size(); ++i) {
      sums[i] += std::log(j.said.rounds[i]);
    }
  }
  for (std::size_t g = 0; g != goals.size(); ++g) {
    for (double& sum : logs[g]) {
      sum = std::exp(sum / static_cast<double>(goals[g].rows));
    }
    goals[g].mean = spread_of(logs[g]);
    goals[g].met = meets(goals[g].mean, goals[g].goal);
  }
  return goals;
}

std::string show_figure(unit u, double value) {
  return fmt::format("{} {}", digits_of(u, value), name_of(u));
}

std::string json_line(const judged& row) {
  return json_head(row) + "}";
}

std::string json_line_with_rounds(const judged& row) {
  std::string rounds = R"("weft":)" + json_list(row.measured.weft);
  for (const auto& [name, values] : row.measured.peers) {
    rounds += fmt::format(",{}:{}", json::to_string(name), json_list(values));
  }
  return fmt::format(R"({},"best":{},"rounds":{{{}}}}})", json_head(row),
                     row.said.best.empty() ? "null" : json::to_string(row.said.best), rounds);
}

std::string text_of(const judged& row) {
  const samples& s = row.measured;
  const spread own = spread_of(s.weft);
  const std::string range =
      fmt::format("{} ({}–{})", show_figure(s.measured, own.median), digits_of(s.measured, own.min),
                  digits_of(s.measured, own.max));
  std::string line = fmt::format("  {}  {}  {}  {}", tour::fitted(s.shown_name, 16),
                                 tour::fitted(fmt::format("n={} t={}", s.parameter, s.threads), 15),
                                 tour::fitted(range, 25), goal_text(row));
  if (!row.said.best.empty()) {
    line += fmt::format("; {:.2f} × {} ({:.2f}–{:.2f})", row.said.ratio.median, row.said.best,
                        row.said.ratio.min, row.said.ratio.max);
  }
  if (!row.said.faster.empty()) {
    line += fmt::format("; no goal: {:.2f} × {}", row.said.faster_ratio, row.said.faster);
  }
  std::string others;
  for (const auto& [name, values] : s.peers) {
    others += fmt::format("{}{} {}", others.empty() ? "" : " · ", name,
                          show_figure(s.measured, median_of(values)));
  }
  for (const auto& [name, calls] : s.mallocs) {
    others += name == "weft"
                  ? fmt::format("{}weft's mallocs: {:.3g} each", others.empty() ? "" : " · ", calls)
                  : "";
  }
  line += "\n";
  if (!others.empty()) {
    line += tour::wrapped(others, 6, tour::page_width) + "\n";
  }
  return line;
}

surroundings surroundings::here() {
  surroundings s;
  s.processor = processor_name();
  s.cores = ::sysconf(_SC_NPROCESSORS_ONLN);
  utsname system{};
  if (::uname(&system) == 0) {
    s.system = fmt::format("{} {}", system.sysname, system.release);
  }
  s.compiler = __VERSION__;
  s.flags = WEFT_BENCH_FLAGS;
  s.date = fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(std::time(nullptr)));
  if (::getloadavg(&s.load, 1) != 1) {
    s.load = 0;
  }
  return s;
}

std::string surroundings::text() const {
  return fmt::format("{}, {} cores, load {:.1f} · {} · {}\n{} {}\n", processor, cores, load, system,
                     date, compiler, flags);
}

std::string surroundings::json() const {
  return fmt::format(
      R"({{"date":{},"processor":{},"cores":{},"load":{:.2f},"system":{},"compiler":{},"flags":{},"rounds":{},"times":{}}})",
      json::to_string(date), json::to_string(processor), cores, load, json::to_string(system),
      json::to_string(compiler), json::to_string(flags), rounds, json::to_string(times));
}

}  // namespace weft::bench
