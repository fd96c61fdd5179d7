#pragma once
/// A coroutine as the compiler sees it: where it can stop, what its frame holds, what lives when.

#include <weft/json.hpp>

#include "explain/ir.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weft::explain {

/// A place where the coroutine may be suspended.
struct suspension {
  int number = 0;    ///< In the order of the source.
  std::string kind;  ///< initial, await, yield, final
  int line = 0;
  int column = 0;
  std::string source;             ///< The line of the source.
  std::string awaiter;            ///< Its type.
  bool removed = false;           ///< The optimiser has seen that it never suspends.
  std::vector<std::string> live;  ///< What the frame keeps across it.
};

/// Something in the frame. Things that do not live at the same time may share their bytes.
struct frame_part {
  std::string name;
  std::string kind;  ///< bookkeeping, promise, parameter, variable, awaiter, temporary, value
  std::string type;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::vector<int> live_across;  ///< Numbers of suspensions.
};

struct explanation {
  std::string function;
  std::string file;
  int line = 0;
  std::string optimisation;
  std::uint64_t frame_size = 0;
  std::vector<suspension> suspensions;
  std::vector<frame_part> parts;  ///< By offset.
};
WEFT_JSON(suspension, number, kind, line, column, source, awaiter, removed, live)
WEFT_JSON(frame_part, name, kind, type, offset, size, live_across)
WEFT_JSON(explanation, function, file, line, optimisation, frame_size, suspensions, parts)

/// A variable or temporary, as the front end left it.
struct local {
  std::string_view type;     ///< Of the IR.
  std::string_view di_type;  ///< Of the source; empty: a temporary.
  std::string name;          ///< In the source; empty: a temporary.
  bool parameter = false;
  int line = 0;          ///< Where it begins.
  int awaiter_of = -1;   ///< Number of the suspension.
  bool bounded = false;  ///< Its life is marked.
  std::set<int> live;    ///< Numbers of suspensions.
};

/// What the front end says about a coroutine.
struct source_coroutine {
  std::string_view symbol;
  std::string name;   ///< With its parameters.
  std::string plain;  ///< As it is called, without scope and parameters.
  std::string file;
  int line = 0;
  std::vector<suspension> suspensions;
  std::map<std::string_view, local> locals;
};

/// All coroutines of the module.
[[nodiscard]] std::vector<source_coroutine> find_coroutines(const ir_module& module);

/// Adds the frame, which `split`, the module in which the coroutine has just been split, has.
/// **Returns** nothing when it is not there.
[[nodiscard]] std::optional<explanation> explain_frame(const source_coroutine& source,
                                                       const ir_module& front,
                                                       const ir_module& split);

}  // namespace weft::explain
