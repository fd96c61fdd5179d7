#pragma once
/// `intrusive_list`: a doubly linked list whose links live in the elements.

#include <cstddef>

namespace weft::detail {

template <class T, class Tag>
class intrusive_list;

/// Base class of an element; one per `Tag` and list that it may stand in at the same time.
template <class Tag = void>
class list_hook {
 public:
  constexpr list_hook() noexcept = default;
  list_hook(const list_hook&) = delete;
  list_hook& operator=(const list_hook&) = delete;

  [[nodiscard]] bool is_linked() const noexcept { return next_ != nullptr; }

  /// Leaves its list, if it stands in one; O(1).
  void unlink() noexcept {
    if (next_ != nullptr) {
      next_->previous_ = previous_;
      previous_->next_ = next_;
      next_ = previous_ = nullptr;
    }
  }

 private:
  template <class T, class ListTag>
  friend class intrusive_list;

  list_hook* next_ = nullptr;
  list_hook* previous_ = nullptr;
};

/// Owns nothing: elements outlive their stay. **Thread-safety**: none. **Cost**: each member O(1);
/// the list is two words and stays where it is.
template <class T, class Tag = void>
class intrusive_list {
  using hook = list_hook<Tag>;

 public:
  class iterator {
   public:
    explicit iterator(hook* at) noexcept : at_(at) {}
    T& operator*() const noexcept { return *static_cast<T*>(at_); }
    T* operator->() const noexcept { return static_cast<T*>(at_); }
    iterator& operator++() noexcept {
      at_ = intrusive_list::next_of(at_);
      return *this;
    }
    bool operator==(const iterator&) const noexcept = default;

   private:
    hook* at_;
  };

  constexpr intrusive_list() noexcept { head_.next_ = head_.previous_ = &head_; }
  intrusive_list(const intrusive_list&) = delete;
  intrusive_list& operator=(const intrusive_list&) = delete;
  /// Elements that are left become unlinked.
  ~intrusive_list() { clear(); }

  [[nodiscard]] bool empty() const noexcept { return head_.next_ == &head_; }
  /// **Pre**: not empty (front, back).
  [[nodiscard]] T& front() noexcept { return *static_cast<T*>(head_.next_); }
  [[nodiscard]] T& back() noexcept { return *static_cast<T*>(head_.previous_); }
  /// Iterators stay valid until their element leaves.
  [[nodiscard]] iterator begin() noexcept { return iterator(head_.next_); }
  [[nodiscard]] iterator end() noexcept { return iterator(&head_); }

  /// **Pre**: `item` stands in no list of this tag.
  void push_back(T& item) noexcept { link(item, &head_); }
  void push_front(T& item) noexcept { link(item, head_.next_); }
  void insert_before(T& place, T& item) noexcept { link(item, static_cast<hook*>(&place)); }

  /// **Returns** null when empty.
  [[nodiscard]] T* pop_front() noexcept {
    if (empty()) {
      return nullptr;
    }
    hook* first = head_.next_;
    first->unlink();
    return static_cast<T*>(first);
  }

  /// **Pre**: `item` stands in this list.
  void erase(T& item) noexcept { static_cast<hook&>(item).unlink(); }

  /// Moves all of `other` behind what is here.
  void splice_back(intrusive_list& other) noexcept {
    if (other.empty()) {
      return;
    }
    hook* first = other.head_.next_;
    hook* last = other.head_.previous_;
    other.head_.next_ = other.head_.previous_ = &other.head_;
    first->previous_ = head_.previous_;
    head_.previous_->next_ = first;
    last->next_ = &head_;
    head_.previous_ = last;
  }

  void clear() noexcept {
    while (pop_front() != nullptr) {
    }
  }

 private:
  static hook* next_of(hook* at) noexcept { return at->next_; }

  static void link(T& item, hook* before) noexcept {
    hook& added = item;
    added.next_ = before;
    added.previous_ = before->previous_;
    before->previous_->next_ = &added;
    before->previous_ = &added;
  }

  hook head_;
};

}  // namespace weft::detail
