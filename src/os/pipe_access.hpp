#pragma once
/// Ends of pipes that were made otherwise.

#include <weft/os/pipe.hpp>

namespace weft::os {

struct pipe_access {
  // Both take the descriptor over, also when they throw. It must be non-blocking.
  [[nodiscard]] static pipe_reader reader(int descriptor);
  [[nodiscard]] static pipe_writer writer(int descriptor);
};

}  // namespace weft::os
