// The command line tool `weft`.

#include "tour/claims/delays.hpp"
#include "tour/tour_command.hpp"

#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace {

/// Adds the commands; the one that is given sets `exit_code`.
void add_commands(CLI::App& app, weft::tour::tour_options& tour, int& exit_code) {
  CLI::App* const command = app.add_subcommand("tour", "Measures what weft claims, here and now");
  command->add_option("--only", tour.only, "Only these claims: T3,T5")->delimiter(',');
  command->add_flag("--json", tour.json, "One JSON object a line instead of tables");
  command->callback([&] { exit_code = weft::tour::run_tour(tour); });

  // Processes that the tour starts; not for people.
  app.add_subcommand("tour-delays")->group("")->callback([] { weft::tour::run_delays(); });
}

}  // namespace

int main(int argc, char** argv) {
  int exit_code = 0;
  weft::tour::tour_options tour;
  CLI::App app("weft: async and parallel C++, measured", "weft");
  app.require_subcommand(1);
  app.set_version_flag("--version", WEFT_VERSION);
  add_commands(app, tour, exit_code);
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
