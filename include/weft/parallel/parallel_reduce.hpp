#pragma once
/// `parallel_reduce` and `parallel_reduce_deterministic`: one result out of a range of integers, on
/// all cores.

#include <weft/base/lock.hpp>
#include <weft/parallel/detail/body.hpp>
#include <weft/parallel/options.hpp>
#include <weft/parallel/parallel_for.hpp>

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft {

/// Consecutive indices, for a range-based `for`.
class index_range {
 public:
  class iterator {
   public:
    using value_type = std::int64_t;
    using difference_type = std::int64_t;
    constexpr iterator() noexcept = default;
    constexpr explicit iterator(std::int64_t at) noexcept : at_(at) {}
    [[nodiscard]] constexpr std::int64_t operator*() const noexcept { return at_; }
    constexpr iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    constexpr iterator operator++(int) noexcept { return iterator(at_++); }
    [[nodiscard]] constexpr bool operator==(const iterator&) const noexcept = default;
    [[nodiscard]] constexpr auto operator<=>(const iterator&) const noexcept = default;
    /// The index, so that `for (auto i = c.begin(); i != c.end(); ++i)` may say `v[i]`.
    constexpr operator std::int64_t() const noexcept { return at_; }

   private:
    std::int64_t at_ = 0;
  };

  constexpr index_range(std::int64_t first, std::int64_t last) noexcept
      : first_(first), last_(last) {}
  [[nodiscard]] constexpr iterator begin() const noexcept { return iterator(first_); }
  [[nodiscard]] constexpr iterator end() const noexcept { return iterator(last_); }
  [[nodiscard]] constexpr std::int64_t first() const noexcept { return first_; }
  /// One past the last index.
  [[nodiscard]] constexpr std::int64_t last() const noexcept { return last_; }
  [[nodiscard]] constexpr std::int64_t size() const noexcept { return last_ - first_; }

 private:
  std::int64_t first_;
  std::int64_t last_;
};

namespace detail {

template <class T, class Fold, class Combine>
class reduce_loop : public loop_core {
 public:
  reduce_loop(const T& identity, Fold& fold, Combine& combine, std::int64_t begin,
              std::uint64_t count, const parallel_options& options)
      : loop_core(&run, count, begin, options, site),
        identity_(identity),
        fold_(fold),
        combine_(combine),
        begin_(begin),
        total_(identity) {}

  T execute() && {
    static_cast<void>(loop_core::execute());
    return std::move(total_);
  }

 private:
  static void run(loop_core& core, loop_participant& p) {
    auto& self = static_cast<reduce_loop&>(core);
    if (!core.next(p)) {
      return;
    }
    T value = self.identity_;
    p.longer = sizeof(T) / worth_a_piece + 1;
    do {
      const std::uint64_t block = range_block(p, calls_a_piece);
      while (p.first < p.last) {
        const std::uint64_t end = p.last - p.first > block ? p.first + block : p.last;
        value = self.fold_(index_range(self.index(p.first), self.index(end)), std::move(value));
        p.first = end;
        if (core.signalled()) [[unlikely]] {
          core.attend(p);
        }
      }
    } while (core.next(p));
    lock_guard guard(self.combining_);
    self.total_ = self.combine_(std::move(self.total_), std::move(value));
  }
  [[nodiscard]] std::int64_t index(std::uint64_t offset) const noexcept {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(begin_) + offset);
  }

  // A call moves the partial result there and back: some 0.4 µs for so many bytes, as much as may
  // be lost of a piece.
  static constexpr std::uint64_t worth_a_piece = 8192;
  static constexpr std::uint64_t calls_a_piece =
      std::clamp<std::uint64_t>(worth_a_piece / sizeof(T), 1, 32);

  static inline constinit loop_site site{};
  const T& identity_;
  Fold& fold_;
  Combine& combine_;
  const std::int64_t begin_;
  lock combining_;
  T total_;  // guarded by combining_
};

}  // namespace detail

/// Folds [begin, end): `fold(index_range, T so_far)` takes consecutive indices into a partial
/// result that began as a copy of `identity`; `combine(a, b)` joins partial results, one at a time,
/// in no particular order. `combine` must be associative and commutative, and `identity` change
/// nothing.
/// **Throws**, **Cancellation**, **Cost**: as `parallel_for`.
template <detail::loop_index Begin, detail::loop_index End, std::copy_constructible T, class Fold,
          class Combine>
  requires std::is_invocable_r_v<T, Fold&, index_range, T> &&
           std::is_invocable_r_v<T, Combine&, T, T>
[[nodiscard]] T parallel_reduce(Begin begin, End end, T identity, Fold&& fold, Combine&& combine,
                                const parallel_options& options = {}) {
  const std::uint64_t count = detail::iterations<std::int64_t>(begin, end);
  if (count == 0) {
    return identity;
  }
  return detail::reduce_loop<T, std::remove_reference_t<Fold>, std::remove_reference_t<Combine>>(
             identity, fold, combine, static_cast<std::int64_t>(begin), count, options)
      .execute();
}

/// The same result, to the last bit, whatever the number of threads: the range is cut by its length
/// alone, and the partial results are joined from left to right. `combine` needs to be associative
/// only as far as the result is to be that of one long fold; it need not be commutative.
/// **Cost**: as `parallel_reduce`, and memory for at most 1,024 partial results.
template <detail::loop_index Begin, detail::loop_index End, std::copy_constructible T, class Fold,
          class Combine>
  requires std::is_invocable_r_v<T, Fold&, index_range, T> &&
           std::is_invocable_r_v<T, Combine&, T, T>
[[nodiscard]] T parallel_reduce_deterministic(Begin begin, End end, T identity, Fold&& fold,
                                              Combine&& combine,
                                              const parallel_options& options = {}) {
  constexpr std::uint64_t most_blocks = 1'024;  // balance on hundreds of threads
  constexpr std::uint64_t least_block = 256;    // indices: a block is worth its bookkeeping
  const std::uint64_t count = detail::iterations<std::int64_t>(begin, end);
  const std::uint64_t size = std::max(least_block, (count + most_blocks - 1) / most_blocks);
  const std::uint64_t blocks = (count + size - 1) / size;
  const auto at = [&](std::uint64_t offset) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(begin) + std::min(offset, count));
  };
  std::vector<std::optional<T>> partial(static_cast<std::size_t>(blocks));
  static_cast<void>(parallel_for(
      std::uint64_t{0}, blocks,
      [&](std::uint64_t i) {
        partial[i].emplace(fold(index_range(at(i * size), at((i + 1) * size)), T(identity)));
      },
      options));
  T total = std::move(identity);
  for (auto& one : partial) {
    total = combine(std::move(total), std::move(*one));
  }
  return total;
}

}  // namespace weft
