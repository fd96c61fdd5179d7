#pragma once
/// The main function of weft's programs.

#include "program.hpp"

#include <cstdlib>

namespace bench {

/// As `run`, with a default pool of the size that was asked for.
inline int run_weft(int argc, char** argv, std::initializer_list<row> rows) {
  if (argc == 4) {
    ::setenv("WEFT_THREADS", argv[3], 1);
  }
  return run(argc, argv, rows);
}

}  // namespace bench
