#pragma once
/// `scan_plan`: which part of a scan is done next, and how; knows nothing of elements.
/// src/parallel/README.md has the design.

#include <weft/base/atomic.hpp>
#include <weft/base/lock.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::detail {

/// Finds how many elements a block is worth, while the beginning of the range is scanned.
class scan_grain {
 public:
  explicit scan_grain(std::size_t element_size) noexcept;
  /// How many elements to scan next; 0: `length` is known.
  [[nodiscard]] std::size_t step() noexcept;
  [[nodiscard]] std::size_t length() const noexcept { return step_; }

 private:
  std::size_t step_ = 0;
  std::size_t most_;
  std::uint64_t began_ = 0;  // in ticks
  bool was_long_ = false;    // the step before this one, of the same size
};

/// The blocks of a scan. Those before the *frontier* have had what is before them added up: its
/// total is known. One participant at a time owns the frontier, and with it the total.
/// **Thread-safety**: all members but `finished`, which is called when nobody takes part.
class scan_plan {
 public:
  enum class step : std::uint8_t {
    none,
    scan,  ///< The block at the frontier, whose beginning is the total; the frontier's owner.
    pass,  ///< Adds the sum of a block to the total; the frontier's owner.
    scan_reduced,  ///< A block that the frontier has passed, from what the owner left for it.
    reduce         ///< Sums a block that the frontier has not reached.
  };
  struct work {
    step what = step::none;
    std::size_t block = 0;
  };

  explicit scan_plan(std::size_t blocks);
  scan_plan(const scan_plan&) = delete;
  scan_plan& operator=(const scan_plan&) = delete;

  /// `none`: there is nothing now, or nothing any more.
  [[nodiscard]] work next() noexcept;
  /// **Pre**: `done` is what `next` has given.
  void end(work done) noexcept;
  /// Looks for some microseconds whether there is something again.
  [[nodiscard]] bool wait_for_work() const noexcept;
  /// Every block has been scanned.
  [[nodiscard]] bool finished() const noexcept { return left_ == 0; }

 private:
  enum class state : std::uint8_t { untouched, taken, reduced, passed };

  [[nodiscard]] work choose() noexcept;  // lock_ held

  // Guarded by lock_:
  lock lock_;
  std::vector<state> states_;
  std::size_t frontier_ = 0;
  std::size_t ahead_ = 0;         // the first block that may be reduced
  std::size_t first_passed_ = 0;  // none before it waits to be scanned
  std::size_t passed_ = 0;        // blocks that wait to be scanned
  std::size_t left_;              // blocks that have not been scanned
  bool owned_ = false;            // the frontier
  // Atomic:
  atomic<std::uint32_t> changes_{0};  // of what `next` may give
};

}  // namespace weft::detail
