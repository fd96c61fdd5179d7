#pragma once
/// `work`: something to be done once.

#include <weft/base/error.hpp>
#include <weft/base/frame_allocator.hpp>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace weft {

/// A move-only callable without arguments or result that is called at most once. Empty when
/// default-constructed, moved from, or called; one that is never called destroys its closure.
/// **Cost**: closures of up to three words that move without throwing lie inside; larger ones come
/// from the frame allocator (no malloc up to 8 KiB).
class work {
 public:
  work() noexcept = default;
  work(std::nullptr_t) noexcept {}  // NOLINT(google-explicit-constructor): as std::function

  template <class F>
    requires(!std::is_same_v<std::remove_cvref_t<F>, work> &&
             !std::is_same_v<std::remove_cvref_t<F>, std::nullptr_t> &&
             std::is_invocable_v<std::decay_t<F> &&>)
  work(F&& f) {  // NOLINT(google-explicit-constructor): as std::function
    using closure = std::decay_t<F>;
    if constexpr (lies_inside<closure>) {
      ::new (static_cast<void*>(space_)) closure(std::forward<F>(f));
      actions_ = &inside<closure>::table;
    } else {
      ::new (static_cast<void*>(space_)) closure*(outside<closure>::make(std::forward<F>(f)));
      actions_ = &outside<closure>::table;
    }
  }

  work(work&& other) noexcept { take(other); }

  work& operator=(work&& other) noexcept {
    if (this != &other) {
      work old(std::move(*this));
      take(other);
    }
    return *this;
  }

  ~work() {
    if (actions_ != nullptr && actions_->destroy != nullptr) {
      actions_->destroy(space_);
    }
  }

  [[nodiscard]] explicit operator bool() const noexcept { return actions_ != nullptr; }

  /// Calls it. It is empty from then on, and may be destroyed by what it calls.
  /// **Throws** `invalid_operation` when empty; what the closure throws.
  void operator()() {
    if (actions_ == nullptr) [[unlikely]] {
      detail::throw_invalid_operation("weft: this work is empty or was called already");
    }
    const actions* table = actions_;
    actions_ = nullptr;
    table->call(space_);
  }

  /// Internal, for timers with a period: calls it without using it up.
  /// **Throws** `invalid_operation` when empty or when the closure can be called only once.
  void call_in_place() {
    if (actions_ == nullptr || actions_->again == nullptr) [[unlikely]] {
      detail::throw_invalid_operation("weft: this work is empty or can be called only once");
    }
    actions_->again(space_);
  }

 private:
  static constexpr std::size_t words_inside = 3;

  struct actions {
    void (*call)(void* space);  // consumes the closure; `space` is not touched once it runs
    // Null: the bytes are copied. Leaves nothing in `from`.
    void (*move)(void* from, void* to) noexcept;
    // Null: nothing to do.
    void (*destroy)(void* space) noexcept;
    void (*again)(void* space);  // null: the closure wants to be an rvalue
  };

  template <class Closure>
  static constexpr auto repeater(void (*call)(void*)) noexcept {
    return std::is_invocable_v<Closure&> ? call : nullptr;
  }

  template <class Closure>
  static constexpr bool lies_inside =
      sizeof(Closure) <= words_inside * sizeof(void*) && alignof(Closure) <= alignof(void*) &&
      std::is_nothrow_move_constructible_v<Closure>;

  template <class Closure>
  struct inside {
    static void call(void* space) {
      auto* stored = static_cast<Closure*>(space);
      Closure running(std::move(*stored));
      stored->~Closure();
      static_cast<void>(std::move(running)());
    }
    static void move(void* from, void* to) noexcept {
      auto* stored = static_cast<Closure*>(from);
      ::new (to) Closure(std::move(*stored));
      stored->~Closure();
    }
    static void destroy(void* space) noexcept { static_cast<Closure*>(space)->~Closure(); }
    static constexpr bool trivial =
        std::is_trivially_copyable_v<Closure> && std::is_trivially_destructible_v<Closure>;
    static void again(void* space) {
      if constexpr (std::is_invocable_v<Closure&>) {
        static_cast<void>((*static_cast<Closure*>(space))());
      }
    }
    static constexpr actions table{&call, trivial ? nullptr : &move, trivial ? nullptr : &destroy,
                                   repeater<Closure>(&again)};
  };

  template <class Closure>
  struct outside {
    template <class F>
    static Closure* make(F&& f) {
      if constexpr (alignof(Closure) > detail::frame_alignment) {
        return new Closure(std::forward<F>(f));
      } else {
        return detail::frame_new<Closure>(std::forward<F>(f));
      }
    }
    static void end(Closure* closure) noexcept {
      if constexpr (alignof(Closure) > detail::frame_alignment) {
        delete closure;
      } else {
        detail::frame_delete(closure);
      }
    }
    static void call(void* space) {
      struct guard {
        Closure* running;
        ~guard() { end(running); }
      } owned{*static_cast<Closure**>(space)};
      static_cast<void>(std::move(*owned.running)());
    }
    static void destroy(void* space) noexcept { end(*static_cast<Closure**>(space)); }
    static void again(void* space) {
      if constexpr (std::is_invocable_v<Closure&>) {
        static_cast<void>((**static_cast<Closure**>(space))());
      }
    }
    static constexpr actions table{&call, nullptr, &destroy, repeater<Closure>(&again)};
  };

  void take(work& other) noexcept {
    actions_ = other.actions_;
    if (actions_ == nullptr) {
      return;
    }
    if (actions_->move == nullptr) {
      __builtin_memcpy(space_, other.space_, sizeof space_);
    } else {
      actions_->move(other.space_, space_);
    }
    other.actions_ = nullptr;
  }

  const actions* actions_ = nullptr;
  alignas(void*) std::byte space_[words_inside * sizeof(void*)];
};

}  // namespace weft
