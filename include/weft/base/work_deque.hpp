#pragma once
/// `work_deque`: the queue of one worker. The owner pushes and pops at one end, thieves steal at
/// the other.

#include <weft/base/assert.hpp>
#include <weft/base/atomic.hpp>
#include <weft/base/job.hpp>

#include <cstddef>
#include <cstdint>

namespace weft::detail {

/// What a look at another worker's deque gave.
struct steal_result {
  enum class status : std::uint8_t {
    taken,  ///< `item` is the caller's.
    empty,  ///< There was nothing.
    lost,   ///< Another was faster; there may be more: try again.
  };
  job* item;
  status outcome;
};

/// A Chase–Lev deque that grows and never shrinks.
///
/// **Thread-safety**: `steal`, `ask`, `size_hint` and `empty_hint` by anyone, the rest by the
/// owner. Whoever hands the ownership to another thread orders the two.
/// **Cost**: `push` no RMW and no fence; `pop` one full fence, for the last item one CAS; `steal` a
/// fence and a CAS. Growth allocates; replaced rings are kept until the end, since a thief may
/// still read them (together they are smaller than the last one).
/// **Source**: Lê, Pop, Cohen, Zappa Nardelli, "Correct and Efficient Work-Stealing for Weak Memory
/// Models", PPoPP 2013, doi:10.1145/2442516.2442524. Differences: src/base/README.md.
class work_deque {
 public:
  static constexpr std::size_t initial_capacity = 256;  // slots; 2 KiB

  work_deque();
  /// `capacity`: slots at first, a power of two.
  explicit work_deque(std::size_t capacity);
  work_deque(const work_deque&) = delete;
  work_deque& operator=(const work_deque&) = delete;
  /// **Pre**: empty, or its jobs are owned elsewhere too: they are not dropped.
  ~work_deque();

  /// **Throws** `std::bad_alloc` when it must grow and cannot; the deque is unchanged then.
  void push(job* item) {
    // order: relaxed; the owner wrote it.
    const std::int64_t b = bottom_.load(std::memory_order_relaxed);
    if (b - known_top_ > mask_) [[unlikely]] {
      make_room(b);
    }
    // order: relaxed; published by the store of bottom_.
    slots_[b & mask_].store(item, std::memory_order_relaxed);
    // order: release; pairs with the fence in work_deque::steal. Publishes the slot and the job.
    // model: work_deque_model
    bottom_.store(b + 1, std::memory_order_release);
  }

  /// Has a thief found too little here since the last `hear`? **Thread-safety**: anyone.
  [[nodiscard]] bool is_asked() const noexcept {
    // order: relaxed; a hint. Who asks and is missed asks again at its next look.
    return asked_.load(std::memory_order_relaxed);
  }
  /// Asks the owner to push more. **Thread-safety**: anyone.
  void ask() noexcept {
    // order: relaxed; see is_asked. Read first: the line is the owner's.
    if (!asked_.load(std::memory_order_relaxed)) {
      asked_.store(true, std::memory_order_relaxed);  // order: relaxed; see is_asked
    }
  }
  /// Who asks from here on is heard at the next look.
  void hear() noexcept {
    asked_.store(false, std::memory_order_relaxed);  // order: relaxed; see is_asked
  }

  /// **Returns** what was pushed last, or null.
  [[nodiscard]] job* pop() noexcept {
    // order: relaxed; the owner wrote it.
    const std::int64_t b = bottom_.load(std::memory_order_relaxed) - 1;
    // order: relaxed; `top_` only grows: what is seen here as empty is empty, and of what is seen
    // as one job there is at most one.
    if (const std::int64_t seen = top_.load(std::memory_order_relaxed); seen >= b) {
      return seen > b ? nullptr : take_last(b);
    }
    // order: release; pairs with the fence in work_deque::steal, which may read this value instead
    // of the one that push wrote.
    bottom_.store(b, std::memory_order_release);
    full_fence();  // store→load pair: bottom_ here, then top_; against work_deque::steal
    // order: relaxed; the fence above orders it.
    const std::int64_t t = top_.load(std::memory_order_relaxed);
    if (t < b) [[likely]] {
      known_top_ = t;
      return owned_ring_->get(b);
    }
    return pop_contended(b, t);
  }

  /// Takes `item`, which this thread pushed, back, if it is what was pushed last and still there.
  [[nodiscard]] bool take_back(const job* item) noexcept;

  /// Takes what was pushed first.
  [[nodiscard]] steal_result steal() noexcept;

  /// How many there are, roughly.
  [[nodiscard]] std::size_t size_hint() const noexcept {
    // order: relaxed; a hint.
    const std::int64_t b = bottom_.load(std::memory_order_relaxed);
    // order: relaxed; a hint.
    const std::int64_t t = top_.load(std::memory_order_relaxed);
    return b > t ? static_cast<std::size_t>(b - t) : 0;
  }

  [[nodiscard]] bool empty_hint() const noexcept { return size_hint() == 0; }

  /// Slots of the present ring. Owner only.
  [[nodiscard]] std::size_t capacity() const noexcept {
    return static_cast<std::size_t>(owned_ring_->mask + 1);
  }

 private:
  struct ring {
    std::int64_t mask;
    ring* replaced;  // the ring before this one, kept for late thieves
    atomic<job*>* slots;

    void put(std::int64_t index, job* item) noexcept {
      // order: relaxed; published by the store of bottom_ that follows.
      slots[index & mask].store(item, std::memory_order_relaxed);
    }
    [[nodiscard]] job* get(std::int64_t index) const noexcept {
      // order: relaxed; ordered by the caller's reads of bottom_ and ring_.
      return slots[index & mask].load(std::memory_order_relaxed);
    }
  };

  static ring* new_ring(std::size_t capacity, ring* replaced);

  [[gnu::noinline]] void make_room(std::int64_t b);
  [[nodiscard]] job* take_last(std::int64_t b) noexcept;
  [[nodiscard]] job* pop_contended(std::int64_t b, std::int64_t t) noexcept;

  // owned by the worker
  alignas(cache_line_pair) ring* owned_ring_;
  atomic<job*>* slots_;         // the ring's
  std::int64_t mask_ = 0;       // the ring's
  std::int64_t known_top_ = 0;  // a past value of top_: push reads the thieves' line only when full
  // atomic, written by the worker
  atomic<std::int64_t> bottom_{0};
  atomic<ring*> ring_;
  atomic<bool> asked_{true};
  // atomic, written by thieves
  alignas(cache_line_pair) atomic<std::int64_t> top_{0};
};

}  // namespace weft::detail
