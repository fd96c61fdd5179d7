#pragma once
/// `weft explain`: what the compiler made of a coroutine.

#include "explain/coroutine.hpp"

#include <string>
#include <vector>

namespace weft::explain {

struct explain_options {
  std::string file;
  std::string function;            ///< Empty: every coroutine that the file defines.
  std::vector<std::string> flags;  ///< Of the compiler, as the file is built.
  std::string compiler;            ///< Empty: clang 19, as found in PATH.
  bool json = false;               ///< One object a coroutine and line.
};

/// By the lines of the source. **Throws** `std::runtime_error` when there is no such coroutine, no
/// compiler, or the file does not compile.
[[nodiscard]] std::vector<explanation> explain(const explain_options& options);

/// Prints them. **Returns** the exit code: 0 when something was explained; 1 when there was an
/// error, which standard error tells.
[[nodiscard]] int run_explain(const explain_options& options);

}  // namespace weft::explain
