#pragma once
/// `timer_wheel`: timers by due time, as a pure structure: no clock, no thread, no lock.

#include <weft/base/intrusive_list.hpp>
#include <weft/base/job.hpp>

#include <array>
#include <cstdint>

namespace weft::detail {

/// One timer. 32 bytes. It stands in at most one wheel.
struct timer_node : list_hook<> {
  std::int64_t due_ns = 0;  ///< On the monotonic clock.
  /// Called once, outside every lock, by the thread that advances time: appends what becomes
  /// runnable to `ready`. May free the node. Never runs user code.
  void (*fire)(timer_node*, job_list& ready) noexcept = nullptr;
};

using timer_list = intrusive_list<timer_node>;

/// A hierarchical wheel: 11 levels of 64 slots, a tick of 2^17 ns (131 µs) on the lowest, or of
/// whatever the owner says (a virtual clock needs no rounding: 1 ns). A timer
/// stands on the level of the highest digit in which its tick differs from now, and moves down when
/// that digit comes up. Never early: due times are rounded up to the tick. Timers of one tick fire
/// in the order of insertion, as far as they were inserted on the same level.
/// **Thread-safety**: none. **Cost**: insert and remove O(1); advance O(1) per timer and level,
/// empty slots are skipped by bit masks. **Source**: Varghese and Lauck, doi:10.1145/41457.37504.
class timer_wheel {
 public:
  static constexpr unsigned tick_shift = 17;
  static constexpr std::int64_t never = INT64_MAX;

  explicit timer_wheel(std::int64_t now_ns, unsigned shift = tick_shift) noexcept
      : shift_(shift), now_tick_(now_ns >> shift) {}

  /// Pre: not linked. A due time in the past fires at the next advance.
  void insert(timer_node& node) noexcept;
  /// Pre: linked in this wheel.
  void remove(timer_node& node) noexcept;
  /// Moves all timers that are due at `now_ns` to `expired`, earliest tick first.
  void advance(std::int64_t now_ns, timer_list& expired) noexcept;
  /// When the wheel has to be advanced next, in ns: not later than the earliest timer; `never` when
  /// empty.
  [[nodiscard]] std::int64_t next_due() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  static constexpr unsigned digit_bits = 6;
  static constexpr unsigned slots = 1U << digit_bits;
  static constexpr unsigned levels =
      11;  // 2^66 ticks: more than a steady clock can count, whatever they are

  [[nodiscard]] std::int64_t tick_of(std::int64_t due_ns) const noexcept;
  void place(timer_node& node, std::int64_t tick) noexcept;
  void cascade(unsigned level) noexcept;

  const unsigned shift_;
  std::int64_t now_tick_;  // everything up to and including it has been moved out
  std::size_t size_ = 0;
  std::array<std::uint64_t, levels> occupied_{};
  std::array<std::array<timer_list, slots>, levels> wheel_;
};

}  // namespace weft::detail
