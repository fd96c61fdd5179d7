/// The queue behind `when_each`. Counted: a task that ends while the owner goes finds it still.

#include <weft/base/error.hpp>
#include <weft/base/frame_allocator.hpp>
#include <weft/base/lock.hpp>
#include <weft/task/when_any.hpp>

#include <memory>

namespace weft::detail {

class each_queue {
 public:
  each_queue(task_core* const* cores, std::size_t count)
      : nodes_(std::make_unique<node[]>(count)), count_(count) {
    // order: relaxed; published by the registrations. The owner counts as one.
    references_.store(count + 1, std::memory_order_relaxed);
    for (std::size_t i = 0; i < count; ++i) {
      nodes_[i].run = &ended;
      nodes_[i].drop = &action_marker;
      nodes_[i].queue = this;
      nodes_[i].core = cores[i];
    }
  }

  void begin() noexcept {
    for (std::size_t i = 0; i < count_; ++i) {
      if (!nodes_[i].core->try_add_awaiter(&nodes_[i])) {
        ended(&nodes_[i]);
      }
    }
  }
  void leave() noexcept {
    std::size_t back = 1;
    for (std::size_t i = 0; i < count_; ++i) {
      // One that has ended is not asked: its owner may have let go of it.
      lock_.acquire();
      const bool is_over = nodes_[i].over;
      lock_.release();
      back += !is_over && nodes_[i].core->remove_awaiter(&nodes_[i]) ? 1 : 0;
    }
    drop(back);
  }

  [[nodiscard]] bool has_next() noexcept {
    const lock_guard guard(lock_);
    return first_ != nullptr;
  }
  /// False: there is one, or a stop was requested.
  [[nodiscard]] bool wait(job* self) noexcept {
    const lock_guard guard(lock_);
    if (first_ != nullptr || stopped_) {
      return false;
    }
    awaiter_ = self;
    return true;
  }
  [[nodiscard]] std::size_t take() noexcept {
    const lock_guard guard(lock_);
    node* taken = first_;
    first_ = static_cast<node*>(taken->next);
    if (first_ == nullptr) {
      last_ = nullptr;
    }
    return static_cast<std::size_t>(taken - nodes_.get());
  }
  void stop() noexcept {
    job* woken = nullptr;
    {
      const lock_guard guard(lock_);
      stopped_ = true;
      woken = std::exchange(awaiter_, nullptr);
    }
    if (woken != nullptr) {
      mark_resumable(woken);
      post_resume(woken);  // never inside the request
    }
  }

 private:
  struct node : job {
    each_queue* queue = nullptr;
    task_core* core = nullptr;
    bool over = false;  // guarded by lock_
  };

  static void ended(job* self) noexcept {
    auto* one = static_cast<node*>(self);
    each_queue* queue = one->queue;
    job* woken = nullptr;
    {
      const lock_guard guard(queue->lock_);
      one->over = true;
      one->next = nullptr;
      if (queue->last_ == nullptr) {
        queue->first_ = one;
      } else {
        queue->last_->next = one;
      }
      queue->last_ = one;
      woken = std::exchange(queue->awaiter_, nullptr);
    }
    if (woken != nullptr) {
      mark_resumable(woken);
      resume(woken);
    }
    queue->drop(1);
  }
  void drop(std::size_t n) noexcept {
    // order: acq_rel; the last one frees what the others used.
    if (references_.fetch_sub(n, std::memory_order_acq_rel) == n) {
      frame_delete(this);
    }
  }

  const std::unique_ptr<node[]> nodes_;
  const std::size_t count_;
  lock lock_;
  // Guarded by lock_: those that have ended and were not taken, oldest first.
  node* first_ = nullptr;
  node* last_ = nullptr;
  job* awaiter_ = nullptr;
  bool stopped_ = false;
  atomic<std::size_t> references_{0};
};

each_owner::each_owner(task_core* const* cores, std::size_t count)
    : queue_(frame_new<each_queue>(cores, count)) {
  queue_->begin();
}
each_owner::~each_owner() {
  if (queue_ != nullptr) {
    queue_->leave();
  }
}
void each_owner::stop() const noexcept {
  queue_->stop();
}

bool each_owner::next_awaiter::await_ready() const noexcept {
  return stop_->stop_requested() || queue_->has_next();
}
bool each_owner::next_awaiter::wait(each_queue* queue, job* self) noexcept {
  return queue->wait(self);
}
std::size_t each_owner::next_awaiter::await_resume() {
  if (disposed_) [[unlikely]] {
    throw_disposed();
  }
  throw_if_stopped(*stop_);
  return queue_->take();
}

}  // namespace weft::detail
