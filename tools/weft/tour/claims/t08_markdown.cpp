// T8: a page that renders Markdown only. Nothing is waited for, so async has nothing to give.

#include <weft/task.hpp>

#include "tour/claims/claims.hpp"
#include "tour/measure.hpp"
#include "tour/timeline.hpp"
#include "tour/work/markdown.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace weft::tour {
namespace {

constexpr std::size_t pages = 8;  // at once
// So many at least; then until the rounds agree, or so many at most.
constexpr int least_rounds = 15;
constexpr int most_rounds = 120;
constexpr double least_ratio = 0.9;
constexpr double most_ratio = 1.15;

/// A document as people write them: chapters with lists, tables, code and emphasis.
std::string document() {
  std::string text = "# How a page is made\n\n";
  for (int chapter = 1; chapter <= 120; ++chapter) {
    text += fmt::format(
        "## Chapter {0}\n\nA paragraph with *emphasis*, **weight**, `code` and a "
        "[link](/chapters/{0}).\nIt goes on in a second line, as paragraphs do.\n\n"
        "- first of {0}\n- second\n  1. one\n  2. two\n- [x] done\n\n"
        "| step | thread | time |\n|------|:------:|-----:|\n| parse | {0} | 1 ms |\n"
        "| render | {0} | 2 ms |\n\n```cpp\nauto html = co_await render(text_{0});\n```\n\n"
        "> Async is about waiting; ~~computing~~ is not.\n\n",
        chapter);
  }
  return text;
}

std::string render(const std::string& text, std::size_t page) {
  const marked work("render", page);
  return markdown_to_html(text);
}

/// A function that is async in name only: it never suspends.
task<std::string> render_async(const std::string& text, std::size_t page) {
  co_return render(text, page);
}

/// The whole request on another thread, awaited.
task<std::string> render_elsewhere(const std::string& text, std::size_t page) {
  auto made = run([&text, page] { return render(text, page); });
  co_return co_await std::move(made);
}

using results = std::vector<std::string>;

results one_by_one(const std::string& text) {
  results all;
  for (std::size_t page = 0; page < pages; ++page) {
    all.push_back(render(text, page));
  }
  return all;
}

/// All started before the first is awaited: on this thread all the same.
task<results> started_together(const std::string& text) {
  std::vector<task<std::string>> running;
  for (std::size_t page = 0; page < pages; ++page) {
    running.push_back(render_async(text, page));
  }
  co_return co_await when_all(std::move(running));
}

task<results> handed_over(const std::string& text) {
  results all;
  for (std::size_t page = 0; page < pages; ++page) {
    auto one = render_elsewhere(text, page);
    all.push_back(co_await std::move(one));
  }
  co_return all;
}

/// One way of making the pages, its times and its result.
struct method {
  const char* name;
  results (*make)(const std::string&);
  run_times times{};
  paired_ratio beside_calls{};
  results made{};
  panel last{};
};

}  // namespace

void measure_t8(environment& e, outcome& o) {
  const std::string text = document();
  // All of them on a worker: this thread may have a processor of another speed.
  std::array<method, 3> ways{
      method{"a call each",
             [](const std::string& t) { return run([&t] { return one_by_one(t); }).result(); }},
      method{
          "when_all of tasks",
          [](const std::string& t) { return run([&t] { return started_together(t); }).result(); }},
      method{"await run(…), one by one",
             [](const std::string& t) { return run([&t] { return handed_over(t); }).result(); }}};
  const auto decided = [](const method& way) {
    return way.beside_calls.decided(least_ratio, most_ratio);
  };
  for (int round = 0;
       round < least_rounds || (round < most_rounds && !std::ranges::all_of(ways, decided));
       ++round) {
    for (method& way : ways) {
      e.doing(way.name);
      way.last = panel_of(way.name, [&] { way.times.run([&] { way.made = way.make(text); }); });
      way.beside_calls.add(way.times.last_wall(), ways[0].times.last_wall());
    }
  }

  for (method& way : ways) {
    const double ratio = way.beside_calls.median();
    const std::string each =
        fmt::format("{} a page", show_ms(way.times.wall() / static_cast<double>(pages)));
    if (&way == &ways.front()) {
      o.plain({way.name, show_ms(way.times.wall()), each});
    } else {
      o.with_weft({way.name, show_ms(way.times.wall()), fmt::format("{}, {:.2f} ×", each, ratio)});
      o.check(way.made == ways[0].made, fmt::format("{}: other pages", way.name));
      o.check(ratio >= least_ratio, fmt::format("{}: {:.2f} times as long", way.name, ratio));
    }
    o.drawn(std::move(way.last));
  }
  const double in_tasks = ways[1].beside_calls.median();
  o.check(in_tasks <= most_ratio, fmt::format("as tasks: {:.2f} times as long", in_tasks));
  o.show(fmt::format("     {} pages of {} Markdown, {} HTML each", pages,
                     show_bytes(static_cast<double>(text.size())),
                     show_bytes(static_cast<double>(ways[0].made.front().size()))));
  o.measured("pages", static_cast<double>(pages));
  o.measured("calls_ms", ways[0].times.wall());
  o.measured("tasks_ms", ways[1].times.wall());
  o.measured("handed_over_ms", ways[2].times.wall());
}

}  // namespace weft::tour
