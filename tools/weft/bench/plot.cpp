// A drawing has a group of bars for each row, one bar for each program. The scale is logarithmic
// and begins at weft's own figure: a bar to the right is slower by that factor, one to the left
// faster. A linear scale would make nothing visible beside a peer that is fifty times slower; a
// logarithmic one of times would have no natural beginning.

#include "bench/plot.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

namespace weft::bench {
namespace {

// Lengths in user units of SVG, which are pixels at the natural size.
constexpr double width = 860;
constexpr double label_width = 170;
constexpr double figure_width = 150;
constexpr double bar_height = 14;
constexpr double bar_gap = 3;
constexpr double group_head = 26;
constexpr double group_gap = 12;
constexpr double top = 64;
constexpr double bottom = 34;

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '&':
        safe += "&amp;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

struct bar {
  std::string name;
  double figure;
  double factor;  // to weft's
};

std::vector<bar> bars_of(const judged& row) {
  const double own = quantile(row.measured.weft, 0.5);
  std::vector<bar> bars{{"weft", own, 1}};
  for (const auto& [name, values] : row.measured.peers) {
    const double figure = quantile(values, 0.5);
    bars.push_back({name, figure, own > 0 && figure > 0 ? figure / own : 1});
  }
  std::ranges::sort(bars, {}, &bar::factor);
  return bars;
}

/// Positions of factors: powers of two from the least to the most, with weft at 1. Beyond its ends
/// bars are cut: one that is a thousand times longer would leave nothing of the others.
struct scale {
  static constexpr double lowest = -4;  // logarithms to base 2, whole
  static constexpr double highest = 6;
  double least = 0;
  double most = 1;
  void include(double factor) {
    least = std::max(lowest, std::min(least, std::floor(std::log2(factor))));
    most = std::min(highest, std::max(most, std::ceil(std::log2(factor))));
  }
  [[nodiscard]] bool cuts(double factor) const {
    return std::log2(factor) < least || std::log2(factor) > most;
  }
  [[nodiscard]] double at(double factor) const {
    const double share = (std::clamp(std::log2(factor), least, most) - least) / (most - least);
    return label_width + share * (width - label_width - figure_width);
  }
};

void text(std::string& out, double x, double y, std::string_view style, std::string_view what) {
  out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>\n", x, y, style,
                     escaped(what));
}

double height_of(const std::vector<judged>& rows) {
  double height = top + bottom;
  for (const judged& row : rows) {
    height += group_head + group_gap +
              static_cast<double>(row.measured.peers.size() + 1) * (bar_height + bar_gap);
  }
  return height;
}

void draw_grid(std::string& out, const scale& s, double height) {
  for (double power = s.least; power <= s.most; ++power) {
    const double x = s.at(std::exp2(power));
    out += fmt::format(
        "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.1f}\" y2=\"{2:.1f}\" class=\"{3}\"/>\n", x,
        top - 6, height - bottom + 4, power == 0 ? "one" : "grid");
    text(out, x, height - bottom + 20, "tick",
         power < 0 ? fmt::format("1/{:g}", std::exp2(-power))
                   : fmt::format("{:g}×", std::exp2(power)));
  }
}

void draw_group(std::string& out, const judged& row, const scale& s, double& y) {
  const samples& m = row.measured;
  std::string head = fmt::format("{}({}), {} thread{}", m.shown_name, m.parameter, m.threads,
                                 m.threads == 1 ? "" : "s");
  if (m.goal > 0 && !row.said.best.empty()) {
    head += fmt::format(" — {:.2f} × {}, goal {:.3g} {}", row.said.ratio.median, row.said.best,
                        m.goal, row.said.met ? "met" : "missed");
  }
  text(out, 12, y + group_head - 9, "head", head);
  y += group_head;
  for (const bar& b : bars_of(row)) {
    const double from = std::min(s.at(1), s.at(b.factor));
    const double to = std::max({s.at(1), s.at(b.factor), from + 2});
    const std::string_view kind = b.name == "weft"       ? "weft"
                                  : b.name == limit_name ? "limit"
                                                         : "peer";
    text(out, label_width - 8, y + bar_height - 3, "name", b.name);
    out += fmt::format(
        "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" class=\"{}\"/>\n", from, y,
        to - from, bar_height, kind);
    text(out, to + 5, y + bar_height - 3, "figure",
         b.name == "weft" ? show_figure(m.measured, b.figure)
                          : fmt::format("{}  {:.3g}×{}", show_figure(m.measured, b.figure),
                                        b.factor, s.cuts(b.factor) ? " (cut)" : ""));
    y += bar_height + bar_gap;
  }
  y += group_gap;
}

constexpr std::string_view style = R"(<style>
text{font-family:system-ui,sans-serif;fill:#222;font-size:11px}
.title{font-size:16px;font-weight:600}.note{fill:#666}.head{font-weight:600;font-size:12px}
.name{text-anchor:end}.tick{text-anchor:middle;fill:#666}
.grid{stroke:#e3e3e3}.one{stroke:#444}
.weft{fill:#1f6feb}.peer{fill:#9aa4b2}.limit{fill:#d9b24c}
</style>
)";

}  // namespace

std::string plot_of(std::string_view id, const std::vector<judged>& rows,
                    const surroundings& here) {
  scale s;
  for (const judged& row : rows) {
    for (const bar& b : bars_of(row)) {
      s.include(b.factor);
    }
  }
  const double height = height_of(rows);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" "
      "height=\"{1:g}\">\n{2}"
      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
      width, height, style);
  text(out, 12, 24, "title", fmt::format("{}  {}", id, title_of(id)));
  text(
      out, 12, 42, "note",
      fmt::format("Factor to weft, logarithmic: to the right is slower or larger. {}, {} cores, {}",
                  here.processor, here.cores, here.date));
  draw_grid(out, s, height);
  double y = top;
  for (const judged& row : rows) {
    draw_group(out, row, s, y);
  }
  return out + "</svg>\n";
}

void write_plots(const std::string& folder, const std::vector<judged>& rows,
                 const surroundings& here) {
  std::filesystem::create_directories(folder);
  for (auto first = rows.begin(); first != rows.end();) {
    const std::string_view id = first->measured.of->id;
    const auto last =
        std::find_if(first, rows.end(), [&](const judged& j) { return j.measured.of->id != id; });
    const auto path = std::filesystem::path(folder) / fmt::format("{}.svg", id);
    std::ofstream file(path);
    file << plot_of(id, {first, last}, here);
    if (!file.flush()) {
      throw std::runtime_error(fmt::format("{} cannot be written", path.string()));
    }
    first = last;
  }
}

}  // namespace weft::bench
