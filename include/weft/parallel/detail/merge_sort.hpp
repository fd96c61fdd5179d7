#pragma once
/// Sorting by a comparison, on all cores: blocks are sorted side by side, then merged two by two,
/// many threads at each merge.

#include <weft/base/atomic.hpp>
#include <weft/base/error.hpp>
#include <weft/base/lock.hpp>
#include <weft/parallel/detail/blocks.hpp>
#include <weft/parallel/detail/radix_sort.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <exception>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace weft::detail {

/// **Pre**: moves do not throw. Elements move between the range and a buffer. Whatever is thrown,
/// each is in the range at the end: a piece of a merge whose comparison throws, or that comes after
/// the loop's end, is moved without comparing.
template <class T, class Iterator, class Compare, bool Stable>
class merge_sorter {
 public:
  merge_sorter(Iterator data, std::size_t n, Compare& compare, const parallel_options& options)
      : data_(data), n_(n), compare_(compare), options_(options) {}
  merge_sorter(const merge_sorter&) = delete;
  merge_sorter& operator=(const merge_sorter&) = delete;

  void sort() {
    const std::size_t threads = threads_for(options_);
    const std::size_t blocks =
        threads == 1 ? 1
                     : std::min(std::bit_ceil(4 * threads), std::bit_floor(n_ / least_block + 1));
    std::unique_ptr<T, free_memory<T>> memory;
    if (blocks > 1 || Stable) {
      memory = uninitialized<T>(n_);
      buffer_ = memory.get();
    }
    sort_blocks(blocks);
    for (std::size_t size = 1; size < blocks && !ended(); size *= 2) {
      merge_level(blocks, size);
    }
    come_home();
    if (!errors_.empty()) {
      throw aggregate_exception(std::move(errors_));
    }
    throw_if_stopped(options_.stop.token());
  }

 private:
  static constexpr std::size_t least_block = 2'048;  // elements
  static constexpr std::size_t short_run = 32;       // elements that are sorted by insertion
  static constexpr std::size_t piece = 1U << 14;     // elements of a merge that one thread does

  [[nodiscard]] std::size_t border(std::size_t blocks, std::size_t i) const {
    return n_ / blocks * i + std::min(i, n_ % blocks);
  }
  [[nodiscard]] static auto offset(std::size_t i) { return static_cast<std::ptrdiff_t>(i); }

  template <class F>
  static void share(std::size_t n, const parallel_options& options, F f) {
    static constinit loop_site site{};
    run_blocks(n, options, site, f);
  }

  void sort_blocks(std::size_t blocks) {
    auto options = options_;
    options.stop = {};  // the merges look at the token themselves
    if constexpr (!Stable) {
      // What is thrown here comes out: nothing is in the buffer yet.
      share(blocks, options_, [&](std::size_t i) {
        std::sort(data_ + offset(border(blocks, i)), data_ + offset(border(blocks, i + 1)),
                  [this](const T& a, const T& b) -> bool { return compare_(a, b); });
      });
    } else {
      const std::size_t largest = n_ / blocks + 1;
      std::size_t passes = 0;  // the same for all blocks, so that all end in one place
      for (std::size_t run = short_run; run < largest; run *= 2) {
        ++passes;
      }
      share(blocks, options, [&](std::size_t i) { sort_stably(blocks, i, passes); });
      in_buffer_ = passes % 2 != 0;
      built_ = passes != 0;
    }
  }

  /// Short runs by insertion, then merges of two that stay within the block.
  void sort_stably(std::size_t blocks, std::size_t i, std::size_t passes) noexcept {
    const std::size_t first = border(blocks, i);
    const std::size_t last = border(blocks, i + 1);
    try {
      for (std::size_t run = first; run < last; run += short_run) {
        insert(run, std::min(last, run + short_run));
      }
    } catch (...) {
      keep_error();
    }
    bool there = false;  // in the buffer
    std::size_t run = short_run;
    for (std::size_t pass = 0; pass != passes; ++pass, run *= 2, there = !there) {
      for (std::size_t at = first; at < last; at += 2 * run) {
        const std::size_t middle = std::min(last, at + run);
        const part all{at, middle, middle, std::min(last, at + 2 * run), at};
        if (there) {
          merge_from(buffer_, data_, all, true);
        } else {
          merge_from(data_, buffer_, all, pass != 0);
        }
      }
    }
  }
  void insert(std::size_t first, std::size_t last) {
    const auto before = [this](const T& a, const T& b) -> bool { return compare_(a, b); };
    const auto begin = data_ + offset(first);
    for (std::size_t at = first + 1; at < last; ++at) {
      const auto moving = data_ + offset(at);
      if (before(*moving, *(moving - 1))) {
        std::rotate(std::upper_bound(begin, moving, *moving, before), moving, moving + 1);
      }
    }
  }
  /// Nothing is to be compared any more: what is left may be unsorted.
  [[nodiscard]] bool ended() const noexcept {
    // order: relaxed; as in keep_error.
    return failed_.load(std::memory_order_relaxed) ||
           (options_.stop.get() != nullptr && options_.stop.get()->stop_requested());
  }
  void keep_error() noexcept {
    lock_guard guard(lock_);
    errors_.push_back(std::current_exception());
    // order: relaxed; what is compared afterwards is only wasted.
    failed_.store(true, std::memory_order_relaxed);
  }

  /// One output piece of a merge: which parts of the two runs go into it.
  struct part {
    std::size_t left, left_end;
    std::size_t right, right_end;
    std::size_t out;
  };

  void merge_level(std::size_t blocks, std::size_t size) {
    std::vector<part> parts;
    try {
      for (std::size_t b = 0; b != blocks; b += 2 * size) {
        cut(border(blocks, b), border(blocks, b + size), border(blocks, b + 2 * size), parts);
      }
    } catch (...) {  // a comparison: nothing has been moved yet
      keep_error();
      return;
    }
    auto options = options_;
    options.stop = {};  // a level is always finished; it looks at the token itself
    share(parts.size(), options, [&](std::size_t i) { merge(parts[i]); });
    in_buffer_ = !in_buffer_;
    built_ = true;
  }

  /// Cuts the merge of [first, middle) and [middle, last) into pieces of equal size.
  void cut(std::size_t first, std::size_t middle, std::size_t last, std::vector<part>& parts) {
    part next{first, first, middle, middle, first};
    for (std::size_t done = first; done != last;) {
      done = std::min(last, done + piece);
      next.left_end = done == last ? middle : split(first, middle, last, done - first, next);
      next.right_end = middle + (done - first) - (next.left_end - first);
      parts.push_back(next);
      next = {next.left_end, 0, next.right_end, 0, done};
    }
  }
  /// Where the left run ends when the first `count` elements of the merge are taken.
  [[nodiscard]] std::size_t split(std::size_t first, std::size_t middle, std::size_t last,
                                  std::size_t count, const part& before) {
    // Never back behind the piece before, even if the comparison is no order.
    std::size_t low =
        std::max(count > last - middle ? count - (last - middle) : 0, before.left - first);
    std::size_t high = std::min(middle - first, count - (before.right - middle));
    while (low < high) {
      const std::size_t left = low + (high - low) / 2;
      const std::size_t right = count - left - 1;
      if (!compare_(look(middle + right), look(first + left))) {
        low = left + 1;
      } else {
        high = left;
      }
    }
    return first + low;
  }
  [[nodiscard]] decltype(auto) look(std::size_t i) {
    using reference = const T&;
    return in_buffer_ ? static_cast<reference>(buffer_[i])
                      : static_cast<reference>(data_[offset(i)]);
  }

  void merge(const part& p) noexcept {
    if (!in_buffer_) {
      merge_from(data_, buffer_, p, built_);
    } else {
      merge_from(buffer_, data_, p, true);
    }
  }
  /// Into `to`, where there are objects already or not.
  template <class From, class To>
  void merge_from(From from, To to, part p, bool built) noexcept {
    const auto put = [&](std::size_t i) {
      if (built) {
        to[offset(p.out++)] = std::move(from[offset(i)]);
      } else {
        std::construct_at(buffer_ + p.out++, std::move(from[offset(i)]));
      }
    };
    if (!ended()) {
      try {
        while (p.left != p.left_end && p.right != p.right_end) {
          if (compare_(std::as_const(from[offset(p.right)]), std::as_const(from[offset(p.left)]))) {
            put(p.right++);
          } else {
            put(p.left++);
          }
        }
      } catch (...) {
        keep_error();
      }
    }
    while (p.left != p.left_end) {
      put(p.left++);
    }
    while (p.right != p.right_end) {
      put(p.right++);
    }
  }

  /// Moves the elements back if they are in the buffer, and ends the buffer's.
  void come_home() noexcept {
    if (in_buffer_) {
      std::move(buffer_, buffer_ + n_, data_);
    }
    if (built_) {
      std::destroy_n(buffer_, n_);
    }
  }

  const Iterator data_;
  const std::size_t n_;
  Compare& compare_;
  parallel_options options_;
  T* buffer_ = nullptr;
  bool in_buffer_ = false;
  bool built_ = false;  // the buffer holds objects
  atomic<bool> failed_{false};
  lock lock_;
  std::vector<std::exception_ptr> errors_;  // guarded by lock_
};

}  // namespace weft::detail
