#pragma once
/// `loop_core`: what all parallel loops share, without templates. src/parallel/README.md has the
/// design.

#include <weft/base/atomic.hpp>
#include <weft/base/job.hpp>
#include <weft/base/lock.hpp>
#include <weft/parallel/loop_state.hpp>
#include <weft/parallel/options.hpp>
#include <weft/task/detail/flow.hpp>

#include <cstdint>
#include <exception>
#include <stop_token>
#include <vector>

namespace weft::detail {

class loop_core;
class pool;

/// What a loop's place in the program has shown: one for each instantiation of a loop's template.
struct loop_site {
  // Ticks for 64 iterations of the last run if that was short and no helper came in time; else 0.
  atomic<std::uint32_t> cost{0};
};

/// A thread's part in a loop: the piece it works on. Owned by that thread.
struct loop_participant {
  std::uint64_t first = 0;    ///< Next offset to run.
  std::uint64_t last = 0;     ///< End of the piece; `attend` may lower it.
  std::uint64_t block = 1;    ///< Iterations between two looks at `signalled`.
  std::uint64_t grain = 1;    ///< Iterations of the next piece.
  std::uint64_t started = 0;  ///< When the piece was begun, in ticks.
  std::uint64_t size = 0;     ///< Of the piece as it was taken; 0 before the first.
  std::uint64_t joined = 0;   ///< When a helper came, in ticks; 0: the caller.
  std::uint64_t longer = 1;   ///< A piece is to take so many times what is usual.
  bool yields = false;        ///< The helper leaves to let other work of the pool run.
};

/// Whole lines of the cache hold so many elements of any size, and fewer larger ones.
inline constexpr std::uint64_t line_iterations = 64;

/// `block` iterations or fewer, so that blocks begin where lines do if their pieces do.
[[nodiscard]] constexpr std::uint64_t whole_lines(std::uint64_t block) noexcept {
  return block < line_iterations ? block : block - block % line_iterations;
}

/// Iterations between two looks where a function takes several at a time, of which a piece has as
/// many as are to be told apart: where they are cheap, more than in a loop over bodies. Of the last
/// pieces, which become ever smaller, all together.
[[nodiscard]] constexpr std::uint64_t range_block(const loop_participant& p,
                                                  std::uint64_t blocks_a_piece = 32) noexcept {
  const std::uint64_t largest = 262'144 / blocks_a_piece;
  const std::uint64_t part = (p.size > p.grain ? p.size : p.grain) / blocks_a_piece;
  return part == 0 ? 1 : whole_lines(part < largest ? part : largest);
}

/// Fields are grouped by who may touch them. Lives on the stack of the caller, who leaves only when
/// no helper is inside and no invitation can lead to it.
class loop_core {
 public:
  /// Runs pieces until `next` says that there are none. What it throws stops the loop.
  using entry = void (*)(loop_core&, loop_participant&);

  /// **Throws** `std::invalid_argument` for a degree of 0 or below -1.
  loop_core(entry run, std::uint64_t count, std::int64_t base, const parallel_options& options,
            loop_site& site);
  loop_core(const loop_core&) = delete;
  loop_core& operator=(const loop_core&) = delete;

  /// Runs the loop. **Throws** `aggregate_exception` of what bodies threw, else
  /// `operation_canceled`.
  parallel_loop_result execute();

  /// Takes the next piece. False: there is nothing left for this participant.
  [[nodiscard]] bool next(loop_participant& p) noexcept;
  /// The border of a piece where the pieces themselves come from elsewhere: false when the loop is
  /// to end.
  [[nodiscard]] bool border(loop_participant& p) noexcept;
  /// Somebody wants the participants' attention.
  [[nodiscard]] bool signalled() const noexcept {
    // order: relaxed; acted on under the lock or by ending early.
    return signal_.load(std::memory_order_relaxed) != 0 || stop_requested();
  }
  /// Lowers `p.last` as far as the signal says: to the end of the loop, to its break, to share the
  /// rest.
  void attend(loop_participant& p) noexcept;
  /// Takes a piece from a source of elements that can only be walked. False: it is empty.
  template <class Source, class Piece>
  [[nodiscard]] bool take_piece(loop_participant& p, Source& source, Piece& piece) {
    if (!source.take(walked_piece(p), piece, p) || is_broken_below(p.first)) {
      exhaust();
      return false;
    }
    return true;
  }
  /// Keeps an error of a body, and ends the loop unless it goes on after errors.
  void fail(std::exception_ptr error) noexcept;
  /// Ends the loop from inside: at once, or, `in_order`, when everything below `offset` has run.
  void end_at(std::uint64_t offset, bool in_order) noexcept;
  /// All iterations run though some throw (`parallel_invoke`).
  void go_on_after_errors() noexcept { goes_on_ = true; }
  [[nodiscard]] bool stop_requested() const noexcept {
    return stop_ != nullptr && stop_->stop_requested();
  }
  /// Participants at most, the caller included.
  [[nodiscard]] std::uint32_t most_participants() const noexcept {
    return max_helpers_ + (caller_helps_ ? 1 : 0);
  }

 private:
  friend class weft::parallel_loop_state;
  struct invitation;
  struct watch;

  enum : std::uint32_t {  // of signal_
    stopped = 1,          // by parallel_loop_state::stop
    exceptional = 2,
    canceled = 4,
    broken = 8,  // lowest_break_ is set
    hungry = 16  // somebody has run out of work while others have much left
  };
  static constexpr std::uint32_t ending = stopped | exceptional | canceled;

  void take_part(loop_participant& p) noexcept;
  [[nodiscard]] std::uint64_t walked_piece(const loop_participant& p) const noexcept;
  [[nodiscard]] bool is_broken_below(std::uint64_t offset) const noexcept {
    return limit() < offset;
  }
  void exhaust() noexcept;
  [[nodiscard]] std::uint64_t limit() const noexcept {
    // order: relaxed; a piece that is taken a little too late runs into `attend`.
    const std::uint64_t broken_at = lowest_break_.load(std::memory_order_relaxed);
    return broken_at < count_ ? broken_at : count_;
  }
  [[nodiscard]] std::int64_t index_of(std::uint64_t offset) const noexcept {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(base_) + offset);
  }
  [[nodiscard]] std::uint64_t piece_size(const loop_participant& p, std::uint64_t at,
                                         std::uint64_t left) const noexcept;
  /// `offset`, or the first behind it whose index may be that of a line's first element.
  [[nodiscard]] std::uint64_t at_line(std::uint64_t offset) const noexcept {
    return offset + (0 - (static_cast<std::uint64_t>(base_) + offset)) % line_iterations;
  }
  void measure(loop_participant& p) noexcept;
  void begin_piece(loop_participant& p, std::uint64_t first, std::uint64_t last) noexcept;
  [[nodiscard]] bool take_spare(loop_participant& p) noexcept;
  void share(loop_participant& p) noexcept;
  void break_at(std::uint64_t offset) noexcept;

  [[nodiscard]] bool work_left() const noexcept;
  [[nodiscard]] bool helpers_wanted() const noexcept;
  void invite(bool needed) noexcept;
  void withdraw() noexcept;  // lock_ held
  void join(invitation* by) noexcept;
  void refuse(invitation* by) noexcept;
  void leave(const loop_participant& p) noexcept;
  void look_overdue() noexcept;
  [[nodiscard]] bool likely_short() const noexcept;
  void run_on_caller(loop_participant& p);
  void note_run(std::uint64_t now) noexcept;
  void post(invitation* made) noexcept;
  [[nodiscard]] bool wait_for_helpers(loop_participant& p) noexcept;
  void spin_for_helpers() const noexcept;
  [[noreturn]] void throw_errors();

  // Constant after construction:
  const entry run_;
  const std::uint64_t count_;
  const std::int64_t base_;
  const std::stop_token* const stop_;
  task_scheduler* scheduler_ = nullptr;  // null: pool_
  pool* pool_ = nullptr;
  const partitioner partitioner_;
  std::uint32_t max_helpers_ = 0;
  bool caller_helps_ = true;
  bool goes_on_ = false;
  loop_site& site_;
  const kept_flow flow_;
  std::uint64_t began_ = 0;  // in ticks

  // Atomic:
  alignas(cache_line) atomic<std::uint64_t> cursor_{0};
  alignas(cache_line) atomic<std::uint32_t> signal_{0};
  atomic<std::uint64_t> lowest_break_{UINT64_MAX};
  atomic<std::uint64_t> usual_grain_{1};  // what the others have found
  // Atomic, written under lock_, read without as hints:
  atomic<std::uint32_t> helpers_{0};  // invited or inside
  atomic<bool> invited_{false};       // pending_ is set
  atomic<bool> alone_{true};          // nobody was ever invited
  atomic<bool> helped_{false};        // a helper has had a piece
  atomic<bool> has_spare_{false};
  atomic<bool> caller_waits_{false};    // for a spare piece, too; the caller alone writes it
  atomic<std::uint32_t> wake_word_{0};  // changes when the caller is to look again

  lock lock_;
  // Guarded by lock_:
  bool caller_sleeps_ = false;  // or will: it is to be woken
  invitation* pending_ = nullptr;
  std::uint64_t spare_first_ = 0;
  std::uint64_t spare_last_ = 0;
  std::vector<std::exception_ptr> errors_;
};

}  // namespace weft::detail
