#pragma once
/// `async_generator<T>`: a coroutine that gives many values, and may wait between them.

#include <weft/task/operation.hpp>
#include <weft/task/value_task.hpp>

#include <concepts>
#include <memory>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace weft {

template <class T>
class async_generator;

namespace detail {

[[noreturn]] void throw_next_in_progress();
[[noreturn]] void throw_generator_started();

/// The token that the body of a generator sees: its last parameter.
class generator_token {
 public:
  generator_token() noexcept = default;
  explicit generator_token(std::stop_token* parameter) noexcept : parameter_(parameter) {}
  /// From now on the body is asked to stop by `stop` as well as by what it was called with.
  void add(std::stop_token stop);

 private:
  struct linked;
  struct free_linked {
    void operator()(linked* both) const noexcept;
  };
  std::stop_token* parameter_ = nullptr;  // in the frame; null: the body takes none
  std::unique_ptr<linked, free_linked> linked_;
};

/// The state behind a `next()` that did not complete at once. The search for deadlocks goes on from
/// it to the generator, see `task_core::kind::forwarding`.
template <class Pointer>
class next_core final : public operation<Pointer, next_core<Pointer>> {
 public:
  explicit next_core(promise_base* producer) noexcept
      : operation<Pointer, next_core>("async_generator", task_core::kind::forwarding),
        producer_(producer) {
    static_assert(sizeof(core_of<Pointer>) == 3 * sizeof(void*));
    static_assert(sizeof(next_core) == 5 * sizeof(void*), "producer_ lies right behind the result");
  }
  [[nodiscard]] static next_core& from(std::uintptr_t turn) noexcept {
    return static_cast<next_core&>(
        static_cast<core_of<Pointer>&>(*reinterpret_cast<task_core*>(turn)));
  }

 private:
  [[maybe_unused]] promise_base* producer_;
};

/// How a `next()` ends whose generator was destroyed.
[[nodiscard]] std::exception_ptr next_canceled();

/// What the promises of all generators share. `turn_` says whose move it is:
///
/// | word | meaning | next word, set by |
/// |---|---|---|
/// | idle | not started, at a `co_yield`, or ended | in_call by `next()` |
/// | in_call | the body runs or has suspended; `next()` has not looked | idle, body; core, `next()`
/// | | a core | the body is under way and completes the core | idle, body; abandoned, owner | |
/// abandoned | under way without an owner: frees itself at a `co_yield` or end | |
class generator_base : public promise_base {
 public:
  static constexpr std::uintptr_t idle = 0;
  static constexpr std::uintptr_t in_call = 1;
  static constexpr std::uintptr_t abandoned = 2;

  /// Set by `capture` at an await: from then on the body may run on another thread than `next()`.
  bool published_ = false;

  [[nodiscard]] bool is_idle() const noexcept {
    // order: acquire; pairs with release in hand_over. What the body wrote is visible.
    return turn_.load(std::memory_order_acquire) == idle;
  }
  void begin_turn() noexcept {
    started_ = true;
    published_ = false;
    // order: relaxed; only this thread knows of the body until it suspends, which publishes it.
    turn_.store(in_call, std::memory_order_relaxed);
  }
  /// After the body has given control back: false, it has yielded or ended meanwhile; else it will
  /// complete `core`.
  [[nodiscard]] bool wait_with(task_core* core) noexcept {
    std::uintptr_t expected = in_call;
    // order: release; pairs with acquire in end_turn, which gets the core. acquire on failure, for
    // the value; what success reads, this thread has stored itself in begin_turn.
    return turn_.compare_exchange_strong(expected, reinterpret_cast<std::uintptr_t>(core),
                                         std::memory_order_release, std::memory_order_acquire);
  }
  /// The body's side. Still inside `next()`: no read-modify-write. **Returns** the former word.
  [[nodiscard]] std::uintptr_t end_turn() noexcept {
    if (!published_) [[likely]] {
      // order: relaxed; `next()` reads it on this very thread.
      turn_.store(idle, std::memory_order_relaxed);
      return in_call;
    }
    // order: acq_rel; release publishes the value to is_idle; acquire for the core.
    return turn_.exchange(idle, std::memory_order_acq_rel);
  }
  /// The owner goes. **Returns** the former word; idle: the frame can be destroyed.
  [[nodiscard]] std::uintptr_t abandon() noexcept;

  bool started_ = false;
  bool ended_ = false;
  std::exception_ptr error_;
  outcome how_ = outcome::value;
  generator_token token_;

 private:
  atomic<std::uintptr_t> turn_{idle};
};

template <class T>
class generator_promise : public generator_base, public pooled_frame {
 public:
  using value = std::remove_reference_t<T>;
  using pointer = std::add_pointer_t<T>;
  using core = next_core<pointer>;

  generator_promise() noexcept = default;
  /// The parameters of the coroutine: a last one of type `std::stop_token` is the body's token.
  template <class First, class... Rest>
  explicit generator_promise(First& first, Rest&... rest) noexcept {
    static_assert(alignof(generator_promise) <= 16, "the promise lies at offset 16 of the frame");
    if constexpr (sizeof...(Rest) == 0) {
      find_token(first);
    } else {
      (find_token(rest), ...);  // the last one stays
    }
  }

  [[nodiscard]] static std::suspend_always initial_suspend() noexcept { return {}; }

  /// Hands `value_` over and stops until the next `next()`.
  struct at_yield {
    explicit at_yield(pointer v) noexcept : given(v) {}
    [[nodiscard]] static bool await_ready() noexcept { return false; }
    template <class Promise>
    transfer await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      return self.promise().hand_over(given);
    }
    static void await_resume() noexcept {}
    pointer given;
  };
  /// The same for what has to be made first: it lies here, in the frame.
  struct at_yield_of_copy {
    template <class U>
    explicit at_yield_of_copy(std::in_place_t, U&& from) : copy(std::forward<U>(from)) {}
    at_yield_of_copy(const at_yield_of_copy&) = delete;
    at_yield_of_copy& operator=(const at_yield_of_copy&) = delete;
    [[nodiscard]] static bool await_ready() noexcept { return false; }
    template <class Promise>
    transfer await_suspend(std::coroutine_handle<Promise> self) noexcept {
      return self.promise().hand_over(std::addressof(copy));
    }
    static void await_resume() noexcept {}
    std::conditional_t<std::is_reference_v<T>, char, std::remove_const_t<value>> copy;
  };

  /// A temporary: lives in the frame until the body goes on.
  [[nodiscard]] at_yield yield_value(value&& v) noexcept
    requires(!std::is_reference_v<T>)
  {
    return at_yield(std::addressof(v));
  }
  /// Something that stays the body's: the consumer gets a copy, which it may move from.
  template <class U>
    requires(!std::is_reference_v<T> && std::convertible_to<U &&, T> &&
             !(std::is_const_v<T> && std::same_as<std::remove_cvref_t<U>, std::remove_const_t<T>>))
  [[nodiscard]] at_yield_of_copy yield_value(U&& v) {
    return at_yield_of_copy(std::in_place, std::forward<U>(v));
  }
  /// `async_generator<const T>` and `async_generator<T&>`: the very object.
  [[nodiscard]] at_yield yield_value(value& v) noexcept
    requires(std::is_reference_v<T> || std::is_const_v<T>)
  {
    return at_yield(std::addressof(v));
  }

  struct at_end {
    [[nodiscard]] static bool await_ready() noexcept { return false; }
    template <class Promise>
    transfer await_suspend(std::coroutine_handle<Promise> self) const noexcept {
      self.promise().ended_ = true;
      return self.promise().hand_over(nullptr);
    }
    static void await_resume() noexcept {}
  };
  [[nodiscard]] static at_end final_suspend() noexcept { return {}; }
  static void return_void() noexcept {}
  void unhandled_exception() noexcept {
    how_ = outcome_of_current_exception();
    error_ = current_exception_at(this->place_);
  }

  template <class Awaitable>
  [[nodiscard]] passed_through<Awaitable> await_transform(
      Awaitable&& awaitable,
      std::source_location place =
          std::source_location::current()) noexcept(own_awaitable<Awaitable>) {
    static_assert(weft::awaitable<Awaitable>, "weft: this type cannot be awaited");
    place_ = place;
    if constexpr (!own_awaitable<Awaitable>) {
      published_ = true;  // a foreign awaiter may hand the coroutine to another thread
    }
    return pass_through<Awaitable>(awaitable, *this);
  }

  /// By the owner. Pre: idle, not ended.
  [[nodiscard]] value_task<pointer> next() {
    begin_turn();
    if (trace::flowing()) [[unlikely]] {
      enter_call();
    }
    run_job(frame());
    if (is_idle()) [[likely]] {
      return at_hand();
    }
    auto* later = frame_new<core>(this);
    if (wait_with(later)) {
      return value_task<pointer>(later->core());
    }
    frame_delete(later);
    return at_hand();
  }

 private:
  void find_token(std::stop_token& parameter) noexcept { token_ = generator_token(&parameter); }
  void find_token(const auto&) noexcept { token_ = generator_token(); }

  [[nodiscard]] value_task<pointer> at_hand() {
    if (error_ != nullptr) [[unlikely]] {
      return failed(std::exchange(error_, nullptr), how_);
    }
    return value_task<pointer>(given_);
  }
  [[nodiscard]] static value_task<pointer> failed(std::exception_ptr error, outcome how) {
    auto* ended = frame_new<core>(nullptr);
    ended->emplace_error(std::move(error));
    ended->finish(how);
    return value_task<pointer>(ended->core());
  }

  transfer hand_over(pointer given) noexcept {
    given_ = given;
    // Copied first: once the turn has ended the owner may go on, and destroy this.
    const std::exception_ptr error = error_;
    const outcome how = how_;
    const std::uintptr_t former = end_turn();
    if (former == in_call || former == abandoned) [[likely]] {
      if (trace::flowing()) [[unlikely]] {
        leave_call();
      }
    }
    if (former == in_call) [[likely]] {
      return transfer_to(nullptr);
    }
    if (former == abandoned) {
      if (error != nullptr) {
        static_cast<void>(failed(error, how));  // nobody asked for it: reported as unobserved
      }
      frame()->drop(frame());
      return transfer_to(nullptr);
    }
    core& waiting = core::from(former);
    if (error != nullptr) {
      waiting.emplace_error(error);
      return transfer_to(waiting.finish_coroutine(how));
    }
    waiting.emplace(given);
    return transfer_to(waiting.finish_coroutine(outcome::value));
  }

  pointer given_ = nullptr;
};

}  // namespace detail

/// Values that come one after another, with waiting in between: a coroutine that uses `co_yield`
/// and `co_await`. Its body starts at the first `next()` and runs from `co_yield` to `co_yield`
/// inside these calls, on the caller's thread until it suspends. A move-only handle.
///
/// A body that takes a `std::stop_token` as its last parameter finds the token of
/// `with_cancellation` there (C#'s `[EnumeratorCancellation]`).
///
/// `co_yield` of a temporary gives the consumer that very object; of anything else a copy, which
/// the consumer may move from. `async_generator<const T>` and `async_generator<T&>` never copy.
/// **Thread-safety**: one thread at a time.
/// **Lifetime**: destroying it half-way runs the destructors of the body's variables. While a
/// `next()` has not completed the body cannot be stopped: that `next()` ends canceled, the body
/// goes on to its next `co_yield` and is destroyed there.
/// **Cost**: one pooled frame; a value that needs no waiting takes no atomic read-modify-write.
/// **Source**: IAsyncEnumerable<T> and C#'s async iterators.
template <class T>
class [[nodiscard]] async_generator {
 public:
  using value_type = std::remove_cvref_t<T>;
  using pointer = std::add_pointer_t<T>;
  class promise_type final : public detail::generator_promise<T> {
   public:
    using detail::generator_promise<T>::generator_promise;
    async_generator get_return_object(
        std::source_location place = std::source_location::current()) noexcept {
      this->place_ = place;
      return async_generator(this);
    }
  };

  async_generator() noexcept = default;
  async_generator(async_generator&& other) noexcept
      : promise_(std::exchange(other.promise_, nullptr)) {}
  async_generator& operator=(async_generator&& other) noexcept {
    if (this != &other) {
      reset();
      promise_ = std::exchange(other.promise_, nullptr);
    }
    return *this;
  }
  ~async_generator() { reset(); }

  /// False for a default-constructed or moved-from handle.
  [[nodiscard]] bool valid() const noexcept { return promise_ != nullptr; }

  /// Runs the body to its next `co_yield`. **Returns** a pointer to the value, which lives until
  /// the next call; null when the body has ended, and ever after.
  /// **Throws** (at the await) what the body threw, once; `invalid_operation` at the call while the
  /// previous `next()` has not completed, and for an empty handle.
  /// **Completes on** the current context or scheduler of the await, else the thread that the body
  /// ran on.
  /// **Cost**: a call and a return when the body does not suspend; else one pooled object.
  [[nodiscard]] value_task<pointer> next() {
    promise_type& body = checked();
    if (!body.is_idle()) [[unlikely]] {
      detail::throw_next_in_progress();
    }
    return body.ended_ ? value_task<pointer>(static_cast<pointer>(nullptr)) : body.next();
  }

  /// Gives the body a token, beside the one that it was called with. Without effect when the body
  /// takes none. **Throws** `invalid_operation` once the body has started.
  async_generator& with_cancellation(std::stop_token stop) & {
    take_token(std::move(stop));
    return *this;
  }
  [[nodiscard]] async_generator with_cancellation(std::stop_token stop) && {
    take_token(std::move(stop));
    return std::move(*this);
  }

 private:
  explicit async_generator(promise_type* promise) noexcept : promise_(promise) {}

  promise_type& checked() const {
    if (promise_ == nullptr) [[unlikely]] {
      detail::throw_empty_handle("async_generator");
    }
    return *promise_;
  }
  void take_token(std::stop_token stop) {
    promise_type& body = checked();
    if (body.started_) {
      detail::throw_generator_started();
    }
    body.token_.add(std::move(stop));
  }
  void reset() noexcept {
    if (promise_ == nullptr) {
      return;
    }
    promise_type& body = *std::exchange(promise_, nullptr);
    const std::uintptr_t former = body.abandon();
    if (former == detail::generator_base::idle) {
      std::coroutine_handle<promise_type>::from_promise(body).destroy();
    } else {
      auto& pending = detail::next_core<pointer>::from(former);
      // Behind this call: its awaiter must not run inside a destructor.
      pending.set_flag(detail::task_core::continuations_asynchronous);
      pending.fail(detail::next_canceled());
    }
  }

  promise_type* promise_ = nullptr;
};

}  // namespace weft
