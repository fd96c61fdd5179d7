#include "fuzz/targets.hpp"

#include <cstdio>
#include <cstdlib>

namespace fuzz {

std::span<const target> targets() {
  static constexpr target all[] = {
      {"http_request", &http_request},
      {"http_response", &http_response},
      {"http_url", &http_url},
      {"http_target", &http_target},
      {"http_pattern", &http_pattern},
      {"http_fields", &http_fields},
      {"json", &json},
      {"net_address", &net_address},
      {"net_delimiters", &net_delimiters},
      {"fs_lines", &fs_lines},
      {"sqlite_url", &sqlite_url},
      {"cpu_quota", &cpu_quota},
      {"testkit_schedule", &testkit_schedule},
      {"explain_ir", &explain_ir},
  };
  return all;
}

void require(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "fuzz: %s\n", what);
    std::abort();
  }
}

}  // namespace fuzz
