#pragma once
/// `io_target`: one open descriptor and the requests pending on it; `io_handle`: its owner.

#include <weft/base/atomic.hpp>
#include <weft/base/lock.hpp>
#include <weft/io/reactor.hpp>
#include <weft/task/detail/ender.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace weft::detail {

/// Ranks of io's locks.
struct io_rank {
  static constexpr std::uint8_t target = 210;
  static constexpr std::uint8_t ring = 220;
  static constexpr std::uint8_t pool = 225;
  static constexpr std::uint8_t finished = 230;
  static constexpr std::uint8_t grave = 231;
};

enum class io_direction : std::uint8_t { in = 0, out = 1 };
[[nodiscard]] constexpr io_direction direction_of(io_op op) noexcept {
  switch (op) {
    case io_op::send:
    case io_op::send_message:
    case io_op::send_zero_copy:
    case io_op::wait_writable:
    case io_op::write_stream:
    case io_op::write_at:
    case io_op::write_vector_at:
    case io_op::sync:
      return io_direction::out;
    default:
      return io_direction::in;
  }
}

/// **Thread-safety**: all members, by any thread.
/// **Lifetime**: reference-counted: the handle and the owner of every pending request hold one; the
/// last one closes the descriptor. May be derived from; made with `new`.
class io_target {
 public:
  /// Takes the descriptor over. It must be non-blocking if stream operations are to be used.
  /// `short_is_all`: see there.
  io_target(reactor& owner, int descriptor, bool short_is_all = true) noexcept
      : reactor_(&owner), fd_(descriptor), short_is_all_(short_is_all) {
    count_ender(1);
  }

  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] reactor& owner() const noexcept { return *reactor_; }

  /// Whether trying a non-blocking call is worth it. Takes the bit: `mark_ready` after a full
  /// transfer.
  [[nodiscard]] bool take_ready(io_direction d) noexcept;
  void mark_ready(io_direction d) noexcept;
  /// The same without taking it: for a direction that is nearly always ready, if who finds that it
  /// is not takes the bit then and tries once more.
  [[nodiscard]] bool seems_ready(io_direction d) const noexcept;

  /// Whether a transfer of fewer bytes than asked for says that nothing is left, so that trying
  /// again before an event is in vain. Not so where something keeps borders between what it holds:
  /// lines of a terminal, packets, what came with a descriptor.
  [[nodiscard]] bool short_is_all() const noexcept { return short_is_all_; }

  /// A new connection, on which nothing can have come yet: the first read goes to the reactor
  /// without trying. Before anybody else knows the target.
  void expect_nothing_yet() noexcept;
  /// Whether that was said and no read has been asked for since.
  [[nodiscard]] bool take_untried() noexcept;

  /// Cancels what is pending with `closed`; what is submitted later ends so too. The descriptor is
  /// closed when the last reference goes. Silent when closed already.
  void close() noexcept;
  [[nodiscard]] bool closed() const noexcept;

  /// The deadline has passed: cancels what is pending with `deadline`; later requests end so too,
  /// until `rearm`.
  void expire() noexcept;
  void rearm() noexcept;
  [[nodiscard]] bool expired() const noexcept;

  void add_reference() noexcept {
    // order: relaxed; a reference is made from one that is held.
    references_.fetch_add(1, std::memory_order_relaxed);
  }
  void release() noexcept;

 protected:
  virtual ~io_target();

 private:
  friend class io_core;
  friend class uring_reactor;
  friend class uring_loop;
  friend class epoll_reactor;

  static constexpr std::uint32_t ready_in = 1U << 0;   // a non-blocking read may succeed
  static constexpr std::uint32_t ready_out = 1U << 1;  // a non-blocking write may succeed
  static constexpr std::uint32_t hung_in =
      1U << 2;  // at its end or in error: ready until a read says otherwise
  static constexpr std::uint32_t hung_out = 1U << 3;  // likewise for writes
  static constexpr std::uint32_t is_closed = 1U << 4;
  static constexpr std::uint32_t is_expired = 1U << 5;
  static constexpr std::uint32_t untried = 1U << 6;  // nobody has found it empty yet

  void link(io_request& r, io_direction d) noexcept;  // pre: locked
  void unlink(io_request& r) noexcept;                // pre: locked
  void cancel_all(io_cancel reason) noexcept;

  // Constant after construction.
  reactor* const reactor_;
  const int fd_;
  const bool short_is_all_;

  // Atomic.
  atomic<std::uint32_t> state_{ready_in | ready_out};
  atomic<std::uint32_t> references_{1};

  // Guarded by mutex_, whose rank is below those of the backend's locks.
  lock mutex_{io_rank::target};
  io_request* first_[2] = {nullptr, nullptr};
  io_request* last_[2] = {nullptr, nullptr};
  bool registered_ = false;  // epoll: in the set of its reactor
  // epoll: the one loop whose set it is in as well; other loops ask its reactor.
  std::shared_ptr<reactor> home_;
  bool performing_[2] = {false,
                         false};     // epoll: a thread is in a system call for the first request
  io_target* grave_next_ = nullptr;  // epoll: graveyard
};

inline bool io_target::take_ready(io_direction d) noexcept {
  const std::uint32_t bit = d == io_direction::in ? ready_in : ready_out;
  const std::uint32_t hung = d == io_direction::in ? hung_in : hung_out;
  // order: relaxed; the bit is a hint about the kernel's state and publishes no memory. Who must
  // not miss it looks under the lock under which an event sets it.
  const std::uint32_t now = state_.load(std::memory_order_relaxed);
  if ((now & bit) == 0) {
    return (now & hung) != 0;
  }
  // order: relaxed; as above.
  return (state_.fetch_and(~bit, std::memory_order_relaxed) & (bit | hung)) != 0;
}

inline bool io_target::seems_ready(io_direction d) const noexcept {
  const std::uint32_t bits = d == io_direction::in ? ready_in | hung_in : ready_out | hung_out;
  // order: relaxed; as in take_ready.
  return (state_.load(std::memory_order_relaxed) & bits) != 0;
}

inline void io_target::mark_ready(io_direction d) noexcept {
  // order: relaxed; as in take_ready.
  state_.fetch_or(d == io_direction::in ? ready_in : ready_out, std::memory_order_relaxed);
}

inline bool io_target::closed() const noexcept {
  // order: relaxed; the bit alone counts. Who must not miss it looks under the lock under which it
  // is set.
  return (state_.load(std::memory_order_relaxed) & is_closed) != 0;
}

inline bool io_target::expired() const noexcept {
  // order: relaxed; as in closed.
  return (state_.load(std::memory_order_relaxed) & is_expired) != 0;
}

inline void io_target::link(io_request& r, io_direction d) noexcept {
  const auto i = static_cast<unsigned>(d);
  r.next = nullptr;
  r.previous = last_[i];
  (last_[i] == nullptr ? first_[i] : last_[i]->next) = &r;
  last_[i] = &r;
  r.linked = true;
}

inline void io_target::unlink(io_request& r) noexcept {
  const auto i = static_cast<unsigned>(direction_of(r.op));
  (r.previous == nullptr ? first_[i] : r.previous->next) = r.next;
  (r.next == nullptr ? last_[i] : r.next->previous) = r.previous;
  r.linked = false;
}

/// A counted reference to a target or to something derived from it.
template <class Target>
class target_ref {
 public:
  target_ref() noexcept = default;
  /// Takes over a reference that the caller has.
  explicit target_ref(Target* owned) noexcept : target_(owned) {}
  target_ref(const target_ref& other) noexcept : target_(other.target_) {
    if (target_ != nullptr) {
      target_->add_reference();
    }
  }
  target_ref(target_ref&& other) noexcept : target_(std::exchange(other.target_, nullptr)) {}
  target_ref& operator=(target_ref other) noexcept {
    std::swap(target_, other.target_);
    return *this;
  }
  ~target_ref() {
    if (target_ != nullptr) {
      target_->release();
    }
  }

  [[nodiscard]] Target* get() const noexcept { return target_; }
  Target* operator->() const noexcept { return target_; }
  Target& operator*() const noexcept { return *target_; }
  explicit operator bool() const noexcept { return target_ != nullptr; }

 private:
  Target* target_ = nullptr;
};

/// The owner of a target: closes it at its end. Move-only; may be empty.
template <class Target>
class target_handle {
 public:
  target_handle() noexcept = default;
  /// Takes over a reference that the caller has, as `new` gives one.
  explicit target_handle(Target* owned) noexcept : target_(owned) {}
  target_handle(target_handle&&) noexcept = default;
  target_handle& operator=(target_handle&& other) noexcept {
    if (this != &other) {
      reset();
      target_ = std::move(other.target_);
    }
    return *this;
  }
  ~target_handle() { reset(); }

  [[nodiscard]] Target* get() const noexcept { return target_.get(); }
  Target* operator->() const noexcept { return target_.get(); }
  Target& operator*() const noexcept { return *target_; }
  explicit operator bool() const noexcept { return static_cast<bool>(target_); }
  [[nodiscard]] const target_ref<Target>& ref() const noexcept { return target_; }

  /// Closes and forgets the target.
  void reset() noexcept {
    if (target_) {
      target_->close();
      target_ = target_ref<Target>();
    }
  }

 private:
  target_ref<Target> target_;
};

/// The non-blocking system call of an operation on a stream, once: its result or a negated errno,
/// -EAGAIN when it would block. Interruptions are not seen.
[[nodiscard]] int perform_now(const io_target& target, io_op op, void* buffer,
                              std::size_t length) noexcept;

using io_handle = target_handle<io_target>;

}  // namespace weft::detail
