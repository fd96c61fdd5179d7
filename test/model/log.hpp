#pragma once
/// What the threads of an execution did: kept as it is, and told when the execution fails.

#include <cstdint>
#include <cstdio>
#include <source_location>
#include <string>
#include <vector>

namespace model {

struct step {
  std::uint32_t thread;
  const char* what;
  std::uint32_t location;
  std::source_location at;
};

inline std::string told(const std::vector<step>& log) {
  std::string all;
  for (const step& s : log) {
    char line[200];
    std::snprintf(line, sizeof line, "  thread %d %s #%u %.120s:%u\n", static_cast<int>(s.thread),
                  s.what, s.location, s.at.function_name(), static_cast<unsigned>(s.at.line()));
    all += line;
  }
  return all;
}

}  // namespace model
