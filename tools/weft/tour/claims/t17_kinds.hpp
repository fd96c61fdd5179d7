#pragma once
/// The seven kinds of computing and the five kinds of waiting of T17.

#include <weft/task.hpp>

#include "resources/resources.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace weft::tour {

/// A piece of work: what it is, and how it is done in both ways.
struct kind_of_work {
  std::string name;
  std::string where;                                      ///< "processor", "database" …
  bool external = false;                                  ///< It waits for something outside.
  std::function<std::size_t(std::size_t)> plain;          ///< One of them, on this thread, which it
                                                          ///< keeps until it is done.
  std::function<task<std::size_t>(std::size_t)> awaited;  ///< The same, for others to await.
};

/// How many are done at the same time: as many as there are files and devices outside.
inline constexpr std::size_t waits_together = 4;
inline constexpr std::size_t computations_together = 8;

/// **Lifetime**: `outside` must outlive them. They keep what they work on.
[[nodiscard]] task<std::vector<kind_of_work>> kinds_of_work(const resources& outside);

/// Asks the name server by a plain socket, which blocks this thread. **Returns** the size of its
/// answer. **Throws** `std::system_error`.
[[nodiscard]] std::size_t blocking_ask(std::uint16_t port, const std::string& name);

}  // namespace weft::tour
