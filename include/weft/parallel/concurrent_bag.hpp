#pragma once
/// `concurrent_bag`: an unordered collection for threads that both add and take.

#include <weft/base/atomic.hpp>
#include <weft/base/lock.hpp>
#include <weft/task/thread_state.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace weft {

namespace detail {
/// Shelves of a bag: a power of two, as many as threads that usually run at the same time.
[[nodiscard]] std::size_t bag_shelves() noexcept;
}  // namespace detail

/// Keeps what each thread adds on a shelf of its own, and gives it back to that thread last in,
/// first out; a thread whose shelf is empty takes the oldest of another's.
/// **Thread-safety**: all members but construction and destruction.
/// **Cost**: `add` and `try_take` of the own shelf take one lock that is rarely contended. A failed
/// `try_take`, `size`, `to_vector` and `clear` take the locks of all shelves, and so see the bag as
/// it is at one moment.
/// **Source**: System.Collections.Concurrent.ConcurrentBag.
template <class T>
class concurrent_bag {
 public:
  concurrent_bag() : mask_(detail::bag_shelves() - 1), shelves_(new shelf[mask_ + 1]) {}
  concurrent_bag(const concurrent_bag&) = delete;
  concurrent_bag& operator=(const concurrent_bag&) = delete;

  void add(T item) {
    shelf& own = mine();
    detail::lock_guard guard(own.lock);
    own.items.push_back(std::move(item));
    // order: relaxed; a hint beside the lock, as all of these.
    own.count.store(own.items.size(), std::memory_order_relaxed);
  }

  /// Takes some item out. Nothing only if the bag was empty at some moment of the call.
  [[nodiscard]] std::optional<T> try_take() {
    return find([](shelf& at, bool own) -> T {
      if (own) {
        T item = std::move(at.items.back());
        at.items.pop_back();
        return item;
      }
      T item = std::move(at.items.front());
      at.items.pop_front();
      return item;
    });
  }

  /// A copy of some item.
  [[nodiscard]] std::optional<T> try_peek() {
    return find([](shelf& at, bool own) -> T { return own ? at.items.back() : at.items.front(); });
  }

  [[nodiscard]] std::size_t size() const {
    const all_locks guard(*this);
    return total();
  }
  [[nodiscard]] bool empty() const { return size() == 0; }

  void clear() {
    std::vector<std::deque<T>> gone(mask_ + 1);  // destroyed after the locks are given back
    const all_locks guard(*this);
    for (std::size_t i = 0; i <= mask_; ++i) {
      gone[i].swap(shelves_[i].items);
      // order: relaxed; a hint beside the lock.
      shelves_[i].count.store(0, std::memory_order_relaxed);
    }
  }

  /// A copy of all items, as they are at one moment.
  [[nodiscard]] std::vector<T> to_vector() const {
    std::vector<T> all;
    const all_locks guard(*this);
    all.reserve(total());
    for (std::size_t i = 0; i <= mask_; ++i) {
      all.insert(all.end(), shelves_[i].items.begin(), shelves_[i].items.end());
    }
    return all;
  }

 private:
  struct alignas(detail::cache_line_pair) shelf {
    mutable detail::lock lock;
    std::deque<T> items;  // guarded by lock
    detail::atomic<std::size_t> count{0};
  };

  struct all_locks {
    explicit all_locks(const concurrent_bag& of) : bag(of) {
      for (std::size_t i = 0; i <= bag.mask_; ++i) {
        bag.shelves_[i].lock.acquire();
      }
    }
    all_locks(const all_locks&) = delete;
    all_locks& operator=(const all_locks&) = delete;
    ~all_locks() {
      for (std::size_t i = 0; i <= bag.mask_; ++i) {
        bag.shelves_[i].lock.release();
      }
    }
    const concurrent_bag& bag;
  };

  [[nodiscard]] std::size_t own_index() const noexcept {
    // Thread states lie apart by more than a line; the multiplication spreads them over the upper
    // bits.
    const auto address = reinterpret_cast<std::uintptr_t>(&detail::this_thread());
    return ((address >> 6) * 0x9E3779B97F4A7C15U >> 40) & mask_;
  }
  [[nodiscard]] shelf& mine() noexcept { return shelves_[own_index()]; }
  [[nodiscard]] std::size_t total() const {
    std::size_t n = 0;
    for (std::size_t i = 0; i <= mask_; ++i) {
      n += shelves_[i].items.size();
    }
    return n;
  }

  template <class Use>
  std::optional<T> find(Use use) {
    const std::size_t own = own_index();
    for (std::size_t i = 0; i <= mask_; ++i) {
      shelf& at = shelves_[(own + i) & mask_];
      // order: relaxed; a hint: a miss is made up for below.
      if (at.count.load(std::memory_order_relaxed) == 0) {
        continue;
      }
      detail::lock_guard guard(at.lock);
      if (!at.items.empty()) {
        return use_of(at, i == 0, use);
      }
    }
    // Items may have moved past the look from shelf to shelf: only all locks at once can say that
    // there is none.
    const all_locks guard(*this);
    for (std::size_t i = 0; i <= mask_; ++i) {
      if (!shelves_[i].items.empty()) {
        return use_of(shelves_[i], i == own, use);
      }
    }
    return std::nullopt;
  }

  template <class Use>
  static std::optional<T> use_of(shelf& at, bool own, Use& use) {
    std::optional<T> item(use(at, own));
    // order: relaxed; a hint beside the lock.
    at.count.store(at.items.size(), std::memory_order_relaxed);
    return item;
  }

  const std::size_t mask_;
  const std::unique_ptr<shelf[]> shelves_;
};

}  // namespace weft
