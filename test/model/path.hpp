#pragma once
/// The choices of an execution, in their order: one of all paths through what could have happened.

#include <vector>

namespace model {

struct choice {
  int chosen;
  int count;
};

/// Advances to the next path in depth-first order. **Returns** false when there is none.
inline bool advance(std::vector<choice>& path) {
  while (!path.empty()) {
    if (++path.back().chosen < path.back().count) {
      return true;
    }
    path.pop_back();
  }
  return false;
}

}  // namespace model
