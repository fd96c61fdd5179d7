#include <weft/parallel/detail/scan_plan.hpp>

#include "ticks.hpp"

#include <algorithm>

namespace weft::detail {
namespace {

/// What a block should take: short enough for several in flight, long beside the lock.
constexpr std::uint64_t block_ticks = piece_ticks / 3;
/// Two blocks of this size, input and output, fit a second-level cache: what has been reduced is
/// still there when it is scanned.
constexpr std::size_t block_bytes = 128 * 1024;
/// How far from the frontier others reduce: it must not come to a block that is in their hands.
constexpr std::size_t distance = 2;

}  // namespace

scan_grain::scan_grain(std::size_t element_size) noexcept
    : most_(std::max<std::size_t>(1, block_bytes / element_size)) {}

std::size_t scan_grain::step() noexcept {
  const std::uint64_t now = ticks();
  const bool is_long = step_ != 0 && now - began_ >= block_ticks;
  // One long step may have waited for a processor.
  if ((is_long && was_long_) || step_ == most_) {
    return 0;
  }
  if (!is_long) {
    step_ = std::clamp<std::size_t>(step_ * 2, 1, most_);
  }
  was_long_ = is_long;
  began_ = now;
  return step_;
}

scan_plan::scan_plan(std::size_t blocks) : states_(blocks), left_(blocks) {}

scan_plan::work scan_plan::next() noexcept {
  const lock_guard hold(lock_);
  return choose();
}

scan_plan::work scan_plan::choose() noexcept {
  if (!owned_ && frontier_ < states_.size()) {
    if (states_[frontier_] == state::untouched) {
      states_[frontier_] = state::taken;
      owned_ = true;
      return {step::scan, frontier_};
    }
    if (states_[frontier_] == state::reduced) {
      owned_ = true;
      return {step::pass, frontier_};
    }
  }
  if (passed_ != 0) {
    while (states_[first_passed_] != state::passed) {
      ++first_passed_;
    }
    states_[first_passed_] = state::taken;
    --passed_;
    return {step::scan_reduced, first_passed_};
  }
  ahead_ = std::max(ahead_, frontier_ + distance);
  if (ahead_ < states_.size()) {
    states_[ahead_] = state::taken;
    return {step::reduce, ahead_++};
  }
  return {};
}

void scan_plan::end(work done) noexcept {
  const lock_guard hold(lock_);
  switch (done.what) {
    case step::none:
      return;
    case step::scan:
      owned_ = false;
      ++frontier_;
      --left_;
      break;
    case step::pass:
      owned_ = false;
      ++frontier_;
      states_[done.block] = state::passed;
      ++passed_;
      break;
    case step::scan_reduced:
      --left_;
      return;  // makes no work for others
    case step::reduce:
      states_[done.block] = state::reduced;
      break;
  }
  // order: relaxed; `next` looks under the lock.
  changes_.fetch_add(1, std::memory_order_relaxed);
}

bool scan_plan::wait_for_work() const noexcept {
  // order: relaxed; as in `end`.
  const std::uint32_t before = changes_.load(std::memory_order_relaxed);
  const std::uint64_t began = ticks();
  while (ticks() - began < block_ticks * 2) {
    // order: relaxed; as in `end`.
    if (changes_.load(std::memory_order_relaxed) != before) {
      return true;
    }
    cpu_relax();
  }
  return false;
}

}  // namespace weft::detail
