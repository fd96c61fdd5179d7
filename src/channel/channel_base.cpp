#include <weft/channel/detail/channel_base.hpp>

#include <weft/sync/waiter.hpp>

namespace weft::detail {

channel_waiter::channel_waiter(channel_base& c) noexcept : channel(&c) {
  c.add_reference();
}
channel_waiter::~channel_waiter() {
  channel->release_reference();
}

channel_base::channel_base(bool synchronous, std::size_t capacity)
    : synchronous_(synchronous),
      capacity_(capacity),
      source_(task_completion_source_options{.run_continuations_asynchronously = !synchronous}),
      completion_(source_.task()) {
  count_ender(-1);  // that of source_: nobody but writers can complete it, and they are counted
}

channel_base::~channel_base() {
  count_ender(1);
}

void channel_base::withdraw(channel_waiter& waiter) noexcept {
  {
    brief_guard held(write_lock_);
    if (waiter.taken || !waiter.is_linked()) {
      return;
    }
    waiter.taken = true;
    waiter.unlink();
  }
  add_reference();  // that of the waiter may go with it
  job_list ready;
  waiter.cancel(ready);
  deliver(ready);
  release_reference();
}

bool channel_base::try_complete(std::exception_ptr error) {
  channel_waiters failed;
  channel_waiters waits;
  bool ended = false;
  {
    brief_guard readers(read_lock());
    brief_guard writers(write_lock_);
    // order: relaxed; guarded by the write lock.
    if (done_.load(std::memory_order_relaxed)) {
      return false;
    }
    error_ = std::move(error);
    // order: relaxed; readers of it hold one of the two locks that are held here.
    done_.store(true, std::memory_order_relaxed);
    take_all(blocked_readers_, failed);
    take_all(blocked_writers_, failed);
    take_all(waiting_readers_, waits);
    take_all(waiting_writers_, waits);
    ended = !has_items() && end_once();
  }
  if (ended) {
    end_completion();
  }
  job_list ready;
  if (!failed.empty()) {
    const std::exception_ptr closed = closed_error();
    while (channel_waiter* next = failed.pop_front()) {
      next->fail(ready, closed);
    }
  }
  while (channel_waiter* next = waits.pop_front()) {
    if (error_ != nullptr) {
      next->fail(ready, error_);
    } else {
      static_cast<wait_operation*>(next)->complete_into(ready, false);
    }
  }
  deliver(ready);
  return true;
}

void channel_base::end_completion() noexcept {
  if (error_ == nullptr) {
    source_.set_result();
    return;
  }
  try {
    std::rethrow_exception(error_);
  } catch (const operation_canceled& e) {
    source_.set_canceled(e.token());
  } catch (...) {
    source_.set_exception(error_);
  }
  static_cast<void>(completion_.exception());  // nobody need look at it
}

std::exception_ptr channel_base::closed_error() const noexcept {
  if (error_ == nullptr) {
    return std::make_exception_ptr(channel_closed());
  }
  try {
    try {
      std::rethrow_exception(error_);
    } catch (const operation_canceled&) {
      return error_;
    } catch (...) {
      std::throw_with_nested(
          channel_closed("weft: the channel was completed with an error: " + message_of(error_)));
    }
  } catch (...) {
    return std::current_exception();
  }
}

value_task<bool> channel_base::end_of_waiting() const {
  if (error_ != nullptr) {
    return from_exception<bool>(error_);
  }
  return false;
}

channel_waiter* channel_base::take_front(channel_waiters& from) noexcept {
  channel_waiter* first = from.pop_front();
  first->taken = true;
  return first;
}

void channel_base::take_all(channel_waiters& from, channel_waiters& taken) noexcept {
  while (!from.empty()) {
    taken.push_back(*take_front(from));
  }
}

void channel_base::deliver(job_list ready) noexcept {
  if (!synchronous_) {
    post_ready(ready);
    return;
  }
  while (job* next = ready.pop_front()) {
    resume(next);
  }
}

void channel_base::wake(channel_waiters& waits) noexcept {
  if (waits.empty()) {
    return;
  }
  job_list ready;
  while (channel_waiter* next = waits.pop_front()) {
    static_cast<wait_operation*>(next)->complete_into(ready, true);
  }
  deliver(ready);
}

value_task<bool> channel_base::wait(channel_waiters& in, brief_guard& held, const char* name,
                                    std::stop_token stop) {
  return queue(*frame_new<wait_operation>(name, *this), in, held, std::move(stop));
}

}  // namespace weft::detail
