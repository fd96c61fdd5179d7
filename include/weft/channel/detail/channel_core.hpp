#pragma once
/// `channel_core<T>`: the channel behind the handles. src/channel/README.md has the design and its
/// argument.

#include <weft/channel/detail/channel_base.hpp>
#include <weft/channel/detail/item_queue.hpp>
#include <weft/channel/options.hpp>

#include <limits>
#include <memory>
#include <optional>

namespace weft::detail {

template <class T>
class read_operation final : public channel_operation<T, read_operation<T>> {
 public:
  explicit read_operation(channel_base& c) noexcept
      : channel_operation<T, read_operation<T>>("channel read", c) {}
};

template <class T>
class write_operation final : public channel_operation<void, write_operation<T>> {
 public:
  template <class U>
  write_operation(channel_base& c, U&& item)
      : channel_operation<void, write_operation<T>>("channel write", c),
        item_(std::forward<U>(item)) {}

  [[nodiscard]] T& item() noexcept { return item_.get(); }
  std::exception_ptr broken;  // what moving the item into the channel threw

 private:
  struct inside {
    template <class U>
    explicit inside(U&& v) : value(std::forward<U>(v)) {}
    [[nodiscard]] T& get() noexcept { return value; }
    T value;
  };
  struct outside {  // operations are aligned to 16 bytes only
    template <class U>
    explicit outside(U&& v) : value(std::make_unique<T>(std::forward<U>(v))) {}
    [[nodiscard]] T& get() noexcept { return *value; }
    std::unique_ptr<T> value;
  };
  std::conditional_t<(alignof(T) > frame_alignment), outside, inside> item_;
};

/// An unbounded channel has two sides: `out_` under the read lock, `in_` under the write lock; a
/// reader that finds `out_` empty exchanges the two. A bounded one has `in_` only.
template <class T>
class channel_core final : public channel_base {
 public:
  static constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

  channel_core(std::size_t capacity, channel_full_mode mode, bool synchronous,
               std::unique_ptr<drop_handler<T>> dropped)
      : channel_base(synchronous, capacity), mode_(mode), dropped_(std::move(dropped)) {}

  template <class U>
  [[nodiscard]] bool try_write(U&& item) {
    brief_guard held(write_lock_);
    return put(std::forward<U>(item), held) == put_result::written;
  }
  template <class U>
  [[nodiscard]] value_task<void> write(U&& item, std::stop_token stop) {
    if (stop.stop_requested()) [[unlikely]] {
      return from_canceled<void>(std::move(stop));
    }
    brief_guard held(write_lock_);
    const put_result how = put(std::forward<U>(item), held);
    if (how == put_result::written) [[likely]] {
      return {};
    }
    if (how == put_result::closed) {
      return from_exception<void>(closed_error());
    }
    channel_waiters woken;
    auto* made = frame_new<write_operation<T>>(*this, std::forward<U>(item));
    if (capacity_ == 0) {
      take_all(waiting_readers_, woken);
    }
    auto end = queue(*made, blocked_writers_, held, std::move(stop));
    wake(woken);
    return end;
  }
  [[nodiscard]] value_task<bool> wait_to_write(std::stop_token stop) {
    if (stop.stop_requested()) {
      return from_canceled<bool>(std::move(stop));
    }
    brief_guard held(write_lock_);
    if (is_done()) {
      return end_of_waiting();
    }
    if (mode_ != channel_full_mode::wait || has_room()) {
      return true;
    }
    return wait(waiting_writers_, held, "channel wait_to_write", std::move(stop));
  }

  /// `R`: `std::optional<T>` or `value_task<T>`, made from the item in place.
  [[nodiscard]] std::optional<T> try_read() {
    if (has_two_sides()) [[likely]] {
      brief_guard held(read_lock_);
      if (!out_.empty() || refill()) {
        return take_out<std::optional<T>>(held);
      }
      return std::nullopt;
    }
    brief_guard held(write_lock_);
    if (can_take_in()) {
      return take_in<std::optional<T>>(held);
    }
    return std::nullopt;
  }
  [[nodiscard]] value_task<T> read(std::stop_token stop) {
    if (stop.stop_requested()) [[unlikely]] {
      return from_canceled<T>(std::move(stop));
    }
    if (has_two_sides()) [[likely]] {
      brief_guard held(read_lock_);
      if (!out_.empty() || refill()) [[likely]] {
        return take_out<value_task<T>>(held);
      }
      brief_guard writers(write_lock_);
      if (!in_.empty()) {
        in_.swap(out_);
        writers.release();
        return take_out<value_task<T>>(held);
      }
      return wait_for_item(writers, std::move(stop));
    }
    brief_guard writers(write_lock_);
    if (can_take_in()) {
      return take_in<value_task<T>>(writers);
    }
    return wait_for_item(writers, std::move(stop));
  }
  [[nodiscard]] value_task<bool> wait_to_read(std::stop_token stop) {
    if (stop.stop_requested()) [[unlikely]] {
      return from_canceled<bool>(std::move(stop));
    }
    std::optional<brief_guard> readers;
    if (has_two_sides()) {
      readers.emplace(read_lock_);
      if (!out_.empty() || refill()) {
        return true;
      }
    }
    brief_guard held(write_lock_);
    if (can_take_in()) {
      return true;
    }
    if (is_done()) {
      return end_of_waiting();
    }
    return wait(waiting_readers_, held, "channel wait_to_read", std::move(stop));
  }
  [[nodiscard]] std::optional<T> try_peek() {
    if (has_two_sides()) {
      brief_guard held(read_lock_);
      if (out_.empty() && !refill()) {
        return std::nullopt;
      }
      return std::optional<T>(std::as_const(out_.front()));
    }
    brief_guard held(write_lock_);
    if (!can_take_in()) {
      return std::nullopt;
    }
    return std::optional<T>(std::as_const(capacity_ == 0 ? first_writer().item() : in_.front()));
  }
  [[nodiscard]] std::size_t count() {
    brief_guard readers(read_lock_);
    brief_guard writers(write_lock_);
    return out_.size() + in_.size();
  }

 private:
  enum class put_result : std::uint8_t { written, full, closed };

  [[nodiscard]] bool has_items() noexcept override { return !in_.empty() || !out_.empty(); }
  [[nodiscard]] brief_lock& read_lock() noexcept override { return read_lock_; }
  [[nodiscard]] bool has_two_sides() const noexcept { return capacity_ == unbounded; }
  /// Pre: one of the locks is held.
  [[nodiscard]] bool is_done() const noexcept {
    // order: relaxed; set under both locks.
    return done_.load(std::memory_order_relaxed);
  }
  /// Pre (these four): the write lock is held.
  [[nodiscard]] bool can_take_in() noexcept {
    return !in_.empty() || (capacity_ == 0 && !blocked_writers_.empty());
  }
  [[nodiscard]] bool has_room() noexcept {
    return capacity_ == 0 ? !blocked_readers_.empty() : in_.size() < capacity_;
  }
  [[nodiscard]] write_operation<T>& first_writer() noexcept {
    return static_cast<write_operation<T>&>(blocked_writers_.front());
  }
  [[nodiscard]] value_task<T> wait_for_item(brief_guard& held, std::stop_token stop) {
    if (is_done()) {
      return ended_with<T>(closed_error());
    }
    channel_waiters woken;
    auto* made = frame_new<read_operation<T>>(*this);
    if (capacity_ == 0) {
      take_all(waiting_writers_, woken);
    }
    auto end = queue(*made, blocked_readers_, held, std::move(stop));
    wake(woken);
    return end;
  }

  /// Pre: the read lock is held, `out_` is empty. True: it has items now.
  [[nodiscard]] bool refill() noexcept {
    if (in_.looks_empty()) {
      return false;
    }
    brief_guard held(write_lock_);
    in_.swap(out_);
    return true;
  }
  /// Pre: the read lock is `held`, `out_` has an item.
  template <class R>
  [[nodiscard]] R take_out(brief_guard& held) {
    R taken(std::move(out_.front()));
    out_.pop_front();
    if (out_.empty() && is_done() && in_.empty() && end_once()) [[unlikely]] {
      held.release();
      end_completion();
    }
    return taken;
  }
  /// Pre: the write lock is `held`, `can_take_in`.
  template <class R>
  [[nodiscard]] R take_in(brief_guard& held) {
    job_list ready;
    if (capacity_ == 0) {
      R taken(std::move(first_writer().item()));
      auto* writer = static_cast<write_operation<T>*>(take_front(blocked_writers_));
      held.release();
      writer->complete_into(ready);
      deliver(ready);
      return taken;
    }
    R taken(std::move(in_.front()));
    in_.pop_front();
    channel_waiters admitted;
    channel_waiters waits;
    admit(admitted, waits);
    const bool ends = is_done() && in_.empty() && end_once();
    held.release();
    while (channel_waiter* next = admitted.pop_front()) {
      auto* writer = static_cast<write_operation<T>*>(next);
      if (writer->broken == nullptr) {
        writer->complete_into(ready);
      } else {
        writer->fail(ready, writer->broken);
      }
    }
    deliver(ready);
    wake(waits);
    if (ends) {
      end_completion();
    }
    return taken;
  }
  /// There is room: lets writers in. Pre: the write lock is held.
  void admit(channel_waiters& admitted, channel_waiters& waits) noexcept {
    while (!blocked_writers_.empty() && in_.size() < capacity_) {
      auto* writer = static_cast<write_operation<T>*>(take_front(blocked_writers_));
      try {
        in_.emplace_back(std::move(writer->item()));
      } catch (...) {
        writer->broken = std::current_exception();
      }
      admitted.push_back(*writer);
    }
    if (in_.size() < capacity_) {
      take_all(waiting_writers_, waits);
    }
  }

  /// Pre: the write lock is `held`; it is given back when the item was written.
  template <class U>
  [[nodiscard]] put_result put(U&& item, brief_guard& held) {
    if (in_.size() < capacity_ && !is_done() && blocked_readers_.empty() &&
        waiting_readers_.empty()) [[likely]] {
      in_.emplace_back(std::forward<U>(item));
      return put_result::written;
    }
    return put_slowly(std::forward<U>(item), held);
  }
  template <class U>
  [[gnu::noinline]] put_result put_slowly(U&& item, brief_guard& held) {
    if (is_done()) {
      return put_result::closed;
    }
    if (!blocked_readers_.empty()) {
      auto& reader = static_cast<read_operation<T>&>(blocked_readers_.front());
      reader.emplace(std::forward<U>(item));  // may throw: nothing has changed then
      static_cast<void>(take_front(blocked_readers_));
      held.release();
      job_list ready;
      reader.finish_into(outcome::value, ready);
      deliver(ready);
      return put_result::written;
    }
    if (in_.size() < capacity_) {
      in_.emplace_back(std::forward<U>(item));
      channel_waiters waits;
      take_all(waiting_readers_, waits);
      held.release();
      wake(waits);
      return put_result::written;
    }
    if (mode_ == channel_full_mode::wait) {
      return put_result::full;
    }
    drop_for(std::forward<U>(item), held);
    return put_result::written;
  }
  /// Pre: the channel is full, or has no room at all.
  template <class U>
  void drop_for(U&& item, brief_guard& held) {
    std::optional<T> dropped;
    if (mode_ == channel_full_mode::drop_write || capacity_ == 0) {
      held.release();
      dropped.emplace(std::forward<U>(item));
    } else if (mode_ == channel_full_mode::drop_oldest) {
      dropped.emplace(std::move(in_.front()));
      in_.pop_front();
      in_.emplace_back(std::forward<U>(item));
      held.release();
    } else {
      dropped.emplace(std::move(in_.back()));
      in_.pop_back();
      in_.emplace_back(std::forward<U>(item));
      held.release();
    }
    if (dropped_ != nullptr) {
      dropped_->call(std::move(*dropped));
    }
  }

  // On the lines of the write lock, which the base ends with.
  const channel_full_mode mode_;
  item_queue<T> in_;
  const std::unique_ptr<drop_handler<T>> dropped_;

  alignas(cache_line_pair) brief_lock read_lock_;
  item_queue<T> out_;
};

}  // namespace weft::detail
