#pragma once
/// `weft bench`: weft beside the peers that are found on this machine, in alternating rounds.

#include <string>
#include <vector>

namespace weft::bench {

struct bench_options {
  std::vector<std::string> only;  ///< Ids or names of rows; empty: all of them.
  bool full = false;              ///< The parameters of the published tables.
  int rounds = 0;                 ///< 0: 9 with `full`, else 5.
  std::vector<int> threads;       ///< Empty: all cores; where a row asks for it, one as well.
  bool cpu = false;               ///< Processor time instead of the time that passes.
  bool json = false;              ///< One object a line instead of tables.
  std::string plot;               ///< Folder for the plots; empty: none.
  std::string record;             ///< Folder for a file with every round of this run; empty: none.
  std::string programs;           ///< Folder of the peers' programs; empty: that of the build.
  std::vector<std::string> without;  ///< Peers that are not asked.
  int limit = 120;                   ///< Seconds of one run of one program.
  std::vector<std::string> peers;    ///< Outside programs: name=path.
};

/// **Returns** the exit status: 0 when all was measured; 1 when a program failed; 2 for wrong
/// usage.
[[nodiscard]] int run_bench(const bench_options& options);

}  // namespace weft::bench
