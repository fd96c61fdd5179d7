// The command line tool `weft`.

#include "resources/resource_process.hpp"
#include "serve/serve_command.hpp"
#include "tour/claims/delays.hpp"
#include "tour/tour_command.hpp"

#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

struct options {
  weft::tour::tour_options tour;
  weft::serve::serve_options serve;
};

/// Adds the commands; the one that is given sets `exit_code`.
void add_commands(CLI::App& app, options& given, int& exit_code) {
  CLI::App* const command = app.add_subcommand("tour", "Measures what weft claims, here and now");
  command->add_option("--only", given.tour.only, "Only these claims: T3,T5")->delimiter(',');
  command->add_flag("--json", given.tour.json, "One JSON object a line instead of tables");
  command->callback([&] { exit_code = weft::tour::run_tour(given.tour); });

  CLI::App* const serve = app.add_subcommand("serve", "Runs the demo service until Ctrl-C");
  serve->add_option("--port", given.serve.port, "0: any free one")->capture_default_str();
  serve->add_option("--address", given.serve.address, "0.0.0.0: all of this machine's")
      ->capture_default_str();
  serve->callback([&] { exit_code = weft::serve::run_serve(given.serve); });

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
