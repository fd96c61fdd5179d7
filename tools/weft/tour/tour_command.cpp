#include "tour/tour_command.hpp"

#include "resources/descriptors.hpp"
#include "tour/claim.hpp"
#include "tour/measure.hpp"
#include "tour/report.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace weft::tour {
namespace {

constexpr int some_failed = 1;
constexpr int wrong_usage = 2;

std::string known_ids() {
  std::string all;
  for (const claim& c : all_claims()) {
    all += (all.empty() ? "" : ", ") + std::string(c.id);
  }
  return all;
}

bool is_known(std::string_view id) {
  return std::ranges::any_of(all_claims(), [&](const claim& c) { return c.id == id; });
}

std::vector<claim> chosen(const std::vector<std::string>& only) {
  std::vector<claim> list;
  for (const claim& c : all_claims()) {
    if (only.empty() || std::ranges::find(only, c.id) != only.end()) {
      list.push_back(c);
    }
  }
  return list;
}

outcome measured(const claim& c, environment& with) {
  outcome o;
  try {
    c.measure(with, o);
  } catch (const std::exception& error) {
    o.check(false, fmt::format("could not be measured: {}", error.what()));
  }
  return o;
}

/// <folder>/<id>.svg.
void draw(const std::string& folder, const claim& c, const outcome& o) {
  if (folder.empty() || o.panels().empty()) {
    return;
  }
  const auto path = std::filesystem::path(folder) / fmt::format("{}.svg", c.id);
  std::ofstream file(path);
  file << timeline_of(fmt::format("{}  what each thread did", c.id), o.panels());
  if (!file.flush()) {
    throw std::runtime_error(fmt::format("{} cannot be written", path.string()));
  }
}

/// Computations are measured against each other; on a machine that does much else they say little.
void say_if_busy() {
  double load = 0;
  const auto cores = static_cast<double>(core_count());
  if (::getloadavg(&load, 1) == 1 && load > 1.5 * cores) {
    fmt::print(
        stderr,
        "weft tour: this machine is busy with other work: a load of {:.1f} on {:.0f} cores\n", load,
        cores);
  }
}

}  // namespace

int run_tour(const tour_options& options) {
  for (const std::string& id : options.only) {
    if (!is_known(id)) {
      fmt::print(stderr, "weft tour: there is no claim '{}'; known are {}\n", id, known_ids());
      return wrong_usage;
    }
  }
  if (!options.plot.empty()) {
    std::filesystem::create_directories(options.plot);
  }
  allow_all_descriptors();
  const std::vector<claim> list = chosen(options.only);
  report printed(options.json);
  std::vector<std::string> failed;
  {
    progress shown(list.size());
    environment with(shown);
    for (const claim& c : list) {
      shown.next(c.id);
      const outcome o = measured(c, with);
      shown.clear();
      printed.add(c, o);
      draw(options.plot, c, o);
    }
    failed = printed.finish();
  }
  if (!failed.empty()) {
    fmt::print(stderr, "weft tour: does not hold: {}\n", fmt::join(failed, ", "));
    say_if_busy();
    return some_failed;
  }
  return 0;
}

}  // namespace weft::tour
