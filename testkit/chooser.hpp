#pragma once
/// Who decides what runs next: the strategies, and the replay of a recorded run.

#include <weft/testkit/options.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weft::testkit::detail {

/// Small and good enough for schedules. **Source**: Steele, Lea, Flood, OOPSLA 2014 (SplitMix).
class random_numbers {
 public:
  explicit random_numbers(std::uint64_t seed) noexcept : state_(seed) {}
  [[nodiscard]] std::uint64_t next() noexcept;
  [[nodiscard]] std::uint32_t below(std::uint32_t n) noexcept {
    return static_cast<std::uint32_t>(((next() >> 32) * n) >> 32);
  }

 private:
  std::uint64_t state_;
};

/// One that is ready. `task` names a coroutine, or a piece of work, in the order in which a run
/// came to know them; `signature` names it by its parent and its place among the children, which
/// hardly changes from schedule to schedule.
struct candidate {
  std::uint32_t task;
  std::uint64_t signature;
  std::uint64_t parent;  ///< Its signature.
  bool has_yielded;
};

/// A choice that was made: which, of how many.
struct choice {
  std::uint32_t picked;
  std::uint32_t of;
};

/// A run, written down. Text: `s7.c3.12=1.40=2`, the seed, the await that is canceled (a sweep's
/// only), and the choices that were not the first, by their number.
struct schedule {
  std::uint64_t seed = 0;
  std::int64_t cancel_at = -1;
  std::vector<choice> choices;  // those that cannot be read from the text are 0

  [[nodiscard]] std::size_t preemptions() const noexcept;
  [[nodiscard]] std::string text() const;
  /// **Throws** `std::invalid_argument`.
  [[nodiscard]] static schedule parse(std::string_view text);
};

/// Decides during one run.
class chooser {
 public:
  chooser() = default;
  chooser(const chooser&) = delete;
  chooser& operator=(const chooser&) = delete;
  virtual ~chooser() = default;
  /// Among those that are ready, oldest first; at least two.
  [[nodiscard]] virtual std::uint32_t pick(std::span<const candidate> ready) = 0;
  /// A number below `n`, which is above 1; 0 with a probability of 1 - 1 / `one_in` if that is not
  /// 0.
  [[nodiscard]] virtual std::uint32_t draw(std::uint32_t n, std::uint32_t one_in) = 0;
  /// A task gets a turn, chosen or not.
  virtual void runs(const candidate&) {}
};

/// Decides what the next run is to be like; lives through an exploration.
class plan {
 public:
  plan() = default;
  plan(const plan&) = delete;
  plan& operator=(const plan&) = delete;
  virtual ~plan() = default;
  /// For the next run; valid until the next call. Null: there is nothing left to try.
  [[nodiscard]] virtual chooser* next(std::uint64_t seed) = 0;
  /// How long the run was.
  virtual void ended(std::size_t choices) { static_cast<void>(choices); }
};
[[nodiscard]] std::unique_ptr<plan> make_plan(const options& how);

/// All schedules with at most `preemptions`, one after the other.
[[nodiscard]] std::unique_ptr<plan> make_depth_first(std::size_t preemptions);

/// Makes the choices of a recorded run again; beyond its end, and where there are fewer to choose
/// from than there were, the first.
class replayer final : public chooser {
 public:
  explicit replayer(std::span<const choice> recorded) noexcept : recorded_(recorded) {}
  std::uint32_t pick(std::span<const candidate> ready) override {
    return take(static_cast<std::uint32_t>(ready.size()));
  }
  std::uint32_t draw(std::uint32_t n, std::uint32_t) override { return take(n); }

 private:
  std::uint32_t take(std::uint32_t n) noexcept {
    const std::uint32_t picked = at_ < recorded_.size() ? recorded_[at_].picked : 0;
    ++at_;
    return picked < n ? picked : 0;
  }
  std::span<const choice> recorded_;
  std::size_t at_ = 0;
};

}  // namespace weft::testkit::detail
