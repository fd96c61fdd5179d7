#pragma once
/// `blocking_collection`: a bounded queue between threads that may block. Coroutines use
/// `channel<T>`.

#include <weft/base/any_integer.hpp>
#include <weft/base/error.hpp>
#include <weft/base/event_count.hpp>
#include <weft/base/function_ref.hpp>
#include <weft/base/lock.hpp>
#include <weft/base/time_span.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <utility>

namespace weft {

namespace detail {

/// Blocks until `ready()`; false when `timeout_ns` (below 0: none) passed first. Announced to the
/// pool. **Throws** `operation_canceled` when `stop` is requested.
bool block_until(event_count& changed, const std::stop_token& stop, std::int64_t timeout_ns,
                 function_ref<bool()> ready);
[[noreturn]] void throw_adding_completed();
[[noreturn]] void throw_collection_completed();
[[noreturn]] void throw_bad_bound();
[[nodiscard]] std::int64_t timeout_of(std::chrono::nanoseconds timeout);

}  // namespace detail

/// First in, first out.
/// **Thread-safety**: all members but construction and destruction.
/// **Cancellation**: a requested token comes before items and room.
/// **Source**: System.Collections.Concurrent.BlockingCollection, over a ConcurrentQueue.
template <class T>
class blocking_collection {
 public:
  /// Without a limit: memory is the limit.
  blocking_collection() = default;
  /// Adding blocks while there are `bound` items. **Throws** `std::invalid_argument` below 1.
  explicit blocking_collection(detail::any_integer bound)
      : bound_(bound.as_count("the bound of a blocking_collection")) {
    if (bound_ == 0) {
      detail::throw_bad_bound();
    }
  }
  blocking_collection(const blocking_collection&) = delete;
  blocking_collection& operator=(const blocking_collection&) = delete;

  /// Blocks while the collection is full. **Throws** `invalid_operation` when adding is completed,
  /// also while it waits; `operation_canceled`.
  void add(T item, const std::stop_token& stop = {}) { static_cast<void>(put(item, stop, -1)); }
  /// False when there was no room within `timeout`.
  bool try_add(T item, time_span timeout = std::chrono::nanoseconds(0),
               const std::stop_token& stop = {}) {
    return put(item, stop, detail::timeout_of(timeout));
  }
  /// Blocks while the collection is empty. **Throws** `invalid_operation` when it is empty and
  /// adding is completed, also while it waits; `operation_canceled`.
  [[nodiscard]] T take(const std::stop_token& stop = {}) {
    std::optional<T> item = get(stop, -1);
    if (!item) {
      detail::throw_collection_completed();
    }
    return std::move(*item);
  }
  /// Nothing when there was no item within `timeout`, or when there will be none.
  [[nodiscard]] std::optional<T> try_take(time_span timeout = std::chrono::nanoseconds(0),
                                          const std::stop_token& stop = {}) {
    return get(stop, detail::timeout_of(timeout));
  }

  /// Nothing can be added any more; whoever waits hears of it.
  void complete_adding() {
    {
      detail::lock_guard guard(lock_);
      completed_ = true;
    }
    room_.notify_all();
    items_.notify_all();
  }
  [[nodiscard]] bool is_adding_completed() const {
    detail::lock_guard guard(lock_);
    return completed_;
  }
  /// Adding is completed and everything has been taken.
  [[nodiscard]] bool is_completed() const {
    detail::lock_guard guard(lock_);
    return completed_ && queue_.empty();
  }
  [[nodiscard]] std::size_t size() const {
    detail::lock_guard guard(lock_);
    return queue_.size();
  }
  [[nodiscard]] std::optional<std::size_t> bound() const noexcept {
    return bound_ == SIZE_MAX ? std::nullopt : std::optional<std::size_t>(bound_);
  }

  /// Takes items until the collection is completed: `for (T& item : c.consuming_range())`.
  class consumer {
   public:
    class iterator {
     public:
      using iterator_concept = std::input_iterator_tag;
      using difference_type = std::ptrdiff_t;
      using value_type = T;
      iterator() = default;
      explicit iterator(consumer* from) : from_(from) {}
      [[nodiscard]] T& operator*() const { return *from_->item_; }
      iterator& operator++() {
        from_->next();
        return *this;
      }
      void operator++(int) { from_->next(); }
      [[nodiscard]] bool operator==(std::default_sentinel_t) const { return !from_->item_; }

     private:
      consumer* from_ = nullptr;
    };
    consumer(blocking_collection& from, std::stop_token stop)
        : from_(&from), stop_(std::move(stop)) {}
    [[nodiscard]] iterator begin() {
      next();
      return iterator(this);
    }
    [[nodiscard]] static std::default_sentinel_t end() noexcept { return {}; }

   private:
    void next() {
      item_.reset();
      if (std::optional<T> taken = from_->get(stop_, -1)) {
        item_.emplace(std::move(*taken));
      }
    }
    blocking_collection* from_;
    std::stop_token stop_;
    std::optional<T> item_;
  };
  [[nodiscard]] consumer consuming_range(std::stop_token stop = {}) {
    return consumer(*this, std::move(stop));
  }

 private:
  bool put(T& item, const std::stop_token& stop, std::int64_t timeout_ns) {
    bool completed = false;
    const bool done = detail::block_until(room_, stop, timeout_ns, [&] {
      detail::lock_guard guard(lock_);
      completed = completed_;
      if (!completed && queue_.size() >= bound_) {
        return false;
      }
      if (!completed) {
        queue_.push_back(std::move(item));
      }
      return true;
    });
    if (completed) {
      detail::throw_adding_completed();
    }
    if (done) {
      items_.notify_one();
    }
    return done;
  }
  std::optional<T> get(const std::stop_token& stop, std::int64_t timeout_ns) {
    std::optional<T> item;
    static_cast<void>(detail::block_until(items_, stop, timeout_ns, [&] {
      detail::lock_guard guard(lock_);
      if (queue_.empty()) {
        return completed_;
      }
      item.emplace(std::move(queue_.front()));
      queue_.pop_front();
      return true;
    }));
    if (item) {
      room_.notify_one();
    }
    return item;
  }

  const std::size_t bound_ = SIZE_MAX;
  detail::event_count items_;  // some have come, or none will
  detail::event_count room_;
  mutable detail::lock lock_;
  // Guarded by lock_:
  std::deque<T> queue_;
  bool completed_ = false;
};

}  // namespace weft
