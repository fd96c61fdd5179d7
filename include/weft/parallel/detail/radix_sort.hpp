#pragma once
/// Sorting by the bits of a key, on all cores: one pass puts elements where they belong by the
/// highest byte in which keys differ, then each of the parts, which fit into a core's cache, is
/// sorted on its own by the bytes below.

#include <weft/parallel/detail/blocks.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>
#include <vector>

namespace weft::detail {

/// Threads that work for these options may use.
[[nodiscard]] std::size_t threads_for(const parallel_options& options);

template <class T>
concept radix_key = (std::integral<T> && sizeof(T) <= sizeof(std::uint64_t)) ||
                    (std::floating_point<T> && std::numeric_limits<T>::is_iec559 &&
                     (sizeof(T) == sizeof(std::uint32_t) || sizeof(T) == sizeof(std::uint64_t)));

template <std::size_t Bytes>
using unsigned_of = std::conditional_t<
    Bytes == 1, std::uint8_t,
    std::conditional_t<Bytes == 2, std::uint16_t,
                       std::conditional_t<Bytes == 4, std::uint32_t, std::uint64_t>>>;

/// Bits that compare as the keys do. NaN stands before all numbers, as .NET orders it; the two
/// zeros are equal.
template <radix_key T>
[[nodiscard]] auto bits_of(T key) noexcept {
  using bits = unsigned_of<sizeof(T)>;
  constexpr bits sign = static_cast<bits>(bits{1} << (8 * sizeof(T) - 1));
  if constexpr (std::same_as<T, bool>) {
    return static_cast<bits>(key);
  } else if constexpr (std::floating_point<T>) {
    if (key != key) {
      return bits{0};
    }
    const auto raw = std::bit_cast<bits>(key + T{0});
    return (raw & sign) != 0 ? static_cast<bits>(~raw) : static_cast<bits>(raw | sign);
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<bits>(static_cast<bits>(key) ^ sign);
  } else {
    return static_cast<bits>(key);
  }
}

template <class E>
struct free_memory {
  void operator()(E* memory) const noexcept {
    ::operator delete(memory, std::align_val_t{alignof(E)});
  }
};
/// Memory for `n` trivial objects, not written to.
template <class E>
[[nodiscard]] std::unique_ptr<E, free_memory<E>> uninitialized(std::size_t n) {
  return std::unique_ptr<E, free_memory<E>>(
      static_cast<E*>(::operator new(n * sizeof(E), std::align_val_t{alignof(E)})));
}

/// Stable. `Key` gives the bits of an element.
template <class E, class Key>
  requires std::is_trivially_copyable_v<E>
class radix_sorter {
 public:
  using bits = std::remove_cvref_t<std::invoke_result_t<const Key&, const E&>>;

  radix_sorter(Key key, const parallel_options& options) : key_(key), options_(options) {}

  /// Sorts `data`; `buffer` has room for as many.
  void sort(E* data, E* buffer, std::size_t n) {
    if (n < 2) {
      return;
    }
    const bits differing = differences(data, n);
    if (differing != 0) {
      // From data into buffer, and each part back.
      split(data, buffer, n, std::bit_width(differing));
    }
  }

 private:
  static constexpr std::size_t values = 256;  // of a digit
  using counts = std::array<std::size_t, values>;
  static constexpr std::size_t worth_threads = 1U << 15;  // elements
  static constexpr std::size_t few = 48;                  // elements: insertion is faster

  template <class F>
  void share(std::size_t n, F f) {
    if (n == 1) {
      f(std::size_t{0});
    } else {
      static constinit loop_site site{};
      run_blocks(n, options_, site, f);
    }
  }
  struct range {
    std::size_t first;
    std::size_t last;
  };
  [[nodiscard]] std::size_t blocks_of(std::size_t n) const {
    return n < worth_threads ? 1 : std::min(n / (worth_threads / 4), 2 * threads_for(options_));
  }
  [[nodiscard]] static range block(std::size_t n, std::size_t blocks, std::size_t i) {
    return {n / blocks * i + std::min(i, n % blocks),
            n / blocks * (i + 1) + std::min(i + 1, n % blocks)};
  }

  /// The bits in which keys differ; none when the elements are sorted already.
  [[nodiscard]] bits differences(const E* data, std::size_t n) {
    const std::size_t blocks = blocks_of(n);
    std::vector<bits> found(blocks);
    std::vector<std::uint8_t> ascending(blocks);
    share(blocks, [&](std::size_t i) {
      const auto [first, last] = block(n, blocks, i);
      const bits base = key_(data[0]);
      bits different = 0;
      bool up = true;
      bits before = key_(data[first]);
      for (std::size_t at = first; at != last; ++at) {
        const bits key = key_(data[at]);
        different = static_cast<bits>(different | (key ^ base));
        up &= before <= key;
        before = key;
      }
      found[i] = different;
      ascending[i] = up && (last == n || before <= key_(data[last]));
    });
    bits all = 0;
    for (const bits one : found) {
      all = static_cast<bits>(all | one);
    }
    return std::ranges::all_of(ascending, [](auto up) { return up != 0; }) ? bits{0} : all;
  }

  /// Sorts `from` by its keys' lowest `width` bits; the result stands in `from` again. `to` is as
  /// large.
  void split(E* from, E* to, std::size_t n, int width) {
    const int shift = std::max(0, width - 8);
    const std::size_t blocks = blocks_of(n);
    if (blocks == 1) {
      sort_here(from, to, n, width, true);
      return;
    }
    std::vector<counts> next(blocks);
    const auto digit = [&](const E& e) { return (key_(e) >> shift) & (values - 1); };
    share(blocks, [&](std::size_t i) {
      next[i].fill(0);
      for (auto [at, last] = block(n, blocks, i); at != last; ++at) {
        ++next[i][digit(from[at])];
      }
    });
    std::array<std::size_t, values + 1> border{};
    for (std::size_t d = 0, sum = 0; d != values; ++d) {
      border[d] = sum;
      for (std::size_t i = 0; i != blocks; ++i) {
        sum += std::exchange(next[i][d], sum);
      }
      border[d + 1] = sum;
    }
    share(blocks, [&](std::size_t i) {
      counts at_digit = next[i];
      for (auto [at, last] = block(n, blocks, i); at != last; ++at) {
        to[at_digit[digit(from[at])]++] = from[at];
      }
    });
    share(values, [&](std::size_t d) {
      const std::size_t size = border[d + 1] - border[d];
      E* const part = to + border[d];
      E* const home = from + border[d];
      if (size == 0) {
        return;
      }
      if (shift == 0) {
        copy(part, home, size);
      } else if (size > n / 4 && size >= 2 * worth_threads) {  // keys that are far from uniform
        split(part, home, size, shift);
        copy(part, home, size);
      } else {
        sort_here(part, home, size, shift, false);
      }
    });
  }

  static void copy(const E* from, E* to, std::size_t n) {
    std::memcpy(static_cast<void*>(to), from, n * sizeof(E));
  }

  /// On this thread, by the lowest `width` bits; the result stands in `from` if `stay`, else in
  /// `to`.
  void sort_here(E* from, E* to, std::size_t n, int width, bool stay) {
    if (n <= few) {
      insert(from, n);
      if (!stay) {
        copy(from, to, n);
      }
      return;
    }
    const int passes = (width + 7) / 8;
    std::array<std::array<std::uint32_t, values>, sizeof(bits)> next;
    for (int p = 0; p != passes; ++p) {
      next[static_cast<std::size_t>(p)].fill(0);
    }
    for (std::size_t i = 0; i != n; ++i) {
      const bits key = key_(from[i]);
      for (int p = 0; p != passes; ++p) {
        ++next[static_cast<std::size_t>(p)][(key >> (8 * p)) & (values - 1)];
      }
    }
    E* at = from;
    E* other = to;
    for (int p = 0; p != passes; ++p) {
      auto& places = next[static_cast<std::size_t>(p)];
      const auto digit = [&](const E& e) { return (key_(e) >> (8 * p)) & (values - 1); };
      if (places[digit(at[0])] == n) {
        continue;  // all have the same
      }
      std::uint32_t sum = 0;
      for (std::uint32_t& place : places) {
        sum += std::exchange(place, sum);
      }
      for (std::size_t i = 0; i != n; ++i) {
        other[places[digit(at[i])]++] = at[i];
      }
      std::swap(at, other);
    }
    if (at != (stay ? from : to)) {
      copy(at, stay ? from : to, n);
    }
  }

  void insert(E* data, std::size_t n) {
    for (std::size_t i = 1; i < n; ++i) {
      const E moving = data[i];
      const bits key = key_(moving);
      std::size_t at = i;
      for (; at != 0 && key < key_(data[at - 1]); --at) {
        data[at] = data[at - 1];
      }
      data[at] = moving;
    }
  }

  Key key_;
  parallel_options options_;
};

}  // namespace weft::detail
