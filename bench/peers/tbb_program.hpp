#pragma once
/// The main function of oneTBB's programs.

#include "program.hpp"

#include <optional>

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/version.h>

namespace bench {

/// As `run`, with as many threads as were asked for.
inline int run_tbb(int argc, char** argv, std::initializer_list<row> rows) {
  std::optional<tbb::global_control> limit;
  int threads = 0;
  if (argc == 4 && parse(argv[3], threads)) {
    limit.emplace(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
  }
  return run(argc, argv, rows, std::string("oneTBB ") + TBB_VERSION_STRING);
}

}  // namespace bench
