#pragma once
/// `handler`: a function that is told about something, kept and handed back when it is replaced.

#include <weft/base/atomic.hpp>
#include <weft/base/error.hpp>
#include <weft/base/lock.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace weft {

/// Any callable `void(Args...)`, captures included; copies share it. Empty when
/// default-constructed, made of null, or moved from.
/// **Thread-safety**: copies may be called and destroyed by several threads at once; whether the
/// callable itself may run in several is its own matter.
/// **Cost**: one allocation to make one, an atomic increment to copy it.
template <class... Args>
class handler {
 public:
  constexpr handler() noexcept = default;
  constexpr handler(std::nullptr_t) noexcept {}  // NOLINT(google-explicit-constructor)
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, handler> &&
             !std::same_as<std::remove_cvref_t<F>, std::nullptr_t> &&
             std::invocable<std::decay_t<F>&, Args...>)
  handler(F&& f) {  // NOLINT(google-explicit-constructor): as std::function
    if constexpr (std::is_pointer_v<std::decay_t<F>>) {
      if (f == nullptr) {
        return;
      }
    }
    kept_ = new closure<std::decay_t<F>>(std::forward<F>(f));
  }
  handler(const handler& other) noexcept : kept_(other.kept_) {
    if (kept_ != nullptr) {
      // order: relaxed; who copies has a reference already.
      kept_->references.fetch_add(1, std::memory_order_relaxed);
    }
  }
  handler(handler&& other) noexcept : kept_(std::exchange(other.kept_, nullptr)) {}
  handler& operator=(handler other) noexcept {
    std::swap(kept_, other.kept_);
    return *this;
  }
  ~handler() {
    // order: acq_rel; pairs with itself, the last one sees what all others did.
    if (kept_ != nullptr && kept_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      kept_->destroy(kept_);
    }
  }

  [[nodiscard]] explicit operator bool() const noexcept { return kept_ != nullptr; }
  /// **Throws** `invalid_operation` when empty; what the callable throws.
  void operator()(Args... args) const {
    if (kept_ == nullptr) [[unlikely]] {
      detail::throw_invalid_operation("weft: this handler is empty");
    }
    kept_->call(kept_, std::forward<Args>(args)...);
  }
  /// Whether both are copies of one.
  friend bool operator==(const handler& a, const handler& b) noexcept = default;

 private:
  struct shared {
    void (*call)(shared* self, Args... args);
    void (*destroy)(shared* self) noexcept;
    detail::atomic<std::uint32_t> references{1};
  };
  template <class F>
  struct closure : shared {
    template <class G>
    explicit closure(G&& g) : shared{&call_it, &destroy_it}, f(std::forward<G>(g)) {}
    static void call_it(shared* self, Args... args) {
      static_cast<void>(static_cast<closure*>(self)->f(std::forward<Args>(args)...));
    }
    static void destroy_it(shared* self) noexcept { delete static_cast<closure*>(self); }
    F f;
  };

  shared* kept_ = nullptr;
};

namespace detail {

/// Where a handler stands that many threads call and some replace. Not destroyed when the program
/// ends: others may still run.
template <class... Args>
class handler_slot {
 public:
  constexpr handler_slot() noexcept = default;
  handler_slot(const handler_slot&) = delete;
  handler_slot& operator=(const handler_slot&) = delete;
  ~handler_slot() = default;

  [[nodiscard]] handler<Args...> get() noexcept {
    const lock_guard guard(lock_);
    return current();
  }
  /// **Returns** the former one.
  [[nodiscard]] handler<Args...> replace(handler<Args...> next) noexcept {
    const lock_guard guard(lock_);
    std::swap(current(), next);
    return next;
  }

 private:
  [[nodiscard]] handler<Args...>& current() noexcept { return space_.held; }
  union space {
    constexpr space() noexcept : held() {}
    space(const space&) = delete;
    space& operator=(const space&) = delete;
    ~space() {}  // NOLINT(modernize-use-equals-default): it leaves what it holds
    handler<Args...> held;
  };
  lock lock_;
  space space_;  // guarded by lock_
};

}  // namespace detail
}  // namespace weft
