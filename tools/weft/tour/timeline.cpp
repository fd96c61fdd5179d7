// All panels have one scale, from each one's own beginning: what takes twice as long is twice as
// wide. A panel has a lane for each thread that did something, in the order of their first
// stretches.

#include "tour/timeline.hpp"

#include "tour/measure.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace weft::tour {
namespace {

// aux of a mark: [ magic: 16 bits | part | end: 1 bit ]. Others of the tour's marks lack the magic.
constexpr std::uint64_t magic = 0x7E57ULL << 48;
constexpr std::uint64_t magic_bits = 0xFFFFULL << 48;

void emit_mark(const char* what, std::size_t part, bool end) noexcept {
  if (trace::enabled()) {
    trace::emit(trace::event::mark, nullptr, {}, what, magic | (part << 1) | (end ? 1U : 0U));
  }
}

// Lengths in user units of SVG, which are pixels at the natural size.
constexpr double width = 860;
constexpr double label_width = 84;
constexpr double right = 16;
constexpr double lane_height = 18;
constexpr double lane_gap = 4;
constexpr double panel_head = 24;
constexpr double panel_gap = 10;
constexpr double top = 40;
constexpr double bottom = 34;
constexpr double narrowest_named = 5.5;  // a letter needs as much

constexpr std::array<const char*, 8> colours{"#1f6feb", "#d9822b", "#2da44e", "#a44ec9",
                                             "#c93c5b", "#5a9fa8", "#8a7a2b", "#6b7280"};

double length_of(const panel& p) {
  double from = 0;
  double to = 0;
  for (const stretch& s : p.stretches) {
    from = &s == &p.stretches.front() ? s.from_ms : std::min(from, s.from_ms);
    to = std::max(to, s.to_ms);
  }
  return to - from;
}

std::map<std::uint32_t, std::size_t> lanes_of(const panel& p) {
  std::map<std::uint32_t, std::size_t> lanes;
  for (const stretch& s : p.stretches) {
    lanes.try_emplace(s.thread, lanes.size());
  }
  return lanes;
}

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    safe += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  }
  return safe;
}

void text(std::string& out, double x, double y, std::string_view style, std::string_view what) {
  out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"{}\">{}</text>\n", x, y, style,
                     escaped(what));
}

class drawing {
 public:
  explicit drawing(double length_ms) : scale_((width - label_width - right) / length_ms) {}

  void add(const panel& p) {
    text(out_, 12, y_ + panel_head - 8, "head",
         fmt::format("{}: {}", p.title, show_ms(length_of(p))));
    y_ += panel_head;
    const auto lanes = lanes_of(p);
    for (const auto& [thread, lane] : lanes) {
      const double y = y_ + static_cast<double>(lane) * (lane_height + lane_gap);
      out_ += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" class=\"lane\"/>\n",
          label_width, y, width - label_width - right, lane_height);
      text(out_, label_width - 8, y + lane_height - 5, "name", fmt::format("thread {}", thread));
    }
    const double began = p.stretches.empty() ? 0 : p.stretches.front().from_ms;
    for (const stretch& s : p.stretches) {
      add(s, began, y_ + static_cast<double>(lanes.at(s.thread)) * (lane_height + lane_gap));
    }
    y_ += static_cast<double>(lanes.size()) * (lane_height + lane_gap) + panel_gap;
  }

  [[nodiscard]] std::string finished(std::string_view title, double length_ms) {
    std::string head = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" "
        "height=\"{1:g}\">\n"
        "<style>\n"
        "text{{font-family:system-ui,sans-serif;fill:#222;font-size:11px}}\n"
        ".title{{font-size:15px;font-weight:600}}.head{{font-weight:600;font-size:12px}}\n"
        ".name{{text-anchor:end}}.tick{{text-anchor:middle;fill:#666}}.in{{fill:#fff}}\n"
        ".lane{{fill:#f2f3f5}}\n"
        "</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        width, y_ + bottom);
    text(head, 12, 24, "title", title);
    constexpr int ticks = 4;
    for (int i = 0; i <= ticks; ++i) {
      const double ms = length_ms * i / ticks;
      text(out_, std::min(label_width + ms * scale_, width - right - 18), y_ + 14, "tick",
           show_ms(ms));
    }
    return head + out_ + "</svg>\n";
  }

 private:
  void add(const stretch& s, double began_ms, double y) {
    const double x = label_width + (s.from_ms - began_ms) * scale_;
    const double wide = std::max(s.ms() * scale_, 0.5);
    out_ += fmt::format(
        "<rect x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{}\" fill=\"{}\">"
        "<title>{} {}: {}</title></rect>\n",
        x, y, wide, lane_height, colours.at(s.part % colours.size()), escaped(s.what), s.part + 1,
        show_ms(s.ms()));
    if (wide > narrowest_named * static_cast<double>(std::strlen(s.what) + 2)) {
      text(out_, x + 4, y + lane_height - 5, "in", s.what);
    }
  }

  double scale_;  // pixels a ms
  double y_ = top;
  std::string out_;
};

}  // namespace

marked::marked(const char* what, std::size_t part) noexcept : what_(what), part_(part) {
  emit_mark(what, part, false);
}
marked::~marked() {
  emit_mark(what_, part_, true);
}

std::vector<stretch> read_stretches(const std::vector<trace::record>& records) {
  std::vector<stretch> all;
  std::map<std::tuple<std::uint32_t, std::string_view, std::size_t>, std::size_t> open;
  std::set<std::size_t> unended;
  for (const trace::record& r : records) {
    if (r.kind != trace::event::mark || r.label == nullptr || (r.aux & magic_bits) != magic) {
      continue;
    }
    const double ms = static_cast<double>(r.time_ns) / 1e6;
    const std::size_t part = (r.aux & ~magic_bits) >> 1;
    const std::tuple key(r.thread, std::string_view(r.label), part);
    if ((r.aux & 1) == 0) {
      open[key] = all.size();
      unended.insert(all.size());
      all.push_back({r.label, part, r.thread, ms, ms});
    } else if (const auto found = open.find(key); found != open.end()) {
      all[found->second].to_ms = ms;
      unended.erase(found->second);
      open.erase(found);
    }
  }
  for (auto last = unended.rbegin(); last != unended.rend(); ++last) {
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(*last));
  }
  return all;
}

std::string timeline_of(std::string_view title, std::span<const panel> panels) {
  double length = 1e-3;
  for (const panel& p : panels) {
    length = std::max(length, length_of(p));
  }
  drawing all(length);
  for (const panel& p : panels) {
    all.add(p);
  }
  return all.finished(title, length);
}

}  // namespace weft::tour
