#include "bench/runner.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

namespace weft::bench {
namespace {

double number(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

double figure_of(unit u, const figures& f, double operations, std::string_view time) {
  const auto printed = [&](std::string_view name) {
    if (!f.has(name)) {
      throw std::runtime_error(fmt::format("printed no '{}: N'", name));
    }
    return f[name];
  };
  switch (u) {
    case unit::milliseconds:
      return printed(time) / 1e3;
    case unit::nanoseconds_each:
      return printed(time) * 1e3 / operations;
    case unit::bytes:
      return printed("bytes");
    case unit::kibibytes:
      return printed("memory");
    case unit::lines:
      return printed("lines");
  }
  return 0;
}

std::string runner::program_of(std::string_view workload, std::string_view peer) const {
  for (const auto& path : {plan_.programs / workload / peer, plan_.programs / peer}) {
    std::error_code none;
    if (std::filesystem::is_regular_file(path, none) && ::access(path.c_str(), X_OK) == 0) {
      return path.string();
    }
  }
  return {};
}

std::vector<runner::contender> runner::contenders(const row& r) {
  std::vector<contender> all;
  const auto add = [&](std::string_view name) {
    contender c{.name = std::string(name),
                .program = program_of(r.workload, name),
                .values = {},
                .memory = {},
                .mallocs = {}};
    if (c.program.empty()) {
      missing_[c.name].insert(std::string(r.id));
    } else {
      all.push_back(std::move(c));
    }
  };
  add("weft");
  if (all.empty()) {
    return all;  // nothing to compare with
  }
  for (const std::string_view peer : r.peers) {
    if (std::ranges::find(plan_.without, peer) == plan_.without.end()) {
      add(peer);
    }
  }
  for (const outside_peer& peer : plan_.outside) {
    all.push_back(
        {.name = peer.name, .program = peer.program, .values = {}, .memory = {}, .mallocs = {}});
  }
  return all;
}

void runner::measure_once(const row& r, int threads, contender& c) {
  const std::string_view parameter = plan_.full ? r.full : r.reduced;
  run_outcome o =
      run_program(c.program, fmt::format("{}/{}", r.id, r.name), parameter, threads, plan_.limit);
  if (o.how == run_outcome::end::measured) {
    try {
      c.values.push_back(figure_of(r.measured, o.measured,
                                   r.operations > 0 ? r.operations : number(parameter),
                                   plan_.processor_time ? "cpu" : "duration"));
      c.memory.push_back(o.measured["memory"]);
      if (o.measured.has("mallocs")) {
        c.mallocs = o.measured["mallocs"];
      }
      if (!o.measured.version.empty()) {
        versions_.insert_or_assign(c.name, o.measured.version);
      }
      return;
    } catch (const std::runtime_error& error) {
      o.how = run_outcome::end::failed;
      o.why = error.what();
    }
  }
  c.out = true;
  if (o.how == run_outcome::end::failed) {
    failures_.push_back({c.name, fmt::format("{}/{}", r.id, r.name), o.why});
  }
}

std::vector<samples> runner::rounds(const row& r, int threads) {
  std::vector<contender> all = contenders(r);
  for (int round = 0; round < plan_.rounds; ++round) {
    for (contender& c : all) {
      if (!c.out && !all.front().out) {
        doing_(fmt::format("{}, {} thread{}, round {}/{}: {}", r.name, threads,
                           threads == 1 ? "" : "s", round + 1, plan_.rounds, c.name));
        measure_once(r, threads, c);
      }
    }
  }
  if (all.empty() || all.front().out) {
    return {};
  }
  samples time{.of = &r,
               .shown_name = std::string(r.name),
               .parameter = std::string(plan_.full ? r.full : r.reduced),
               .threads = threads,
               .measured = r.measured,
               .goal = r.goal,
               .weft = all.front().values,
               .peers = {},
               .mallocs = {}};
  samples memory = time;
  memory.shown_name += " memory";
  memory.measured = unit::kibibytes;
  memory.goal = memory_goal;
  memory.weft = all.front().memory;
  if (all.front().mallocs) {
    time.mallocs.emplace("weft", *all.front().mallocs);
  }
  for (contender& c : all) {
    if (&c != &all.front() && !c.out) {
      if (c.mallocs) {
        time.mallocs.emplace(c.name, *c.mallocs);
      }
      time.peers.emplace(c.name, std::move(c.values));
      memory.peers.emplace(c.name, std::move(c.memory));
    }
  }
  std::vector<samples> both{std::move(time)};
  if (r.memory) {
    both.push_back(std::move(memory));
  }
  return both;
}

std::vector<samples> runner::measure(const row& r) {
  std::vector<samples> all;
  for (const int threads : plan_.threads) {
    if (threads == plan_.threads.back() || r.each_thread_count) {
      std::ranges::move(rounds(r, threads), std::back_inserter(all));
    }
  }
  return all;
}

}  // namespace weft::bench
