// T8: a page that renders Markdown only. Nothing is waited for, so async has nothing to give.

#include <weft/task.hpp>

#include "tour/claims/claims.hpp"
#include "tour/measure.hpp"
#include "tour/timeline.hpp"
#include "tour/work/markdown.hpp"

#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace weft::tour {
namespace {

constexpr std::size_t pages = 8;  // at once
constexpr int rounds = 15;

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
  results made{};
  panel last{};
};

}  // namespace

void measure_t8(environment& e, outcome& o) {
  const std::string text = document();
  std::array<method, 3> ways{
      method{"a call each", &one_by_one},
      method{"when_all of tasks",
             [](const std::string& t) { return block_on(started_together(t)); }},
      method{"await run(…), one by one", [](const std::string& t) {
               auto all = run([&t] { return handed_over(t); });
               return block_on(std::move(all));
             }}};
  for (int round = 0; round < rounds; ++round) {
    for (method& way : ways) {
      e.doing(way.name);
      way.last = panel_of(way.name, [&] { way.times.run([&] { way.made = way.make(text); }); });
    }
  }

  const double plain = ways[0].times.best();
  for (method& way : ways) {
    const double ratio = way.times.best() / plain;
    const std::string each =
        fmt::format("{} a page", show_ms(way.times.best() / static_cast<double>(pages)));
    if (&way == &ways.front()) {
      o.plain({way.name, show_ms(way.times.best()), each});
    } else {
      o.with_weft({way.name, show_ms(way.times.best()), fmt::format("{}, {:.2f} ×", each, ratio)});
      o.check(way.made == ways[0].made, fmt::format("{}: other pages", way.name));
      o.check(ratio >= 0.9, fmt::format("{}: {:.2f} times as long", way.name, ratio));
    }
    o.drawn(std::move(way.last));
  }
  const double in_tasks = ways[1].times.best() / plain;
  o.check(in_tasks <= 1.15, fmt::format("as tasks: {:.2f} times as long", in_tasks));
  o.show(fmt::format("     {} pages of {} Markdown, {} HTML each", pages,
                     show_bytes(static_cast<double>(text.size())),
                     show_bytes(static_cast<double>(ways[0].made.front().size()))));
  o.measured("pages", static_cast<double>(pages));
  o.measured("calls_ms", ways[0].times.best());
  o.measured("tasks_ms", ways[1].times.best());
  o.measured("handed_over_ms", ways[2].times.best());
}

}  // namespace weft::tour
