#pragma once
/// Shows of each order and fence under test that it is needed: weakens one after the other and
/// looks for a scenario that fails without it.

#include "model/checker.hpp"

#include <string>
#include <vector>

namespace model {

/// Some threads and what must hold of them. `run` adds the bounds of the scenario's own to what it
/// gets.
struct scenario {
  std::string name;
  result (*run)(const options&);
  options bounds = {};
};

/// Mutants that no scenario kills, and why that is so.
struct survivor {
  /// As the table names it, "work_deque::show: store, release → relaxed", or how several begin.
  std::string mutant;
  std::string reason;
};

/// Expects that all scenarios hold; that each mutant of an operation seen in them is killed by one
/// of them, or is among `survivors`; and that test/model/mutants.md has that table under `## model`
/// (WEFT_WRITE_MUTANTS=1 writes it there instead). Sanitized and debug builds, which are slow,
/// leave the mutants to the others. Functions named `stub_…` are the test's own.
void expect_all_killed(const std::string& model, const std::vector<std::string>& functions,
                       const std::vector<scenario>& scenarios,
                       const std::vector<survivor>& survivors = {});

}  // namespace model
