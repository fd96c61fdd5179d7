#include "explain/explain_command.hpp"

#include "explain/compiler.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <tuple>

#include <fmt/format.h>

namespace weft::explain {
namespace {

constexpr std::size_t type_width = 44;

/// Whether somebody who says `wanted` means this one: `page`, `shop::page` or the whole signature.
bool is_called(const source_coroutine& c, const std::string& wanted) {
  const std::string qualified = c.name.substr(0, c.name.find('('));
  return c.plain == wanted || c.name == wanted || qualified == wanted ||
         qualified.ends_with("::" + wanted);
}

std::string names_of(const std::vector<source_coroutine>& all, const std::string& file) {
  std::string names;
  for (const source_coroutine& c : all) {
    if (c.file == file) {
      names += fmt::format("\n  {}  line {}", c.name, c.line);
    }
  }
  return names;
}

std::vector<source_coroutine> chosen(std::vector<source_coroutine> all,
                                     const explain_options& options) {
  const std::string file = std::filesystem::canonical(options.file).string();
  for (source_coroutine& c : all) {
    std::error_code ignored;
    const auto real = std::filesystem::weakly_canonical(c.file, ignored);
    c.file = ignored ? c.file : real.string();
  }
  std::vector<source_coroutine> wanted;
  std::ranges::copy_if(all, std::back_inserter(wanted), [&](const source_coroutine& c) {
    return options.function.empty() ? c.file == file : is_called(c, options.function);
  });
  if (wanted.empty()) {
    const std::string there = names_of(all, file);
    throw std::runtime_error(fmt::format(
        "no coroutine{} in {}; only functions that are defined there, or used from there, have "
        "code{}{}",
        options.function.empty() ? "" : " " + options.function, options.file,
        there.empty() ? "" : ". It has", there));
  }
  std::ranges::sort(wanted, {}, [](const source_coroutine& c) { return std::tie(c.line, c.name); });
  return wanted;
}

/// The parts of what the compiler prints, one a coroutine: each is a whole module.
std::vector<std::string_view> modules_in(std::string_view printed) {
  constexpr std::string_view head = "; *** IR Dump After CoroSplit";
  std::vector<std::string_view> modules;
  std::size_t begin = printed.find(head);
  while (begin != std::string_view::npos) {
    const std::size_t end = std::min(printed.find(head, begin + 1), printed.size());
    modules.push_back(printed.substr(begin, end - begin));
    begin = end == printed.size() ? std::string_view::npos : end;
  }
  return modules;
}

void add_source_lines(explanation& e) {
  std::vector<std::string> lines{""};
  std::ifstream file(e.file);
  for (std::string line; std::getline(file, line);) {
    lines.push_back(std::move(line));
  }
  for (suspension& stop : e.suspensions) {
    const auto number = static_cast<std::size_t>(stop.line);
    if ((stop.kind == "await" || stop.kind == "yield") && number < lines.size()) {
      const std::string& line = lines[number];
      const std::size_t text = line.find_first_not_of(" \t");
      stop.source = text == std::string::npos ? "" : line.substr(text);
    }
  }
}

std::string numbers(const std::vector<int>& of, std::size_t all) {
  if (of.empty()) {
    return "-";
  }
  return of.size() == all ? "all" : fmt::format("{}", fmt::join(of, " "));
}

std::string fitted(std::string text, std::size_t width) {
  if (text.size() > width) {
    text = text.substr(0, width - 3) + "...";
  }
  return text;
}

void print_text(const explanation& e) {
  const auto left = std::ranges::count(e.suspensions, false, &suspension::removed);
  fmt::print("{}\n  {}:{}\n", e.function, e.file, e.line);
  fmt::print("  a frame of {} bytes ({}), {} places where it can be suspended\n\n", e.frame_size,
             e.optimisation, left);
  fmt::print("  number  kind     place    what is awaited\n");
  for (const suspension& stop : e.suspensions) {
    fmt::print("  {:>6}  {:<7}  {:<7}  {}\n", stop.number, stop.kind,
               fmt::format("{}:{}", stop.line, stop.column),
               stop.removed          ? "(never suspends: the optimiser has removed it)"
               : stop.source.empty() ? stop.awaiter
                                     : stop.source);
    if (!stop.source.empty() && !stop.removed) {
      fmt::print("{:26}awaiter: {}\n", "", stop.awaiter);
      fmt::print("{:26}lives across it: {}\n", "",
                 stop.live.empty() ? "nothing" : fmt::format("{}", fmt::join(stop.live, ", ")));
    }
  }
  fmt::print("\n  offset   bytes  kind         what                    type{:{}}across\n", "",
             type_width - 2);
  std::uint64_t last = ~std::uint64_t{0};
  for (const frame_part& part : e.parts) {
    const std::string offset = part.offset == last ? "same" : fmt::format("{}", part.offset);
    last = part.offset;
    fmt::print("  {:>6}  {:>6}  {:<11}  {:<22}  {:<{}}  {}\n", offset, part.size, part.kind,
               fitted(part.name, 22), fitted(part.type, type_width), type_width,
               numbers(part.live_across, e.suspensions.size()));
  }
  fmt::print("\n");
}

}  // namespace

std::vector<explanation> explain(const explain_options& options) {
  check_is_source(options.file);
  const scratch_folder scratch;
  const compiler clang(options.compiler, options.flags, scratch);
  const std::string front_text = clang.front_end(options.file);
  const ir_module front(front_text);
  const std::vector<source_coroutine> wanted = chosen(find_coroutines(front), options);
  std::vector<std::string> symbols;
  for (const source_coroutine& c : wanted) {
    symbols.emplace_back(c.symbol);
  }
  const std::string printed = clang.split(options.file, symbols);
  std::vector<std::optional<explanation>> found(wanted.size());
  for (const std::string_view text : modules_in(printed)) {
    const std::string_view head = text.substr(0, text.find('\n'));
    const ir_module split(text);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (!found[i] && head.find(wanted[i].symbol) != std::string_view::npos) {
        found[i] = explain_frame(wanted[i], front, split);
      }
    }
  }
  std::vector<explanation> explained;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!found[i]) {
      throw std::runtime_error("the optimiser has left no frame of " + wanted[i].name);
    }
    found[i]->optimisation = clang.optimisation();
    add_source_lines(*found[i]);
    explained.push_back(std::move(*found[i]));
  }
  return explained;
}

int run_explain(const explain_options& options) {
  try {
    for (const explanation& each : explain(options)) {
      if (options.json) {
        fmt::print("{}\n", json::to_string(each));
      } else {
        print_text(each);
      }
    }
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "weft explain: {}\n", error.what());
    return 1;
  }
}

}  // namespace weft::explain
