#pragma once
/// `item_queue`: the items of a channel, in blocks.

#include <weft/base/atomic.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

namespace weft::detail {

/// A queue that is taken from at both ends and added to at the back. Grows in blocks, from a few
/// items to about 8 KiB, and gives them back but for two.
/// **Thread-safety**: none but `looks_empty`. **Throws**: what moving an item throws; nothing has
/// changed then.
template <class T>
class item_queue {
 public:
  item_queue() noexcept = default;
  item_queue(const item_queue&) = delete;
  item_queue& operator=(const item_queue&) = delete;
  ~item_queue() {
    while (!empty()) {
      pop_front();
    }
    free_block(tail_);
    free_block(spare_);
  }

  [[nodiscard]] std::size_t size() const noexcept {
    // order: relaxed; written under the lock that the caller holds.
    return size_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  /// Without the lock: true when nothing was put here that the caller must know of.
  [[nodiscard]] bool looks_empty() const noexcept {
    // order: relaxed; only says whether taking the lock is worth while. What happened before the
    // call is seen.
    return size_.load(std::memory_order_relaxed) == 0;
  }
  /// **Pre** (front, back, pop_front, pop_back): not empty.
  [[nodiscard]] T& front() noexcept { return *first_; }
  [[nodiscard]] T& back() noexcept { return *(last_ - 1); }

  template <class... Args>
  void emplace_back(Args&&... args) {
    if (last_ == tail_limit_) [[unlikely]] {
      grow();
    }
    if constexpr (noexcept(::new (static_cast<void*>(last_)) T(std::forward<Args>(args)...))) {
      ::new (static_cast<void*>(last_)) T(std::forward<Args>(args)...);
    } else {
      try {
        ::new (static_cast<void*>(last_)) T(std::forward<Args>(args)...);
      } catch (...) {
        shrink_empty_tail();
        throw;
      }
    }
    ++last_;
    set_size(size() + 1);
  }
  void pop_front() noexcept {
    std::destroy_at(first_++);
    const std::size_t left = size() - 1;
    set_size(left);
    if (left == 0) [[unlikely]] {
      start_over();
    } else if (first_ == head_limit_) [[unlikely]] {
      block* used = head_;
      head_ = used->next;
      head_->previous = nullptr;
      first_ = items(head_);
      head_limit_ = first_ + head_->capacity;
      keep_or_free(used);
    }
  }
  void pop_back() noexcept {
    std::destroy_at(--last_);
    const std::size_t left = size() - 1;
    set_size(left);
    if (left == 0) {
      start_over();
    } else {
      shrink_empty_tail();
    }
  }
  void swap(item_queue& other) noexcept {
    std::swap(first_, other.first_);
    std::swap(head_limit_, other.head_limit_);
    std::swap(last_, other.last_);
    std::swap(tail_limit_, other.tail_limit_);
    std::swap(head_, other.head_);
    std::swap(tail_, other.tail_);
    std::swap(spare_, other.spare_);
    const std::size_t mine = size();
    set_size(other.size());
    other.set_size(mine);
  }

 private:
  // The items of a block follow it, at a multiple of T's alignment. All blocks but the last are
  // full at their end; the last one has an item unless it is the only one.
  struct block {
    block* next;
    block* previous;
    std::size_t capacity;
  };
  static constexpr std::size_t alignment = std::max(alignof(T), alignof(block));
  static constexpr std::size_t header = (sizeof(block) + alignment - 1) / alignment * alignment;
  static constexpr std::size_t largest = std::max<std::size_t>(4, (8192 - header) / sizeof(T));
  static constexpr std::size_t smallest =
      std::clamp<std::size_t>((256 - std::min<std::size_t>(header, 128)) / sizeof(T), 2, largest);

  [[nodiscard]] static T* items(block* b) noexcept {
    return reinterpret_cast<T*>(reinterpret_cast<unsigned char*>(b) + header);
  }
  [[nodiscard]] static block* make_block(std::size_t capacity) {
    void* memory = ::operator new(header + capacity * sizeof(T), std::align_val_t{alignment});
    return ::new (memory) block{nullptr, nullptr, capacity};
  }
  static void free_block(block* b) noexcept {
    if (b != nullptr) {
      ::operator delete(static_cast<void*>(b), std::align_val_t{alignment});
    }
  }
  void keep_or_free(block* used) noexcept {
    if (spare_ == nullptr || spare_->capacity < used->capacity) {
      std::swap(spare_, used);
    }
    free_block(used);
  }
  void set_size(std::size_t n) noexcept {
    // order: relaxed; under the lock, see size and looks_empty.
    size_.store(n, std::memory_order_relaxed);
  }
  /// Pre: empty, one block.
  void start_over() noexcept { first_ = last_ = items(head_); }
  [[gnu::noinline]] void grow() {
    block* added = std::exchange(spare_, nullptr);
    if (added == nullptr) {
      added = make_block(tail_ == nullptr ? smallest : std::min(largest, tail_->capacity * 2));
    }
    added->next = nullptr;
    added->previous = tail_;
    if (tail_ == nullptr) {
      head_ = added;
      first_ = items(added);
      head_limit_ = first_ + added->capacity;
    } else {
      tail_->next = added;
    }
    tail_ = added;
    last_ = items(added);
    tail_limit_ = last_ + added->capacity;
  }
  void shrink_empty_tail() noexcept {
    if (last_ != items(tail_) || tail_ == head_) {
      return;
    }
    block* used = tail_;
    tail_ = used->previous;
    tail_->next = nullptr;
    last_ = tail_limit_ = items(tail_) + tail_->capacity;
    keep_or_free(used);
  }

  T* first_ = nullptr;       // the next to be taken
  T* head_limit_ = nullptr;  // the end of its block
  T* last_ = nullptr;        // where the next is put
  T* tail_limit_ = nullptr;
  atomic<std::size_t> size_{0};
  block* head_ = nullptr;
  block* tail_ = nullptr;
  block* spare_ = nullptr;
};

}  // namespace weft::detail
