#pragma once
/// `job`: anything that can be run once, one pointer wide. The unit of every queue in weft.

#include <weft/base/atomic.hpp>

namespace weft::detail {

/// The head of a runnable object. Its first two fields lie where g++ and clang put the resume and
/// destroy pointers of a coroutine frame, and the third where the promise begins (offset 16). A
/// coroutine frame whose promise starts with a `job*` link therefore *is* a job: posting a
/// suspended coroutine needs no node of its own.
/// **Thread-safety**: none; a job is in one queue at a time.
/// **Lifetime**: `run` and `drop` consume the job: its memory may be gone when they return.
struct job {
  void (*run)(job*);   ///< Runs it (a coroutine: resumes it). Does not throw.
  void (*drop)(job*);  ///< Destroys it without running it (a coroutine: destroys the frame).
  plain<job*> next;    ///< Link of whichever queue it stands in.
};

/// A first-in-first-out list of jobs, not thread-safe. Trivially movable by hand: see `take`.
class job_list {
 public:
  [[nodiscard]] bool empty() const noexcept { return head_ == nullptr; }
  [[nodiscard]] job* front() const noexcept { return head_; }

  void push_back(job* item) noexcept {
    item->next = nullptr;
    if (head_ == nullptr) {
      head_ = item;
    } else {
      tail_->next = item;
    }
    tail_ = item;
  }

  [[nodiscard]] job* pop_front() noexcept {
    job* item = head_;
    if (item != nullptr) {
      head_ = item->next;
    }
    return item;
  }

  /// Moves all of `other` behind what is here; O(1).
  void append(job_list& other) noexcept {
    if (other.head_ == nullptr) {
      return;
    }
    if (head_ == nullptr) {
      head_ = other.head_;
    } else {
      tail_->next = other.head_;
    }
    tail_ = other.tail_;
    other.head_ = nullptr;
  }

  /// Empties this list and returns what was in it.
  [[nodiscard]] job_list take() noexcept {
    job_list all = *this;
    head_ = nullptr;
    return all;
  }

 private:
  job* head_ = nullptr;
  job* tail_ = nullptr;  // meaningful only while head_ is set
};

}  // namespace weft::detail
