#include "blocking_pool.hpp"

#include "io_core.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>
#include <thread>

#include <pthread.h>

namespace weft::detail {

namespace {

// How long a thread waits for more work before it goes: long enough to bridge a pause, short enough
// to be gone when idle.
constexpr std::chrono::seconds idle_time{5};

}  // namespace

blocking_pool::blocking_pool(unsigned max_threads, done_function done, void* context) noexcept
    : max_threads_(max_threads), done_(done), context_(context) {}

void blocking_pool::stop() noexcept {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  work_.notify_all();
  gone_.wait(lock, [this] { return threads_ == 0; });
}

void blocking_pool::submit(io_request& r) noexcept {
  int refused = 0;
  {
    const std::lock_guard lock(mutex_);
    // order: relaxed; the canceller stores the reason before it takes mutex_ to withdraw, so one of
    // us sees the other.
    if (r.reason.load(std::memory_order_relaxed) != io_cancel::none) {
      refused = -ECANCELED;
    } else if (queued_ >= idle_ && threads_ < max_threads_ && !start_thread() && threads_ == 0) {
      refused = -EAGAIN;
    } else {
      r.queue_next = nullptr;
      r.queued = true;
      (head_ == nullptr ? head_ : tail_->queue_next) = &r;
      tail_ = &r;
      ++queued_;
      work_.notify_one();
    }
  }
  if (refused != 0) {
    done_(context_, r, refused);
  }
}

bool blocking_pool::withdraw(io_request& r) noexcept {
  const std::lock_guard lock(mutex_);
  io_request* before = nullptr;
  for (io_request* at = head_; at != nullptr; before = at, at = at->queue_next) {
    if (at == &r) {
      (before == nullptr ? head_ : before->queue_next) = r.queue_next;
      if (tail_ == &r) {
        tail_ = before;
      }
      r.queued = false;
      --queued_;
      return true;
    }
  }
  return false;
}

unsigned blocking_pool::threads() const noexcept {
  const std::lock_guard lock(mutex_);
  return threads_;
}

bool blocking_pool::start_thread() noexcept {
  // Signals belong to the program's own threads.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  bool started = true;
  try {
    std::thread([this] { work(); }).detach();
    ++threads_;
  } catch (const std::system_error&) {
    started = false;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return started;
}

void blocking_pool::work() noexcept {
  std::unique_lock lock(mutex_);
  while (true) {
    if (head_ == nullptr) {
      ++idle_;
      const bool more =
          work_.wait_for(lock, idle_time, [this] { return head_ != nullptr || stopping_; });
      --idle_;
      if (!more || stopping_) {
        break;
      }
    }
    if (stopping_) {
      break;
    }
    io_request* r = head_;
    head_ = r->queue_next;
    --queued_;
    r->queued = false;
    lock.unlock();
    const int result = perform_blocking(*r);
    done_(context_, *r, result);
    lock.lock();
  }
  --threads_;
  gone_.notify_all();  // under the lock: the pool may be gone once it is released
}

}  // namespace weft::detail
