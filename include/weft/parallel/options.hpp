#pragma once
/// What every parallel loop can be told, and what it tells at its end.

#include <weft/base/stop_ref.hpp>

#include <cstdint>
#include <optional>

namespace weft {

class task_scheduler;

/// How a loop's range is cut into pieces. The default measures: pieces of a few tens of
/// microseconds, smaller towards the end, and a piece that turns out to be long is shared when
/// somebody runs out of work.
struct partitioner {
  enum class kind : std::uint8_t { automatic, fixed, guided, chunked };

  kind how = kind::automatic;
  std::uint64_t size = 1;

  /// Finds the size by measuring.
  [[nodiscard]] static constexpr partitioner automatic() noexcept { return {}; }
  /// One piece of equal size for each participant.
  [[nodiscard]] static constexpr partitioner fixed() noexcept { return {kind::fixed, 1}; }
  /// A share of what is left, at least `smallest` iterations.
  [[nodiscard]] static constexpr partitioner guided(std::uint64_t smallest = 1) noexcept {
    return {kind::guided, smallest};
  }
  /// `size` iterations a piece.
  [[nodiscard]] static constexpr partitioner chunked(std::uint64_t size) noexcept {
    return {kind::chunked, size};
  }
};

/// **Source**: System.Threading.Tasks.ParallelOptions.
struct parallel_options {
  /// Bodies that run at the same time at most; -1: as many as there are workers. 1: in order, on
  /// the caller.
  int max_degree_of_parallelism = -1;
  /// Stops the loop; it then throws `operation_canceled` when the bodies that run have ended.
  stop_ref stop = {};
  /// Where the helpers run; null: the default pool. With another one than the default pool the
  /// caller takes part only if it is running there.
  task_scheduler* scheduler = nullptr;
  weft::partitioner partitioner = {};
};

/// **Source**: System.Threading.Tasks.ParallelLoopResult.
class parallel_loop_result {
 public:
  constexpr parallel_loop_result() noexcept = default;
  constexpr parallel_loop_result(bool completed, std::optional<std::int64_t> broken_at) noexcept
      : completed_(completed), lowest_break_(broken_at) {}

  /// All iterations ran: neither `stop` nor `break_loop` was called.
  [[nodiscard]] constexpr bool is_completed() const noexcept { return completed_; }
  /// The lowest iteration that called `break_loop`. All iterations below it ran.
  [[nodiscard]] constexpr std::optional<std::int64_t> lowest_break_iteration() const noexcept {
    return lowest_break_;
  }

 private:
  bool completed_ = false;
  std::optional<std::int64_t> lowest_break_;
};

}  // namespace weft
