#pragma once
/// `inplace_vector`: a vector of fixed capacity, without malloc.

#include <cstddef>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

namespace weft {

namespace detail {
[[noreturn]] void throw_inplace_vector_full(std::size_t capacity);
}

/// Holds up to `N` elements in itself. **Throws** `std::length_error` when one more is added.
/// **Thread-safety**: as std::vector. **Source**: std::inplace_vector of C++26, as far as weft
/// needs it.
template <class T, std::size_t N>
class inplace_vector {
 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  inplace_vector() noexcept {}
  inplace_vector(const inplace_vector& other) : inplace_vector() {
    for (const T& value : other) {
      emplace_back(value);
    }
  }
  inplace_vector(inplace_vector&& other) noexcept(std::is_nothrow_move_constructible_v<T>)
      : inplace_vector() {
    for (T& value : other) {
      emplace_back(std::move(value));
    }
  }
  inplace_vector& operator=(inplace_vector other) noexcept(
      std::is_nothrow_move_constructible_v<T>) {
    clear();
    for (T& value : other) {
      emplace_back(std::move(value));
    }
    return *this;
  }
  ~inplace_vector() { clear(); }

  template <class... Args>
  T& emplace_back(Args&&... args) {
    if (size_ == N) [[unlikely]] {
      detail::throw_inplace_vector_full(N);
    }
    T* made = std::construct_at(data() + size_, std::forward<Args>(args)...);
    ++size_;
    return *made;
  }
  void push_back(T value) { emplace_back(std::move(value)); }
  /// **Throws** `std::length_error` when there is no room for `count`.
  void reserve(std::size_t count) {
    if (count > N) [[unlikely]] {
      detail::throw_inplace_vector_full(N);
    }
  }
  void clear() noexcept {
    std::destroy_n(data(), size_);
    size_ = 0;
  }

  [[nodiscard]] static constexpr std::size_t capacity() noexcept { return N; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] T* data() noexcept { return elements_; }
  [[nodiscard]] const T* data() const noexcept { return elements_; }
  [[nodiscard]] T& operator[](std::size_t i) noexcept { return elements_[i]; }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return elements_[i]; }
  [[nodiscard]] iterator begin() noexcept { return data(); }
  [[nodiscard]] iterator end() noexcept { return data() + size_; }
  [[nodiscard]] const_iterator begin() const noexcept { return data(); }
  [[nodiscard]] const_iterator end() const noexcept { return data() + size_; }
  friend bool operator==(const inplace_vector& a, const inplace_vector& b) {
    if (a.size_ != b.size_) {
      return false;
    }
    for (std::size_t i = 0; i < a.size_; ++i) {
      if (!(a[i] == b[i])) {
        return false;
      }
    }
    return true;
  }

 private:
  std::size_t size_ = 0;
  union {
    T elements_[N];
  };
};

}  // namespace weft
