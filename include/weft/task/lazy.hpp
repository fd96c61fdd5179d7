#pragma once
/// `lazy<T>`: work that starts when it is awaited.

#include <weft/base/seldom.hpp>
#include <weft/task/coroutine.hpp>
#include <weft/task/detail/join_count.hpp>
#include <weft/task/task.hpp>

// Returned and passed in a register, and destroyed by the callee it is passed to: so it need not
// live across the await that it is an operand of. No compiled function of weft's has one in its
// signature.
#if defined(__clang__)
#define WEFT_TRIVIAL_ABI [[clang::trivial_abi]]
#else
#define WEFT_TRIVIAL_ABI
#endif

namespace weft {

template <class T = void>
class lazy;

namespace detail {

[[noreturn]] void throw_lazy_consumed();
/// Leaves nothing in `error`: it has been taken.
[[noreturn]] void throw_taken(std::exception_ptr& error);
/// Ends it, and reports it unless it has been taken: that of a fork beside one that failed too.
void end_error(std::exception_ptr& error) noexcept;

class lazy_join;

/// Who goes on when a lazy has ended, with its kind in the low bits.
class lazy_end {
 public:
  enum class kind : std::uintptr_t {
    nested = 0,     ///< Whoever called it: its join's coroutine stands below it on this stack.
    frame = 1,      ///< The frame that awaits it, by symmetric transfer.
    other_job = 2,  ///< A suspension, likewise.
    elsewhere = 3,  ///< Its join's coroutine, once it has been counted there.
  };

  lazy_end() noexcept {}  // set when it is started
  /// `awaiting`: what `capture` gave for the coroutine with the frame `own`.
  lazy_end(job* awaiting, const job* own) noexcept
      : word_(reinterpret_cast<std::uintptr_t>(awaiting) |
              static_cast<std::uintptr_t>(awaiting == own ? kind::frame : kind::other_job)) {}
  lazy_end(lazy_join* join, kind k) noexcept
      : word_(reinterpret_cast<std::uintptr_t>(join) | static_cast<std::uintptr_t>(k)) {}

  [[nodiscard]] kind what() const noexcept { return static_cast<kind>(word_ & 7); }
  [[nodiscard]] job* awaiter() const noexcept {
    return reinterpret_cast<job*>(word_ & ~std::uintptr_t{7});
  }
  [[nodiscard]] lazy_join* join() const noexcept {
    return reinterpret_cast<lazy_join*>(word_ & ~std::uintptr_t{7});
  }

 private:
  std::uintptr_t word_;
};

enum class lazy_outcome : std::uint8_t { none, value, error };

/// First base of a lazy's promise, whatever its type.
struct lazy_base : promise_base {
  lazy_end then_;
  lazy_outcome how_ = lazy_outcome::none;

  /// It is about to suspend, or to be run from a queue: whoever called it, or would have, goes on
  /// without it, and is told later.
  void leaves_stack() noexcept {
    if (then_.what() == lazy_end::kind::nested) {
      then_ = lazy_end(then_.join(), lazy_end::kind::elsewhere);
    }
  }
  /// It was taken back from the queue before it ran.
  void returns_to_stack() noexcept { then_ = lazy_end(then_.join(), lazy_end::kind::nested); }
};

/// The lazies that one await runs, seen from the coroutine that awaits them. Each child runs nested
/// on its parent's stack, and as long as none of them suspends and none is taken by another worker,
/// they are calls like any others: no atomics, and the parent never suspends. README.md has the
/// protocol.
class lazy_join {
 public:
  lazy_join() noexcept {}
  /// Pre: `other` has not been started.
  lazy_join(lazy_join&&) noexcept {}

  /// May this thread run a child on its stack?
  [[nodiscard]] static bool may_nest(const thread_state& here) noexcept {
    return stack_position() > here.nest_limit;
  }
  /// Runs a child, which is bound, up to its end or its first suspension.
  static void run_nested(job* child) noexcept {
    run_job(child);
    if (this_thread().flow != nullptr) [[unlikely]] {
      replace_flow(nullptr);  // what the child set; see nest_limit
    }
  }
  /// `parent` (what `capture` gave for `handle`) goes on when the `missing` children that did not
  /// end nested have ended: at once if they have by now.
  transfer suspend(job* parent, std::coroutine_handle<> handle, std::int32_t missing) noexcept;
  /// A child has ended elsewhere: the parent, if it was the last one.
  [[nodiscard]] job* child_ended() noexcept;

  /// Whether its child has been run nested, where it has one only.
  void begun() noexcept { has_begun_ = true; }
  [[nodiscard]] bool has_begun() const noexcept { return has_begun_; }

  [[nodiscard]] bool* disposed() noexcept { return &disposed_; }
  void check() const {
    if (disposed_) [[unlikely]] {
      throw_disposed();
    }
  }

 private:
  job* parent_;  // set when it suspends
  join_count missing_;
  bool disposed_ = false;
  bool has_begun_ = false;
  [[maybe_unused]] bool unused_[2] = {};  // one store sets it all
};

/// A child and how it ended, in the awaiter of the parent: a pointer to the child, or once it has
/// ended nested, and is gone, its outcome.
class lazy_slot_base {
 public:
  explicit lazy_slot_base(lazy_base* child) noexcept
      : word_(reinterpret_cast<std::uintptr_t>(child)) {}
  lazy_slot_base(lazy_slot_base&& other) noexcept : word_(std::exchange(other.word_, 0)) {}

  [[nodiscard]] lazy_base& child() const noexcept { return *reinterpret_cast<lazy_base*>(word_); }
  /// Has it ended nested (or was there none)?
  [[nodiscard]] bool is_gone() const noexcept { return word_ <= most_outcomes; }
  void gone(lazy_outcome how) noexcept { word_ = static_cast<std::uintptr_t>(how); }
  /// Has it ended nested, with a value?
  [[nodiscard]] bool has_value() const noexcept {
    return word_ == static_cast<std::uintptr_t>(lazy_outcome::value);
  }

 protected:
  static constexpr std::uintptr_t most_outcomes = 7;  // children are aligned to more
  /// Pre: it has ended, or has not begun.
  [[nodiscard]] lazy_outcome how() const noexcept {
    return is_gone() ? static_cast<lazy_outcome>(word_) : child().how_;
  }
  void destroy_child() noexcept {
    if (!is_gone()) {
      std::coroutine_handle<>::from_address(child().frame()).destroy();
    }
  }

 private:
  std::uintptr_t word_;
};

template <class T>
class lazy_promise_base;

template <class T>
class lazy_slot : public lazy_slot_base {
 public:
  using stored_t = stored<T>;
  explicit lazy_slot(lazy_promise_base<T>* child) noexcept : lazy_slot_base(child) {}
  /// Pre: `other`'s child has not been started.
  lazy_slot(lazy_slot&& other) noexcept : lazy_slot_base(std::move(other)) {}
  ~lazy_slot() {
    if (this->has_value()) [[likely]] {
      value_.~stored_t();
    } else {
      seldom<&destroy_slowly>(this);
    }
  }

  /// Makes the child ready to run nested: tells it where its result belongs (here), and whose child
  /// it is. **Throws** if there is none.
  void bind(lazy_join& join) {
    if (this->is_gone()) [[unlikely]] {
      throw_lazy_consumed();
    }
    auto& child = static_cast<lazy_promise_base<T>&>(this->child());
    child.result_ = this;
    child.then_ = lazy_end(&join, lazy_end::kind::nested);
  }
  template <class... Args>
  void emplace(Args&&... args) {
    ::new (static_cast<void*>(&value_)) stored_t(std::forward<Args>(args)...);
  }
  void destroy_value() noexcept { value_.~stored_t(); }
  void emplace_error(const std::source_location& place) noexcept {
    ::new (static_cast<void*>(&error_)) std::exception_ptr(current_exception_at(place));
  }
  /// Pre: the child has ended. The value leaves.
  T take() {
    if (!this->has_value()) [[unlikely]] {
      seldom<&settle>(this);
      if (!this->has_value()) {
        throw_taken(error_);
      }
    }
    if constexpr (std::is_reference_v<T>) {
      return static_cast<T>(*value_);
    } else if constexpr (!std::is_void_v<T>) {
      return T(std::move(value_));
    }
  }

 private:
  static void destroy_slowly(lazy_slot* self) noexcept {
    const lazy_outcome how = self->how();
    if (how == lazy_outcome::value) {
      self->value_.~stored_t();
    } else if (how == lazy_outcome::error) {
      end_error(self->error_);
    }
    self->destroy_child();
  }
  /// Lets a child go that has ended elsewhere.
  static void settle(lazy_slot* self) noexcept {
    const lazy_outcome how = self->how();
    self->destroy_child();
    self->gone(how);
  }
  union {
    stored_t value_;
    std::exception_ptr error_;
  };
};

/// Promise of `lazy`: no count, no state word and no result, since exactly one awaiter owns it.
template <class T>
class lazy_promise_base : public lazy_base, public pooled_frame {
 public:
  lazy_promise_base() noexcept {}
  [[nodiscard]] static std::suspend_always initial_suspend() noexcept { return {}; }

  struct at_end {
    bool nested;
    /// Nested, it frees itself here and returns to its caller.
    [[nodiscard]] bool await_ready() const noexcept { return nested; }
    template <class Promise>
    transfer await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      const lazy_end then = afresh(&self.promise())->then_;
      switch (then.what()) {
        case lazy_end::kind::frame:
          if (trace::any_hook()) [[unlikely]] {
            replace_flow(nullptr);  // nothing to do while only events are traced
          }
          // order: relaxed; as mark_resumable.
          promise_base::of(then.awaiter())->awaited_.store(0, std::memory_order_relaxed);
          return transfer_to(then.awaiter());
        case lazy_end::kind::other_job:
          return transfer_to(transfer_target(then.awaiter()));
        default:
          return transfer_to(then.join()->child_ended());
      }
    }
    static void await_resume() noexcept {}
  };
  [[nodiscard]] at_end final_suspend() noexcept {
    const bool nested = then_.what() == lazy_end::kind::nested;
    if (nested) [[likely]] {
      result_->gone(how_);
    }
    return {nested};
  }

  void unhandled_exception() noexcept {
    if (how_ == lazy_outcome::value) {
      result_->destroy_value();  // a local's destructor threw after co_return
    }
    result_->emplace_error(this->place_);
    how_ = lazy_outcome::error;
  }
  template <class Awaitable>
  [[nodiscard]] passed_through<Awaitable> await_transform(
      Awaitable&& awaitable,
      std::source_location place =
          std::source_location::current()) noexcept(own_awaitable<Awaitable>) {
    static_assert(weft::awaitable<Awaitable>, "weft: this type cannot be awaited");
    place_ = place;
    if constexpr (!own_awaitable<Awaitable>) {
      leaves_stack();  // a foreign awaiter may hand the coroutine to another thread
    }
    return pass_through<Awaitable>(awaitable, *this);
  }

  lazy_slot<T>* result_;  ///< Set by the await.
};

template <class T>
class lazy_promise : public lazy_promise_base<T> {
 public:
  template <class U = T>
    requires std::convertible_to<U&&, T>
  void return_value(U&& value) {
    if constexpr (std::is_reference_v<T>) {
      this->result_->emplace(std::addressof(static_cast<T>(value)));
    } else {
      this->result_->emplace(std::forward<U>(value));
    }
    this->how_ = lazy_outcome::value;
  }
};
template <>
class lazy_promise<void> : public lazy_promise_base<void> {
 public:
  void return_void() noexcept {
    result_->emplace();
    how_ = lazy_outcome::value;
  }
};

}  // namespace detail

/// A coroutine that runs when it is awaited, on the awaiting thread, and belongs to the one who
/// awaits: cold, one-shot, structured. **Throws** `invalid_operation` on a second use.
/// **Lifetime**: destroying one that was never awaited frees it without running it.
/// **Cost**: one pooled frame; no atomic operation.
/// **Source**: cppcoro::task; F#'s Async.
template <class T>
class [[nodiscard]] WEFT_TRIVIAL_ABI lazy {
 public:
  using value_type = T;
  using weft_awaitable = void;
  class promise_type final : public detail::lazy_promise<T> {
   public:
    lazy get_return_object(std::source_location place = std::source_location::current()) noexcept {
      this->place_ = place;
      return lazy(this);
    }
  };

  lazy() noexcept = default;
  lazy(lazy&& other) noexcept : promise_(std::exchange(other.promise_, nullptr)) {}
  lazy& operator=(lazy&& other) noexcept {
    if (this != &other) {
      reset();
      promise_ = std::exchange(other.promise_, nullptr);
    }
    return *this;
  }
  ~lazy() { reset(); }

  [[nodiscard]] bool valid() const noexcept { return promise_ != nullptr; }

  class awaiter {
   public:
    explicit awaiter(promise_type* child) noexcept : slot_(child) {}
    [[nodiscard, gnu::always_inline]] bool await_ready() {
      slot_.bind(join_);
      if (!detail::lazy_join::may_nest(detail::this_thread())) {
        return false;
      }
      join_.begun();
      detail::lazy_join::run_nested(slot_.child().frame());
      return slot_.is_gone();
    }
    template <class Promise>
    detail::transfer await_suspend(std::coroutine_handle<Promise> parent) {
      if (join_.has_begun()) {
        return join_.suspend(
            capture(parent, detail::resume_where::captured, detail::goes_on::caller), parent, 1);
      }
      return begin(parent, detail::resume_where::captured);
    }
    T await_resume() {
      join_.check();
      return slot_.take();
    }

   protected:
    void bind() { slot_.bind(join_); }
    /// Runs the child in place of the parent.
    template <class Promise>
    detail::transfer begin(std::coroutine_handle<Promise> parent, detail::resume_where where) {
      detail::lazy_base& child = slot_.child();
      child.then_ = detail::lazy_end(capture(parent, where, detail::goes_on::child),
                                     static_cast<const detail::job*>(parent.address()));
      return detail::transfer_to(child.frame());
    }
    detail::lazy_slot<T> slot_;

   private:
    template <class Promise>
    detail::job* capture(std::coroutine_handle<Promise> parent, detail::resume_where where,
                         detail::goes_on next) {
      return detail::capture(parent, detail::edge_to_lazy(&slot_.child()), where, join_.disposed(),
                             next);
    }
    detail::lazy_join join_;
  };
  [[nodiscard]] awaiter operator co_await() { return awaiter(release()); }

  /// Starts it on this thread, now: a task instead. **Cost**: one more frame.
  [[nodiscard]] task<T> start() && {
    if (promise_ == nullptr) [[unlikely]] {
      detail::throw_lazy_consumed();
    }
    return run_as_task(std::move(*this));
  }

  /// Internal: its promise, or null; this one is empty then.
  [[nodiscard]] promise_type* release() noexcept { return std::exchange(promise_, nullptr); }
  explicit lazy(promise_type* promise) noexcept : promise_(promise) {}

 private:
  /// The await of the task that `start` makes: it has nothing to do in a context of its own, and
  /// reports name the lazy.
  struct start_awaiter : awaiter {
    using weft_awaitable = void;
    using awaiter::awaiter;
    [[nodiscard]] bool await_ready() {
      this->bind();
      return false;
    }
    template <class Promise>
    detail::transfer await_suspend(std::coroutine_handle<Promise> parent) {
      parent.promise().place_ = this->slot_.child().place_;
      return this->begin(parent, detail::resume_where::anywhere);
    }
  };
  static task<T> run_as_task(lazy self) { co_return co_await start_awaiter(self.release()); }
  void reset() noexcept {
    if (promise_ != nullptr) {
      detail::seldom<&destroy>(std::exchange(promise_, nullptr));
    }
  }
  static void destroy(promise_type* promise) noexcept {
    std::coroutine_handle<promise_type>::from_promise(*promise).destroy();
  }
  promise_type* promise_ = nullptr;
};

}  // namespace weft
