#pragma once
/// `co_owned`: an object that the copies of a query share.

#include <weft/base/atomic.hpp>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace weft::query::detail {

/// What is shared, with the number of those who hold it.
struct co_owned_block {
  explicit co_owned_block(void (*end)(co_owned_block*) noexcept) noexcept : destroy(end) {}
  void (*const destroy)(co_owned_block*) noexcept;
  weft::detail::atomic<std::uint32_t> holders{1};
};

/// Holds a block of any type, or none.
///
/// A `std::shared_ptr` would do. But a query is moved and dropped once an operator, and what each
/// of these costs in code is compiled for each: here an increment and a call.
/// **Thread-safety**: as of `std::shared_ptr`.
class co_owned_any {
 public:
  co_owned_any() noexcept = default;
  co_owned_any(const co_owned_any& other) noexcept : block_(other.block_) {
    if (block_ != nullptr) {
      // order: relaxed; whoever copies holds it.
      block_->holders.fetch_add(1, std::memory_order_relaxed);
    }
  }
  co_owned_any(co_owned_any&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  co_owned_any& operator=(co_owned_any other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~co_owned_any() {
    if (block_ != nullptr) {
      drop(block_);
    }
  }

 protected:
  /// Takes over a block with one holder.
  explicit co_owned_any(co_owned_block* made) noexcept : block_(made) {}
  [[nodiscard]] co_owned_block* block() const noexcept { return block_; }

 private:
  static void drop(co_owned_block* block) noexcept;

  co_owned_block* block_ = nullptr;
};

template <class T>
class co_owned : public co_owned_any {
 public:
  co_owned() noexcept = default;

  template <class... Args>
  [[nodiscard, gnu::noinline]] static co_owned make(Args&&... args) {
    return co_owned(new object(std::forward<Args>(args)...));
  }
  [[nodiscard]] T* get() const noexcept {
    return block() == nullptr ? nullptr : &static_cast<object*>(block())->value;
  }
  [[nodiscard]] explicit operator bool() const noexcept { return block() != nullptr; }
  /// **Pre** of both: it holds something.
  [[nodiscard]] T& operator*() const noexcept { return static_cast<object*>(block())->value; }
  [[nodiscard]] T* operator->() const noexcept { return &**this; }

 private:
  struct object : co_owned_block {
    template <class... Args>
    explicit object(Args&&... args)
        : co_owned_block([](co_owned_block* self) noexcept { delete static_cast<object*>(self); }),
          value(std::forward<Args>(args)...) {}
    T value;
  };
  explicit co_owned(object* made) noexcept : co_owned_any(made) {}
};

}  // namespace weft::query::detail
