// The command line tool `weft`.

#include "bench/bench_command.hpp"
#include "explain/explain_command.hpp"
#include "resources/resource_process.hpp"
#include "serve/serve_command.hpp"
#include "tour/claims/delays.hpp"
#include "tour/tour_command.hpp"

#include <exception>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

struct options {
  weft::tour::tour_options tour;
  weft::serve::serve_options serve;
  weft::bench::bench_options bench;
  weft::explain::explain_options explain;
};

void add_bench(CLI::App& app, weft::bench::bench_options& given, int& exit_code) {
  CLI::App* const bench =
      app.add_subcommand("bench", "Measures weft beside the peers that are found here");
  bench->add_flag("--full", given.full,
                  "The parameters of the published tables: hours, not minutes");
  bench->add_option("--only", given.only, "Only these rows: P1,channel")->delimiter(',');
  bench->add_option("--rounds", given.rounds, "How often each program runs [5, with --full 9]");
  bench->add_option("--threads", given.threads, "Threads, also several: 1,2 [all cores]")
      ->delimiter(',');
  bench->add_flag("--cpu", given.cpu, "Processor time, on a machine that does other work too");
  bench->add_flag("--json", given.json, "One JSON object a line instead of tables");
  bench->add_option("--plot", given.plot, "Draws SVG files into this folder");
  bench->add_option("--record", given.record, "Keeps every round in a file in this folder");
  bench->add_option("--programs", given.programs, "Folder of the programs [that of ./dev bench]");
  bench->add_option("--without", given.without, "Peers that are not asked: openmp,go")
      ->delimiter(',');
  bench->add_option("--limit", given.limit, "Seconds after which a program is stopped")
      ->capture_default_str();
  bench->add_option("--peer", given.peers, "name=path of a program to compare with; repeatable")
      ->type_name("NAME=PATH");
  bench->callback([&] { exit_code = weft::bench::run_bench(given); });
}

void add_explain(CLI::App& app, weft::explain::explain_options& given, int& exit_code) {
  CLI::App* const explain =
      app.add_subcommand("explain", "Shows what the compiler makes of a coroutine");
  explain->add_option("file", given.file, "A source file")->required();
  explain->add_option("function", given.function, "One of its coroutines [all of them]");
  explain->add_option("--compiler", given.compiler, "A clang 19 [the one in PATH]");
  explain->add_flag("--json", given.json, "One JSON object a coroutine instead of tables");
  explain->footer(
      "What follows -- is for the compiler: weft explain shop.cpp page -- -O2 -Iinclude");
  explain->callback([&] { exit_code = weft::explain::run_explain(given); });
}

/// `--` and what follows it, which is not ours. **Returns** how many words are left.
int take_flags(int argc, char** argv, std::vector<std::string>& flags) {
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--") {
      flags.assign(argv + i + 1, argv + argc);
      return i;
    }
  }
  return argc;
}

/// Adds the commands; the one that is given sets `exit_code`.
void add_commands(CLI::App& app, options& given, int& exit_code) {
  CLI::App* const command = app.add_subcommand("tour", "Measures what weft claims, here and now");
  command->add_option("--only", given.tour.only, "Only these claims: T3,T5")->delimiter(',');
  command->add_flag("--json", given.tour.json, "One JSON object a line instead of tables");
  command->add_option("--plot", given.tour.plot,
                      "Draws what each thread did, SVG files, into this folder");
  command->callback([&] { exit_code = weft::tour::run_tour(given.tour); });

  CLI::App* const serve = app.add_subcommand("serve", "Runs the demo service until Ctrl-C");
  serve->add_option("--port", given.serve.port, "0: any free one")->capture_default_str();
  serve->add_option("--address", given.serve.address, "0.0.0.0: all of this machine's")
      ->capture_default_str();
  serve->callback([&] { exit_code = weft::serve::run_serve(given.serve); });

  add_bench(app, given.bench, exit_code);
  add_explain(app, given.explain, exit_code);

  // Processes that the tour starts; not for people.
  app.add_subcommand("tour-resources")->group("")->callback([&] {
    exit_code = weft::tour::run_resources();
  });
  app.add_subcommand("tour-delays")->group("")->callback([] { weft::tour::run_delays(); });
}

}  // namespace

int main(int argc, char** argv) {
  int exit_code = 0;
  options given;
  CLI::App app("weft: async and parallel C++, measured", "weft");
  app.require_subcommand(1);
  app.set_version_flag("--version", WEFT_VERSION);
  add_commands(app, given, exit_code);
  if (argc > 1 && std::string_view(argv[1]) == "explain") {
    argc = take_flags(argc, argv, given.explain.flags);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "weft: {}\n", error.what());
    return 1;
  }
  return exit_code;
}
