#pragma once
/// `mutable_buffer`, `const_buffer`: where an operation reads into and writes from.

#include <concepts>
#include <cstddef>
#include <memory>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace weft {

namespace detail {

template <class T>
concept byte_like =
    std::same_as<std::remove_cv_t<T>, char> || std::same_as<std::remove_cv_t<T>, unsigned char> ||
    std::same_as<std::remove_cv_t<T>, signed char> ||
    std::same_as<std::remove_cv_t<T>, std::byte> || std::same_as<std::remove_cv_t<T>, char8_t>;

template <class R>
concept byte_range = std::ranges::contiguous_range<R> && std::ranges::sized_range<R> &&
                     std::ranges::borrowed_range<R> &&
                     byte_like<std::remove_reference_t<std::ranges::range_reference_t<R>>>;

template <class R>
concept text = std::is_array_v<std::remove_reference_t<R>> ||
               std::same_as<std::remove_cvref_t<R>, std::string_view> ||
               std::same_as<std::remove_cvref_t<R>, std::string>;

}  // namespace detail

/// A view of writable bytes: a span, string, vector or array of them, as an lvalue.
/// **Lifetime**: what it views must live until the operation has completed, also after cancelling.
class mutable_buffer {
 public:
  mutable_buffer(void* data, std::size_t size) noexcept : data_(data), size_(size) {}
  template <class R>
    requires detail::byte_range<R> &&
                 (!std::is_const_v<std::remove_reference_t<std::ranges::range_reference_t<R>>>)
  mutable_buffer(R&& bytes) noexcept
      : data_(std::ranges::data(bytes)), size_(std::ranges::size(bytes)) {}

  [[nodiscard]] void* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  void* data_;
  std::size_t size_;
};

/// A view of bytes to be written: a span, vector or array of them, as an lvalue. Text goes by
/// value, as `std::string`.
/// **Lifetime**: as `mutable_buffer`.
class const_buffer {
 public:
  const_buffer(const void* data, std::size_t size) noexcept : data_(data), size_(size) {}
  template <class R>
    requires detail::byte_range<R> && (!detail::text<R>)
  const_buffer(R&& bytes) noexcept
      : data_(std::ranges::data(bytes)), size_(std::ranges::size(bytes)) {}

  [[nodiscard]] const void* data() const noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  const void* data_;
  std::size_t size_;
};

}  // namespace weft
