#pragma once
/// `task_core`: the one state word behind every task, source and pooled operation, and who frees
/// it. The protocol with its argument stands in `src/task/README.md`.

#include <weft/base/atomic.hpp>
#include <weft/base/job.hpp>
#include <weft/trace/event.hpp>

#include <cstdint>
#include <exception>
#include <new>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::detail {

class task_core;

/// How a core ended; stands in bits 3 and 4 of the completed state word.
enum class outcome : std::uint8_t { value = 0, fault = 1, canceled = 2, faults = 3 };

/// What a core that is not a coroutine can do; stands right before it in memory.
struct core_ops {
  void (*destroy)(task_core*) noexcept;  ///< Frees the object; nobody refers to it any more.
  void (*abandon)(
      task_core*) noexcept;  ///< The last handle of an uncompleted core has gone; may be null.
  const char* kind;          ///< For people: "task_completion_source", "read", …
  /// What its awaiter waits for, as `promise_base::awaited_` says it, when that is not this core
  /// but whoever has to end it; may be null.
  std::uintptr_t (*edge)(task_core*) noexcept = nullptr;
};

/// Whom a suspended coroutine waits for: a core, or a `waitable` (lock, timer, socket …), told
/// apart by bit 0.
struct waitable {
  const char* kind;  ///< For people: "timer", "async_mutex", …
};

/// First base of the promise of every coroutine type of weft. Stands at offset 16 of the frame
/// (static_assert in `coroutine_traits`), so the frame is a `job` and `next_` its link.
struct promise_base {
  job* next_;  ///< Set by whoever queues it.
  /// Where it was made, then where its latest await stands.
  std::source_location place_;
  /// What it waits for: a task_core* (bit 0 clear), a waitable* (bit 0 set), 0 while it runs. Read
  /// by the deadlock search of blocked threads, therefore atomic.
  atomic<std::uintptr_t> awaited_{0};

  promise_base() noexcept {}

  [[nodiscard]] job* frame() noexcept {
    return reinterpret_cast<job*>(reinterpret_cast<std::uintptr_t>(this) - offset_in_frame);
  }
  [[nodiscard]] static promise_base* of(job* frame) noexcept {
    return reinterpret_cast<promise_base*>(reinterpret_cast<std::uintptr_t>(frame) +
                                           offset_in_frame);
  }
  static constexpr std::uintptr_t offset_in_frame = 2 * sizeof(void*);
};

/// State, awaiters and lifetime of a task. The result lies right behind it, see `result_core`.
///
/// State word while pending:   [ first awaiter (newest), a job* | bit 2 abandoned | bit 1 locked |
/// bit 0 = 0 ] State word when completed:  [ bit 5 observed | bits 4-3 outcome | bit 2 abandoned |
/// bit 0 = 1 ]
///
/// Transitions, one function each: `try_add_awaiter`, `remove_awaiter`, `finish`, `release_handle`,
/// `mark_observed`.
class task_core {
 public:
  /// forwarding: external, and completed by another coroutine, whose promise_base* lies in the word
  /// behind a result of one word.
  enum class kind : std::uint8_t { coroutine, external, forwarding };

 private:
  atomic<std::uintptr_t> state_{0};
  atomic<std::uint32_t> handles_{1};

 public:
  explicit task_core(kind k) noexcept : kind_(k), published_(k != kind::coroutine) {}
  task_core(const task_core&) = delete;
  task_core& operator=(const task_core&) = delete;

  [[nodiscard]] bool is_completed() const noexcept {
    // order: acquire; pairs with release in finish. Makes the result visible.
    return (state_.load(std::memory_order_acquire) & completed_bit) != 0;
  }
  /// Pre: completed.
  [[nodiscard]] outcome how() const noexcept {
    // order: acquire; pairs with release in finish. Callers read the result next.
    return static_cast<outcome>((state_.load(std::memory_order_acquire) >> outcome_shift) & 3);
  }
  [[nodiscard]] bool succeeded() const noexcept {
    // order: acquire; pairs with release in finish. Makes the result visible.
    const std::uintptr_t s = state_.load(std::memory_order_acquire);
    return (s & (completed_bit | outcome_mask)) == completed_bit;
  }

  /// Registers `awaiter` to be run once on completion. False: completed already, nothing
  /// registered.
  [[nodiscard]] bool try_add_awaiter(job* awaiter) noexcept;
  /// The awaiter that the caller adds next will be the only one: the caller's handle is the only
  /// one, and goes into the awaiter, out of everybody's reach until that has been resumed. Who
  /// completes the core then meets nobody at its state word. Does nothing where it is not so.
  void expect_only_awaiter() noexcept {
    // order: acquire; pairs with release in release_shared. The store below takes the place of what
    // former handles left there, and with the awaiter goes on what they did. Only handles make
    // handles, so this one stays alone.
    if (handles_.load(std::memory_order_acquire) == 1 &&
        // order: relaxed; an awaiter without a handle, which may be taken back, was added before
        // the last handle came to this one.
        state_.load(std::memory_order_relaxed) == 0) {
      // order: release; pairs with acquire in publish. Of former awaiters, that they are gone.
      handles_.store(1 | only_awaiter, std::memory_order_release);
    }
  }
  [[nodiscard]] bool expects_only_awaiter() const noexcept {
    // order: relaxed; asked by the one who expects it.
    return (handles_.load(std::memory_order_relaxed) & only_awaiter) != 0;
  }
  /// Adds that awaiter where nobody can complete the core meanwhile: its coroutine waits to be
  /// resumed by this very thread.
  void add_only_awaiter(job* awaiter) noexcept {
    awaiter->next = nullptr;
    // order: relaxed; what resumes the coroutine orders it before its end.
    state_.store(reinterpret_cast<std::uintptr_t>(awaiter), std::memory_order_relaxed);
  }
  /// Takes a registered awaiter back. False: completion has already taken it, and it is run or will
  /// be.
  [[nodiscard]] bool remove_awaiter(job* awaiter) noexcept;

  /// Publishes the outcome (the result must lie in place) and runs the awaiters: the first inline
  /// where the thread allows it, the rest through the default pool. The core may be gone when it
  /// returns.
  void finish(outcome how) noexcept;
  /// The same for the end of a coroutine: returns the awaiter that may be resumed in place of it,
  /// or null.
  [[nodiscard]] job* finish_coroutine(outcome how) noexcept {
    return finish_at_once(how) ? nullptr : finish_suspended(how);
  }
  /// Its first half: false when others know the task, or something else has to be done.
  [[nodiscard]] bool finish_at_once(outcome how) noexcept {
    if (published_ || trace::any_hook()) [[unlikely]] {
      return false;
    }
    // Never suspended, so nobody else knows it yet: the handle that the call returns publishes it.
    // order: release; pairs with acquire in is_completed, for readers that got the handle by a
    // relaxed path of the user's.
    state_.store(completed_bit | (static_cast<std::uintptr_t>(how) << outcome_shift),
                 std::memory_order_release);
    return true;
  }
  /// Its other half.
  [[nodiscard]] job* finish_suspended(outcome how) noexcept;
  /// The same for completions that weft makes itself: the awaiters are appended to `ready` instead
  /// of run.
  void finish_into(outcome how, job_list& ready) noexcept;

  void add_handle() noexcept {
    // order: relaxed; the caller holds a handle, so the count cannot reach zero meanwhile.
    handles_.fetch_add(1, std::memory_order_relaxed);
  }
  /// Gives one handle back; the last one frees a completed core, reports an exception that nobody
  /// took, and tells a pending operation that it was abandoned.
  void release_handle() noexcept {
    // order: acquire; pairs with release in release_shared. Alone: what former holders did is over.
    const bool alone = (handles_.load(std::memory_order_acquire) & ~only_awaiter) == 1;
    // order: acquire; pairs with release in finish. The result is destroyed next.
    if (alone && state_.load(std::memory_order_acquire) == completed_bit &&
        kind_ == kind::coroutine) [[likely]] {
      job* const frame = promise()->frame();
      frame->drop(frame);
    } else {
      release_shared();
    }
  }
  /// True when the caller's handle is the only one, never had a second awaiter, and no source is
  /// alive.
  [[nodiscard]] bool is_only_handle() const noexcept {
    // order: acquire; pairs with release in release_shared. What former handles did with the value
    // is over.
    return (handles_.load(std::memory_order_acquire) & ~only_awaiter) == 1;
  }
  /// The same, whether a source is alive or not.
  [[nodiscard]] bool is_only_handle_besides_source() const noexcept {
    // order: acquire; pairs with release in release_shared. As above.
    return (handles_.load(std::memory_order_acquire) & ~(source_alive | only_awaiter)) == 1;
  }
  void attach_source() noexcept {
    // order: relaxed; the core is not shared yet.
    handles_.store(source_alive, std::memory_order_relaxed);
  }
  void release_source() noexcept;
  /// Besides a source.
  [[nodiscard]] bool has_handles() const noexcept {
    // order: relaxed; only the source, which asks, can make handles from nothing.
    return (handles_.load(std::memory_order_relaxed) & count_mask) != 0;
  }

  /// Somebody took the exception: it will not be reported as unobserved. Pre: completed.
  void mark_observed() noexcept {
    // order: relaxed; read again by the last handle only, which is ordered by handles_.
    state_.fetch_or(observed_bit, std::memory_order_relaxed);
  }

  [[nodiscard]] kind what() const noexcept { return kind_; }
  /// Pre: not a coroutine.
  [[nodiscard]] const core_ops* ops() const noexcept {
    return *reinterpret_cast<const core_ops* const*>(reinterpret_cast<const char*>(this) -
                                                     sizeof(core_ops*));
  }
  /// For the deadlock search, where this core may be gone: the promise of the coroutine that will
  /// complete it, null where there is none. `word_at` reads a word that may be garbage, 0 where
  /// there is no memory.
  [[nodiscard]] promise_base* suspended_promise(
      std::uintptr_t (*word_at)(const atomic<std::uintptr_t>*) noexcept) noexcept {
    // The flags lie in the word behind the state.
    const std::uintptr_t state = word_at(&state_);
    const std::uintptr_t second = word_at(&state_ + 1);
    if ((state & completed_bit) != 0 || second == 0) {
      return nullptr;
    }
    switch (static_cast<kind>((second >> 32) & 0xff)) {
      case kind::coroutine:
        return promise();
      case kind::forwarding:
        return reinterpret_cast<promise_base*>(word_at(&state_ + 3));
      default:
        return nullptr;
    }
  }
  /// Can it be that it waits for the coroutine that asks? `known`: others have its handle, as they
  /// can after its first suspension. Pre: alive.
  [[nodiscard]] bool leads_on(bool known) noexcept {
    if (kind_ == kind::external) {
      return ops()->edge != nullptr;
    }
    // order: relaxed; a hint: the search that follows reads it again.
    return known &&
           (kind_ != kind::coroutine || promise()->awaited_.load(std::memory_order_relaxed) != 0);
  }
  /// Pre: coroutine.
  [[nodiscard]] promise_base* promise() noexcept {
    return reinterpret_cast<promise_base*>(reinterpret_cast<char*>(this) - sizeof(promise_base));
  }

 private:
  kind kind_;

 public:
  /// Set by a coroutine at its first suspension: until then no other thread can know its core.
  bool published_ = false;
  /// How the body of a coroutine ended, until its final suspension publishes it.
  outcome ending_ = outcome::value;
  /// Bit 0: `run`, queued. Bit 1: `run`, its function runs. Bit 2: .NET's
  /// RunContinuationsAsynchronously.
  atomic<std::uint8_t> flags_{0};
  void set_flag(std::uint8_t flag) noexcept {
    // order: relaxed; flags are for people (`status`) or set before the core is shared; one thread
    // at a time sets them.
    flags_.store(static_cast<std::uint8_t>(flags_.load(std::memory_order_relaxed) | flag),
                 std::memory_order_relaxed);
  }
  [[nodiscard]] bool has_flag(std::uint8_t flag) const noexcept {
    // order: relaxed; as in set_flag.
    return (flags_.load(std::memory_order_relaxed) & flag) != 0;
  }
  static constexpr std::uint8_t run_queued = 1;
  static constexpr std::uint8_t run_started = 2;
  static constexpr std::uint8_t continuations_asynchronous = 4;

 private:
  static constexpr std::uintptr_t completed_bit = 1;
  static constexpr std::uintptr_t locked_bit = 2;
  static constexpr std::uintptr_t abandoned_bit = 4;
  static constexpr std::uintptr_t pointer_mask = ~std::uintptr_t{7};
  static constexpr int outcome_shift = 3;
  static constexpr std::uintptr_t outcome_mask = std::uintptr_t{3} << outcome_shift;
  static constexpr std::uintptr_t observed_bit = 32;
  // handles_: [ bit 31 a source is alive | bit 30 had two awaiters: nobody may move the value out |
  // bit 29 its awaiter has the only handle | count ]
  static constexpr std::uint32_t source_alive = std::uint32_t{1} << 31;
  static constexpr std::uint32_t several_awaiters = std::uint32_t{1} << 30;
  static constexpr std::uint32_t only_awaiter = std::uint32_t{1} << 29;
  static constexpr std::uint32_t count_mask = only_awaiter - 1;

  [[nodiscard]] std::uintptr_t publish(outcome how) noexcept;
  [[nodiscard]] job* finish_published(outcome how) noexcept;
  [[nodiscard]] job* finish_hooked(outcome how) noexcept;
  void release_shared() noexcept;
  void destroy_reporting(outcome how) noexcept;
};

/// A `task_core` with room for a result or an exception behind it.
/// `T` is void, an object type, or an lvalue reference (kept as a pointer).
template <class T>
class result_core : public task_core {
 public:
  explicit result_core(kind k) noexcept : task_core(k) {
    static_assert(sizeof(task_core) == 16, "the result lies right behind the core");
  }
  [[gnu::always_inline]] ~result_core() {
    if constexpr (std::is_trivially_destructible_v<T>) {
      if (succeeded()) [[likely]] {
        return;
      }
    }
    destroy_result(this);
  }

  template <class... Args>
  void emplace(Args&&... args) {
    ::new (place()) T(std::forward<Args>(args)...);
  }
  [[nodiscard]] T& value() noexcept { return *std::launder(static_cast<T*>(place())); }

  void emplace_error(std::exception_ptr e) noexcept {
    ::new (static_cast<void*>(&error_)) std::exception_ptr(std::move(e));
  }
  void emplace_errors(std::vector<std::exception_ptr> all) {
    errors_ = new std::vector<std::exception_ptr>(std::move(all));
  }
  /// Pre: completed, not with a value.
  [[nodiscard]] const std::exception_ptr& first_error() const noexcept {
    return how() == outcome::faults ? errors_->front() : error_;
  }
  [[nodiscard]] std::vector<std::exception_ptr> all_errors() const {
    return how() == outcome::faults ? *errors_ : std::vector<std::exception_ptr>{error_};
  }

 private:
  static void destroy_result(result_core* self) noexcept {
    if (!self->is_completed()) {
      return;
    }
    switch (self->how()) {
      case outcome::value:
        self->value().~T();
        break;
      case outcome::faults:
        delete self->errors_;
        break;
      default:
        self->error_.~exception_ptr();
        break;
    }
  }
  [[nodiscard]] void* place() noexcept {
    if constexpr (over_aligned) {
      const auto address = reinterpret_cast<std::uintptr_t>(&value_) + alignof(T) - 1;
      return reinterpret_cast<void*>(address & ~(std::uintptr_t{alignof(T)} - 1));
    } else {
      return &value_;
    }
  }

  // The union starts right behind `task_core` whatever T's alignment, since cores are also read
  // without knowing T; an over-aligned T finds its place inside padding.
  static constexpr bool over_aligned = alignof(T) > alignof(task_core);
  struct padded {
    alignas(task_core) unsigned char bytes[sizeof(T) + alignof(T)];
  };
  union {
    std::conditional_t<over_aligned, padded, T> value_;
    std::exception_ptr error_;
    std::vector<std::exception_ptr>* errors_;
  };
};

/// What stands in for the value of `task<void>`.
struct no_value {};

template <class T>
struct stored_type {
  using type = T;
};
template <>
struct stored_type<void> {
  using type = no_value;
};
template <class T>
struct stored_type<T&> {
  using type = T*;
};
template <class T>
using stored = typename stored_type<T>::type;

template <class T>
using core_of = result_core<stored<T>>;

/// The completed outcome for an exception that escaped from a coroutine: `operation_canceled` means
/// canceled.
[[nodiscard]] outcome outcome_of_current_exception() noexcept;
[[nodiscard]] outcome outcome_of(const std::exception_ptr& error) noexcept;
/// The first error of a core of unknown type. Pre: completed, not with a value.
[[nodiscard]] const std::exception_ptr& first_error_of(const task_core& core) noexcept;

}  // namespace weft::detail
