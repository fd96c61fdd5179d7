#include "tour/tour_command.hpp"

#include "resources/descriptors.hpp"
#include "tour/claim.hpp"
#include "tour/measure.hpp"
#include "tour/report.hpp"

#include <algorithm>
#include <cstdlib>
#include <exception>

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
