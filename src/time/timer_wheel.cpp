#include <weft/time/timer_wheel.hpp>

#include <algorithm>
#include <bit>

namespace weft::detail {

std::int64_t timer_wheel::tick_of(std::int64_t due_ns) const noexcept {
  const std::int64_t round_up = (std::int64_t{1} << shift_) - 1;
  return due_ns > never - round_up ? never >> shift_ : (due_ns + round_up) >> shift_;
}

void timer_wheel::insert(timer_node& node) noexcept {
  place(node, tick_of(node.due_ns));
  ++size_;
}

void timer_wheel::place(timer_node& node, std::int64_t tick) noexcept {
  tick = std::max(tick, now_tick_ + 1);
  const auto differing = static_cast<std::uint64_t>(tick ^ now_tick_);
  const unsigned level =
      std::min((63U - static_cast<unsigned>(std::countl_zero(differing))) / digit_bits, levels - 1);
  const auto slot = static_cast<unsigned>(tick >> (level * digit_bits)) & (slots - 1);
  wheel_[level][slot].push_back(node);
  occupied_[level] |= std::uint64_t{1} << slot;
}

void timer_wheel::remove(timer_node& node) noexcept {
  // The slot's bit may stay set although the slot is empty now: advance clears it.
  node.unlink();
  --size_;
}

std::int64_t timer_wheel::next_due() const noexcept {
  if (size_ == 0) {
    return never;
  }
  // The lowest level with anything ahead of its digit decides: higher levels come up only after it
  // has wrapped.
  for (unsigned level = 0; level < levels; ++level) {
    const auto digit = static_cast<unsigned>(now_tick_ >> (level * digit_bits)) & (slots - 1);
    const std::uint64_t ahead =
        digit == slots - 1 ? 0 : occupied_[level] & (~std::uint64_t{0} << (digit + 1));
    if (ahead != 0) {
      const auto slot = static_cast<std::int64_t>(std::countr_zero(ahead));
      const unsigned shift = level * digit_bits;
      const std::int64_t above = (now_tick_ >> shift >> digit_bits) << digit_bits;
      return ((above | slot) << shift) << shift_;
    }
  }
  return never;
}

void timer_wheel::cascade(unsigned level) noexcept {
  const auto slot = static_cast<unsigned>(now_tick_ >> (level * digit_bits)) & (slots - 1);
  occupied_[level] &= ~(std::uint64_t{1} << slot);
  timer_list moved;
  moved.splice_back(wheel_[level][slot]);
  while (timer_node* node = moved.pop_front()) {
    // A tick that is now stands at now: place would put it one later, so expiry looks one below.
    const std::int64_t tick = std::max(tick_of(node->due_ns), now_tick_);
    const auto differing = static_cast<std::uint64_t>(tick ^ now_tick_);
    const unsigned to =
        differing == 0 ? 0
                       : (63U - static_cast<unsigned>(std::countl_zero(differing))) / digit_bits;
    const auto at = static_cast<unsigned>(tick >> (to * digit_bits)) & (slots - 1);
    wheel_[to][at].push_back(*node);
    occupied_[to] |= std::uint64_t{1} << at;
  }
}

void timer_wheel::advance(std::int64_t now_ns, timer_list& expired) noexcept {
  const std::int64_t target = now_ns >> shift_;
  while (now_tick_ < target) {
    const std::int64_t next = next_due();
    if (next == never || (next >> shift_) > target) {
      now_tick_ = target;
      return;
    }
    now_tick_ = next >> shift_;
    // From the top: what comes down may land on a lower level that comes up at this very tick.
    for (unsigned level = levels - 1; level > 0; --level) {
      const std::int64_t below = (std::int64_t{1} << (level * digit_bits)) - 1;
      if ((now_tick_ & below) == 0) {
        cascade(level);
      }
    }
    const auto slot = static_cast<unsigned>(now_tick_) & (slots - 1);
    occupied_[0] &= ~(std::uint64_t{1} << slot);
    timer_list& due = wheel_[0][slot];
    while (timer_node* node = due.pop_front()) {
      expired.push_back(*node);
      --size_;
    }
  }
}

}  // namespace weft::detail
