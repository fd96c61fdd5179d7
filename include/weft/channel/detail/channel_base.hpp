#pragma once
/// What channels of all item types share: the operations that wait, and the end.
/// src/channel/README.md has the design.

#include <weft/base/brief_lock.hpp>
#include <weft/base/intrusive_list.hpp>
#include <weft/task/completion_source.hpp>

#include <exception>
#include <optional>
#include <stop_token>
#include <utility>

namespace weft::detail {

class channel_base;

/// An operation that waits in a channel, whatever it gives.
struct channel_waiter : list_hook<> {
  explicit channel_waiter(channel_base& c) noexcept;
  /// Ends it with `error`, or as canceled by its token; appends the awaiter to `ready`. It may be
  /// gone afterwards.
  virtual void fail(job_list& ready, std::exception_ptr error) noexcept = 0;
  virtual void cancel(job_list& ready) noexcept = 0;

  channel_base* const channel;  // holds a reference
  bool taken = false;  // guarded by write_lock_: somebody is about to complete it, leave it alone

 protected:
  ~channel_waiter();
};

using channel_waiters = intrusive_list<channel_waiter>;

/// Locks are taken in the order read lock, write lock. The write lock guards all lists and `done_`.
class channel_base {
 public:
  channel_base(bool synchronous, std::size_t capacity);
  channel_base(const channel_base&) = delete;
  channel_base& operator=(const channel_base&) = delete;
  virtual ~channel_base();

  void add_reference() noexcept {
    // order: relaxed; the caller holds a reference.
    references_.fetch_add(1, std::memory_order_relaxed);
  }
  void release_reference() noexcept {
    // order: acq_rel; release publishes what this holder did, acquire for the last one, who
    // destroys it.
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete this;
    }
  }
  [[nodiscard]] task<>& completion() noexcept { return completion_; }
  /// Takes `waiter` out of its list, if it is there still, and ends it as canceled.
  void withdraw(channel_waiter& waiter) noexcept;
  /// False: it has been completed before.
  [[nodiscard]] bool try_complete(std::exception_ptr error);

 protected:
  /// Pre: both locks are held.
  [[nodiscard]] virtual bool has_items() noexcept = 0;
  [[nodiscard]] virtual brief_lock& read_lock() noexcept = 0;

  /// Pre: held under the read lock (unbounded), the write lock (bounded); `done_`; nothing is left
  /// to be read. True once: the caller then ends the completion, after it has given the locks back.
  [[nodiscard]] bool end_once() noexcept { return !std::exchange(ended_, true); }
  void end_completion() noexcept;
  /// What a read gets: `channel_closed` around the error, or `operation_canceled` itself. Pre:
  /// done_ was seen.
  [[nodiscard]] std::exception_ptr closed_error() const noexcept;
  /// What `wait_to_…` give once there is nothing to wait for. Pre: done_ was seen.
  [[nodiscard]] value_task<bool> end_of_waiting() const;

  /// Takes waiters out, to be completed once the lock has been given back. Pre: the write lock is
  /// held.
  [[nodiscard]] static channel_waiter* take_front(channel_waiters& from) noexcept;
  static void take_all(channel_waiters& from, channel_waiters& taken) noexcept;
  /// Pre: no lock is held.
  void deliver(job_list ready) noexcept;
  void wake(channel_waiters& waits) noexcept;
  [[nodiscard]] value_task<bool> wait(channel_waiters& in, brief_guard& held, const char* name,
                                      std::stop_token stop);
  template <class Operation>
  [[nodiscard]] static auto queue(Operation& made, channel_waiters& in, brief_guard& held,
                                  std::stop_token stop);

 private:
  atomic<std::uint32_t> references_{1};
  const bool synchronous_;

 protected:
  const std::size_t capacity_;  // of `in_`
  bool ended_ = false;          // see end_once

  alignas(cache_line_pair) brief_lock write_lock_;
  atomic<bool> done_{false};
  channel_waiters blocked_readers_;  // read: both sides are empty while there is one
  channel_waiters waiting_readers_;  // wait_to_read: likewise
  channel_waiters blocked_writers_;  // write: the channel is full
  channel_waiters waiting_writers_;  // wait_to_write: likewise

 private:
  std::exception_ptr error_;  // constant once done_
  task_completion_source<> source_;
  task<> completion_;  // after source_: goes before it
};

/// What the operations that wait share.
template <class R, class Derived>
class channel_operation : public operation<R, Derived>, public channel_waiter {
 public:
  using result = R;
  channel_operation(const char* name, channel_base& c) noexcept
      : operation<R, Derived>(name), channel_waiter(c) {}

  void abandon() noexcept { channel->withdraw(*this); }
  void fail(job_list& ready, std::exception_ptr error) noexcept override {
    this->fail_into(ready, std::move(error));
  }
  void cancel(job_list& ready) noexcept override {
    this->fail_into(ready, std::make_exception_ptr(operation_canceled(stop_)));
  }
  /// After it was queued and the locks released. May end it at once.
  void watch(std::stop_token stop) noexcept {
    stop_ = std::move(stop);
    on_stop_.emplace(stop_, stopped{this});
  }

 private:
  struct stopped {
    channel_operation* self;
    void operator()() const noexcept { self->channel->withdraw(*self); }
  };
  std::stop_token stop_;
  std::optional<std::stop_callback<stopped>> on_stop_;
};

/// `wait_to_read`, `wait_to_write`.
class wait_operation final : public channel_operation<bool, wait_operation> {
 public:
  using channel_operation::channel_operation;
};

template <class Operation>
auto channel_base::queue(Operation& made, channel_waiters& in, brief_guard& held,
                         std::stop_token stop) {
  const bool watched = stop.stop_possible();
  if (watched) {
    made.add_handle();  // a completion on another thread must not free it while the callback is
                        // registered
  }
  in.push_back(made);
  held.release();
  value_task<typename Operation::result> end(made.core());
  if (watched) {
    made.watch(std::move(stop));
    made.release_handle();
  }
  return end;
}

/// A task that has ended with `error`: canceled if that says so.
template <class R>
[[nodiscard]] task<R> ended_with(std::exception_ptr error) {
  auto* core = frame_new<plain_core<R>>();
  const outcome how = outcome_of(error);
  core->emplace_error(std::move(error));
  core->finish(how);
  return task<R>(core);
}

}  // namespace weft::detail
