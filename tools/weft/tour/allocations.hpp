#pragma once
/// Counts this program's calls of malloc.

#include <cstddef>

namespace weft::tour {

/// While one lives, calls of malloc, calloc, realloc and aligned allocation by any thread are
/// counted.
/// **Thread-safety**: one at a time.
class allocation_count {
 public:
  allocation_count() noexcept;
  allocation_count(const allocation_count&) = delete;
  allocation_count& operator=(const allocation_count&) = delete;
  ~allocation_count();

  /// Since it was made.
  [[nodiscard]] std::size_t value() const noexcept;
};

}  // namespace weft::tour
