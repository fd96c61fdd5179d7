#pragma once
/// `concurrent_queue`: first in, first out, for many threads at both ends.

#include <weft/base/atomic.hpp>
#include <weft/base/lock.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace weft {

/// Unbounded: memory is the limit. Items lie in blocks; one lock guards the end where they come,
/// another the end where they go, so that the two do not wait for each other.
/// **Thread-safety**: all members but construction and destruction.
/// **Cost**: `enqueue` and `try_dequeue` take one lock; memory for a block every 64 items.
/// `size`, `to_vector` and `clear` take both, and see the queue as it is at one moment.
/// **Source**: System.Collections.Concurrent.ConcurrentQueue; Michael & Scott's two-lock queue,
/// doi:10.1145/248052.248106.
template <class T>
class concurrent_queue {
 public:
  concurrent_queue() : head_(new block), tail_(head_) {}
  concurrent_queue(const concurrent_queue&) = delete;
  concurrent_queue& operator=(const concurrent_queue&) = delete;
  ~concurrent_queue() { drop(head_, read_); }

  void enqueue(T item) {
    detail::lock_guard guard(tail_lock_);
    if (written_ == block_size) {
      auto* const fresh = new block;
      // order: release; pairs with acquire in concurrent_queue::front. Publishes the empty block.
      tail_->next.store(fresh, std::memory_order_release);
      tail_ = fresh;
      written_ = 0;
    }
    std::construct_at(tail_->at(written_), std::move(item));
    ++written_;
    // order: release; pairs with acquire in concurrent_queue::front. Publishes the item.
    tail_->filled.store(written_, std::memory_order_release);
  }

  /// Takes the oldest item out; nothing if there is none.
  [[nodiscard]] std::optional<T> try_dequeue() {
    std::unique_ptr<block> gone;  // freed after the lock is given back
    detail::lock_guard guard(head_lock_);
    T* const item = front(gone);
    if (item == nullptr) {
      return std::nullopt;
    }
    std::optional<T> taken(std::move(*item));
    std::destroy_at(item);
    ++read_;
    return taken;
  }

  /// A copy of the oldest item.
  [[nodiscard]] std::optional<T> try_peek() {
    std::unique_ptr<block> gone;
    detail::lock_guard guard(head_lock_);
    T* const item = front(gone);
    return item == nullptr ? std::nullopt : std::optional<T>(std::as_const(*item));
  }

  [[nodiscard]] std::size_t size() const {
    std::size_t n = 0;
    look([&](const T&) { ++n; });
    return n;
  }
  [[nodiscard]] bool empty() const {
    detail::lock_guard head(head_lock_);
    detail::lock_guard tail(tail_lock_);
    return head_ == tail_ && read_ == written_;
  }
  void clear() {
    auto* const fresh = new block;
    block* first = nullptr;
    std::uint32_t from = 0;
    {
      detail::lock_guard head(head_lock_);
      detail::lock_guard tail(tail_lock_);
      first = std::exchange(head_, fresh);
      from = std::exchange(read_, 0);
      tail_ = fresh;
      written_ = 0;
    }
    drop(first, from);
  }
  /// A copy of all items, the oldest first.
  [[nodiscard]] std::vector<T> to_vector() const {
    std::vector<T> all;
    look([&](const T& item) { all.push_back(item); });
    return all;
  }

 private:
  static constexpr std::uint32_t block_size = 64;  // items

  struct block {
    [[nodiscard]] T* at(std::uint32_t i) noexcept {
      return reinterpret_cast<T*>(memory + i * sizeof(T));
    }
    detail::atomic<block*> next{nullptr};
    detail::atomic<std::uint32_t> filled{0};
    alignas(T) std::byte memory[block_size * sizeof(T)];
  };

  /// The oldest item; `head_lock_` is held. A block that has been read goes into `gone`.
  [[nodiscard]] T* front(std::unique_ptr<block>& gone) noexcept {
    if (read_ == block_size) {
      // order: acquire; pairs with release in concurrent_queue::enqueue.
      block* const next = head_->next.load(std::memory_order_acquire);
      if (next == nullptr) {
        return nullptr;
      }
      gone.reset(std::exchange(head_, next));
      read_ = 0;
    }
    // order: acquire; pairs with release in concurrent_queue::enqueue.
    return read_ == head_->filled.load(std::memory_order_acquire) ? nullptr : head_->at(read_);
  }
  template <class F>
  void look(F f) const {
    detail::lock_guard head(head_lock_);
    detail::lock_guard tail(tail_lock_);
    std::uint32_t from = read_;
    for (block* at = head_; at != nullptr; from = 0) {
      // order: relaxed; both locks are held.
      for (const std::uint32_t end = at->filled.load(std::memory_order_relaxed); from < end;
           ++from) {
        f(std::as_const(*at->at(from)));
      }
      at = at->next.load(std::memory_order_relaxed);  // order: relaxed; as above
    }
  }
  static void drop(block* first, std::uint32_t from) noexcept {
    while (first != nullptr) {
      const std::unique_ptr<block> owned(first);
      // order: relaxed; nobody else reaches the blocks.
      for (const std::uint32_t end = first->filled.load(std::memory_order_relaxed); from < end;
           ++from) {
        std::destroy_at(first->at(from));
      }
      from = 0;
      first = first->next.load(std::memory_order_relaxed);  // order: relaxed; as above
    }
  }

  alignas(detail::cache_line) mutable detail::lock head_lock_;
  // Guarded by head_lock_:
  block* head_;
  std::uint32_t read_ = 0;
  alignas(detail::cache_line) mutable detail::lock tail_lock_;
  // Guarded by tail_lock_:
  block* tail_;
  std::uint32_t written_ = 0;
};

}  // namespace weft
