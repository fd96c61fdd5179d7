#include "tour/report.hpp"

#include <weft/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

namespace weft::tour {
namespace {

constexpr std::size_t block_indent = 5;
// Of a row: sign, name, time, cost.
constexpr std::size_t name_width = 38;
constexpr std::size_t time_width = 9;
constexpr std::size_t cost_width = page_width - block_indent - name_width - time_width - 4;

bool is_continuation(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_rows(const std::vector<way>& ways, char sign) {
  for (const way& w : ways) {
    std::string line = fmt::format("   {} {}  {}  {}", sign, fitted(w.name, name_width),
                                   fitted(w.time, time_width), fitted(w.cost, cost_width));
    line.erase(line.find_last_not_of(' ') + 1);
    print(line + "\n");
  }
}

std::string verdict(bool ok) {
  return ok ? "holds" : "FAILS";
}

std::string short_form(const std::vector<way>& ways, bool first) {
  if (ways.empty()) {
    return "-";
  }
  const way& w = first ? ways.front() : ways.back();
  return w.time.empty() ? w.cost : w.cost.empty() ? w.time : w.time + ", " + w.cost;
}

}  // namespace

std::size_t width_of(std::string_view text) noexcept {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, is_continuation));
}

std::string fitted(std::string_view text, std::size_t width) {
  const std::size_t has = width_of(text);
  if (has <= width) {
    return std::string(text) + std::string(width - has, ' ');
  }
  std::size_t end = 0;
  for (std::size_t kept = 0; end < text.size(); ++end) {
    if (!is_continuation(text[end]) && ++kept == width) {
      break;
    }
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  const std::string margin(indent, ' ');
  std::string lines = margin;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, blank);
    text.remove_prefix(std::min(blank + 1, text.size()));
    if (column > indent && column + 1 + width_of(word) > width) {
      lines += "\n" + margin;
      column = indent;
    }
    if (column > indent) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += width_of(word);
  }
  return lines;
}

std::string table::text(std::size_t indent) const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  }
  std::size_t before_last = indent;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    before_last += widths[i] + 2;
  }
  widths.back() = std::min(widths.back(), page_width - std::min(page_width, before_last));
  std::string all;
  for (const auto& row : rows_) {
    std::string line(indent, ' ');
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += fitted(row[i], widths[i]);
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    all += line + "\n";
  }
  return all;
}

void outcome::measured(std::string_view name, double value) {
  measured_json(name, json::to_string(value));
}
void outcome::measured(std::string_view name, std::string_view text) {
  measured_json(name, json::to_string(text));
}
void outcome::measured_json(std::string_view name, std::string json) {
  if (!measured_.empty()) {
    measured_ += ',';
  }
  measured_ += json::to_string(name) + ":" + json;
}

void outcome::check(bool holds, std::string what) {
  if (!holds) {
    failures_.push_back(std::move(what));
  }
}

report::report(bool json)
    : json_(json),
      colours_(::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr),
      summary_({"claim", "the plain way", "weft", "verdict"}) {}

std::string report::painted(std::string text, bool ok) const {
  if (colours_) {
    const std::string word = verdict(ok);
    text.replace(text.find(word), word.size(),
                 fmt::format("\033[{}m{}\033[0m", ok ? "1;32" : "1;31", word));
  }
  return text;
}

void report::add(const claim& c, const outcome& o) {
  ++count_;
  if (!o.ok()) {
    failed_.emplace_back(c.id);
  }
  if (json_) {
    std::string failures;
    if (!o.ok()) {
      failures = ",\"failures\":" + json::to_string(o.failures());
    }
    fmt::print("{{\"id\":{},\"claim\":{},\"measured\":{},\"limit\":{},\"ok\":{}{}}}\n",
               json::to_string(c.id), json::to_string(c.text), o.measured_object(),
               json::to_string(c.limit), o.ok(), failures);
  } else {
    print_block(c, o);
    summary_.add({std::string(c.id), fitted(short_form(o.plain(), true), 36),
                  fitted(short_form(o.with_weft(), false), 42), verdict(o.ok())});
  }
  std::fflush(stdout);
}

void report::print_block(const claim& c, const outcome& o) const {
  fmt::print("{}{}\n", fitted(c.id, block_indent),
             std::string_view(wrapped(c.text, block_indent, page_width)).substr(block_indent));
  print_rows(o.plain(), '-');
  print_rows(o.with_weft(), '+');
  for (const std::string& text : o.shown()) {
    print(text);
    if (text.empty() || text.back() != '\n') {
      print("\n");
    }
  }
  const std::string verdict_and_limit =
      wrapped(fmt::format("{}: {}", verdict(o.ok()), c.limit), block_indent, page_width);
  fmt::print("{}\n", painted(verdict_and_limit, o.ok()));
  for (const std::string& failure : o.failures()) {
    fmt::print("{}\n", wrapped("→ " + failure, block_indent, page_width));
  }
  print("\n");
}

std::vector<std::string> report::finish() {
  if (!json_ && count_ > 1) {
    print(summary_.text(0));
    fmt::print("\n{} of {} claims hold.\n", count_ - failed_.size(), count_);
  }
  std::fflush(stdout);
  return failed_;
}

}  // namespace weft::tour
