#pragma once
/// The memory of the model checker: what threads know of the stores.

#include "model/checker.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace model {

inline constexpr std::uint32_t most_threads = 6;
inline constexpr std::uint32_t threads_clocks = most_threads;  // the first locations

/// The oldest store of each location that may still be read, by its position.
class view {
 public:
  [[nodiscard]] std::uint32_t of(std::uint32_t location) const {
    return location < oldest_.size() ? oldest_[location] : 0;
  }
  void raise(std::uint32_t location, std::uint32_t store) {
    if (location >= oldest_.size()) {
      oldest_.resize(location + 1);
    }
    oldest_[location] = std::max(oldest_[location], store);
  }
  void join(const view& other, std::uint32_t from = 0) {
    if (oldest_.size() < other.oldest_.size()) {
      oldest_.resize(other.oldest_.size());
    }
    for (std::uint32_t i = from; i < other.oldest_.size(); ++i) {
      oldest_[i] = std::max(oldest_[i], other.oldest_[i]);
    }
  }

 private:
  std::vector<std::uint32_t> oldest_;
};

/// A store. Those of a location stand in the order of modification.
struct message {
  value stored = 0;
  view carried = {};
  std::uint32_t position = 0;       ///< Grows in that order.
  bool changes_the_former = false;  ///< A read-modify-write: nothing comes between the two.
  std::uint32_t maker = 0;
  view made_after = {};  ///< What its thread knew.
};

/// A position for what is to stand before `place`; that of the former one when there is no room.
inline std::uint32_t position_before(const std::vector<message>& stores,
                                     std::vector<message>::const_iterator place) {
  constexpr std::uint32_t spacing = 1U << 10;
  if (place == stores.end()) {
    return stores.empty() ? 0 : stores.back().position + spacing;
  }
  const std::uint32_t before = (place - 1)->position;
  return before + (place->position - before) / 2;
}

/// What the model knows of an atomic besides its stores.
struct atomic_object {
  const void* address = nullptr;
  bool retired = false;
  std::uint32_t made_by = 0;  // a thread, at a time of its clock; 0: outside of all
  std::uint32_t made_at = 0;
  std::array<std::uint32_t, most_threads> last_use{};  // by thread, on its clock
};

/// What other threads stored at a location in executions before: what a load may foresee.
using foreseeable = std::map<std::uint32_t, std::set<std::pair<value, std::uint32_t>>>;
inline constexpr value largest_foreseen = 1'000;  // no pointers, which differ between executions

/// A load that has returned what is yet to be stored.
struct promise {
  bool made = false;
  std::uint32_t location = 0;
  value stored = 0;
  std::uint32_t reader = 0;
  std::uint32_t after = 0;  ///< The store must come after this one.
  std::uint32_t clock = 0;  ///< The reader's, at the load.
  bool kept = false;        ///< It has been stored.
  bool acquires = false;    ///< By its own order, or by a fence since.
  std::uint32_t acquired_at = 0;
  view seen = {};  ///< By the reader, there.

  void acquires_at(std::uint32_t time, const view& by_then) {
    acquires = true;
    acquired_at = time;
    seen = by_then;
  }
};

/// May `made` be what the load has returned? Not if it comes after the load.
inline bool can_keep(const promise& given, const message& made,
                     const std::vector<std::vector<message>>& locations) {
  if (made.made_after.of(given.reader) >= given.clock || made.position <= given.after) {
    return false;
  }
  if (!given.acquires) {
    return true;
  }
  // What the store carries comes before what follows the load: it knows nothing of that, and the
  // load's thread has not read anything older.
  for (std::uint32_t i = threads_clocks; i < locations.size(); ++i) {
    const std::uint32_t carried = made.carried.of(i);
    if (i != given.location && carried > given.seen.of(i)) {
      return false;
    }
    for (const message& other : locations[i]) {
      if (other.made_after.of(given.reader) >= given.acquired_at && carried >= other.position) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace model
