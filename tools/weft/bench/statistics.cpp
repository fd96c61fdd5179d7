#include "bench/statistics.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace weft::bench {
namespace {

std::vector<double> ratios(const std::vector<double>& peer, const std::vector<double>& weft,
                           double divisor) {
  std::vector<double> all;
  for (std::size_t i = 0; i < std::min(peer.size(), weft.size()); ++i) {
    if (weft[i] > 0) {
      all.push_back(peer[i] / divisor / weft[i]);
    }
  }
  return all;
}

void consider(verdict& so_far, std::string name, const std::vector<double>& against) {
  if (against.empty()) {
    return;
  }
  const spread s = spread_of(against);
  if (so_far.best.empty() || s.median < so_far.ratio.median) {
    so_far.best = std::move(name);
    so_far.ratio = s;
    so_far.rounds = against;
  }
}

verdict with_goal(verdict v, const samples& s) {
  v.met = s.goal > 0 && !v.best.empty() && meets(v.ratio, s.goal);
  if (s.of->at_most > 0) {
    const spread own = spread_of(s.weft);
    v.met = (v.met || s.goal <= 0) && own.median <= s.of->at_most + own.iqr / 2;
  }
  return v;
}

}  // namespace

double quantile(std::vector<double> values, double q) {
  std::ranges::sort(values);
  const double at = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(at));
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return std::lerp(values[below], values[above], at - std::floor(at));
}

spread spread_of(const std::vector<double>& values) {
  return {.median = quantile(values, 0.5),
          .min = quantile(values, 0),
          .max = quantile(values, 1),
          .iqr = quantile(values, 0.75) - quantile(values, 0.25)};
}

bool meets(const spread& ratios, double goal) noexcept {
  return ratios.median >= goal - ratios.iqr / 2;
}

verdict judge(const samples& s) {
  verdict v;
  verdict others;
  for (const auto& [name, values] : s.peers) {
    if (!s.of->counts(name)) {
      if (name != limit_name) {
        consider(others, name, ratios(values, s.weft, 1));
      }
    } else if (const auto handicap = s.of->handicaps.find(name);
               handicap != s.of->handicaps.end()) {
      consider(v, fmt::format("{} ÷ {:.2g}", name, handicap->second),
               ratios(values, s.weft, handicap->second));
    } else if (name != limit_name) {
      consider(v, name, ratios(values, s.weft, 1));
    } else if (s.of->limit_counts) {
      const std::string divided = s.threads == 1 ? name : name + " ÷ " + std::to_string(s.threads);
      consider(v, divided, ratios(values, s.weft, s.threads));
    }
  }
  if (!others.best.empty() && (v.best.empty() || others.ratio.median < v.ratio.median)) {
    v.faster = others.best;
    v.faster_ratio = others.ratio.median;
  }
  return with_goal(std::move(v), s);
}

verdict judge_against(const samples& s, const std::string& peer) {
  verdict v;
  if (const auto found = s.peers.find(peer); found != s.peers.end()) {
    consider(v, peer, ratios(found->second, s.weft, 1));
  }
  return with_goal(std::move(v), s);
}

}  // namespace weft::bench
